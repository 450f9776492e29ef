"""Claims evaluated on a register: one panel model for all, one test a claim, counts where there are no dates."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lnlib.analyses.around_start import start_ratios
from lnlib.analyses.claims.claim_tests import claim_tests
from lnlib.analyses.claims.claims_file import Claims, Exposure
from lnlib.analyses.claims.ratios import case_counts, comparison_ratios, effect_labels
from lnlib.errors import LnlibError
from lnlib.history import exposure
from lnlib.history.choices import Choices
from lnlib.history.placed_in_time import placed_assessments
from lnlib.history.spells import spells
from lnlib.measures.curves.first_passage import first_passage
from lnlib.measures.curves.survival import cumulative_incidence
from lnlib.measures.panel.hidden_stage import misratings
from lnlib.measures.panel.model import PanelFit, panel_model
from lnlib.reference import vocabulary
from lnlib.register import Register
from lnlib.register.derived_frames import kept

OTHER = "other"  # the level that gathers the rare words of an adjusting attribute


@dataclass(frozen=True)
class Evaluation:
    """What a register shows of the claims of a note.

    Attributes
    ----------
    claims, register
        What was evaluated, and on what.
    comparisons : DataFrame
        One row a comparison, in the order of the note: `claim`, `covariate`, `value`, `compared_with`, `move`, `brings`
        and the columns of `ratios.comparison_ratios`; where cases are counted those of `case_counts`, without ratios.
    tests : DataFrame
        One row a claim, as `claim_tests.claim_tests` returns it; where cases are counted no rows.
    fit : PanelFit or None
        The model of the moves; None where none could be fitted: `problem` says why.
    visits : DataFrame
        What it was fitted to; where cases are counted the assessments in order, with the exposures of their case.
    counted : bool
        Whether cases are counted and no rates estimated: the register is ordinal, or no sample (`Register.counts_only`).
    left_out : int
        Partnerships left out because a mechanism that a claim names started on an unknown date.
    undated : int
        Other mechanisms whose start is unknown: they are taken to be in force at no time.
    """

    claims: Claims
    register: Register = field(repr=False)
    comparisons: pd.DataFrame = field(repr=False)
    tests: pd.DataFrame = field(repr=False)
    fit: PanelFit | None = field(repr=False)
    visits: pd.DataFrame = field(repr=False)
    problem: str = ""
    counted: bool = False
    left_out: int = 0
    undated: int = 0
    choices: Choices = field(default_factory=Choices)
    least_n: int = 5

    def misrated(self) -> pd.DataFrame:
        """Return how often each rater rates too high and too low, by the model.

        Returns
        -------
        DataFrame
            `rated_by`, `direction` (`high`, `low`), `ratings` (of that rater in the model), `share`, `low`, `high`; no
            rows where no model was fitted.
        """
        names = ["rated_by", "direction", "ratings", "share", "low", "high"]
        if self.fit is None:
            return pd.DataFrame({name: [] for name in names})
        begun, ended = self.fit.used(self.visits)
        rated = self.visits[(self.visits["status"] == "assessed") & (begun | ended)]
        counted = rated.groupby("rated_by").size().rename("ratings").reset_index()
        return misratings(self.fit).merge(counted, on="rated_by")[names]

    def reaching(self, *, years: float = 1.0) -> pd.DataFrame:
        """Follow the partnerships still below the second stage so many years after they began (a landmark).

        Returns
        -------
        DataFrame
            As `measures.curves.first_passage` returns it, by `exposed`: whether a mechanism that a claim names for the
            way out of the lowest stage was in force on that day.
        """
        mechanisms = self.claims.mechanisms("from_lowest")
        lives = spells(self.register, self.choices)
        to = self.register.scale.keys[1]
        if self.counted:
            return first_passage(lives.assign(exposed=False), to=to, by="exposed")
        held = exposure.at_age(self.register, mechanisms=mechanisms, years=years, placed=self.choices.placed)
        marked = lives.assign(exposed=lives["partnership"].map(held).fillna(False).astype(bool))
        return first_passage(marked, to=to, by="exposed", since=years)

    def around_closings(self) -> pd.DataFrame:
        """Follow partnerships around the closings of projects, as `history.exposure.around_closings` does.

        Returns
        -------
        DataFrame
            One row a window: a partnership and a closing, with `exposed`: whether a mechanism that a claim names for
            endings was in force on the window's first day. An ordinal register has no rows, nor has one coded from
            documents, which is no sample.
        """
        return _around_closings(self.claims, self.register, self.choices.placed, self.least_n)

    def closing(self) -> pd.DataFrame:
        """Return the cumulative incidence of ending around the closings of projects.

        Returns
        -------
        DataFrame
            As `measures.curves.survival.cumulative_incidence` returns it, by `exposed`: numbers at risk and events count
            the windows of `around_closings`, and `n` partnerships, each of which may stand in several windows that do not
            overlap; limits are by partnership.
        """
        return cumulative_incidence(self.around_closings(), by="exposed", cluster="partnership")

    def overlaps(self) -> pd.DataFrame:
        """Return the mechanisms that a claim names and the working criteria of the scale name too.

        Where a criterion of a stage names a mechanism, a rater who goes by it rates higher because the mechanism is there:
        exposure and outcome overlap by definition.

        Returns
        -------
        DataFrame
            `claim`, `mechanism`, `move`, `criteria` (tuple of their keys); comparisons of endings are not among them, since
            nobody rates an ending.
        """
        named = self.register.scale.mechanisms
        rows = [
            (claim.key, ask.exposure.mechanism, ask.move, named[ask.exposure.mechanism])
            for claim in self.claims.claims
            for ask in claim.asks
            if ask.exposure.mechanism in named and ask.move and ask.move != "ended"
        ]
        return pd.DataFrame(rows, columns=["claim", "mechanism", "move", "criteria"])

    def leads(self) -> pd.DataFrame:
        """Return how fast partnerships moved up just before and after a mechanism started, where definitions overlap.

        Where a mechanism starts because a partnership has moved up, or is about to, it moves faster before the start
        already; where a stage is defined by the mechanism, it moves at the start and not before.

        Returns
        -------
        DataFrame
            One row a mechanism of `overlaps`: `mechanism`, and of the half-year `before` its start and the half-year
            `after` it the `ratio`, `low`, `high` to all earlier time, `n` and `moves` (as `before_ratio`, …). NaN where too few
            partnerships have time there, or no model could be fitted.
        """
        rows = []
        for mechanism in self.overlaps()["mechanism"].unique():
            table = _around_start(self.register, mechanism, self.choices, self.least_n)
            row: dict[str, Any] = {"mechanism": mechanism}
            for name, window in (("before", "-1"), ("after", "0")):
                own = table[(table["window"].astype(str) == window) & table["shown"]]
                for column in ("ratio", "low", "high", "n", "moves"):
                    row[f"{name}_{column}"] = float(own[column].iloc[0]) if len(own) else np.nan
            rows.append(row)
        names = [
            f"{name}_{column}" for name in ("before", "after") for column in ("ratio", "low", "high", "n", "moves")
        ]
        return pd.DataFrame(rows, columns=["mechanism", *names])


def _around_closings(claims: Claims, register: Register, placed: str, least_n: int) -> pd.DataFrame:
    counted = placed == "order" or register.counts_only
    days = [] if counted else exposure.closings(register, placed=placed, least_n=least_n)
    placed = "middle" if placed == "order" else placed
    return exposure.around_closings(register, days, mechanisms=claims.mechanisms("ended"), placed=placed)


def ended_around_closings(
    claims: Claims, register: Register, *, placed: str = "middle", least_n: int = 5
) -> pd.DataFrame:
    """Count how many partnerships ended around the closings of projects, with a mechanism that a claim names and without one.

    Returns
    -------
    DataFrame
        One row a group that stood before a closing: `exposed`, `windows` (of `Evaluation.around_closings`), `ended` (windows
        in which the partnership ended), `low`, `high` (95% limits of the share, by partnership). Without rows where there
        are no closings, or cases are counted.
    """
    followed = _around_closings(claims, register, placed, least_n)
    if followed.empty:
        return pd.DataFrame({"exposed": [], "windows": [], "ended": [], "low": [], "high": []}).astype(
            {"exposed": bool}
        )
    counts = followed.assign(ended=followed["event"].notna()).groupby("exposed")["ended"].agg(["size", "sum"])
    last = (
        cumulative_incidence(followed, by="exposed", cluster="partnership").groupby("exposed")[["low", "high"]].last()
    )
    return counts.rename(columns={"size": "windows", "sum": "ended"}).join(last).reset_index()


@kept
def _around_start(register: Register, mechanism: str, choices: Choices, least_n: int) -> pd.DataFrame:
    """Return the event study of a mechanism's start; without rows where too little was seen around it."""
    try:
        return start_ratios(register, mechanism, choices, least_n=least_n)
    except LnlibError:
        return pd.DataFrame({"window": [], "shown": pd.Series([], dtype=bool)})


