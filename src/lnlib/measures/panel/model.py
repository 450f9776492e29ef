r"""Panel model: at what rates do partnerships move, from assessments now and then.

A continuous-time Markov chain observed at irregular dates (Kalbfleisch & Lawless 1985; Jackson 2011, *Multi-state
models for panel data: the msm package for R*; chapter 5 of Cook & Lawless 2018). A partnership at stage r moves to s at
the rate :math:`q_{rs}` a year, whatever its past. Nothing is seen between two assessments, so between r at one and s
at the next, t apart, the likelihood is :math:`P(t)_{rs} = [\exp(Qt)]_{rs}`, which counts every way there; an ending is
dated exactly and enters as :math:`\sum_{k} P(t)_{rk}\,q_{k,ended}`. Rates depend on covariates by
:math:`\log q_{rs} = \log q^0_{rs} + (x - \bar x)'\beta_{rs}`; a covariate has the value of its row until the next row.

**Prior.** Small registers leave rates undetermined: with 50 partnerships most fits have no finite answer. So by default
each baseline log-rate has a weak prior, :math:`N(\log 0.2, 1.5^2)` (95%: once in 4 months to once in 90 years), and each
:math:`\beta \sim N(0, 1.5^2)`. The rate is per unit of time: declare another `Prior` where times are plain numbers in
another unit than years. `prior=None` gives the maximum of the likelihood, as `msm` does.

**Uncertainty** is the inverse of the observed information (with the prior's), by differences of the exact gradient; for whole
lives it is that of `panel.curvature`. The likelihood and its gradient are in `panel.likelihood`, what follows from the rates in `panel.results`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import ValueNotAllowed
from lnlib.measures import columns
from lnlib.measures.panel import visit_intervals
from lnlib.measures.panel.curvature import Tangents, curvature_of_lives
from lnlib.measures.panel.life_histories import Lives, group_life_histories, likelihood_of_lives, ratings
from lnlib.measures.panel.likelihood import intensities, log_likelihood
from lnlib.measures.panel.optimise import differences, inverse, least


@dataclass(frozen=True)
class Prior:
    """Weak prior of the panel model: log-rate ~ N(log `rate`, `spread`²), effect ~ N(0, `effect_spread`²).

    The effect is per standard deviation of a number, and of a boolean or category against its reference level, so that
    the unit of a covariate does not matter. Where raters err, the log-odds of `misrating` ~ N(logit `misrating`,
    `misrating_spread`²): by default once in 20 ratings (95%: once in 136 to once in 4). Where the errors may differ up and
    down, the lean ~ N(0, `lean_spread`²): by default too high up to 7 times as often as too low, or the reverse (95%).
    """

    rate: float = 0.2
    spread: float = 1.5
    effect_spread: float = 1.5
    misrating: float = 0.05
    misrating_spread: float = 1.0
    lean_spread: float = 0.5


@dataclass(frozen=True)
class PanelFit:
    """A fitted panel model; `panel.results` reads it.

    Attributes
    ----------
    states
        The stages, and `ended` where endings are known.
    transitions
        Allowed transitions as pairs of states.
    parameters
        One row a parameter: `parameter`, `estimate` (log-rate, or log hazard ratio per unit), `se`. Where raters err,
        then the log-odds of each one's misrating, its lean upwards where that was asked for, and the log-odds of each
        stage but the lowest at the first rating, against the lowest.
    covariance
        Of the parameters.
    minus2ll
        −2 log-likelihood at the estimates, without the prior.
    problems
        What was not seen, or cannot be told from the data; empty where all is well.
    n_partnerships
        Partnerships with a term in the likelihood.
    begins, ends
        Positions of the rows of `visits` at which time in the likelihood begins and ends; `used` finds them in a frame.
    raters
        Who errs, where ratings may be wrong.
    shared
        Which effects are held equal, as `same_effects` had it.
    """

    states: tuple[Hashable, ...]
    transitions: tuple[tuple[Hashable, Hashable], ...]
    parameters: pd.DataFrame
    covariance: np.ndarray
    minus2ll: float
    problems: tuple[str, ...]
    n_partnerships: int
    prior: Prior | None
    exact: tuple[Hashable, ...]
    covariates: tuple[str, ...]
    effects: tuple[visit_intervals.Effect, ...]
    cuts: tuple[Any, ...]
    design: _Design = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    begins: np.ndarray = field(repr=False)
    ends: np.ndarray = field(repr=False)
    units: np.ndarray = field(repr=False)
    hidden: _Hidden | None = field(default=None, repr=False)
    raters: tuple[Hashable, ...] = ()
    directed: bool = False
    shared: Mapping[str, Sequence[Hashable] | bool] = field(default_factory=dict)

    @property
    def theta(self) -> np.ndarray:
        """Return the estimates as an array."""
        return self.parameters["estimate"].to_numpy()

    def used(self, visits: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return which rows of the visits began an interval in the likelihood, and which ended one.

        The rows may be in another order than in the fit; they are matched by partnership and date. What was never in the
        likelihood (partnerships never rated, what came before a first rating or after the last that is known) is neither.
        """
        keys = pd.MultiIndex.from_frame(visits[["partnership", "date"]])
        begun, ended = (keys.isin(pd.MultiIndex.from_frame(self.rows.iloc[rows])) for rows in (self.begins, self.ends))
        return begun, ended


