"""Tables as exhibits: a frame with its words, shown as HTML and plain text, saved as HTML, DOCX and CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Any, ClassVar

import pandas as pd

from lnlib.errors import ColumnMissing, LnlibError
from lnlib.exhibits.printed import Printed, is_time
from lnlib.exhibits.source_and_choices import METHOD_MIME, choice_notes, context, method_notes, source_line
from lnlib.history.grid import grid
from lnlib.register import Register
from lnlib.text import shown as letters
from lnlib.words.recorded_dates import in_words

_STYLE = (
    ":root{color-scheme:light dark;--ink:#1a1a1a;--faint:#5c5c5c;--rule:#b8b8b8;--paper:#fff}"
    "@media screen and (prefers-color-scheme:dark){:root{--ink:#ece7de;--faint:#aaa398;--rule:#4b4842;--paper:#171614}}"
    "body{font:10pt/1.4 'Noto Sans','Noto Sans Khmer',Arial,sans-serif;color:var(--ink);background:var(--paper);margin:2em}"
    "h1{font-size:1.25em;margin:0}figure{margin:0}table{border-collapse:collapse;margin:.6em 0}.table{overflow-x:auto}"
    "th,td{padding:.25em .8em .25em 0;vertical-align:top;border-bottom:1px solid var(--rule)}"
    "thead th{border-bottom:2px solid var(--ink);vertical-align:bottom}p{margin:.2em 0;color:var(--faint)}"
    ".group th{padding-top:1em}@media (max-width:40em){body{margin:1em}td:first-child{min-width:11em}}"
)
# a date as it was recorded, such as 2011-Q2, which is never broken at its hyphen; nor is one in words
_DATE = re.compile(r"\b\d{4}-(?:[QH]\d|\d\d(?:-\d\d)?)\b")
_WHOLE = '<span style="white-space:nowrap">{}</span>'
_WIDEST = 60  # letters that a column of the plain text is padded to; a longer cell runs on, whole
_TIMES = ("date", "first_assessed", "last_assessed")  # columns of measures that are times
_RECORDED = "_recorded"  # ends the name of a column that holds the dates of another as a register writes them
_SHARES = ("share", "low", "high")  # columns of measures that are shares, where a column `share` is among them


@dataclass(frozen=True)
class Table(Printed):
    """A numbered table: a frame with headers in words, dates as they were recorded, every cell whole.

    A header for a column that the data lack raises `ColumnMissing` when the table is shown or saved.

    Parameters
    ----------
    title : str
        What it shows.
    headers : mapping of str to str
        What each column is called; a column left out keeps its name. With `only`, those not named are not shown.
    only : bool
        Show the named columns alone.
    register : Register, optional
        Where the data are from; gives the labels of its stages, the source line and the kind of data.
    name : str
        Unique in an edition, figures included; its files are named after it. Needed to save it.
    number : int
        Of the table in its note; 0 for none.
    subtitle : str
        Indicator, population, years, denominator.
    notes : sequence of str
        Sentences, or keys of the catalogue, that this table alone needs.
    choices : mapping
        What was chosen in making the history, as for an `Exhibit`; `method` states them.
    sparse : bool
        Leave out the columns in which no cell holds anything.
    folded : bool
        Show it in a notebook and on its page under its title, to be unfolded by who wants it.
    grouped : str
        Column whose words head the rows that follow; empty for none. It is not shown as a column of its own.

    Notes
    -----
    A date is written as precisely as it was recorded where the frame holds it so, in a column of its name with
    `_recorded`, such as `last_assessed_recorded`; that column goes into the CSV beside it. Without one it is a day.
    Shares are written as percentages, and neither for a register whose cases are only counted nor where the measure
    hides them (`shown`). Rows of a frame with a column `partnership` name their partnership in HTML (`data-partnership`),
    so that a page can link them.
    """

    data: pd.DataFrame = field(repr=False)
    title: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    only: bool = True
    language: str = "en"
    register: Register | None = field(default=None, repr=False)
    name: str = ""
    number: int = 0
    subtitle: str = ""
    notes: Sequence[str] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    sparse: bool = False
    folded: bool = False
    grouped: str = ""
    exhibit: ClassVar[str] = "table"

    @cached_property
    def caption(self) -> str:
        """Number and title in one line."""
        number = self.words("table", n=self.number) if self.number else ""
        return letters(". ".join(filter(None, [number, self.words.translated(self.title)])))

    @cached_property
    def note(self) -> list[str]:
        """The sentences under it."""
        known, (own, _) = set(self.words.keys()), self._notes
        return [self.words(note, **self._values) if note in known else note for note in own]

    @cached_property
    def method(self) -> list[str]:
        """The choices behind the table, a sentence each, which a page or note states once."""
        _, shared = self._notes
        return [self.words(note, **self._values) for note in shared]

    @cached_property
    def _notes(self) -> tuple[list[str], list[str]]:
        return method_notes([*choice_notes(self.choices, self.register), *self.notes])

    @cached_property
    def _values(self) -> dict[str, Any]:
        return context(self.register, self.words, self.choices) if self.register is not None else {}

    @cached_property
    def source(self) -> str:
        """The source line with the kind of data; empty where no register was given."""
        return source_line(self.register, self.words) if self.register is not None else ""

    @cached_property
    def cells(self) -> pd.DataFrame:
        """What is shown: every cell as text, under the headers in words."""
        names = [letters(self.words.translated(self.headers.get(column, column))) for column in self._columns]
        written = [self._written(self.data[column]) for column in self._columns]
        return pd.DataFrame(dict(enumerate(written)), index=self.data.index, dtype="str").set_axis(names, axis=1)

    @cached_property
    def alt(self) -> str:
        """What a screen reader says before it reads the cells."""
        text = self.words("table_alt", n=len(self.data), columns=self.words.listed(list(self.cells.columns)))
        stop = str(self.words.entries["marks"]["stop"])
        return " ".join(filter(None, [f"{text}{stop}", self.source]))

    @cached_property
    def _columns(self) -> list[str]:
        missing = [str(column) for column in self.headers if column not in self.data]
        if missing:
            present = [str(column) for column in self.data.columns]
            raise ColumnMissing.of(missing, present, caller=f"table '{self.title}'")
        chosen = [str(column) for column in (self.headers if self.headers and self.only else self.data.columns)]
        if not self.sparse or self.data.empty:
            return chosen
        return [column for column in chosen if any(self._written(self.data[column]))]

    @cached_property
    def _numeric(self) -> list[bool]:
        frame = self.data
        return [
            pd.api.types.is_numeric_dtype(frame[c]) and frame[c].dtype != bool and not self._in_order(frame[c])
            for c in self._columns
        ]

    @cached_property
    def _dates(self) -> list[bool]:
        return [is_time(self.data[column]) for column in self._columns]

    def shown_data(self) -> pd.DataFrame:
        """Return the columns that are shown, unformatted."""
        return self.data[[one for column in self._columns for one in (column, *self._recorded(column))]].copy()

    def _recorded(self, column: str) -> list[str]:
        """Return the name of the column that holds the dates of another as they were recorded; none if there is none."""
        name = f"{column}{_RECORDED}"
        return [name] if name in self.data and is_time(self.data[column]) else []

    def _written(self, cells: pd.Series) -> list[str]:
        """Write a column as it should be read: dates as recorded, or by the day; coded words by their label."""
        words = self.words
        if recorded := self._recorded(str(cells.name)):
            return [in_words(date, words) for date in self.data[recorded[0]]]
        if is_time(cells):
            return [words.date(day.date()) if pd.notna(day) else "" for day in cells]
        if self._in_order(cells):
            return self._times(cells)
        if cells.name in _SHARES and "share" in self.data and pd.api.types.is_float_dtype(cells):
            return self._shared(cells)
        if pd.api.types.is_float_dtype(cells):
            decimals = 0 if (cells.dropna() % 1 == 0).all() else 2
            return [words.number(number, decimals=decimals) if pd.notna(number) else "" for number in cells]
        if pd.api.types.is_integer_dtype(cells):
            return [words.number(int(number)) if pd.notna(number) else "" for number in cells]
        name = str(cells.name)
        labels = words.group(name) or words.group(name.removesuffix("s"))  # `mechanisms` lists words of `mechanism`
        if self.register is not None and isinstance(cells.dtype, pd.CategoricalDtype) and cells.cat.ordered:
            labels = self.register.scale.labels(self.language)
        return [letters(_labelled(str(cell), labels)) if pd.notna(cell) else "" for cell in cells]

    def _shared(self, shares: pd.Series) -> list[str]:
        """Write shares as percentages, where they may be shown."""
        counted = self.register is not None and self.register.counts_only
        hidden = ~self.data["shown"].astype(bool) if "shown" in self.data else pd.Series(False, index=shares.index)
        known = shares.notna() & ~hidden & (not counted)
        return [self.words.percent(share) if one else "" for share, one in zip(shares, known, strict=True)]

    def _in_order(self, cells: pd.Series) -> bool:
        """Whether a column holds times that are places in the order a source tells."""
        ordinal = self.choices.get("placed") == "order" and cells.name in _TIMES
        return ordinal and pd.api.types.is_numeric_dtype(cells)

    def _times(self, places: pd.Series) -> list[str]:
        """Write places in the order that a source tells, as they stand under an axis."""
        # the order is the register's: a province may have nothing at its last place
        last = places.max() if self.register is None else grid(self.register, placed="order")[-1]
        keys = ["first" if place == 1 else "last" if place == last else "next" for place in places]
        return [
            self.words(f"order.{key}", n=int(place)) if pd.notna(place) else ""
            for key, place in zip(keys, places, strict=True)
        ]

    def entry(self) -> dict[str, Any]:
        """Return its entry in `exhibits.json`: words, files, n and digests."""
        register = self._asked_register()
        return {
            "name": self.stem,
            "exhibit": self.exhibit,
            "number": self.words("table", n=self.number) if self.number else "",
            "title": self.words.translated(self.title),
            "subtitle": self.subtitle,
            "notes": self.note,
            "method": self.method,
            "source": self.source,
            "kind": register.kind,
            "language": self.language,
            "alt": self.alt,
            "tables": [f"tables/{self.stem}.{form}" for form in ("html", "docx")],
            "headers": list(self.cells.columns),
            **self._of_register(register),
        }

    def files(self) -> dict[str, bytes]:
        """Make the HTML page and the document for a word processor.

        Raises
        ------
        LnlibError
            It has no name or no register.
        ColumnMissing
            The data lack a column that the headers name.
        """
        self._asked_register()
        return {f"tables/{self.stem}.html": self.html().encode(), f"tables/{self.stem}.docx": self.docx()}

    def html(self) -> str:
        """Return it as a page of its own that loads nothing."""
        viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
        head = f'<meta charset="utf-8">{viewport}<title>{escape(self.caption)}</title><style>{_STYLE}</style>'
        table = f'<div class="table" role="region" aria-labelledby="title" tabindex="0">{self._body()}</div>'
        main = f'<main><h1 id="title">{escape(self.caption)}</h1>{self._above()}{table}{self._under()}</main>'
        return (
            f'<!doctype html>\n<html lang="{escape(self.language)}"><head>{head}</head>\n<body>{main}</body></html>\n'
        )

    def docx(self) -> bytes:
        """Return it as a DOCX document."""
        from lnlib.exhibits.word_document import (  # takes a moment, and most notebooks only show their tables
            Document,
            reads_across,
        )

        headers, rows = list(self.cells.columns), list(self.cells.itertuples(index=False, name=None))
        document = Document(self.caption)
        document.turn(across=reads_across(headers, rows))
        document.paragraph(self.caption, style="Caption")
        if self.subtitle:
            document.paragraph(self.subtitle, faint=True)
        document.table(headers, rows, numeric=self._numeric, alt=self.alt, name=self.caption)
        for line in self._below():
            document.paragraph(line, faint=True)
        return document.saved()

    def _asked_register(self) -> Register:
        """Return the register; raise if the table cannot be saved."""
        if not self.name:
            raise LnlibError(f"table '{self.title}' has no name to be saved under: give name=")
        if self.register is None:
            raise LnlibError(f"table {self.name} cannot be saved without its register, which tells source and kind")
        return self.register

    def _below(self) -> list[str]:
        note = [self.words("note", text=" ".join(self.note))] if self.note else []
        return [letters(line) for line in [*note, self.source] if line]

    def _figure(self) -> str:
        title = escape(self.caption)
        if self.folded and not self.cells.empty:
            whole = f"<details><summary>{title} ({len(self.data)})</summary>{self._above()}{self._body()}</details>"
            return f"<figure>{whole}{self._under()}</figure>"
        caption = f"<figcaption>{title}</figcaption>" if title else ""
        return f"<figure>{caption}{self._above()}{self._body()}{self._under()}</figure>"

    def _above(self) -> str:
        return f"<p>{escape(letters(self.subtitle))}</p>" if self.subtitle else ""

    def _body(self) -> str:
        """Return the table as HTML, numbers right-aligned and dates unbroken; every cell is escaped."""
        if self.cells.empty:
            return f"<p>{escape(self.words('empty'))}</p>"
        # in the cells themselves: JupyterLab has a rule of its own that puts everything right
        align = [f' style="text-align:{"right" if one else "left"}"' for one in self._numeric]
        names = zip(self.cells.columns, align, strict=True)
        head = "".join(f'<th scope="col"{a}>{escape(str(c))}</th>' for c, a in names)
        keys = self.data["partnership"].astype("str") if "partnership" in self.data else [""] * len(self.data)
        groups = self._written(self.data[self.grouped]) if self.grouped else [""] * len(self.data)
        rows: list[str] = []
        before = ""
        for row, key, group in zip(self.cells.itertuples(index=False, name=None), keys, groups, strict=True):
            if group != before:
                rows.append("</tbody><tbody>" if rows else "")
                rows.append(f'<tr class="group"><th scope="rowgroup" colspan="{len(align)}">{escape(group)}</th></tr>')
            before = group
            cells = zip(row, align, self._columns, self._dates, strict=True)
            of = f' data-partnership="{escape(key)}"' if key else ""
            whole = "".join(f"<td{a}>{_cell(cell, column, date)}</td>" for cell, a, column, date in cells)
            rows.append(f"<tr{of}>{whole}</tr>")
        return f'<table class="lnlib"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'

    def _under(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self._below())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        body = [self.words("empty")] if self.cells.empty else _plain(self.cells, self._numeric)
        plain = [self.caption, letters(self.subtitle), *body, *self._below()]
        method = {METHOD_MIME: "\n".join(self.method)} if self.method else {}
        return {"text/plain": "\n".join(filter(None, plain)), "text/html": self._figure(), **method}


def _cell(cell: str, column: str, date: bool) -> str:
    """Return a cell as HTML: the key of a number as code, a date on one line."""
    return f"<code>{escape(cell)}</code>" if column == "key" and cell else _whole(cell, date)


def _labelled(cell: str, labels: Mapping[str, str]) -> str:
    """Label a coded word, or several that are joined by semicolons; what is no coded word stays as it is."""
    parts = cell.split(";")
    return "; ".join(labels[part] for part in parts) if all(part in labels for part in parts) else cell


def _whole(cell: str, date: bool) -> str:
    """Escape a cell, with each date in it on one line."""
    if date and cell:
        return _WHOLE.format(escape(cell))
    return _DATE.sub(lambda result: _WHOLE.format(result[0]), escape(cell))


def _plain(shown: pd.DataFrame, numeric: list[bool]) -> list[str]:
    """Return the lines of a table as plain text, numbers right-aligned, every cell on one line."""
    rows = [tuple(shown.columns), *shown.itertuples(index=False, name=None)]
    rows = [tuple(" ".join(cell.split()) for cell in row) for row in rows]
    widths = [min(max(map(len, column)), _WIDEST) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in rows
    ]
