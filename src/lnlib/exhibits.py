"""Exhibits: a drawing, its data and its words, rendered to a width, language and format. The only writer of figures."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import os
import re
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.fonts import written
from lnlib.charts.layout import LayoutWarning, faults
from lnlib.charts.sheet import Heading, Sheet, one_line
from lnlib.charts.theme import Theme
from lnlib.charts.time_axis import when
from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.register import Register
from lnlib.register.cells import guarded
from lnlib.words import Words

FORMATS = ("svg", "pdf", "png")
DOTS_PER_INCH = 300
SHOWN_WIDTH = "two-columns"
OUT_VARIABLE = "LNLIB_OUT"
LONGEST_STEM = 120  # with a width and an ending, well under what file systems take
_METADATA: Mapping[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
    "png": {"Software": None},
}


class Chart(Protocol):
    """What a module in `lnlib.charts` offers."""

    __name__: str

    def draw(self, data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], **options: Any) -> Figure:
        """Draw measured data on a sheet."""

    def describe(self, data: pd.DataFrame, *, words: Words, labels: dict[str, str], **options: Any) -> str:
        """Give the alt text with its numbers."""

    def finding(self, data: pd.DataFrame, *, words: Words, labels: dict[str, str], **options: Any) -> str:
        """Give the title that says the finding."""


@dataclass(frozen=True)
class Exhibit:
    """A numbered figure: chart + data + words.

    Parameters
    ----------
    name : str
        Unique in an edition; its files are named after it (`stem`).
    chart : module
        One of `lnlib.charts`.
    data : DataFrame
        Exactly what is drawn.
    register : Register
        Where the data are from; gives stage labels, source line and kind of data.
    number : int
        Of the figure in its note; 0 for none.
    title : str
        Left empty, the chart's own finding.
    subtitle : str
        Indicator, population, years, denominator; left empty, the catalogue's words for the chart.
    notes : sequence of str
        Sentences, or keys of the catalogue, beside those that `choices` call for.
    choices : mapping
        What was chosen in making the history: `placed`, `rater`, `carried` (months) and `every` (period); each is said
        in the note.
    language : str
    house : str
        Name or path of the house style.
    options : mapping
        Options of the chart.
    """

    name: str
    chart: Chart
    data: pd.DataFrame = field(repr=False)
    register: Register = field(repr=False)
    number: int = 0
    title: str = ""
    subtitle: str = ""
    notes: Sequence[str] = ()
    choices: Mapping[str, Any] = field(default_factory=dict)
    language: str = "en"
    house: str = "default"
    options: Mapping[str, Any] = field(default_factory=dict)
    _rendered: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def stem(self) -> str:
        """The stem of its files: lower case, safe on every file system, and still unique."""
        plain = re.sub(r"[^a-z0-9+]+", "-", self.name.lower())[:LONGEST_STEM].strip("-")
        # names apart only in case would be one file on some systems
        return plain if plain == self.name else f"{plain}-{_digest(self.name.encode())[:6]}".lstrip("-")

    @cached_property
    def words(self) -> Words:
        """The catalogue of its language."""
        return Words.load(self.language)

    @cached_property
    def theme(self) -> Theme:
        """Its house style, with a font that writes its language."""
        return written(Theme.load(self.house), self.words)

    @cached_property
    def labels(self) -> dict[str, str]:
        """What each stage is called in its language."""
        return self.register.scale.labels(self.language)

    @cached_property
    def heading(self) -> Heading:
        """The words around the drawing."""
        words, known = self.words, set(self.words.keys())
        values = {**context(self.register, words, self.choices), **self._spoken()}
        asked = [
            words(note, **values) if note in known else note for note in (*choice_notes(self.choices), *self.notes)
        ]
        finding = self.chart.finding(self.data, words=words, labels=self.labels, **self.options)
        key = f"{self.kind_of_chart}.subtitle"
        if self.choices.get("placed") == "order" and f"{key}_order" in known:
            key = f"{key}_order"
        subtitle = self.subtitle or (words(key, **values) if key in known else "")
        number = words("figure", n=self.number) if self.number else ""
        title, source = one_line(self.title or finding), one_line(source_line(self.register, words))
        return Heading(number, title, one_line(subtitle), tuple(map(one_line, asked)), source)

    def _spoken(self) -> dict[str, str]:
        """Give what the subtitle may say of the data: the stage that is shown and the dates, where they are few."""
        said = {name: value for name, value in self.options.items() if isinstance(value, str)}
        said["stage"] = self.labels.get(said.get("value", ""), said.get("stage", ""))
        if "date" not in self.data or self.data.empty:
            last = self.register.observed[1]
            said["when"] = (
                self.words("order.last")
                if self.choices.get("placed") == "order"
                else self.words.date(last, precision="month")
            )
            return said
        times = sorted(self.data["date"].dropna().unique())
        spoken = [when(time, self.words, last=times[-1]) for time in times[:1] + times[-1:]]
        said["when"] = spoken[-1]
        if len(times) <= 2:
            said |= {"from": spoken[0], "to": spoken[-1]}
        return said

    @property
    def kind_of_chart(self) -> str:
        """The chart's name, such as `stage_mix`."""
        return self.chart.__name__.rsplit(".", 1)[-1]

    @cached_property
    def alt(self) -> str:
        """The alternative text, with its numbers, source and kind of data."""
        said = self.chart.describe(self.data, words=self.words, labels=self.labels, **self.options)
        return f"{one_line(said).rstrip('.')}. {self.heading.source}"

    def draw(self, width: str = SHOWN_WIDTH) -> Figure:
        """Draw it at a print width.

        Raises
        ------
        ValueNotAllowed
            The house style has no such width.
        ColumnMissing
            The data lack a column that the chart needs.
        """
        with self.theme.drawn():
            sheet = Sheet(width, self.theme, self.words, self.heading)
            return self.chart.draw(self.data, sheet=sheet, labels=self.labels, **self.options)

    def rendered(self, width: str = SHOWN_WIDTH, form: str = "png") -> bytes:
        """Give the bytes of a format at a width; each is rendered once.

        Raises
        ------
        ValueNotAllowed
            The format is not svg, pdf or png, or there is no such width.
        """
        if form not in FORMATS:
            raise ValueNotAllowed.of("format", form, FORMATS)
        if (width, form) not in self._rendered:
            self._render(width, [form])
        return self._rendered[width, form]

    def _render(self, width: str, forms: Iterable[str]) -> None:
        """Render what has not been rendered yet, drawing at most once."""
        forms = [form for form in forms if (width, form) not in self._rendered]
        if not forms:
            return
        figure = self.draw(width)
        with self.theme.drawn():
            self._warn(figure, width)
            for form in forms:
                buffer = io.BytesIO()
                figure.savefig(buffer, format=form, dpi=DOTS_PER_INCH, metadata=self._metadata(form))
                self._rendered[width, form] = buffer.getvalue()

    def _warn(self, figure: Figure, width: str) -> None:
        """Warn an author whose figure has words that cannot all be read, once a width."""
        found = [] if any(done == width for done, _ in self._rendered) else faults(figure)
        if found:
            said = "; ".join(map(str, found))
            warnings.warn(f"exhibit {self.name} at {width}: {said}", LayoutWarning, stacklevel=4)

    def _metadata(self, form: str) -> dict[str, Any]:
        alt = {"pdf": "Subject"}.get(form, "Description")
        return {**_METADATA[form], "Title": self.heading.title, alt: self.alt}

    def csv(self) -> str:
        """Give exactly what is drawn as CSV; a text that a spreadsheet would run as a formula is guarded."""
        frame = self.data.copy()
        for column in frame.columns:
            if not pd.api.types.is_numeric_dtype(frame[column]) and not is_time(frame[column]):
                frame[column] = guarded(frame[column].astype("str").fillna(""))
        return frame.to_csv(index=False, lineterminator="\n")

    def entry(self) -> dict[str, Any]:
        """Give its entry in `exhibits.json`: words, alt text, files, n and digests."""
        head = self.heading
        return {
            "name": self.stem,
            "number": head.number,
            "title": head.title,
            "subtitle": head.subtitle,
            "notes": list(head.notes),
            "source": head.source,
            "kind": self.register.kind,
            "language": self.language,
            "alt": self.alt,
            "chart": self.kind_of_chart,
            "rows": len(self.data),
            "partnerships": len(self.register.partnerships),
            "data": f"data/{self.stem}.csv",
            "figures": [self._file(width, form) for width in self.theme.widths for form in FORMATS],
            "digests": {
                "data": _digest(self.csv().encode()),
                "register": register_digest(self.register),
            },
            "versions": {name: importlib.metadata.version(name) for name in ("lnlib", "matplotlib", "pandas")},
        }

    def save(self, out: str | Path = "") -> Exhibit:
        """Write SVG, PDF and PNG at every width, the CSV and the entry; each file appears whole.

        Parameters
        ----------
        out : str or Path
            Folder; left empty, the one that a batch run names in the environment (`LNLIB_OUT`); else nothing is
            written.

        Returns
        -------
        Exhibit
            Itself, so that a notebook shows what was saved.

        Raises
        ------
        LnlibError
            The folder cannot be written.
        """
        folder = Path(out or os.environ.get(OUT_VARIABLE, ""))
        if not str(out) and not os.environ.get(OUT_VARIABLE):
            return self
        # all is made before the first file is written
        for width in self.theme.widths:
            self._render(width, FORMATS)
        files = {self._file(width, form): content for (width, form), content in self._rendered.items()}
        files[f"data/{self.stem}.csv"] = self.csv().encode()
        entry = json.dumps(self.entry(), ensure_ascii=False, indent=1)
        files[f"exhibits/{self.stem}.json"] = entry.encode()
        try:
            for file, content in files.items():
                _write(folder / file, content)
        except OSError as error:
            raise LnlibError(f"exhibit {self.name} cannot be written to {folder}: {error.strerror}") from None
        return self

    def _file(self, width: str, form: str) -> str:
        return f"figures/{self.stem}.{width}.{form}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"image/png": self.rendered(), "text/plain": self.alt}