@dataclass(frozen=True)
class _Design:
    """The parameters: a baseline for each transition, then those of the effects; `slopes` numbers them, effects × transitions."""

    transitions: np.ndarray
    states: int
    slopes: np.ndarray
    size: int
    cuts: tuple[float, ...]
    since: Any

    def log_rates(self, theta: np.ndarray, values: np.ndarray) -> np.ndarray:
        slopes = theta[self.slopes] if self.slopes.size else np.zeros((values.shape[1], len(self.transitions)))
        log_rates: np.ndarray = theta[: len(self.transitions)] + values @ slopes
        return log_rates

    def gradient(self, slope: np.ndarray, values: np.ndarray) -> np.ndarray:
        result = np.zeros(self.size)
        result[: len(self.transitions)] = slope.sum(axis=0)
        if self.slopes.size:
            result += np.bincount(self.slopes.ravel(), weights=(values.T @ slope).ravel(), minlength=self.size)
        return result

    def by_theta(self, values: np.ndarray, size: int) -> np.ndarray:
        """Return derivatives of log-rates by the first `size` parameters, the rates' own before others."""
        ways = np.arange(len(self.transitions))
        result = np.zeros((len(values), len(ways), size))
        result[:, ways, ways] = 1.0
        for effect, place in enumerate(self.slopes):
            result[:, ways, place] = values[:, [effect]]
        return result

    def intensity(self, theta: np.ndarray, values: np.ndarray) -> np.ndarray:
        intensity: np.ndarray = intensities(self.log_rates(theta, values[None]), self.transitions, self.states)[0]
        return intensity


