"""Tables as exhibits: a frame with its words, shown as HTML, as plain text and written as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from lnlib.register import Register
from lnlib.words import Words


@dataclass(frozen=True)
class Table:
    """A frame to be read: headers in words, dates to the day, every cell whole.

    Parameters
    ----------
    data : DataFrame
    title : str
        What it shows.
    headers : mapping of str to str
        What each column is called; a column left out keeps its name. With `only`, those not named are not shown.
    only : bool
        Show the named columns alone.
    language : str
    register : Register, optional
        Where the data are from; gives the labels of its stages.
    """

    data: pd.DataFrame = field(repr=False)
    title: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    only: bool = True
    language: str = "en"
    register: Register | None = field(default=None, repr=False)

    def _shown(self) -> pd.DataFrame:
        words = Words.load(self.language)
        shown = {
            self.headers.get(column, column): self._written(self.data[column], words) for column in self._columns()
        }
        return pd.DataFrame(shown, index=self.data.index)

    def _written(self, cells: pd.Series, words: Words) -> list[str]:
        """Write a column as it should be read: dates by the day, coded words by their label."""
        if pd.api.types.is_datetime64_any_dtype(cells):
            return [words.date(day.date()) if pd.notna(day) else "" for day in cells]
        if pd.api.types.is_float_dtype(cells):
            decimals = 0 if (cells.dropna() % 1 == 0).all() else 2
            return [words.number(number, decimals=decimals) if pd.notna(number) else "" for number in cells]
        labels = words.group(str(cells.name))
        if self.register is not None and isinstance(cells.dtype, pd.CategoricalDtype) and cells.cat.ordered:
            labels = self.register.scale.labels(self.language)
        return [labels.get(str(cell), str(cell)) if pd.notna(cell) else "" for cell in cells]

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        shown = self._shown()
        if shown.empty:
            none = Words.load(self.language)("empty")
            return {"text/plain": f"{self.title}: {none}", "text/html": _figure(self.title, f"<p>{none}</p>")}
        plain = shown.to_string(index=False, max_colwidth=60)
        numeric = [pd.api.types.is_numeric_dtype(self.data[column]) for column in self._columns()]
        return {"text/plain": f"{self.title}\n{plain}", "text/html": _figure(self.title, _html(shown, numeric))}

    def _columns(self) -> list[str]:
        wanted = self.headers if self.headers and self.only else self.data.columns
        return [str(column) for column in wanted if column in self.data]


def _figure(title: str, body: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{body}</figure>"


def _html(shown: pd.DataFrame, numeric: list[bool]) -> str:
    """Give a table whose numbers stand right and whose words stand left; every cell is escaped."""
    align = [' class="number"' if one else "" for one in numeric]
    head = "".join(f"<th{a}>{escape(str(c))}</th>" for c, a in zip(shown.columns, align, strict=True))
    rows = (
        "<tr>" + "".join(f"<td{a}>{escape(cell)}</td>" for cell, a in zip(row, align, strict=True)) + "</tr>"
        for row in shown.itertuples(index=False, name=None)
    )
    return f'<table class="lnlib"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