def evaluate(
    claims: Claims,
    register: Register,
    choices: Mapping[str, Any] | None = None,
    *,
    least_n: int = 5,
    **options: Any,
) -> Evaluation:
    """Evaluate the claims of a note on a register.

    One panel model holds all exposures that the claims name, every other mechanism and what the claims adjust for, so
    that each ratio compares partnerships alike in the rest; the stage is hidden behind raters who may err. What a mechanism
    brings is a model of its own, from the partnership's start to the first start of the other mechanism. Each claim is then
    tested once (`claim_tests.claim_tests`). Partnerships with a mechanism that a claim names and whose start is unknown are left
    out: nobody knows when they were exposed.

    Parameters
    ----------
    choices : mapping, optional
        `history.Choices`, or each of them by its name. Where time is an order, cases are counted, as they are of a register
        that is no sample; `carried` is for the curves.
    least_n : int
        Partnerships needed with an exposure and without it.
    """
    rows, chosen = _comparisons(claims, register), Choices.of(register, choices, **options)
    kept: dict[str, Any] = {"choices": chosen, "least_n": least_n}
    if chosen.ordinal or register.counts_only:
        cases = _cases(register, claims, chosen)
        counted = _counted_cases(register, cases, rows)
        return Evaluation(claims, register, counted, _no_tests(), None, cases, counted=True, **kept)
    unknown = exposure.undated_partnerships(register, mechanisms=claims.all_mechanisms)
    visits = exposure.exposed_visits(register, chosen, attributes=claims.attributes)
    visits = _with_exposures(_without(visits, unknown), claims, least_n)
    fit, problem = _fitted(visits, claims, register)
    moves = rows["brings"] == ""
    ratios = comparison_ratios(fit, visits, rows[moves], least_n=least_n).set_index(rows.index[moves])
    brought = [
        _brought(rows.loc[[row]], register, claims, chosen.placed, least_n, unknown).set_index(pd.Index([row]))
        for row in rows.index[~moves]
    ]
    result = pd.concat([ratios, *brought]).sort_index().reset_index(drop=True)
    tests = claim_tests(result, _covariance(result, fit))
    kept |= {"left_out": len(unknown), "undated": exposure.undated(register, but=claims.all_mechanisms)}
    return Evaluation(claims, register, result, tests, fit, visits, problem, **kept)


