"""What a choice selects: the narrowed register, the counts on the map, and the exhibit or why there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pandas as pd

from lnlib.charts import incidence
from lnlib.errors import LnlibError
from lnlib.exhibits.figure import Exhibit
from lnlib.exhibits.source_and_choices import narrowed_to
from lnlib.explorer.open_registers import Opened
from lnlib.explorer.view_and_filters import Choice
from lnlib.explorer.views import View, flow_dates, view
from lnlib.history.choices import is_ordinal
from lnlib.history.grid import grid
from lnlib.history.spells import spells
from lnlib.register import Register
from lnlib.words import Words

MOST_KEPT = 24
LEAST_SHARE = 5  # partnerships of a bar in percent
FLOWS_MM = 40.0  # height that the partnerships of figures side by side share, so that gaps and numbers have room


@dataclass(frozen=True)
class Narrowed:
    """A register observed over a period, and narrowed: what every view of the same filters is made from.

    Parameters
    ----------
    whole, here : Register
        As opened over the period, and narrowed.
    tiles : mapping of str to int
        Partnerships of each unit that match all but the province, and had begun by the end of the period.
    """

    whole: Register
    here: Register
    tiles: dict[str, int]
    rows: dict[str, pd.DataFrame] = field(compare=False, default_factory=dict)  # of the list by rater, once asked for

    @classmethod
    def of(cls, register: Register, choice: Choice) -> Narrowed:
        """Narrow a register to what a choice filters."""
        whole = _over(register, choice)
        here = whole.where(**choice.filters)
        alike = whole.where(**choice.filters_elsewhere) if choice.province else here
        begun = alike.described["partnership"].isin(spells(alike, placed=choice.placed)["partnership"])
        return cls(whole, here, dict(Counter(alike.described.loc[begun, "unit"])))


@dataclass(frozen=True)
class Selection:
    """What a choice selects.

    Parameters
    ----------
    choice : Choice
        With the placing of dates that the register asks for.
    narrowed : Narrowed
    n : int
        Partnerships that match and had begun by the end of the period.
    exhibit : Exhibit or None
        None where nothing can be drawn; then `reason` is why, in words.
    """

    choice: Choice
    narrowed: Narrowed = field(repr=False)
    n: int
    view: View | None = field(repr=False, default=None)
    exhibit: Exhibit | None = field(repr=False, default=None)
    reason: str = ""
    labels: dict[str, str] = field(repr=False, compare=False, default_factory=dict)  # of its marks, once asked for

    @property
    def whole(self) -> Register:
        """The register over the period."""
        return self.narrowed.whole

    @property
    def here(self) -> Register:
        """The register over the period, narrowed to what matches."""
        return self.narrowed.here

    @property
    def drawn(self) -> View:
        """The view, of a selection that has one."""
        assert self.view is not None
        return self.view

    @property
    def summary(self) -> str:
        """The filter in words, with n."""
        words = Words.load(self.choice.language)
        parts = narrowed_to(self.here, words)
        summary = words("marks.list").join(parts) if parts else words("explorer.all")
        if self.choice.placed != "order":
            first, last = (words.date(day, precision="month") for day in self.whole.observed)
            summary = words("explorer.dated", filter=summary, **{"from": first, "to": last})
        if self.choice.rater != "any":
            rater = words(f"explorer.raters.{self.choice.rater}")
            summary = words("explorer.rated", filter=summary, rater=f"{words('explorer.rater')}: {rater}")
        counted = words("n_partnerships", n=self.n)
        return words("explorer.shown", partnerships=counted[:1].upper() + counted[1:], filter=summary)

    def with_options(self, **options: Any) -> Selection:
        """Return the same with more options of the chart."""
        if self.view is None or not options:
            return self
        seen = replace(self.view, options={**self.view.options, **options})
        return replace(self, view=seen, exhibit=_exhibit(self.choice, seen, self.here), labels={})


Kept = TypeVar("Kept", Selection, Narrowed)


@dataclass
class Selections:
    """Selects what choices ask for; the last ones are cached."""

    opened: Opened = field(default_factory=Opened)
    _cached: dict[Choice, Selection] = field(default_factory=dict)
    _narrowed: dict[Choice, Narrowed] = field(default_factory=dict)
    _beside: tuple[list[Selection], list[Selection]] = field(default_factory=lambda: ([], []))

    def select(self, choice: Choice) -> Selection:
        """Return what a choice selects.

        Raises
        ------
        LnlibError
            The register cannot be opened, the period ends before it starts, or there is no such province or actor.
        """
        register = self.opened.open(choice.register, choice.frame)
        if not choice.placed:
            choice = replace(choice, placed="order" if is_ordinal(register) else "middle")
        codes = {register.unit(province).code for province in choice.province}
        choice = replace(choice, province=tuple(unit.code for unit in register.units if unit.code in codes))
        return _latest(self._cached, choice, register, lambda: _select(choice, self._narrow(register, choice)))

    def _narrow(self, register: Register, choice: Choice) -> Narrowed:
        """Return a register narrowed, with the histories that other views or raters have asked of it."""
        filters = replace(choice.undrawn, rater="any")
        return _latest(self._narrowed, filters, register, lambda: Narrowed.of(register, choice))

    def select_all(self, choices: Sequence[Choice]) -> list[Selection]:
        """Return what each choice selects, drawn on one scale."""
        selections = [self.select(choice) for choice in choices]
        if len(selections) < 2:
            return selections
        before, scaled = self._beside
        if [id(one) for one in before] != [id(one) for one in selections]:
            scaled = [one.with_options(**_one_scale(selections)) for one in selections]
            self._beside = selections, scaled
        return scaled


def _latest(cached: dict[Choice, Kept], choice: Choice, register: Register, make: Callable[[], Kept]) -> Kept:
    """Return what is cached for a choice of a register, else make it; of more than `MOST_KEPT` the oldest is dropped."""
    found = cached.pop(choice, None)
    if found is None or (found.whole.whole or found.whole).tables is not register.tables:
        found = make()
    cached[choice] = found
    while len(cached) > MOST_KEPT:
        del cached[next(iter(cached))]
    return found


def _one_scale(selections: Sequence[Selection]) -> dict[str, Any]:
    """Return the options that draw figures of one view on one scale; other views have it already."""
    drawn = [(one.choice, one.view.data) for one in selections if one.view is not None]
    if not drawn:
        return {}
    (choice, _), frames = drawn[0], [data for _, data in drawn]
    if choice.view == "mix" and choice.scale == "count":
        return {"top": max(int(data["n_known"].max()) for data in frames)}
    if choice.view == "flows":
        most = max(int(data.groupby(["date_from", "date_to"])["count"].sum().max()) for data in frames)
        return {"partnership_mm": round(FLOWS_MM / most, 4)}
    if choice.view == "pace":
        years, shares = zip(*map(incidence.extent, frames), strict=True)
        return {"extent": (max(years), max(shares))}
    if choice.view == "paths" and choice.placed != "order":
        spans = [data[data["what"] == "spell"] for data in frames]
        ends = min(span["start"].min() for span in spans), max(span["end"].max() for span in spans)
        return {"period": tuple(pd.Timestamp(end) for end in ends)}
    return {}


def _over(register: Register, choice: Choice) -> Register:
    """Observe the chosen period, within the years that the register is observed: beyond them is nothing to see."""
    if not choice.period:
        return register
    whole = register.over(**choice.period)
    (first, last), (begin, end) = register.observed, whole.observed
    if begin.year < first.year or end.year > last.year:
        words = Words.load(choice.language)
        own = {"from": words.date(first, precision="month"), "to": words.date(last, precision="month")}
        raise LnlibError(words("explorer.beyond", **own))
    return whole


def _select(choice: Choice, narrowed: Narrowed) -> Selection:
    here = narrowed.here
    words = Words.load(choice.language)
    fitting = len(here.partnerships)
    n = int(spells(here, placed=choice.placed, rater=choice.rater)["partnership"].nunique()) if fitting else 0
    selection = Selection(choice, narrowed, n)
    if not fitting:
        return replace(selection, reason=words("explorer.empty"))
    if not n:
        return replace(selection, reason=words("explorer.not_begun", n=fitting))
    if (
        choice.view == "flows"
        and len(grid(here, every=flow_dates(here, placed=choice.placed)[0], placed=choice.placed)) < 2
    ):
        return replace(selection, reason=words("explorer.one_date"))
    if choice.view == "pace" and choice.placed == "order":
        return replace(selection, reason=f"{words('undated')}.")
    if here.counts_only and (
        choice.view == "pace" or (choice.scale == "share" and choice.view in ("mix", "provinces"))
    ):
        return replace(selection, reason=words("statistics.counts_only"))
    seen = view(choice.view, here, **choice.history, **choice.drawing, language=choice.language)
    if choice.view == "agreement" and not pd.Series(seen.data["count"]).sum():
        return replace(selection, reason=words("explorer.no_pairs"))
    if choice.view == "mix" and not seen.data["n_known"].max():
        return replace(selection, reason=words("explorer.all_hidden"))
    if choice.view == "mix" and choice.scale == "share" and seen.data["n_known"].max() < LEAST_SHARE:
        return replace(selection, reason=words("explorer.few_for_shares", least=LEAST_SHARE))
    return replace(selection, view=seen, exhibit=_exhibit(choice, seen, here))


def _exhibit(choice: Choice, seen: View, here: Register) -> Exhibit:
    return Exhibit(
        choice.name,
        seen.chart,
        seen.data,
        here,
        notes=seen.notes,
        choices=seen.choices,
        options=seen.options,
        language=choice.language,
    )