def context(register: Register, words: Words, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Give the values that subtitles and notes may use: place, years, period and the months a stage is carried."""
    first, last = register.observed
    told = choices.get("placed") == "order"
    names = []
    for what, key in register.filters:
        if what == "province":
            names.append(register.unit(key).name(words.language))
        else:
            actors = (register.whole or register).actors
            names.append(str(actors.loc[actors["actor"] == key, "name"].iat[0]))
    return {
        "place": ", ".join(names) or words("place.all"),
        "from": words("order.first") if told else words.date(first, precision="year"),
        "to": words("order.last") if told else words.date(last, precision="year"),
        "period": words(f"periods.{choices.get('every', 'quarter')}"),
        "months": choices.get("carried", ""),
        "least": choices.get("least_n", ""),
    }


def choice_notes(choices: Mapping[str, Any]) -> list[str]:
    """Name the sentences that say what was chosen."""
    if choices.get("placed") == "order":
        # nothing is carried in an order; that all ratings count needs no saying where the source is the only rater
        return ["placed.order", *[f"rater.{rater}" for rater in [choices.get("rater", "any")] if rater != "any"]]
    asked = ["carried"] * ("carried" in choices)
    return asked + [f"{name}.{choices[name]}" for name in ("placed", "rater") if name in choices]


def source_line(register: Register, words: Words) -> str:
    """Give the source line that stands on every figure, with the kind of data."""
    return words("source", title=register.title, kind=words(f"register_kind.{register.kind}"))


def register_digest(register: Register) -> str:
    """Give a digest of the rows a figure is made from."""
    digest = hashlib.sha256()
    for name, frame in sorted(register.tables.items()):
        digest.update(name.encode())
        digest.update(frame.to_csv(index=False).encode())
    return digest.hexdigest()[:16]


def is_time(column: pd.Series) -> bool:
    """Whether a column holds dates."""
    return pd.api.types.is_datetime64_any_dtype(column)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.name}", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