def _no_tests() -> pd.DataFrame:
    none = pd.DataFrame(
        {"claim": [], "move": [], "effect": [], "df": [], "bound": [], "shown": pd.Series([], dtype=bool)}
    )
    return claim_tests(none, np.zeros((0, 0)))


def _without(frame: pd.DataFrame, partnerships: Collection[str]) -> pd.DataFrame:
    return frame[~frame["partnership"].isin(list(partnerships))].reset_index(drop=True)


def _covariance(comparisons: pd.DataFrame, fit: PanelFit | None) -> np.ndarray:
    """Return the covariance of the effects; those of different models are of different events, and uncorrelated."""
    result = np.diag(comparisons["se"].to_numpy(dtype=float) ** 2)
    own = np.flatnonzero((comparisons["brings"] == "") & (comparisons["parameter"] >= 0))
    if fit is not None:
        places = comparisons["parameter"].to_numpy(dtype=int)[own]
        result[np.ix_(own, own)] = fit.covariance[np.ix_(places, places)]
    return result


def _comparisons(claims: Claims, register: Register) -> pd.DataFrame:
    """Return one row a comparison; of an attribute with a reference level, a row for each of its other levels held."""
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


def _with_exposures(frame: pd.DataFrame, claims: Claims, least_n: int) -> pd.DataFrame:
    """Add one column per exposure: boolean, or categorical with the reference level first."""
    result = frame
    for each in claims.exposures:
        if each.attribute:
            result = result.assign(**{each.name: _column(frame, each, least_n, adjusted=each in claims.adjusted)})
    return result


