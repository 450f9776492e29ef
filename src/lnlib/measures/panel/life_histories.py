r"""Whole lives for the panel model: rates that change between assessments, and raters who err.

**Exposure.** Where a covariate changes between two assessments (a mechanism starts on a known day), a row of status
`changed` says so: the stage there is not seen, and the probabilities of the pieces are multiplied. So nobody counts as
exposed before the exposure starts (no immortal time: Suissa 2008; Andersen & Keiding 2012), and nobody as unexposed
from then until the next assessment.

**Misrating.** A rater who rates one step beside the stage makes moves that never happened: rates come out too high,
and hazard ratios too near to 1, for the moves that are errors know of no exposure. With `misrated` the stage is hidden
behind the ratings (Jackson et al. 2003, *Multistate Markov models for disease progression with classification error*):
rater k sees stage i, where j is the truth, with probability :math:`e_{k}(i \mid j)`. Only neighbouring stages are taken
for one another. Against the odds of the right stage, those of a neighbour are :math:`o_k e^{\delta_k}/m_j` above and
:math:`o_k e^{-\delta_k}/m_j` below, where :math:`m_j` is the number of neighbours: the lean :math:`\delta_k` is above 0 where
rater k rates too high more often than too low. With no lean, :math:`1-\epsilon_k` of all ratings are right, where
:math:`o_k = \epsilon_k/(1-\epsilon_k)`. The likelihood of a life is

.. math:: \pi\, E_0\, P_1\, E_1\, P_2 \cdots P_m\, e

with :math:`E` the diagonal of what a rating says of each stage (ones where nobody rated), :math:`P` the matrices of the
pieces and e the ending: the rates into it on the day it is dated, or ones over the states not ended.
:math:`o_k`, :math:`\delta_k` and the distribution :math:`\pi` at the first rating are parameters; :math:`\pi` does not depend on
covariates. Two ratings by different raters are independent given the stage. A partnership rated once and followed no
further tells about :math:`\pi` and the errors, and counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from lnlib.errors import NotEnough
from lnlib.measures.panel.likelihood import Grouped, Slopes, exponential, intensities, possible
from lnlib.measures.panel.visit_intervals import UNSEEN, Visited, patterns_of

_RUNNING = -3
_BIN = 4  # lives are padded to a multiple of so many pieces, and read together with those as long


@dataclass(frozen=True)
class Bundle:
    """Lives of as many pieces: n × pieces, and n × (pieces + 1) codes of what was rated at the ends of each.

    A code is the rater's place times the number of states plus the stage rated; −1 where nobody rated. `last` is the
    pattern of the last piece, `target` the state entered on a known day, −1 where none is. `subject` says whose life each
    is. `by_piece` and `by_rating` add up what belongs to one piece and to one rating, step by step.
    """

    subject: np.ndarray
    pieces: np.ndarray
    rated: np.ndarray
    last: np.ndarray
    target: np.ndarray
    by_piece: csr_array
    by_rating: csr_array


@dataclass(frozen=True)
class Lives:
    """All that the likelihood of whole lives needs: the pieces of time, the bundles, and how stages are rated.

    `misrated` says whether raters err; `stages` is how many of the states are rated. `begins` and `ends` are the rows of
    the frame at which a piece of time begins and ends, `subjects` the partnerships that have a term.
    """

    grouped: Grouped
    bundles: tuple[Bundle, ...]
    raters: int
    stages: int
    misrated: bool
    begins: np.ndarray
    ends: np.ndarray
    subjects: np.ndarray


def group_life_histories(
    visited: Visited,
    *,
    transitions: np.ndarray,
    exact: Sequence[int],
    cuts: Sequence[float],
    until: float | None,
    stages: int,
    caller: str,
) -> Lives:
    """Lay out each partnership's rows, from its first rating to its ending or the last that is known.

    Parameters
    ----------
    visited
        The rows, with those at which a covariate changes.
    transitions, exact, cuts, until
        As `panel.visit_intervals.group_intervals` takes them.
    stages
        How many of the states are stages that are rated.
    caller
        The measure, for messages.

    Raises
    ------
    NotEnough
        Nothing is known of any partnership after its first rating.

    Examples
    --------
    >>> import pandas as pd
    >>> from lnlib.measures.panel.visit_intervals import read_visits
    >>> one = pd.DataFrame({"partnership": "a", "date": [0, 1, 3], "status": ["assessed", "changed", "assessed"],
    ...     "stage": pd.Categorical(["low", None, "high"], ["low", "high"], ordered=True), "mou": [False, True, True]})
    >>> seen = read_visits(one, covariates=["mou"], centre={}, missing="refuse", lives=True, caller="panel_model")
    >>> found = group_life_histories(seen, transitions=np.array([[0, 1]]), exact=(), cuts=(), until=None, stages=2, caller="")
    >>> found.grouped.design.tolist(), found.grouped.length.tolist(), found.bundles[0].rated[0, :3].tolist()
    ([[0.0], [1.0]], [1.0, 2.0], [0, -1, 1])
    """
    absorbing = np.setdiff1d(np.arange(len(visited.states)), transitions[:, 0])
    rows = _closed(_from_first_rating(visited, stages), absorbing, until)
    if not len(rows.subject) or not (rows.subject[1:] == rows.subject[:-1]).any():
        raise NotEnough(f"{caller} needs a partnership with two rows, but none has")
    rows = _between(_rated_once(rows) if visited.raters else rows, cuts)
    begins = np.flatnonzero(rows.subject[1:] == rows.subject[:-1])
    kind, values = patterns_of(rows, begins)
    periods = len(cuts) + 1
    period = np.searchsorted(cuts, rows.time[begins], side="right")
    length = np.round(rows.time[begins + 1] - rows.time[begins], 11)
    used, place = np.unique(kind * periods + period, return_inverse=True)
    lengths, code = np.unique(length, return_inverse=True)
    key, piece = np.unique(place * len(lengths) + code, return_inverse=True)
    dummies = (used[:, None] % periods == np.arange(1, periods)).astype(float)
    grouped = Grouped(
        len(visited.states), transitions, np.column_stack([values[used // periods], dummies]),
        key // len(lengths), lengths[key % len(lengths)], (), ~np.isin(np.arange(len(visited.states)), list(exact)),
    )  # fmt: skip
    timed = begins[rows.time[begins + 1] > rows.time[begins]]
    return Lives(grouped, _bundled(rows, begins, piece, key // len(lengths), exact), max(len(visited.raters), 1),
                 stages, bool(visited.raters), np.unique(rows.rows[timed]), np.unique(rows.rows[begins + 1]),
                 np.unique(rows.subject[begins]))  # fmt: skip


def likelihood_of_lives(
    log_rates: np.ndarray, data: Lives, *, first: np.ndarray, errors: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return the log-likelihood with its derivatives by log-rates, first distribution and errors of rating.

    Parameters
    ----------
    log_rates
        Patterns × transitions.
    data
        The lives.
    first
        Distribution over the states at the first rating.
    errors
        Raters × 2: the log-odds of rating beside the stage, and the lean upwards; no rows where raters do not err.

    Returns
    -------
    tuple of float and three ndarrays
        −inf and zeros where the rates make something observed impossible.
    """
    nothing = -np.inf, np.zeros_like(log_rates), np.zeros_like(first), np.zeros_like(errors)
    if not possible(log_rates):
        return nothing
    chain = Slopes(log_rates, data.grouped)
    likelihoods, turned = ratings(errors, states=data.grouped.states, stages=data.stages)
    found = adjoints(chain, data, first=first, likelihoods=likelihoods)
    if found is None:
        return nothing
    value, by_p, by_e, by_first = found
    slope = chain.by_log_rates(by_p)
    by_errors = np.einsum("rs,kprs->kp", by_e, turned)
    return (value, slope, by_first, by_errors) if np.isfinite(slope).all() else nothing


