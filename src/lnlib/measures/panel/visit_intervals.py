"""Visits read as intervals between them, and grouped: what the likelihood of the panel model takes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from lnlib.errors import LnlibError, NotEnough, ValueNotAllowed, listed
from lnlib.measures import columns
from lnlib.measures.panel.likelihood import Chains, Grouped

ENDED = "ended"
CHANGED = "changed"  # a row at which covariates change and nobody rated
UNSEEN = -2  # the state there
MISSING = ("refuse", "drop")


@dataclass(frozen=True)
class Effect:
    """A column of the design: a covariate, its level where it is a category, its centre, and its scale in the fit.

    The scale of a number is its standard deviation over the rows that begin an interval; of a boolean, of a column of
    0 and 1, and of a level it is 1. The fit works in units of the scale; estimates are per unit of the covariate.
    """

    covariate: str
    level: Any
    centre: float
    scale: float = 1.0

    @property
    def name(self) -> str:
        """Return the covariate's name, with its level."""
        return self.covariate if self.level is None else f"{self.covariate} {self.level}"


@dataclass(frozen=True)
class Visited:
    """Visits in order: codes of partnership and state, times as numbers, the covariates of each row (not centred)."""

    subject: np.ndarray
    labels: pd.Index
    time: np.ndarray
    state: np.ndarray
    states: tuple[Hashable, ...]
    covariates: np.ndarray
    effects: tuple[Effect, ...]
    rows: np.ndarray
    since: Any  # the moment that is time 0, where times are dates
    rater: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # whose rating each row is
    raters: tuple[Hashable, ...] = ()

    def chosen(self, rows: np.ndarray) -> Visited:
        """Keep some of the rows, in the order given."""
        names = ("subject", "time", "state", "covariates", "rows", "rater")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def rated(self) -> Visited:
        """Leave out the rows at which only covariates change."""
        return self.chosen(self.state != UNSEEN)


