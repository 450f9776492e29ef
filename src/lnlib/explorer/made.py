"""What is made of a choice: the narrowed register, the numbers on the map, and the exhibit or why there is none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pandas as pd

from lnlib.errors import LnlibError
from lnlib.exhibits.base import narrowed_to
from lnlib.exhibits.figure import Exhibit
from lnlib.explorer.choice import Choice
from lnlib.explorer.shelf import Shelf
from lnlib.explorer.views import View, flow_dates, view
from lnlib.history.grid import grid
from lnlib.history.spells import spells
from lnlib.register import Register
from lnlib.words import Words

MOST_KEPT = 24


@dataclass(frozen=True)
class Made:
    """What a choice shows.

    Parameters
    ----------
    choice : Choice
    whole, here : Register
        As opened over the period, and narrowed.
    tiles : mapping of str to int
        Partnerships of each unit that fit all but the province.
    n : int
        Partnerships that fit and had begun by the end of the period.
    view : View or None
    exhibit : Exhibit or None
        None where nothing can be shown; then `lacking` is why, in words.
    lacking : str
    """

    choice: Choice
    whole: Register = field(repr=False)
    here: Register = field(repr=False)
    tiles: dict[str, int] = field(repr=False)
    n: int
    view: View | None = field(repr=False, default=None)
    exhibit: Exhibit | None = field(repr=False, default=None)
    lacking: str = ""

    @property
    def said(self) -> str:
        """The filter in words, with n."""
        words = Words.load(self.choice.language)
        parts = narrowed_to(self.here, words)
        said = words("marks.list").join(parts) if parts else words("explorer.all")
        if self.choice.placed != "order":
            first, last = (words.date(day, precision="month") for day in self.whole.observed)
            said = words("explorer.dated", filter=said, **{"from": first, "to": last})
        if self.choice.rater != "any":
            rater = words(f"explorer.raters.{self.choice.rater}")
            said = words("explorer.rated", filter=said, rater=f"{words('explorer.rater')}: {rater}")
        counted = words("n_partnerships", n=self.n)
        return words("explorer.shown", partnerships=counted[:1].upper() + counted[1:], filter=said)


@dataclass
class Maker:
    """Makes what choices show; the last ones are kept."""

    shelf: Shelf = field(default_factory=Shelf)
    _made: dict[Choice, Made] = field(default_factory=dict)

    def make(self, choice: Choice) -> Made:
        """Make what a choice shows.

        Raises
        ------
        LnlibError
            The register cannot be opened, the period ends before it starts, or there is no such province or actor.
        """
        opened = self.shelf.open(choice.register, choice.frame)
        whole = _over(opened, choice)
        kept = self._made.pop(choice, None)
        if kept is None or (kept.whole.whole or kept.whole).tables is not opened.tables:
            kept = _make(choice, whole)
        self._made[choice] = kept
        while len(self._made) > MOST_KEPT:
            del self._made[next(iter(self._made))]
        return kept


def _over(opened: Register, choice: Choice) -> Register:
    """Observe the chosen period, within the years that the register is observed: beyond them is nothing to see."""
    if not choice.period:
        return opened
    whole = opened.over(**choice.period)
    (first, last), (begin, end) = opened.observed, whole.observed
    if begin.year < first.year or end.year > last.year:
        words = Words.load(choice.language)
        own = {"from": words.date(first, precision="month"), "to": words.date(last, precision="month")}
        raise LnlibError(words("explorer.beyond", **own))
    return whole


def _make(choice: Choice, whole: Register) -> Made:
    elsewhere = whole.where(**choice.elsewhere)
    tiles = dict(Counter(elsewhere.described["unit"]))
    here = whole.where(**choice.asked)
    words = Words.load(choice.language)
    fitting = len(here.partnerships)
    n = int(spells(here, placed=choice.placed, rater=choice.rater)["partnership"].nunique()) if fitting else 0
    made = Made(choice, whole, here, tiles, n)
    if not fitting:
        return replace(made, lacking=words("explorer.empty"))
    if not n:
        return replace(made, lacking=words("explorer.not_begun", n=fitting))
    if (
        choice.view == "flows"
        and len(grid(here, every=flow_dates(here, placed=choice.placed)[0], placed=choice.placed)) < 2
    ):
        return replace(made, lacking=words("explorer.one_date"))
    seen = view(choice.view, here, **choice.told, language=choice.language)
    if choice.view == "agreement" and not pd.Series(seen.data["count"]).sum():
        return replace(made, lacking=words("explorer.no_pairs"))
    exhibit = Exhibit(
        choice.name,
        seen.chart,
        seen.data,
        here,
        choices=seen.choices,
        options=seen.options,
        language=choice.language,
    )
    return replace(made, view=seen, exhibit=exhibit)