def adjoints(
    chain: Slopes, data: Lives, *, first: np.ndarray, likelihoods: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray] | None:
    """Return the log-likelihood with its derivatives by every P, rating and first state; `chain` collects those by Q itself.

    Parameters
    ----------
    chain
        The matrices at some log-rates.
    data
        The lives.
    first
        Distribution over the states at the first rating.
    likelihoods
        The chance of each rating at each state, as `ratings` returns it.

    Returns
    -------
    tuple of float and three ndarrays, or None
        None where the rates make something observed impossible.
    """
    states = data.grouped.states
    # the last row of each stands for no time at all, and for no rating
    p, e = np.concatenate([chain.p, np.eye(states)[None]]), np.concatenate([likelihoods, np.ones((1, states))])
    by_p, by_e, by_first, value = np.zeros_like(p), np.zeros_like(e), np.zeros_like(first), 0.0
    for lives in data.bundles:
        steps, count = lives.pieces.shape[1], len(lives.last)
        p_of, e_of = p[lives.pieces.T], e[lives.rated.T]
        # how likely a life comes to each state before each rating, and goes on from there with it
        come, gone = np.empty((steps + 1, count, states)), np.empty((steps + 1, count, states))
        come[0] = first
        for step in range(steps):
            come[step + 1] = np.einsum("ni,nij->nj", come[step] * e_of[step], p_of[step])
        end = endings_of(lives, chain.q, data.grouped.running)
        likelihood = (come[-1] * e_of[-1] * end).sum(axis=1)
        if not (likelihood > 0).all():
            return None
        value += float(np.log(likelihood).sum())
        gone[-1] = end / likelihood[:, None]
        for step in range(steps - 1, -1, -1):
            gone[step] = np.einsum("nij,nj->ni", p_of[step], e_of[step + 1] * gone[step + 1])
        entered = np.flatnonzero(lives.target >= 0)
        density = np.where(
            np.arange(states) == lives.target[entered, None],
            0.0,
            (come[-1] * e_of[-1])[entered] / likelihood[entered, None],
        )
        np.add.at(chain.by_q.transpose(0, 2, 1), (lives.last[entered], lives.target[entered]), density)
        passed = (come[:-1] * e_of[:-1])[..., None] * (e_of[1:] * gone[1:])[..., None, :]
        by_p += (lives.by_piece @ passed.reshape(steps * count, -1)).reshape(p.shape)
        by_e += lives.by_rating @ (come * gone).reshape(-1, states)
        by_first += (e_of[0] * gone[0]).sum(axis=0)
    return value, by_p[:-1], by_e[:-1], by_first