def _column(frame: pd.DataFrame, each: Exposure, least_n: int, *, adjusted: bool) -> pd.Series:
    words = frame[each.attribute]
    if each.value:
        return words == each.value
    if pd.api.types.is_bool_dtype(words):
        return words
    if adjusted and not each.compared_with:
        many = frame.assign(word=words).groupby("word", observed=True)["partnership"].nunique()
        held = many[many >= least_n].sort_values(ascending=False, kind="stable").index
        return words.where(words.isin(held), OTHER).astype(pd.CategoricalDtype([*held, OTHER]))
    order = _words(each)
    first = [each.compared_with] if each.compared_with else []
    return words.astype(pd.CategoricalDtype([*first, *(word for word in order if word not in first), ""]))


def _fitted(visits: pd.DataFrame, claims: Claims, register: Register) -> tuple[PanelFit | None, str]:
    """Fit the model of the moves with every exposure that differs between partnerships or in time.

    Rates may change with each calendar year: mechanisms gather in time, and so do the closings of projects, so that a
    mechanism would otherwise be blamed for endings that came because it was late.
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
            directed=True,
        ), ""
    except LnlibError as error:  # too little was seen, or no best rates were found: the reason is kept
        return None, str(error)


def _differs(column: pd.Series) -> bool:
    return bool((column != column.iloc[:1].squeeze()).any()) if len(column) else False


def _brought(
    row: pd.DataFrame, register: Register, claims: Claims, placed: str, least_n: int, unknown: Collection[str]
) -> pd.DataFrame:
    """Compare the rates at which a mechanism first starts, with another in force and without it."""
    name, brings = str(row["covariate"].iat[0]), str(row["brings"].iat[0])
    attributes = claims.attributes
    begun = exposure.followed_until(register, brings, exposures=[name], placed=placed, attributes=attributes)
    followed = _with_exposures(_without(begun, unknown), claims, least_n)
    beside = [each.name for each in claims.exposures if each.attribute and _differs(followed[each.name])]
    try:
        fit = panel_model(
            followed,
            allowed=[("before", "after")], exact=["after"], covariates=[name, *beside],
        )  # fmt: skip
    except LnlibError:
        fit = None
    return comparison_ratios(fit, followed, row.assign(move="up"), least_n=least_n).assign(move="")


def _cases(register: Register, claims: Claims, choices: Choices) -> pd.DataFrame:
    """Return the ratings in order, with the exposures that each case as a whole has."""
    rated = placed_assessments(register, choices.but(placed="order"))
    marks = {word: rated["partnership"].isin(_having(register, word)) for word in vocabulary.words("mechanism")}
    described = register.described.set_index("partnership")[claims.attributes]
    return _with_exposures(rated.assign(**marks).join(described, on="partnership"), claims, 1)


def _having(register: Register, mechanism: str) -> set[str]:
    return set(register.mechanisms.loc[register.mechanisms["mechanism"] == mechanism, "partnership"])


def _counted_cases(register: Register, cases: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Count cases with and without an exposure, and how many of each moved according to the source."""
    counted = case_counts(cases, rows.assign(move=rows["move"].where(rows["brings"] == "", "up")))
    result = counted.assign(move=rows["move"].to_numpy())
    for place in np.flatnonzero(rows["brings"] != ""):
        row = rows.iloc[int(place)]
        brought = cases["partnership"].isin(_having(register, str(row["brings"])))
        for held, name in ((True, "moves_with"), (False, "moves_without")):
            having = (cases[str(row["covariate"])] == held) & brought
            result.loc[result.index[int(place)], name] = cases.loc[having, "partnership"].nunique()
    ended = register.partnerships.loc[register.partnerships["end_first"].notna(), "partnership"]
    counted_ends = case_counts(cases[cases["partnership"].isin(ended)], rows.assign(move="up"))
    ends = (rows["move"] == "ended").to_numpy()
    result.loc[ends, ["moves_with", "moves_without"]] = counted_ends.loc[ends, ["n", "n_without"]].to_numpy()
    none = dict.fromkeys(["ratio", "low", "high", "effect", "se", "df", "limit"], float("nan"))
    return result.assign(**none, parameter=-1, bound="", shown=False, **{"from": None, "to": None})
