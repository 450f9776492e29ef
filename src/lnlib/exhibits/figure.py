"""Figures: a drawing, its data and its words, rendered to a width, language and format. The only writer of figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Protocol

import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.canvas import export
from lnlib.charts.canvas.fonts import for_language
from lnlib.charts.canvas.line_breaks import shown
from lnlib.charts.canvas.sheet import Heading, Sheet, one_line
from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.canvas.text import empty_figure
from lnlib.charts.style.house_style import Theme
from lnlib.charts.style.states import at_or_above
from lnlib.charts.style.time_axis import when
from lnlib.errors import ValueNotAllowed
from lnlib.exhibits.printed import OUT_VARIABLE as OUT_VARIABLE
from lnlib.exhibits.printed import Printed
from lnlib.exhibits.source_and_choices import (
    METHOD_MIME,
    choice_notes,
    context,
    method_notes,
    province_names,
    source_line,
)
from lnlib.register import Register
from lnlib.words import Words, draft_translation, marked_once

_PRINTED: Mapping[str, Callable[..., bytes]] = {"svg": export.svg, "pdf": export.pdf, "png": export.png}
FORMATS = tuple(_PRINTED)
BARE_FORMATS = ("svg", "pdf")  # for layout programs; a raster is made of the SVG where one is needed
SHOWN_WIDTH = "two-columns"
HOUSE_VARIABLE = "LNLIB_HOUSE"
DATA_MIME = "text/vnd.lnlib.data"  # shown nowhere; a test of stored outputs sees by it that data changed
DESCRIPTION_MIME = "text/vnd.lnlib.description"  # the long description, which a page shows on demand
LONGEST_ALT = 250


class Chart(Protocol):
    """The functions of a module in `lnlib.charts`.

    One that draws estimates (shares, rates, intervals) has the constant `ESTIMATES = True`: of a register that is no sample
    its exhibit is the sentence that says so.
    """

    __name__: str

    def draw(self, data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], **options: Any) -> Figure:
        """Draw measured data on a sheet; `empty_figure` where there is nothing to show."""

    def describe(self, data: pd.DataFrame, *, words: Words, labels: dict[str, str], **options: Any) -> str:
        """Return the long description, with its numbers."""

    def finding(self, data: pd.DataFrame, *, words: Words, labels: dict[str, str], **options: Any) -> str:
        """Return the finding, which becomes the title."""


@dataclass(frozen=True)
class Exhibit(Printed):
    """A figure: chart, data and words.

    It is saved *framed*, with its number, title, notes and source, and *bare*, without them, for a page that sets them
    itself. Where its chart has nothing to show, or estimates from a register whose cases are only counted
    (`Register.counts_only`), it is a sentence, and no file is saved.

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
        Of the figure, where it stands in a sequence; 0 for none. An edition numbers its figures itself.
    title : str
        Left empty, the chart's own finding.
    subtitle : str
        Indicator, population, years, denominator; left empty, the catalogue's words for the chart.
    notes : sequence of str
        Sentences, or keys of the catalogue, that this figure alone needs.
    choices : mapping
        What was chosen in making the history: `placed`, `rater`, `carried` (months) and `every` (period); `method`
        states them, once for a page or note.
    house : str
        Name or path of the house style; left empty, the one that a batch run names in the environment (`LNLIB_HOUSE`),
        else the one that ships with lnlib.
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
    house: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    exhibit: ClassVar[str] = "figure"
    _rendered: dict[tuple[str, str, bool], bytes] = field(default_factory=dict, repr=False, compare=False)
    _drawings: dict[str, tuple[Sheet, Figure]] = field(default_factory=dict, repr=False, compare=False)
    _drawn: dict[str, tuple[Drawing, Drawing]] = field(default_factory=dict, repr=False, compare=False)  # framed, bare

    @cached_property
    def theme(self) -> Theme:
        """Its house style, with a font that writes its language."""
        return for_language(Theme.load(self.house or os.environ.get(HOUSE_VARIABLE, "default")), self.words)

    @cached_property
    def words(self) -> Words:
        """The catalogue of its language, with the wording of the register's stages in a sentence."""
        words = Words.load(self.language)
        stages = self.register.scale.in_sentence(self.language)
        return replace(words, entries={**words.entries, "in_sentence": stages})

    @cached_property
    def labels(self) -> dict[str, str]:
        """The stage labels in its language."""
        return self.register.scale.labels(self.language)

    @cached_property
    def heading(self) -> Heading:
        """The words around the drawing."""
        words, known = self.words, set(self.words.keys())
        values = self._values
        own, _ = method_notes([*choice_notes(self.choices, self.register), *self.notes])
        notes = [words(note, **values) if note in known else note for note in own]
        key = f"{self.kind_of_chart}.subtitle"
        if self.options.get("value") and f"{key}_value" in known:
            key = f"{key}_value"
        if self.choices.get("placed") == "order" and f"{key}_order" in known:
            key = f"{key}_order"
        subtitle = self.subtitle or (words(key, **values) if key in known else "")
        number = words("figure", n=self.number) if self.number else ""
        title = one_line(self._no_sample or self.title or self._finding)
        source = one_line(source_line(self.register, words))
        names = province_names(self.register)
        places = names if any(name in subtitle for name in names) else ()
        return Heading(number, title, one_line(subtitle), tuple(map(one_line, notes)), source, places)

    @property
    def _framing(self) -> Heading:
        """The heading as it is drawn: a draft translation is marked after the source, because a framed figure travels alone."""
        if not (translation := draft_translation(self.words)):
            return self.heading
        return replace(self.heading, source=f"{self.heading.source} {self._sentence(translation)}")

    @cached_property
    def method(self) -> list[str]:
        """The choices behind the figure, a sentence each."""
        _, shared = method_notes([*choice_notes(self.choices, self.register), *self.notes])
        return [one_line(self.words(note, **self._values)) for note in shared]

    @cached_property
    def _no_sample(self) -> str:
        """The sentence that stands for estimates from counted cases; empty where there are none."""
        refused = self.register.counts_only and getattr(self.chart, "ESTIMATES", False)
        stop = str(self.words.entries["marks"]["stop"])  # a title has none
        return self.words("statistics.counts_only").rstrip(stop) if refused else ""

    @cached_property
    def _counted(self) -> pd.DataFrame:
        """The data as they are drawn: no share is shown of cases that are only counted."""
        return self.data.assign(shown=False) if self.register.counts_only and "shown" in self.data else self.data

    @cached_property
    def _finding(self) -> str:
        return self._no_sample or marked_once(
            self.chart.finding(self._counted, words=self.words, labels=self.labels, **self.options)
        )

    @cached_property
    def _values(self) -> dict[str, Any]:
        """The values that subtitles and notes may use: of the register, the choices, the stage shown and the dates."""
        values: dict[str, Any] = {name: value for name, value in self.options.items() if isinstance(value, str)}
        # `to` is a stage among the options, and a year among the words
        stage = values.get("value", "") or values.pop("to", "")
        values["stage"] = self.labels.get(stage, values.get("stage", ""))
        values["reached"] = at_or_above(stage, self.labels, self.words) if stage else ""
        if by := values.get("by"):
            values["attribute"] = self.words.group("attribute").get(by, by)
        if "date" not in self.data or self.data.empty:
            last = self.register.observed[1]
            in_order = self.choices.get("placed") == "order"
            values["when"] = (
                self.words("told.last") if in_order else self.words.date(last, precision="month", prose=True)
            )
        else:
            times = sorted(self.data["date"].dropna().unique())
            span = [when(time, self.words, last=times[-1]) for time in (times[0], times[-1])]
            values["when"] = span[-1]
            if len(times) <= 2:
                values |= {"from": span[0], "to": span[-1]}
        return {**context(self.register, self.words, self.choices), **values}

    @property
    def kind_of_chart(self) -> str:
        """The chart's name, such as `stage_mix`."""
        return self.chart.__name__.rsplit(".", 1)[-1]

    @cached_property
    def alt(self) -> str:
        """The alternative text: type of chart, what it shows, and the finding, in at most 250 characters."""
        types = self.words.group("chart_type")
        chart, finding = types.get(self.kind_of_chart, types["other"]), one_line(self._finding)
        parts = [self._sentence(part) for part in (chart, self.heading.subtitle, finding) if part]
        if len(" ".join(parts)) > LONGEST_ALT:
            parts = [self._sentence(chart), self._sentence(finding)]
        return _cut(" ".join(parts), LONGEST_ALT)

    @cached_property
    def description(self) -> str:
        """The long description, with the numbers of the figure, its source and kind of data."""
        text = self._no_sample or self.chart.describe(
            self._counted, words=self.words, labels=self.labels, **self.options
        )
        return f"{self._sentence(one_line(text))} {self.heading.source}"

    def _sentence(self, text: str) -> str:
        stop = str(self.words.entries["marks"]["stop"])
        text = shown(text).strip().rstrip(stop)
        return f"{text[:1].upper()}{text[1:]}{stop}"

    @cached_property
    def empty(self) -> str:
        """The sentence that stands for a figure with nothing to show; empty where there is something."""
        width = next(iter(self.theme.widths))
        with self.theme.drawn():
            sheet, figure = self._drawing(width)
        self._drawings[width] = sheet, figure
        return self._sentence(one_line(sheet.empty)) if sheet.empty else ""

    def draw(self, width: str = SHOWN_WIDTH) -> Figure:
        """Draw it at a print width."""
        with self.theme.drawn():
            return self._drawing(width)[1]

    def _drawing(self, width: str) -> tuple[Sheet, Figure]:
        sheet = Sheet(width, self.theme, self.words, self._framing)
        if self._no_sample:
            return sheet, empty_figure(sheet, self._no_sample)
        return sheet, self.chart.draw(self._counted, sheet=sheet, labels=self.labels, **self.options)

    def rendered(self, width: str = SHOWN_WIDTH, form: str = "png", *, bare: bool = False) -> bytes:
        """Return the bytes of a format at a width; each is rendered once.

        Parameters
        ----------
        width, form : str
        bare : bool
            Without number, title, notes and source.

        Raises
        ------
        ValueNotAllowed
            The format is not svg, pdf or png, or there is no such width.
        """
        if form not in FORMATS:
            raise ValueNotAllowed.of("format", form, FORMATS)
        if (width, form, bare) not in self._rendered:
            self._render(width, [(form, bare)])
        return self._rendered[width, form, bare]

    def _render(self, width: str, wanted: Iterable[tuple[str, bool]]) -> None:
        """Render what has not been rendered yet, drawing at most once."""
        wanted = [(form, bare) for form, bare in wanted if (width, form, bare) not in self._rendered]
        if not wanted:
            return
        if width not in self._drawn:
            with self.theme.drawn():
                sheet, figure = self._drawings.pop(width) if width in self._drawings else self._drawing(width)
                description = f"{self.alt} {self.heading.source}"
                framed = Drawing.of(figure, title=self.heading.title, description=description, around=sheet.around)
            self._drawn[width] = framed, framed.body(*sheet.body_points)
        for form, bare in wanted:
            self._rendered[width, form, bare] = _PRINTED[form](self._drawn[width][bare], self.language)

    def entry(self) -> dict[str, Any]:
        """Return its entry in `exhibits.json`: words, alt text, files, n and digests."""
        head = self.heading
        return {
            "name": self.stem,
            "exhibit": self.exhibit,
            "number": head.number,
            "title": head.title,
            "subtitle": head.subtitle,
            "notes": list(head.notes),
            "method": self.method,
            "source": head.source,
            "kind": self.register.kind,
            "language": self.language,
            "alt": self.alt,
            "description": self.description,
            "chart": self.kind_of_chart,
            "stages": self._stages,
            "figures": [self._file(width, form) for width in self.theme.widths for form in FORMATS],
            "bare": [self._file(width, form, bare=True) for width in self.theme.widths for form in BARE_FORMATS],
            "widths": dict(self.theme.widths),  # mm
            **self._of_register(self.register),
        }

    @property
    def _stages(self) -> list[dict[str, str]]:
        """How a figure of the house style draws each stage, lowest first, and the colour of text on it."""
        fills = self.theme.stage_colours(len(self.labels))
        return [
            {"stage": stage, "label": label, "fill": fill, "text": self.theme.over(fill)}
            for (stage, label), fill in zip(self.labels.items(), fills, strict=True)
        ]

    def files(self) -> dict[str, bytes]:
        """Render it at every width, each file once: framed as SVG, PDF and PNG, bare as SVG and PDF."""
        for width in self.theme.widths:
            self._render(width, [*((form, False) for form in FORMATS), *((form, True) for form in BARE_FORMATS)])
            self._drawn.pop(width, None)  # it is large, and everything was made of it
        return {self._file(width, form, bare=bare): content for (width, form, bare), content in self._rendered.items()}

    def _file(self, width: str, form: str, *, bare: bool = False) -> str:
        return f"figures/{self.stem}.{width}{'.bare' if bare else ''}.{form}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        words = {DATA_MIME: self.data_digest(), METHOD_MIME: "\n".join(self.method)}
        if self.empty:
            return {"text/markdown": self.empty, "text/plain": self.empty, **words}
        return {"image/png": self.rendered(), "text/plain": self.alt, DESCRIPTION_MIME: self.description, **words}


def _cut(text: str, longest: int) -> str:
    """Shorten a text at a space near its end, if there is one; Khmer has few.

    >>> _cut("one two three", 9)
    'one two…'
    """
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    space = cut.rfind(" ")
    return f"{cut[:space] if space > longest * 0.7 else cut}…"