def read_visits(  # noqa: PLR0913 - what the estimate rests on, by keyword
    visits: pd.DataFrame,
    *,
    covariates: Sequence[str],
    centre: Mapping[str, float] | str = "mean",
    missing: str,
    effects: Sequence[Effect] | None = None,
    lives: bool = False,
    misrated: str | None = None,
    caller: str,
) -> Visited:
    """Read visits in order of partnership and date; one row a partnership and day.

    Parameters
    ----------
    visits
        Columns `partnership`, `date`, `stage` and, where endings are dated, `status`; the covariates.
    covariates
        Numbers, booleans, or categories (the first is what the others are compared with).
    centre
        `mean` over the rows that begin an interval, or a value for each covariate.
    missing
        `refuse` or `drop` rows whose stage, or whose covariates, are not known.
    effects
        The columns of a design already fitted, with their centres; else they are made.
    lives
        Whether rows of status `changed` are read: there covariates change, and the stage is not seen.
    misrated
        Column of who rated, where raters err: then all ratings of a day stand, in any order.
    caller
        The measure, for messages.

    Returns
    -------
    Visited
        With `ended` after the stages, where there is a column `status`.

    Raises
    ------
    ColumnMissing, ValueNotAllowed, NotEnough
        For a frame that is not as above, two different stages on one day, or no rows at all.

    Examples
    --------
    >>> one = pd.DataFrame({"partnership": "a", "date": [0, 2],
    ...     "stage": pd.Categorical(["low", "high"], ["low", "high"], ordered=True)})
    >>> read_visits(one, covariates=(), centre="mean", missing="refuse", caller="panel_model").state
    array([0, 1])
    """
    columns.option("missing", missing, MISSING)
    stages = columns.stages_of(visits, caller=caller)
    columns.require(visits, ["partnership", "date", *covariates], caller=caller)
    states: tuple[Hashable, ...] = tuple(stages)
    state = columns.stage_codes(visits, caller=caller).astype(np.int64)
    if "status" in visits:
        known = ("assessed", ENDED, CHANGED) if lives else ("assessed", ENDED)
        status = columns.words_of(visits, "status", known, caller=caller)
        if ENDED not in states:
            states = (*states, ENDED)
        state = np.where(status == 1, states.index(ENDED), np.where(status == 2, UNSEEN, state))
    subject, labels = columns.codes_of(visits, caller=caller)
    moment = columns.times_of(visits, "date", caller=caller)
    values, made = _design(visits, covariates, effects=effects)
    since = None
    if columns.is_dates(moment) and len(moment):
        since = moment.min()
        time = columns.years_between(np.full(len(moment), since), moment)
    else:
        time = moment.astype(float)

    order = columns.in_order(subject, time, state)
    rows = np.arange(len(subject))[order]
    subject, time, state, values = subject[order], time[order], state[order], values[order]
    rater, raters = _raters(visits, misrated, state >= 0, rows, caller=caller)
    kept = np.ones(len(subject), dtype=bool)
    unknown = (state < 0) & (state != UNSEEN)
    last = np.append(subject[1:] != subject[:-1], np.ones(min(1, len(subject)), dtype=bool))
    blank = np.isnan(values).any(axis=1) & ~last if values.shape[1] else np.zeros(len(subject), dtype=bool)
    if missing == "refuse":
        if unknown.any():
            raise ValueNotAllowed(
                f"{caller} needs every stage, but {int(unknown.sum())} of {len(state)} are missing; "
                "missing='drop' leaves these rows out"
            )
        if blank.any():
            raise ValueNotAllowed(
                f"{caller} needs every covariate where an interval begins, but {int(blank.sum())} of {len(state)} rows "
                "lack one; missing='drop' leaves these rows out"
            )
    kept &= ~unknown & ~blank
    same = np.flatnonzero((subject[1:] == subject[:-1]) & (time[1:] == time[:-1]) & kept[1:] & kept[:-1])
    seen = (state[same] != UNSEEN) & (state[same + 1] != UNSEEN)
    twice = same[seen & (state[same] != state[same + 1]) & (state[same + 1] != len(stages))]
    if len(twice) and misrated is None:
        row = twice[0]
        raise ValueNotAllowed(
            f"{caller} needs one stage a day, but {len(twice)} days have two, the first: {labels[subject[row]]} is both "
            f"{states[state[row]]} and {states[state[row + 1]]} on {visits['date'].iloc[rows[row]]}; choose one rating"
        )
    if misrated is None:
        kept[same[state[same] == state[same + 1]]] = False
    subject, time, state, values, rows, rater = (x[kept] for x in (subject, time, state, values, rows, rater))
    if not len(subject):
        raise NotEnough(f"{caller} needs assessments, but the frame has none")
    if effects is None:
        begins = np.append(subject[1:] == subject[:-1], False)
        if lives:  # what comes before a first rating, and those never rated, have no part in the fit
            rated = pd.Series((state >= 0) & (state < len(stages)))
            begins &= rated.groupby(subject).cummax().to_numpy()
        made = _scaled(_centred(made, values[begins] if begins.any() else values, centre), values[begins])
    return Visited(subject, labels, time, state, states, values, tuple(made), rows, since, rater, raters)


def _raters(
    visits: pd.DataFrame, misrated: str | None, rated: np.ndarray, rows: np.ndarray, *, caller: str
) -> tuple[np.ndarray, tuple[Hashable, ...]]:
    """Return the position of each row's rater among those who rated."""
    if misrated is None:
        return np.zeros(len(rows), dtype=np.int64), ()
    columns.require(visits, [misrated], caller=caller)
    stages = columns.stage_codes(visits, caller=caller)[rows] >= 0
    named = visits[misrated].astype(object).to_numpy()[rows]
    code, levels = pd.factorize(pd.Series(np.where(stages & rated, named, None), dtype=object), sort=True)
    if (stages & rated & (code < 0)).any():
        raise ValueNotAllowed(
            f"{caller} needs the rater of every assessment in {misrated}, but "
            f"{int((stages & rated & (code < 0)).sum())} are missing"
        )
    return code.astype(np.int64), tuple(levels)