def panel_model(  # noqa: PLR0913 - what the model is made of, by keyword
    visits: pd.DataFrame,
    *,
    allowed: Sequence[tuple[Any, Any]] | Any = None,
    exact: Sequence[Any] | None = None,
    covariates: str | Sequence[str] = (),
    centre: Mapping[str, float] | str = "mean",
    same_effects: Mapping[str, Sequence[Hashable] | bool] | None = None,
    cuts: Sequence[Any] = (),
    until: Any = None,
    prior: Prior | None = Prior(),
    missing: str = "refuse",
    misrated: str | None = None,
    directed: bool = False,
) -> PanelFit:
    """Fit the rates at which partnerships move between stages.

    Parameters
    ----------
    visits
        Columns `partnership`, `date`, `stage` (ordered categorical), and `status` where endings are dated (`ended`, with
        no stage), as in `docs/columns.md`. The covariates hold from their row's date until the next row; a row of
        status `changed`, with no stage, is one at which they change and nobody rated.
    allowed
        Transitions that can happen at once: pairs (from, to), or a square matrix over the states, other than 0 where
        allowed. By default one stage up, one down, and from every stage to `ended`. A jump seen between two assessments
        needs no transition of its own.
    exact
        Absorbing states whose entry is dated exactly; by default `ended`, where there is a column `status`.
    covariates
        Columns that act on the rates: numbers, booleans, or categories (compared with the first that is held).
    centre
        Baseline rates are those at the `mean` of the covariates, over rows that begin an interval; or at a given value
        of each (a mapping; 0 where not named, and categories at their first level).
    same_effects
        For a covariate, `True` (one effect on all transitions), or a label for each allowed transition, in order of states
        (from, then to): effects with equal labels are equal. Every level of a category is held equal by itself.
    cuts
        Times from which all rates change by a factor each (piecewise-constant rates), in the kind of `date`.
    until
        Date until which endings are known. Where endings are recorded also after the last assessment, those that had
        not ended must count as running until then, or endings seem more frequent than they are. By default nobody is
        followed beyond the last row.
    prior
        The weak prior; None for none.
    missing
        `refuse` rows whose stage or covariates are missing, or `drop` them: the row before then holds until the row
        after.
    misrated
        Column of who rated. The stage is then hidden behind the ratings: each rater rates one step beside it with a
        chance that is estimated, and several ratings on one day all count. None: ratings are the stages.
    directed
        Whether each rater may rate too high more often than too low, or the reverse; by default both are alike. Where
        the data do not tell, `problems` names it.

    Returns
    -------
    PanelFit
        The fit; see `panel.results` for rates, hazard ratios, probabilities, times and the prevalence check.

    Raises
    ------
    ColumnMissing, ValueNotAllowed
        For a frame or a choice that is not as above; also for two different stages on one day. Two equal rows are one,
        and an ending on the day of an assessment comes after it.
    NotEnough
        Where no partnership has two rows.
    NotConverged
        Where no best rates were found.
    LnlibError
        Where something observed is impossible under `allowed`.

    Notes
    -----
    A transition whose rate the data cannot tell is named in `problems`; without a prior its standard error is then
    immense, and its limits reach from 0 to infinity.

    Examples
    --------
    >>> seen = pd.DataFrame({"partnership": [1, 1, 2, 2, 3, 3], "date": [0, 1] * 3,
    ...     "stage": pd.Categorical(["low", "high", "low", "low", "low", "high"], ["low", "high"], ordered=True)})
    >>> fit = panel_model(seen, allowed=[("low", "high")], prior=None)
    >>> round(fit.minus2ll, 4), fit.parameters["estimate"].round(3).tolist()
    (3.8191, [0.094])
    """
    caller = "panel_model"
    covariates = columns.names(covariates)
    lives = misrated is not None or ("status" in visits and bool((visits["status"] == visit_intervals.CHANGED).any()))
    visited = visit_intervals.read_visits(
        visits, covariates=covariates, centre=centre, missing=missing, lives=lives, misrated=misrated, caller=caller
    )
    transitions = _allowed(allowed, visited, dated="status" in visits)
    marks = _exact(exact, visited, transitions, dated="status" in visits)
    edges = _cuts(cuts, visited)
    choices: dict[str, Any] = {
        "transitions": transitions, "exact": marks, "cuts": edges, "until": visit_intervals.clock_of(visited, until, name="until"),
        "caller": caller,
    }  # fmt: skip
    effects = [*visited.effects, *(visit_intervals.Effect("date", f"from {cut}", 0.0) for cut in cuts)]
    design, names = _designed(visited, transitions, effects, same_effects or {}, edges)
    centres, widths = _prior(prior, design)
    hidden: _Hidden | None = None
    if lives:
        stages = len(columns.stages_of(visits, caller=caller))
        folded = group_life_histories(visited, stages=stages, **choices)
        used, begun, closed = len(folded.subjects), folded.begins, folded.ends
        visited = visited.rated()
        begins = np.flatnonzero(visited.subject[1:] == visited.subject[:-1])
        size = len(visited.states)
        seen = np.bincount(visited.state[begins] * size + visited.state[begins + 1], minlength=size**2).reshape(
            size, size
        )
        hidden = _Hidden(folded, design, visited.raters, visited.states, stages, prior, directed)
        centres, widths = np.append(centres, hidden.centres), np.append(widths, hidden.widths)
        names += hidden.names
        likelihood: Callable[[np.ndarray], tuple[float, np.ndarray]] = hidden.likelihood
        start = np.append(_start(size, design, seen, visited, prior), hidden.start(visited))
    else:
        data, seen = visit_intervals.group_intervals(visited, **choices)
        inside, running = visit_intervals.observed_intervals(visited, transitions=transitions, until=choices["until"])
        used = len(np.unique(visited.subject[np.concatenate([inside, running])]))
        begun, closed = visited.rows[np.concatenate([inside, running])], visited.rows[inside + 1]

        def likelihood(theta: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope = log_likelihood(design.log_rates(theta, data.design), data)
            return value, design.gradient(slope, data.design)

        start = _start(data.states, design, seen, visited, prior)

    units = np.ones(len(names))  # of each parameter: effects are sought per standard deviation, and given per unit
    for effect, place in zip(effects, design.slopes, strict=True):
        units[place] = effect.scale

    def falling(scaled: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = likelihood(scaled / units)
        away = (scaled - centres) * widths
        return -value + 0.5 * float(away @ (scaled - centres)), away - slope / units

    def curvature(scaled: np.ndarray) -> np.ndarray:
        assert hidden is not None
        return np.diag(widths) - hidden.curvature(scaled / units) / np.outer(units, units)

    found = least(falling, start, names=names, curvature_at=curvature if hidden else None)
    covariance = inverse(found.curvature)
    problems = _problems(seen, transitions, visited, names, np.sqrt(np.diag(covariance)), widths)
    estimate, covariance = found.place / units, covariance / np.outer(units, units)
    value, _ = likelihood(estimate)
    names_of = [(visited.states[r], visited.states[s]) for r, s in transitions]
    return PanelFit(
        states=visited.states,
        transitions=tuple(names_of),
        parameters=pd.DataFrame({"parameter": names, "estimate": estimate, "se": np.sqrt(np.diag(covariance))}),
        covariance=covariance,
        minus2ll=-2 * value,
        problems=problems,
        n_partnerships=used,
        prior=prior,
        exact=tuple(visited.states[state] for state in marks),
        covariates=tuple(covariates),
        effects=tuple(effects),
        cuts=tuple(cuts),
        design=design,
        rows=visits[["partnership", "date"]],
        begins=begun,
        ends=closed,
        units=units,
        hidden=hidden,
        raters=visited.raters,
        directed=directed,
        shared=dict(same_effects or {}),
    )


@dataclass(frozen=True)
class _Hidden:
    """The parameters beyond the rates where the stage is hidden: errors of rating, and the stages at the first rating."""

    lives: Lives
    design: _Design
    raters: tuple[Hashable, ...]
    states: tuple[Hashable, ...]
    stages: int
    prior: Prior | None
    directed: bool

    @property
    def names(self) -> list[str]:
        if not self.raters:
            return []
        leans = [f"lean of {rater}" for rater in self.raters] if self.directed else []
        beyond = [f"first at {stage}" for stage in self.states[1 : self.stages]]
        return [f"misrated by {rater}" for rater in self.raters] + leans + beyond

    @property
    def centres(self) -> np.ndarray:
        odds = -np.log(1 / (self.prior or Prior()).misrating - 1)
        return np.where(np.arange(len(self.names)) < len(self.raters), odds, 0.0)

    @property
    def widths(self) -> np.ndarray:
        if self.prior is None or not self.raters:
            return np.zeros(len(self.names))
        errors, leans = len(self.raters), len(self.raters) * self.directed
        spreads = [self.prior.misrating_spread, self.prior.lean_spread, self.prior.spread]
        return np.repeat(spreads, [errors, leans, self.stages - 1]) ** -2.0

    def start(self, visited: visit_intervals.Visited) -> np.ndarray:
        """Return where the search starts: few misratings, and the stages as they were first rated."""
        if not self.raters:
            return np.zeros(0)
        opening = np.flatnonzero(np.diff(visited.subject, prepend=-1))
        count = np.bincount(visited.state[opening], minlength=self.stages)[: self.stages] + 0.5
        return np.append(self.centres[: 1 - self.stages], np.log(count[1:] / count[0]))

    def read(self, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the distribution over the states at the first rating, and the errors of the raters."""
        states, raters = len(self.states), len(self.raters)
        if not raters:  # what is rated without error is known from the first
            return np.ones(states), np.zeros((0, 2))
        errors = np.zeros((raters, 2))
        errors[:, 0] = theta[self.design.size : self.design.size + raters]
        if self.directed:
            errors[:, 1] = theta[self.design.size + raters : self.design.size + 2 * raters]
        weights = np.exp(np.append(0.0, theta[self.design.size + raters * (1 + self.directed) :]))
        return np.append(weights / weights.sum(), np.zeros(states - self.stages)), errors

    def likelihood(self, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the log-likelihood and its gradient by all parameters."""
        design, values = self.design, self.lives.grouped.design
        first, errors = self.read(theta)
        value, slope, by_first, by_errors = likelihood_of_lives(
            design.log_rates(theta, values), self.lives, first=first, errors=errors
        )
        return value, np.append(design.gradient(slope, values), self._beyond(first, by_first, by_errors))

    def curvature(self, theta: np.ndarray) -> np.ndarray:
        """Return the second derivatives of the log-likelihood by all parameters."""
        design, values, raters = self.design, self.lives.grouped.design, len(self.raters)
        first, errors = self.read(theta)
        by_first, by_errors = np.zeros((len(theta), len(first))), np.zeros((raters, 2, len(theta)))
        if raters:
            for part in range(1 + self.directed):
                by_errors[np.arange(raters), part, design.size + part * raters + np.arange(raters)] = 1.0
            by_first[1 - self.stages :] = (np.diag(first) - np.outer(first, first))[1 : self.stages]
        result, sloped, rated = curvature_of_lives(
            design.log_rates(theta, values), self.lives, first=first, errors=errors,
            tangents=Tangents(lambda patterns: design.by_theta(values[patterns], len(theta)), by_first, by_errors),
        )  # fmt: skip

        def beyond(more: np.ndarray) -> tuple[float, np.ndarray]:
            start, odds = self.read(np.append(theta[: design.size], more))
            _, turned = ratings(odds, states=len(self.states), stages=self.stages)
            return 0.0, self._beyond(start, sloped, np.einsum("rs,kprs->kp", rated, turned))

        result[design.size :, design.size :] += differences(beyond, theta[design.size :])
        return result

    def _beyond(self, first: np.ndarray, by_first: np.ndarray, by_errors: np.ndarray) -> np.ndarray:
        """Return the derivatives by the parameters beyond the rates."""
        if not self.raters:
            return np.zeros(0)
        held = first[: self.stages] * (by_first[: self.stages] - by_first @ first)
        return np.append(by_errors[:, : 1 + self.directed].T.ravel(), held[1:])


def minus2ll_at(
    visits: pd.DataFrame, *, rates: Any, exact: Sequence[Any] | None = None, missing: str = "refuse"
) -> float:
    """Return −2 log-likelihood at given rates, without fitting anything.

    Parameters
    ----------
    visits, exact, missing
        As `panel_model` takes them.
    rates
        A square matrix over the states: the rate of each allowed transition, 0 elsewhere; its diagonal is not read.

    Returns
    -------
    float
        Infinite where the rates make something observed impossible.

    Examples
    --------
    >>> seen = pd.DataFrame({"partnership": 1, "date": [0, 1],
    ...     "stage": pd.Categorical(["low", "high"], ["low", "high"], ordered=True)})
    >>> round(minus2ll_at(seen, rates=[[0, 1], [0, 0]]), 6)
    0.91735
    """
    caller = "minus2ll_at"
    visited = visit_intervals.read_visits(visits, covariates=(), missing=missing, caller=caller)
    matrix = np.array(_matrix(rates, visited.states), dtype=float)
    transitions = _allowed(matrix, visited, dated="status" in visits)
    marks = _exact(exact, visited, transitions, dated="status" in visits)
    data, _ = visit_intervals.group_intervals(visited, transitions=transitions, exact=marks, cuts=(), caller=caller)
    return -2 * log_likelihood(np.log(matrix[transitions[:, 0], transitions[:, 1]])[None], data)[0]


def _matrix(values: Any, states: tuple[Hashable, ...]) -> np.ndarray:
    if isinstance(values, pd.DataFrame):
        for axis in (values.index, values.columns):
            for state in axis:
                columns.option("state", state, list(states))
        values = values.reindex(index=list(states), columns=list(states), fill_value=0)
    found = np.asarray(values, dtype=float)
    if found.shape != (len(states), len(states)):
        raise ValueNotAllowed(
            f"a matrix over the states must be {len(states)} × {len(states)} "
            f"({', '.join(map(str, states))}), but got {' × '.join(map(str, found.shape))}"
        )
    return found


def _allowed(allowed: Any, visited: visit_intervals.Visited, *, dated: bool) -> np.ndarray:
    """Return allowed transitions as pairs of places, in order."""
    states = visited.states
    size = len(states)
    table = np.zeros((size, size), dtype=bool)
    if allowed is None:
        rungs = [place for place in range(size) if not (dated and states[place] == visit_intervals.ENDED)]
        table[rungs[:-1], rungs[1:]] = table[rungs[1:], rungs[:-1]] = True
        if dated:
            table[rungs, states.index(visit_intervals.ENDED)] = True
    elif isinstance(allowed, (np.ndarray, pd.DataFrame)) or _square(allowed, size):
        table = _matrix(allowed, states) != 0
    else:
        for pair in allowed:
            if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
                raise ValueNotAllowed(f"allowed must be pairs (from, to) or a square matrix, but got {pair!r}")
            one, other = (states.index(columns.option("state", state, list(states))) for state in pair)
            table[one, other] = True
    np.fill_diagonal(table, False)
    if not table.any():
        raise ValueNotAllowed("allowed must hold at least one transition, but got none")
    return np.argwhere(table)


def _square(values: Any, size: int) -> bool:
    rows = list(values)
    number = (int, float, np.integer, np.floating, bool)
    return len(rows) == size and all(
        not isinstance(row, str) and len(row) == size and all(isinstance(cell, number) for cell in row) for row in rows
    )


def _exact(
    exact: Sequence[Any] | None, visited: visit_intervals.Visited, transitions: np.ndarray, *, dated: bool
) -> list[int]:
    if exact is None:
        chosen: list[Any] = [visit_intervals.ENDED] if dated else []
    else:
        chosen = [exact] if isinstance(exact, str) else list(exact)
    places = [visited.states.index(columns.option("state", state, list(visited.states))) for state in chosen]
    for place in places:
        if (transitions[:, 0] == place).any():
            raise ValueNotAllowed(
                f"exact must name absorbing states, but transitions lead out of {visited.states[place]}"
            )
    return places


def _cuts(cuts: Sequence[Any], visited: visit_intervals.Visited) -> tuple[float, ...]:
    if visited.since is None:
        result = [columns.moment(cut, like=np.empty(0), name="cuts") for cut in cuts]
    else:
        like = np.array([visited.since])
        moments = np.array([columns.moment(cut, like=like, name="cuts") for cut in cuts], dtype=like.dtype)
        result = columns.years_between(np.full(len(moments), visited.since), moments).tolist()
    if any(later <= earlier for earlier, later in itertools.pairwise(result)):
        raise ValueNotAllowed(f"cuts must rise, but got {list(cuts)}")
    return tuple(float(cut) for cut in result)


def _designed(
    visited: visit_intervals.Visited,
    transitions: np.ndarray,
    effects: Sequence[visit_intervals.Effect],
    same_effects: Mapping[str, Sequence[Hashable] | bool],
    edges: tuple[float, ...],
) -> tuple[_Design, list[str]]:
    """Return the parameters and their names: baselines first, then effect by effect."""
    ways = [f"{visited.states[r]} → {visited.states[s]}" for r, s in transitions]
    for name in same_effects:
        columns.option("covariate", name, list(dict.fromkeys(effect.covariate for effect in effects)))
    names = list(ways)
    slopes = np.zeros((len(effects), len(ways)), dtype=np.int64)
    for row, effect in enumerate(effects):
        wanted = same_effects.get(effect.covariate, False)
        labels = ways if wanted is False else ["all"] * len(ways) if wanted is True else wanted
        if isinstance(labels, (bool, str)) or len(labels) != len(ways):
            raise ValueNotAllowed(
                f"same_effects of {effect.covariate} needs one label a transition ({', '.join(ways)}), but got {labels!r}"
            )
        place, held = pd.factorize(pd.Series(list(labels), dtype=object))
        slopes[row] = len(names) + place
        firsts = [int(np.argmax(place == label)) for label in range(len(held))]
        names += [f"{effect.name}: {'all' if wanted is True else ways[first]}" for first in firsts]
    return _Design(transitions, len(visited.states), slopes, len(names), edges, visited.since), names


def _prior(prior: Prior | None, design: _Design) -> tuple[np.ndarray, np.ndarray]:
    """Return the centre and the inverse variance of each parameter's prior."""
    centres, widths = np.zeros(design.size), np.zeros(design.size)
    if prior is not None:
        centres[: len(design.transitions)] = np.log(columns.positive("prior rate", prior.rate))
        widths[:] = columns.positive("prior effect_spread", prior.effect_spread) ** -2
        widths[: len(design.transitions)] = columns.positive("prior spread", prior.spread) ** -2
    return centres, widths


def _start(
    states: int, design: _Design, seen: np.ndarray, visited: visit_intervals.Visited, prior: Prior | None
) -> np.ndarray:
    """Begin at crude rates: what was seen to go from r to s, by the time that began at r."""
    begins = np.flatnonzero(visited.subject[1:] == visited.subject[:-1])
    spent = np.bincount(
        visited.state[begins], weights=visited.time[begins + 1] - visited.time[begins], minlength=states
    )
    one, other = design.transitions.T
    typical = seen.sum() / max(float(spent.sum()), 1e-12) if prior is None else prior.rate
    crude = (seen[one, other] + 0.5) / (spent[one] + 0.5 / max(typical, 1e-12))
    theta = np.zeros(design.size)
    theta[: len(crude)] = np.log(np.maximum(crude, 1e-12))
    return theta


def _problems(
    seen: np.ndarray,
    transitions: np.ndarray,
    visited: visit_intervals.Visited,
    names: list[str],
    se: np.ndarray,
    widths: np.ndarray,
) -> tuple[str, ...]:
    result = []
    begun = seen.sum(axis=1)
    for one, other in transitions:
        if not begun[one]:
            what = "no interval begins there"
        elif not seen[one, other]:
            what = "no interval goes straight from one to the other"
        else:
            continue
        result.append(f"{visited.states[one]} → {visited.states[other]} was not seen: {what}")
    for name, error, width in zip(names, se, widths, strict=True):
        if error > 10:
            result.append(f"the data do not tell {name}: its limits reach from 0 to infinity")
        elif width > 0 and error > 0.9 * width**-0.5:
            result.append(f"{name} rests on the prior more than on the data")
    return tuple(result)
