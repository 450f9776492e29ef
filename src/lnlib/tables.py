"""Tables as exhibits: a frame with its words, shown as HTML, as plain text and written as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

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
    """

    data: pd.DataFrame = field(repr=False)
    title: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    only: bool = True
    language: str = "en"

    def _shown(self) -> pd.DataFrame:
        words = Words.load(self.language)
        columns = [c for c in (self.headers if self.headers and self.only else self.data.columns) if c in self.data]
        frame = self.data[columns].copy()
        for column in columns:
            if pd.api.types.is_datetime64_any_dtype(frame[column]):
                frame[column] = [words.date(d.date()) if pd.notna(d) else "" for d in frame[column]]
            elif pd.api.types.is_float_dtype(frame[column]):
                frame[column] = [words.number(x, decimals=2) if pd.notna(x) else "" for x in frame[column]]
            else:
                frame[column] = frame[column].astype(object).where(frame[column].notna(), "").map(str)
        return frame.rename(columns=dict(self.headers))

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        shown = self._shown()
        if shown.empty:
            none = Words.load(self.language)("empty")
            return {"text/plain": f"{self.title}: {none}", "text/html": _html(self.title, f"<p>{none}</p>")}
        with pd.option_context("display.max_colwidth", None):
            body = shown.to_html(index=False, escape=True, border=0, classes="lnlib", justify="left")
            plain = shown.to_string(index=False, max_colwidth=60)
        return {"text/plain": f"{self.title}\n{plain}", "text/html": _html(self.title, body)}


def _html(title: str, body: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{body}</figure>"
