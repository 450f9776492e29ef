"""Exhibits: a drawing, its data and its words, rendered to a width, language and format. The only writer of figures."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol

import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.canvas import printing
from lnlib.charts.canvas.fonts import for_language
from lnlib.charts.canvas.layout import LayoutWarning, faults
from lnlib.charts.canvas.recorded import Recording
from lnlib.charts.canvas.sheet import Heading, Sheet, one_line
from lnlib.charts.style.states import at_or_above
from lnlib.charts.style.theme import Theme
from lnlib.charts.style.time_axis import when
from lnlib.errors import ValueNotAllowed
from lnlib.exhibits.base import OUT_VARIABLE as OUT_VARIABLE
from lnlib.exhibits.base import Printed, choice_notes, context, source_line
from lnlib.register import Register
from lnlib.words import Words

_PRINTED: Mapping[str, Callable[..., bytes]] = {"svg": printing.svg, "pdf": printing.pdf, "png": printing.png}
FORMATS = tuple(_PRINTED)
SHOWN_WIDTH = "two-columns"
DATA_MIME = "text/vnd.lnlib.data"  # shown nowhere; a test of stored outputs sees by it that data changed


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
class Exhibit(Printed):
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
    exhibit: ClassVar[str] = "figure"
    _rendered: dict[tuple[str, str], bytes] = field(default_factory=dict, repr=False, compare=False)
    _measured: set[str] = field(default_factory=set, repr=False, compare=False)

    @cached_property
    def theme(self) -> Theme:
        """Its house style, with a font that writes its language."""
        return for_language(Theme.load(self.house), self.words)

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
            words(note, **values) if note in known else note
            for note in (*choice_notes(self.choices, self.register), *self.notes)
        ]
        finding = self.chart.finding(self.data, words=words, labels=self.labels, **self.options)
        key = f"{self.kind_of_chart}.subtitle"
        if self.options.get("value") and f"{key}_value" in known:
            key = f"{key}_value"
        if self.choices.get("placed") == "order" and f"{key}_order" in known:
            key = f"{key}_order"
        subtitle = self.subtitle or (words(key, **values) if key in known else "")
        number = words("figure", n=self.number) if self.number else ""
        title, source = one_line(self.title or finding), one_line(source_line(self.register, words))
        return Heading(number, title, one_line(subtitle), tuple(map(one_line, asked)), source)

    def _spoken(self) -> dict[str, str]:
        """Give what the subtitle may say of the data: the stage that is shown and the dates, where they are few."""
        said = {name: value for name, value in self.options.items() if isinstance(value, str)}
        # `to` is a stage among the options, and a year among the words
        shown = said.get("value", "") or said.pop("to", "")
        said["stage"] = self.labels.get(shown, said.get("stage", ""))
        said["reached"] = at_or_above(shown, self.labels, self.words) if shown else ""
        if "date" not in self.data or self.data.empty:
            last = self.register.observed[1]
            said["when"] = (
                self.words("told.last")
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
        stop = str(self.words.entries["marks"]["stop"])
        return f"{one_line(said).rstrip(stop)}{stop} {self.heading.source}"

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
            return self._drawn_on(self._sheet(width))

    def _sheet(self, width: str) -> Sheet:
        return Sheet(width, self.theme, self.words, self.heading)

    def _drawn_on(self, sheet: Sheet) -> Figure:
        return self.chart.draw(self.data, sheet=sheet, labels=self.labels, **self.options)

    def rendered(self, width: str = SHOWN_WIDTH, form: str = "png", *, measured: bool = True) -> bytes:
        """Give the bytes of a format at a width; each is rendered once.

        Parameters
        ----------
        width, form : str
        measured : bool
            Whether the words on it are measured, to warn its author where they cannot be read; for a look on a screen
            that may wait until it is printed.

        Raises
        ------
        ValueNotAllowed
            The format is not svg, pdf or png, or there is no such width.
        """
        if form not in FORMATS:
            raise ValueNotAllowed.of("format", form, FORMATS)
        if (width, form) not in self._rendered:
            self._render(width, [form], measured=measured)
        return self._rendered[width, form]

    def _render(self, width: str, forms: Iterable[str], *, measured: bool = True) -> None:
        """Render what has not been rendered yet, drawing and laying out at most once."""
        forms = [form for form in forms if (width, form) not in self._rendered]
        if not forms:
            return
        sheet = self._sheet(width)
        with self.theme.drawn():
            recording = Recording.of(self._drawn_on(sheet))
            if measured and width not in self._measured:
                self._measured.add(width)
                self._warn(recording, width)
            for form in forms:
                self._rendered[width, form] = _PRINTED[form](recording, title=self.heading.title, description=self.alt)

    def _warn(self, recording: Recording, width: str) -> None:
        """Warn an author whose figure has words that cannot all be read."""
        if found := faults(recording):
            said = "; ".join(map(str, found))
            warnings.warn(f"exhibit {self.name} at {width}: {said}", LayoutWarning, stacklevel=5)

    def entry(self) -> dict[str, Any]:
        """Give its entry in `exhibits.json`: words, alt text, files, n and digests."""
        head = self.heading
        return {
            "name": self.stem,
            "exhibit": self.exhibit,
            "number": head.number,
            "title": head.title,
            "subtitle": head.subtitle,
            "notes": list(head.notes),
            "source": head.source,
            "kind": self.register.kind,
            "language": self.language,
            "alt": self.alt,
            "chart": self.kind_of_chart,
            "figures": [self._file(width, form) for width in self.theme.widths for form in FORMATS],
            "widths": dict(self.theme.widths),  # mm
            **self._of_register(self.register),
        }

    def files(self) -> dict[str, bytes]:
        """Render SVG, PDF and PNG at every width, each once."""
        for width in self.theme.widths:
            self._render(width, FORMATS)
        return {self._file(width, form): content for (width, form), content in self._rendered.items()}

    def _file(self, width: str, form: str) -> str:
        return f"figures/{self.stem}.{width}.{form}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        return {"image/png": self.rendered(), "text/plain": self.alt, DATA_MIME: self.told_apart()}