def clock_of(visited: Visited, moment: Any, *, name: str) -> float | None:
    """Return a moment on the clock of the visits; None stays None.

    >>> one = pd.DataFrame({"partnership": "a", "date": pd.to_datetime(["2010-01-01", "2011-01-01"]),
    ...     "stage": pd.Categorical(["low", "high"], ["low", "high"], ordered=True)})
    >>> seen = read_visits(one, covariates=(), centre="mean", missing="refuse", caller="panel_model")
    >>> clock_of(seen, "2014-01-01", name="until")
    4.0
    """
    if moment is None:
        return None
    if visited.since is None:
        return float(columns.moment(moment, like=np.empty(0), name=name))
    origin = np.array([visited.since])
    return float(columns.years_between(origin, np.array([columns.moment(moment, like=origin, name=name)]))[0])


def group_intervals(
    visited: Visited,
    *,
    transitions: np.ndarray,
    exact: Sequence[int],
    cuts: Sequence[float],
    until: float | None = None,
    caller: str,
) -> tuple[Grouped, np.ndarray]:
    """Group the intervals between visits: equal ones become one with a count.

    Parameters
    ----------
    visited
        The visits.
    transitions
        Allowed transitions, n × 2.
    exact
        States whose entry is dated exactly.
    cuts
        Times at which all rates may change.
    until
        Time until which those not in an exactly dated state are known not to have entered it.
    caller
        The measure, for messages.

    Returns
    -------
    tuple of Grouped and ndarray
        And how many intervals go from each state to each.

    Raises
    ------
    LnlibError
        Where the allowed transitions make something observed impossible.
    NotEnough
        Where no partnership has two rows.

    Examples
    --------
    >>> one = pd.DataFrame({"partnership": ["a", "a", "b", "b"], "date": [0, 2, 1, 3],
    ...     "stage": pd.Categorical(["low", "high", "low", "high"], ["low", "high"], ordered=True)})
    >>> seen = read_visits(one, covariates=(), centre="mean", missing="refuse", caller="panel_model")
    >>> group_intervals(seen, transitions=np.array([[0, 1]]), exact=(), cuts=(), caller="panel_model")[0].chains[0].count
    array([2.])
    """
    begins, running = observed_intervals(visited, transitions=transitions, until=until)
    states = len(visited.states)
    absorbing = np.setdiff1d(np.arange(states), transitions[:, 0])
    if not len(begins) + len(running):
        raise NotEnough(f"{caller} needs a partnership with two rows, but none has")
    source, target = visited.state[begins], visited.state[begins + 1]
    start, stop = visited.time[begins], visited.time[begins + 1]
    entered = np.isin(target, list(exact)) & (source != target)
    length = stop - start
    _refuse_impossible(visited, begins, source, target, entered, length, transitions, caller=caller)
    seen = np.bincount(source * states + target, minlength=states**2).reshape(states, states)

    # An absorbing state that stays says nothing.
    telling = ~(np.isin(source, absorbing) & (source == target))
    begins, source, target, start, stop, entered = (x[telling] for x in (begins, source, target, start, stop, entered))
    if len(running):
        begins, source = np.append(begins, running), np.append(source, visited.state[running])
        target = np.append(target, np.full(len(running), states))
        start, stop = np.append(start, visited.time[running]), np.append(stop, np.full(len(running), until))
        entered = np.append(entered, np.zeros(len(running), dtype=bool))
    kind, values = patterns_of(visited, begins)
    first = np.searchsorted(cuts, start, side="right")
    pieces = np.maximum(np.searchsorted(cuts, stop, side="left") - first, 0) + 1
    edges = np.concatenate([[-np.inf], np.asarray(cuts, dtype=float), [np.inf]])
    periods = len(cuts) + 1

    ways, parts = [], []
    for number in np.unique(pieces):
        rows = np.flatnonzero(pieces == number)
        period = first[rows, None] + np.arange(number)
        low = np.maximum(start[rows, None], edges[period])
        high = np.minimum(stop[rows, None], edges[period + 1])
        parts.append((rows, kind[rows, None] * periods + period))
        ways.append(high - low)
    lengths = np.concatenate([way.ravel() for way in ways])
    patterns = np.concatenate([part[1].ravel() for part in parts])
    # Lengths in years that come from days differ in their last digits: equal to 1e-11 is equal.
    code, unique = pd.factorize(np.round(lengths, 11))
    used, place = _numbered(patterns)
    key, piece = _numbered(place * len(unique) + code)
    chains, done = [], 0
    for (rows, part), number in zip(parts, np.unique(pieces), strict=True):
        mine = piece[done : done + part.size].reshape(part.shape)
        done += part.size
        ends = (source[rows] * (states + 1) + target[rows]) * 2 + entered[rows]
        if number == 1:
            whole = mine[:, 0] * (2 * states * (states + 1)) + ends
            folded, again = _numbered(whole)
            count = np.bincount(again)
            found, ends = folded[:, None] // (2 * states * (states + 1)), folded % (2 * states * (states + 1))
        else:
            table = np.column_stack([mine, ends])
            folded, count = np.unique(table, axis=0, return_counts=True)
            found, ends = folded[:, :-1], folded[:, -1]
        chains.append(
            Chains(
                found, ends // 2 // (states + 1), ends // 2 % (states + 1), (ends % 2).astype(bool), count.astype(float)
            )
        )
    dummies = (used[:, None] % periods == np.arange(1, periods)).astype(float)
    design = np.column_stack([values[used // periods], dummies])
    still = ~np.isin(np.arange(states), list(exact))
    return (
        Grouped(states, transitions, design, key // len(unique), unique[key % len(unique)], tuple(chains), still),
        seen,
    )


def observed_intervals(
    visited: Visited, *, transitions: np.ndarray, until: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that begin an interval between two rows, and those known to run on to `until`.

    >>> one = pd.DataFrame({"partnership": ["a", "a", "b"], "date": [0, 2, 1],
    ...     "stage": pd.Categorical(["low", "high", "low"], ["low", "high"], ordered=True)})
    >>> seen = read_visits(one, covariates=(), centre="mean", missing="refuse", caller="panel_model")
    >>> observed_intervals(seen, transitions=np.array([[0, 1]]), until=3)
    (array([0]), array([2]))
    """
    begins = np.flatnonzero(visited.subject[1:] == visited.subject[:-1])
    lasts = np.flatnonzero(np.append(visited.subject[1:] != visited.subject[:-1], True))
    absorbing = np.setdiff1d(np.arange(len(visited.states)), transitions[:, 0])
    running = lasts[visited.time[lasts] < (-np.inf if until is None else until)]
    return begins, running[~np.isin(visited.state[running], absorbing)]


def _numbered(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct whole numbers, ascending, and the place of each; by counting, where they are dense."""
    most = int(codes.max(initial=0)) + 1
    if most > 8 * len(codes) + 1000:
        return np.unique(codes, return_inverse=True)
    held = np.bincount(codes, minlength=most) > 0
    return np.flatnonzero(held), (np.cumsum(held) - 1)[codes]


def patterns_of(visited: Visited, begins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the covariate pattern of each interval, and the distinct patterns, centred."""
    if not visited.effects:
        return np.zeros(len(begins), dtype=np.int64), np.zeros((1, 0))
    result, code = visited.covariates[begins], np.zeros(len(begins), dtype=np.int64)
    for column in result.T:
        part, levels = pd.factorize(column)
        code = pd.factorize(code * len(levels) + part)[0]
    _, opening, code = np.unique(code, return_index=True, return_inverse=True)
    return code, result[opening] - np.array([effect.centre for effect in visited.effects])


def _design(
    visits: pd.DataFrame, covariates: Sequence[str], *, effects: Sequence[Effect] | None
) -> tuple[np.ndarray, list[Effect]]:
    """Make columns of numbers of the covariates; NaN where one is missing."""
    found: list[np.ndarray] = []
    made: list[Effect] = []
    for name in covariates:
        column = visits[name]
        if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_numeric_dtype(column.dtype):
            found.append(column.to_numpy(dtype=float, na_value=np.nan))
            made.append(Effect(name, None, 0.0))
            continue
        words = column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
        levels = list(words.cat.categories)
        if effects is None:
            held = set(words.dropna().unique())
            levels = [level for level in levels if level in held]  # an empty level has no effect to estimate
            wanted = levels[1:]
        else:
            wanted = [effect.level for effect in effects if effect.covariate == name]
        blank = words.isna().to_numpy()
        for level in wanted:
            found.append(np.where(blank, np.nan, (words == level).to_numpy(dtype=float, na_value=False)))
            made.append(Effect(name, level, 0.0))
    values = np.column_stack(found) if found else np.zeros((len(visits), 0))
    return values, list(made if effects is None else effects)


def _centred(made: Sequence[Effect], values: np.ndarray, centre: Mapping[str, float] | str) -> list[Effect]:
    if isinstance(centre, str):
        columns.option("centre", centre, ("mean",))
        return [
            Effect(effect.covariate, effect.level, float(column.mean()))
            for effect, column in zip(made, values.T, strict=True)
        ]
    for name in centre:
        columns.option("centre", name, [effect.covariate for effect in made])
    return [Effect(e.covariate, e.level, float(centre.get(e.covariate, 0.0)) if e.level is None else 0.0) for e in made]


def _scaled(effects: Sequence[Effect], values: np.ndarray) -> list[Effect]:
    """Set the scale of each number to its standard deviation; marks and levels keep 1."""
    result = []
    for effect, column in zip(effects, values.T, strict=True):
        known = column[~np.isnan(column)]
        mark = effect.level is not None or np.isin(known, (0, 1)).all()
        spread = 1.0 if mark else float(known.std())
        result.append(replace(effect, scale=spread if spread > 0 else 1.0))
    return result


def _refuse_impossible(  # noqa: PLR0913 - what the estimate rests on, by keyword
    visited: Visited,
    begins: np.ndarray,
    source: np.ndarray,
    target: np.ndarray,
    entered: np.ndarray,
    length: np.ndarray,
    transitions: np.ndarray,
    *,
    caller: str,
) -> None:
    """Refuse what the allowed transitions cannot bring about."""
    states = len(visited.states)
    step = np.eye(states, dtype=bool)
    step[transitions[:, 0], transitions[:, 1]] = True
    reach = np.linalg.matrix_power(step.astype(float), states) > 0
    door = step & ~np.eye(states, dtype=bool)
    possible = np.where(entered, (reach.astype(int) @ door.astype(int) > 0)[source, target], reach[source, target])
    at_once = (length == 0) & ~np.where(entered, door[source, target], source == target)
    wrong = np.flatnonzero(~possible | at_once)
    if len(wrong):
        row = wrong[0]
        way = f"{visited.states[source[row]]} → {visited.states[target[row]]}"
        when = " on one day" if at_once[row] else ""
        raise LnlibError(
            f"{caller} cannot explain {len(wrong)} of {len(source)} intervals by the allowed transitions, the first: "
            f"{way}{when} of {visited.labels[visited.subject[begins[row]]]}; "
            f"{listed(sorted({f'{visited.states[s]} → {visited.states[t]}' for s, t in zip(source[wrong], target[wrong], strict=True)}))}"
        )