def likelihood_of_each(
    log_rates: np.ndarray, data: Lives, *, first: np.ndarray, errors: np.ndarray, barred: np.ndarray | None = None
) -> np.ndarray:
    """Return the likelihood of each life, in the order of the bundles.

    Parameters
    ----------
    log_rates, data, first, errors
        As `likelihood_of_lives` takes them.
    barred
        Transitions (True) not taken between the first and the last rating: the likelihood is then that of what was seen
        *and* of no such move. Divided by the whole likelihood it is the probability, given the ratings, that none was made.
    """
    grouped = data.grouped
    states = grouped.states
    q = intensities(log_rates, grouped.transitions, states)
    p = [exponential(q, grouped.length, grouped.pattern), np.eye(states)[None]]
    if barred is not None:
        without = q.copy()
        origin, into = grouped.transitions[barred].T
        without[:, origin, into] = 0.0  # the rate of leaving stays: such a life would have been another one
        p += [exponential(without, grouped.length, grouped.pattern), np.eye(states)[None]]
    likelihoods, _ = ratings(errors, states=states, stages=data.stages)
    chance, e = np.concatenate(p), np.concatenate([likelihoods, np.ones((1, states))])
    result = []
    for lives in data.bundles:
        last = lives.rated.shape[1] - 1 - np.argmax(lives.rated[:, ::-1] >= 0, axis=1)
        forward = first * e[lives.rated[:, 0]]
        for step in range(lives.pieces.shape[1]):
            piece = lives.pieces[:, step]
            if barred is not None:
                piece = piece + (step < last) * (len(grouped.pattern) + 1)
            forward = np.einsum("ni,nij->nj", forward, chance[piece]) * e[lives.rated[:, step + 1]]
        result.append((forward * endings_of(lives, q, grouped.running)).sum(axis=1))
    return np.concatenate(result)


