"""Cells as text to typed columns. Each different text of a column is read once, so that a million rows cost little."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError
from lnlib.reference import vocabulary
from lnlib.reference.dates import PartialDate, check_year
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.checked_table import Sheet, rows_of
from lnlib.register.problems import shortened
from lnlib.register.schema import Column

_SERIAL = dt.date(1899, 12, 30)  # day 0 of spreadsheets
_FIRST_SERIAL = 18_264  # 1950; a smaller number is hardly a date

_Read = Callable[[str], tuple[object, str]]


def type_column(sheet: Sheet, column: Column, *, scale: Scale, places: Places) -> None:
    """Read the cells of one column into the sheet's typed columns, and note what is wrong or was assumed.

    Dates get `<column>_first` and `<column>_last` (datetime64) beside their canonical text.
    """
    raw = sheet.raw.frame
    cells = raw[column.name].astype("str") if column.name in raw else pd.Series("", index=raw.index, dtype="str")
    codes, texts = pd.factorize(cells.to_numpy(dtype=object))
    blank = np.array([not text.strip() for text in texts], dtype=bool)
    values, wrong, remarks = _read_each(texts, _cell_reader(column, scale, places), column.holds)
    if column.required and column.name in raw:
        sheet.find("error", np.flatnonzero(blank[codes]), column.name, f"{column.name} may not be empty")
    for code, rows in rows_of(codes, wrong):
        sheet.find("error", rows, column.name, *wrong[code])
    for code, rows in rows_of(codes, remarks):
        sheet.find("warning", rows[~sheet.bad[rows]], column.name, remarks[code])
    if column.holds == "date":
        firsts, lasts = [], []
        for value in values:
            firsts.append(value.first if value else None)
            lasts.append(value.last if value else None)
        sheet.typed[column.name] = _spread([value.text if value else "" for value in values], codes, "str")
        sheet.typed[f"{column.name}_first"] = _spread(firsts, codes, "datetime64[us]")
        sheet.typed[f"{column.name}_last"] = _spread(lasts, codes, "datetime64[us]")
    elif column.holds == "number":
        sheet.typed[column.name] = _spread([value or pd.NA for value in values], codes, "Int64")
    else:
        sheet.typed[column.name] = _spread([value or "" for value in values], codes, "str")


def _of_serial(text: str) -> str:
    """Return the date that a spreadsheet keeps as this number of days, which a cell formatted as text shows.

    >>> _of_serial("40666"), _of_serial("2011")
    ('2011-05-03', '')
    """
    number = re.fullmatch(r"([1-9][0-9]{4})(?:\.0+)?", text.strip())
    days = int(number[1]) if number else 0
    return str(_SERIAL + dt.timedelta(days)) if days >= _FIRST_SERIAL else ""


def _spread(values: list[object], codes: np.ndarray, dtype: str) -> pd.Series:
    return pd.Series(pd.Series(values, dtype=dtype).array.take(codes))


def _read_each(
    texts: np.ndarray, read: _Read, holds: str
) -> tuple[list[Any], dict[int, tuple[str, str]], dict[int, str]]:
    values: list[Any] = []
    wrong: dict[int, tuple[str, str]] = {}
    remarks: dict[int, str] = {}
    for code, text in enumerate(texts):
        value: object = None
        if text.strip():
            try:
                value, remark = read(text)
                if remark:
                    remarks[code] = remark
            except LnlibError as error:
                reason = str(error)
                suggestion = reason.split("did you mean '", 1)[1].split("'", 1)[0] if "did you mean '" in reason else ""
                if holds == "date" and (suggestion := _of_serial(text)):
                    reason += f"; it looks like the spreadsheet's number for {suggestion}"
                wrong[code] = (reason.replace(text, shortened(text)), suggestion)
        values.append(value)
    return values, wrong, remarks


def _cell_reader(column: Column, scale: Scale, places: Places) -> _Read:
    def stage(text: str) -> tuple[object, str]:
        key, how = scale.read(text)
        return key, "" if how == "key" else f"stage '{shortened(text)}' read as {key}, by its {how}"

    def province(text: str) -> tuple[object, str]:
        code, how = places.read(text)
        remarks = {"number": "its zero restored", "name": "by its name", "alias": "by another spelling"}
        name = f"{code} ({places.by_code[code].name()})"
        return code, f"province '{shortened(text)}' read as {name}, {remarks[how]}" if how in remarks else ""

    def date(text: str) -> tuple[object, str]:
        value, remark = PartialDate.read_with_remark(text)
        check_year(value)
        day_first = ", day first" * (remark == "day first")
        return value, f"date '{shortened(text)}' read as {value.text}{day_first}" if remark else ""

    def word(text: str) -> tuple[object, str]:
        key, how = vocabulary.read_word(column.vocabulary, text, name=column.name)
        return key, f"{column.name} '{shortened(text)}' read as {key}" if how == "alias" else ""

    def words(text: str) -> tuple[object, str]:
        read = [word(part.strip()) for part in text.split(";") if part.strip()]
        chosen = {str(key) for key, _ in read}
        return ";".join(w for w in column.allowed if w in chosen), "; ".join(remark for _, remark in read if remark)

    def number(text: str) -> tuple[object, str]:
        plain = text.strip().removesuffix(".0")
        if not re.fullmatch(r"0{0,9}[1-9][0-9]{0,8}", plain):
            raise LnlibError(f"{column.name} '{text}' is not a whole number from 1")
        return int(plain), ""

    def key(text: str) -> tuple[object, str]:
        return text.strip(), ""

    def plain(text: str) -> tuple[object, str]:
        return text, ""

    readers: dict[str, _Read] = {
        "stage": stage,
        "province": province,
        "date": date,
        "word": word,
        "words": words,
        "number": number,
        "key": key,
    }
    return readers.get(column.holds, plain)
