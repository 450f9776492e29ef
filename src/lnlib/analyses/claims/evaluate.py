"""Claims put to a register: one panel model for all, counts where there are no dates, and the curves beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from lnlib.analyses.claims.declared import Claims, Exposure
from lnlib.analyses.claims.ratios import asked_ratios, effect_labels, told_counts
from lnlib.errors import LnlibError
from lnlib.history import exposure
from lnlib.history.choices import CARRIED_MONTHS
from lnlib.history.placing import placed_assessments
from lnlib.history.spells import spells
from lnlib.measures.curves.first_passage import first_passage
from lnlib.measures.curves.survival import cumulative_incidence
from lnlib.measures.panel.model import PanelFit, panel_model
from lnlib.reference import vocabulary
from lnlib.register import Register

OTHER = "other"  # what the rare words of an adjusting attribute are put together as


@dataclass(frozen=True)
class Answers:
    """What a register says to the claims of a note.

    Attributes
    ----------
    claims, register
        What was put to what.
    asked : DataFrame
        One row a thing asked, in the order of the note: `claim`, `covariate`, `value`, `compared_with`, `move`, `brings`
        and the columns of `measures.exposures.asked_ratios`; placed in order, those of `told_counts` with no ratio.
    fit : PanelFit or None
        The model of the moves; None where none could be fitted, `problem` says why.
    visits : DataFrame
        What it was fitted to; of cases told in order, the cases with their exposures.
    ordered : bool
        Whether the source tells an order and no dates.
    undated : int
        Mechanisms whose start is not known: they count as in force at no time.
    """

    claims: Claims
    register: Register = field(repr=False)
    asked: pd.DataFrame = field(repr=False)
    fit: PanelFit | None = field(repr=False)
    visits: pd.DataFrame = field(repr=False)
    problem: str = ""
    ordered: bool = False
    undated: int = 0
    placed: str = "middle"
    rater: str = "any"
    carried: float = CARRIED_MONTHS
    least_n: int = 5

    def misrated(self) -> pd.DataFrame:
        """Give how often each rater rates one step beside the stage, as the model has it.

        Returns
        -------
        DataFrame
            `rated_by`, `ratings`, `share`, `low`, `high`; no rows where no model was fitted.
        """
        if self.fit is None:
            return pd.DataFrame({"rated_by": [], "ratings": [], "share": [], "low": [], "high": []})
        return misratings(self.fit).merge(
            self.register.assessments.groupby("rated_by").size().rename("ratings").reset_index(), on="rated_by"
        )[["rated_by", "ratings", "share", "low", "high"]]

    def reaching(self, *, years: float = 1.0) -> pd.DataFrame:
        """Follow the partnerships still below the second stage so many years after they began (a landmark).

        Returns
        -------
        DataFrame
            As `measures.first_passage` gives it, by `exposed`: whether a mechanism that is asked about the way out of
            the lowest stage was in force on that day.
        """
        mechanisms = self.claims.mechanisms("from_lowest")
        told = spells(self.register, placed=self.placed, rater=self.rater, carried=self.carried)
        to = self.register.scale.keys[1]
        if self.ordered:
            return first_passage(told.assign(exposed=False), to=to, by="exposed")
        held = exposure.at_age(self.register, mechanisms=mechanisms, years=years, placed=self.placed)
        marked = told.assign(exposed=told["partnership"].map(held).fillna(False).astype(bool))
        return first_passage(marked, to=to, by="exposed", since=years)

    def closing(self) -> pd.DataFrame:
        """Give the cumulative incidence of ending around the closings of projects.

        Returns
        -------
        DataFrame
            As `measures.survival.cumulative_incidence` gives it, by `exposed`: whether a mechanism that is asked about
            endings was in force half a year before each closing.
        """
        if self.ordered:
            days: list[pd.Timestamp] = []
        else:
            days = exposure.closings(self.register, placed=self.placed, least_n=self.least_n)
        mechanisms = self.claims.mechanisms("ended")
        placed = "middle" if self.ordered else self.placed
        followed = exposure.around_closings(self.register, days, mechanisms=mechanisms, placed=placed)
        return cumulative_incidence(followed, by="exposed")


def put(
    claims: Claims,
    register: Register,
    *,
    placed: str = "middle",
    rater: str = "any",
    carried: float = CARRIED_MONTHS,
    least_n: int = 5,
) -> Answers:
    """Put the claims to a register.

    One panel model holds all exposures that are asked about, every other mechanism and what the claims adjust for, so
    that each ratio is beside equal others; the stage is hidden behind raters who may err. What a mechanism brings is a
    model of its own, from the partnership's begin to the first start of the other mechanism.

    Parameters
    ----------
    claims : Claims
    register : Register
    placed : str
        `middle`, `start` or `end` of a partial date; or `order`, where no dates are told: then cases are counted.
    rater : str
        Whose ratings count.
    carried : float
        Months a stage is carried forward, for the curves.
    least_n : int
        Partnerships that there must be with an exposure and without it.

    Returns
    -------
    Answers

    Raises
    ------
    ValueNotAllowed
        The placing or the rater is not known.
    """
    asked = _asked(claims, register)
    answers: dict[str, Any] = {"placed": placed, "rater": rater, "carried": carried, "least_n": least_n}
    if placed == "order":
        told = _told(register, claims, rater)
        return Answers(claims, register, _in_order(register, told, asked), None, told, ordered=True, **answers)
    attributes = claims.attributes
    visits = _columned(
        exposure.exposed_visits(register, placed=placed, rater=rater, attributes=attributes), claims, least_n
    )
    fit, problem = _fitted(visits, claims, register)
    moves = asked["brings"] == ""
    ratios = asked_ratios(fit, visits, asked[moves], least_n=least_n).set_index(asked.index[moves])
    brought = [
        _brought(asked.loc[[row]], register, claims, placed, least_n).set_index(pd.Index([row]))
        for row in asked.index[~moves]
    ]
    found = pd.concat([ratios, *brought]).sort_index().reset_index(drop=True)
    return Answers(claims, register, found, fit, visits, problem, undated=exposure.undated(register), **answers)


def misratings(fit: PanelFit, *, level: float = 0.95) -> pd.DataFrame:
    """Give the chance of each rater of a fitted model to rate a step beside the stage: `rated_by`, `share`, limits."""
    z = ndtri(0.5 + level / 2)
    own = fit.parameters.set_index("parameter").loc[[f"misrated by {rater}" for rater in fit.raters]]
    return pd.DataFrame(
        {
            "rated_by": list(fit.raters),
            "share": expit(own["estimate"].to_numpy()),
            "low": expit((own["estimate"] - z * own["se"]).to_numpy()),
            "high": expit((own["estimate"] + z * own["se"]).to_numpy()),
        }
    )


def _asked(claims: Claims, register: Register) -> pd.DataFrame:
    """Write each thing asked as a row; of an attribute compared with one word, a row for each of the others held."""
    held = register.described
    rows = []
    for claim in claims.claims:
        for ask in claim.asks:
            each = ask.exposure
            values = [""]
            if each.compared_with:
                words = _words(each)
                there = set(held[each.attribute])
                values = [word for word in words if word in there and word != each.compared_with] or [
                    each.compared_with
                ]
            rows += [(claim.key, each.name, value, each.compared_with, ask.move, ask.brings) for value in values]
    return pd.DataFrame(rows, columns=["claim", "covariate", "value", "compared_with", "move", "brings"])


def _words(each: Exposure) -> tuple[str, ...]:
    return vocabulary.words("tier" if each.attribute == "tier" else "kind")


def _columned(frame: pd.DataFrame, claims: Claims, least_n: int) -> pd.DataFrame:
    """Make a column of every exposure: marks, and categories whose first word is the one compared with."""
    found = frame
    for each in claims.exposures:
        if each.attribute:
            found = found.assign(**{each.name: _column(frame, each, least_n, adjusted=each in claims.adjusted)})
    return found


def _column(frame: pd.DataFrame, each: Exposure, least_n: int, *, adjusted: bool) -> pd.Series:
    words = frame[each.attribute]
    if each.value:
        return words == each.value
    if pd.api.types.is_bool_dtype(words):
        return words
    if adjusted and not each.compared_with:
        many = frame.assign(word=words).groupby("word", observed=True)["partnership"].nunique()
        words = words.where(words.isin(many.index[many >= least_n]), OTHER)
        held = list(many[many >= least_n].sort_values(ascending=False, kind="stable").index)
        return words.astype(pd.CategoricalDtype([*held, OTHER]))
    order = _words(each)
    first = [each.compared_with] if each.compared_with else []
    return words.astype(pd.CategoricalDtype([*first, *(word for word in order if word not in first), ""]))


def _fitted(visits: pd.DataFrame, claims: Claims, register: Register) -> tuple[PanelFit | None, str]:
    """Fit the model of the moves with every exposure that differs between partnerships or in time.

    Rates may change with each calendar year: mechanisms gather in time, and so do the closings of projects, so that a
    mechanism would else be blamed for endings that came because it was late.
    """
    stages = len(register.scale.keys)
    labels = effect_labels(stages)
    years = visits["date"].dt.year
    cuts = [pd.Timestamp(year, 1, 1) for year in range(years.min() + 1, years.max() + 1)] if len(visits) else []
    in_time = {"date": ["ended" if label == "ended" else "moved" for label in labels]} if cuts else {}
    names = [each.name for each in claims.exposures] + list(vocabulary.words("mechanism"))
    differing = [name for name in dict.fromkeys(names) if _differs(visits[name])]
    try:
        return panel_model(
            visits,
            covariates=differing,
            same_effects=in_time | {name: effect_labels(stages, claims.moves_of(name)) for name in differing},
            cuts=cuts,
            until=register.observed[1],
            misrated="rated_by",
        ), ""
    except LnlibError as error:  # too little was seen, or no best rates were found: said, not hidden
        return None, str(error)


def _differs(column: pd.Series) -> bool:
    return bool((column != column.iloc[:1].squeeze()).any()) if len(column) else False


def _brought(row: pd.DataFrame, register: Register, claims: Claims, placed: str, least_n: int) -> pd.DataFrame:
    """Ask whether a mechanism brings another: the ratio of the rates of its first start, with and without."""
    name, brings = str(row["covariate"].iat[0]), str(row["brings"].iat[0])
    attributes = claims.attributes
    followed = _columned(
        exposure.followed_until(register, brings, exposures=[name], placed=placed, attributes=attributes),
        claims, least_n,
    )  # fmt: skip
    beside = [each.name for each in claims.exposures if each.attribute and _differs(followed[each.name])]
    try:
        fit = panel_model(
            followed,
            allowed=[("before", "after")], exact=["after"], covariates=[name, *beside],
        )  # fmt: skip
    except LnlibError:
        fit = None
    return asked_ratios(fit, followed, row.assign(move="up"), least_n=least_n).assign(move="")


def _told(register: Register, claims: Claims, rater: str) -> pd.DataFrame:
    """Give the ratings in the order told, with what each case as a whole is told to have."""
    told = placed_assessments(register, placed="order", rater=rater)
    marks = {word: told["partnership"].isin(_having(register, word)) for word in vocabulary.words("mechanism")}
    described = register.described.set_index("partnership")[claims.attributes]
    return _columned(told.assign(**marks).join(described, on="partnership"), claims, 1)


def _having(register: Register, mechanism: str) -> set[str]:
    return set(register.mechanisms.loc[register.mechanisms["mechanism"] == mechanism, "partnership"])


def _in_order(register: Register, told: pd.DataFrame, asked: pd.DataFrame) -> pd.DataFrame:
    """Count cases with and without, and how many of each are told to have moved."""
    rows = asked.assign(move=asked["move"].where(asked["brings"] == "", "up"))
    found = told_counts(told, rows).assign(move=asked["move"].to_numpy())
    for place in np.flatnonzero(asked["brings"] != ""):
        row = asked.iloc[int(place)]
        brought = told["partnership"].isin(_having(register, str(row["brings"])))
        for held, name in ((True, "moves_with"), (False, "moves_without")):
            cases = (told[str(row["covariate"])] == held) & brought
            found.loc[found.index[int(place)], name] = told.loc[cases, "partnership"].nunique()
    none = dict.fromkeys(["ratio", "low", "high", "effect", "se"], float("nan"))
    return found.assign(**none, shown=False, **{"from": None, "to": None})