def ratings(errors: np.ndarray, *, states: int, stages: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the chance of each rating at each state, and its derivatives by the errors.

    Parameters
    ----------
    errors
        Raters × 2: log-odds, and lean; without rows, one rater who never errs.
    states, stages
        How many there are; the states beyond the stages are not rated.

    Returns
    -------
    tuple of two ndarrays
        (Raters · states) × states, and raters × 2 × (raters · states) × states.

    Examples
    --------
    >>> odds = np.log(1 / 9)
    >>> ratings(np.array([[odds, 0.0]]), states=3, stages=3)[0].round(3).tolist()
    [[0.9, 0.05, 0.0], [0.1, 0.9, 0.1], [0.0, 0.05, 0.9]]
    """
    if not len(errors):
        return np.eye(states), np.zeros((0, 2, states, states))
    step = np.subtract.outer(np.arange(states), np.arange(states))  # rated minus true
    rated = np.arange(states) < stages
    beside = (np.abs(step) == 1) & rated[:, None] & rated
    with np.errstate(divide="ignore"):
        share = np.log(beside / np.maximum(beside.sum(axis=0), 1))
    odds, lean = errors[:, 0, None, None], errors[:, 1, None, None]
    weight = np.where(beside, np.exp(share + odds + lean * step), np.eye(states))
    chance = weight / weight.sum(axis=1, keepdims=True)
    wrong = (chance * beside).sum(axis=1, keepdims=True)
    leaning = (chance * beside * step).sum(axis=1, keepdims=True)
    turned = np.zeros((len(errors), 2, len(errors), states, states))
    for rater in range(len(errors)):
        turned[rater, 0, rater] = chance[rater] * (beside - wrong[rater])
        turned[rater, 1, rater] = chance[rater] * (beside * step - leaning[rater])
    return chance.reshape(-1, states), turned.reshape(len(errors), 2, -1, states)


def _adding(codes: np.ndarray, size: int) -> csr_array:
    """Make the matrix that adds up rows, step by step and life by life, by their code; −1 is the last."""
    flat = codes.T.ravel() % size
    return csr_array((np.ones(len(flat)), (flat, np.arange(len(flat)))), shape=(size, len(flat)))


def endings_of(lives: Bundle, q: np.ndarray, running: np.ndarray) -> np.ndarray:
    """Return how each state accounts for what is known at the end: still running, or entered on that day."""
    end = np.tile(running.astype(float), (len(lives.last), 1))
    entered = np.flatnonzero(lives.target >= 0)
    rates = q[lives.last[entered], :, lives.target[entered]]
    end[entered] = np.where(np.arange(q.shape[1]) == lives.target[entered, None], 0.0, rates)
    return end


def _from_first_rating(visited: Visited, stages: int) -> Visited:
    """Leave out what comes before a partnership's first rating, and those never rated."""
    rated = (visited.state >= 0) & (visited.state < stages)
    count = int(visited.subject.max(initial=-1)) + 1
    first = np.full(count, len(rated))
    places = np.flatnonzero(rated)[::-1]
    first[visited.subject[places]] = places
    return visited.chosen(np.arange(len(rated)) >= first[visited.subject])


def _between(visited: Visited, cuts: Sequence[float]) -> Visited:
    """Add a row at each cut that falls between two rows of a partnership."""
    begins = np.flatnonzero(visited.subject[1:] == visited.subject[:-1])
    parts = [np.arange(len(visited.subject))]
    times, unseen = [visited.time], [visited.state]
    for cut in cuts:
        held = begins[(visited.time[begins] < cut) & (visited.time[begins + 1] > cut)]
        parts.append(held)
        times.append(np.full(len(held), cut))
        unseen.append(np.full(len(held), UNSEEN))
    again, time = np.concatenate(parts), np.concatenate(times)
    order = np.lexsort((time, again))
    result = replace(visited.chosen(again), time=time, state=np.concatenate(unseen))
    return result.chosen(order)


def _rated_once(visited: Visited) -> Visited:
    """Add to each life of one row an interval of no length, so that its rating has a term."""
    new = np.append(True, visited.subject[1:] != visited.subject[:-1])
    single = np.flatnonzero(new & np.append(new[1:], True))
    rows = np.concatenate([np.arange(len(visited.subject)), single])
    state = np.concatenate([visited.state, np.full(len(single), _RUNNING)])
    order = np.lexsort((np.arange(len(rows)), visited.time[rows], visited.subject[rows]))
    return replace(visited.chosen(rows), state=state).chosen(order)


def _closed(visited: Visited, absorbing: np.ndarray, until: float | None) -> Visited:
    """End each life with its ending, with `until` where it had not ended by then, or with its last rating."""
    seen = visited.state >= 0
    lasts = np.flatnonzero(np.append(visited.subject[1:] != visited.subject[:-1], np.ones(min(1, len(seen)), bool)))
    final = np.maximum.accumulate(np.where(seen, np.arange(len(seen)), 0))[lasts]  # the last that was seen of each
    over = np.isin(visited.state[final], absorbing)
    limit = np.where(over, visited.time[final], -np.inf if until is None else until)
    limit = np.maximum(limit, visited.time[final])
    whose = np.searchsorted(lasts, np.arange(len(seen)))
    kept = (visited.time <= limit[whose]) & ((until is not None) | (np.arange(len(seen)) <= final[whose]))
    # nothing that changes after an ending matters
    kept &= ~over[whose] | (np.arange(len(seen)) <= final[whose])
    on = np.flatnonzero(~over & (limit > visited.time[final]))
    added = final[on]
    rows = np.concatenate([np.flatnonzero(kept), added])
    time = np.concatenate([visited.time[kept], limit[on]])
    state = np.concatenate([visited.state[kept], np.full(len(added), _RUNNING)])
    order = np.lexsort((np.arange(len(rows)), time, visited.subject[rows]))
    return replace(visited.chosen(rows), time=time, state=state).chosen(order)


def _bundled(
    rows: Visited, begins: np.ndarray, piece: np.ndarray, pattern: np.ndarray, exact: Sequence[int]
) -> tuple[Bundle, ...]:
    """Group life histories of similar length; pad the shorter ones with zero-length intervals."""
    states, nothing = len(rows.states), len(pattern)
    whose = rows.subject[begins]
    opening = np.flatnonzero(np.diff(whose, prepend=-1))
    many = np.diff(np.append(opening, len(whose)))
    code = np.where(rows.state >= 0, np.maximum(rows.rater, 0) * states + rows.state, -1)
    entered = np.isin(rows.state, list(exact))
    code[entered] = -1
    result = []
    for size in np.unique(-(-many // _BIN) * _BIN):
        lives = np.flatnonzero(-(-many // _BIN) * _BIN == size)
        step = np.arange(size)
        real = step < many[lives, None]
        at = np.minimum(opening[lives, None] + step, len(piece) - 1)
        rated = np.full((len(lives), size + 1), -1)
        rated[:, 0] = code[begins[opening[lives]]]
        rated[:, 1:] = np.where(real, code[begins[at] + 1], -1)
        final = opening[lives] + many[lives] - 1
        ended = rows.state[begins[final] + 1]
        pieces = np.where(real, piece[at], nothing)
        target = np.where(entered[begins[final] + 1], ended, -1)
        adding = _adding(pieces, nothing + 1), _adding(rated, max(len(rows.raters), 1) * states + 1)
        result.append(Bundle(whose[opening[lives]], pieces, rated, pattern[piece[final]], target, *adding))
    return tuple(result)
