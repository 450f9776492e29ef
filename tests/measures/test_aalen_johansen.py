"""Held against the textbook's recursion over every subject and time, and against numerical derivatives by weight."""

import numpy as np
import pytest

from lnlib.measures.curves.aalen_johansen import aalen_johansen


def random_stays(seed, *, subjects=25, states=3, gaps=True):
    random = np.random.default_rng(seed)
    rows = []
    for subject in range(subjects):
        now, state = int(random.integers(0, 4)), int(random.integers(0, states))
        for _ in range(int(random.integers(1, 6))):
            stop = now + int(random.integers(1, 5))
            into = int(random.integers(-1, states))
            rows.append((subject, now, stop, state, into))
            state = state if into < 0 else into
            now = stop + (int(random.integers(1, 4)) if gaps and random.random() < 0.3 else 0)
            if random.random() < 0.2:
                break
    found = np.array(rows)
    return found[:, 0], found[:, 1].astype(float), found[:, 2].astype(float), found[:, 3], found[:, 4]


def literal(stays, states, p0, weights, times):
    """Weighted product of steps, written out."""
    subject, start, stop, source, target = stays
    p, found = np.array(p0, dtype=float), []
    for time in times:
        step = np.eye(states)
        for state in range(states):
            here = (source == state) & (start < time) & (stop >= time)
            total = weights[subject[here]].sum()
            if total > 0:
                for row in np.flatnonzero(here & (stop == time) & (target >= 0) & (target != source)):
                    step[state, target[row]] += weights[subject[row]] / total
                    step[state, state] -= weights[subject[row]] / total
        p = p @ step
        found.append(p)
    return np.array(found)


@pytest.mark.parametrize("seed", range(8))
def test_probabilities_and_errors_are_those_of_the_literal_oracle(seed):
    stays = random_stays(seed, gaps=seed % 2 == 0)
    found = aalen_johansen(*stays, states=3)
    subjects = stays[0].max() + 1
    ones = np.ones(subjects)
    np.testing.assert_allclose(found.probability, literal(stays, 3, found.start, ones, found.time), atol=1e-12)
    variance = np.zeros_like(found.probability)
    for subject in range(subjects):  # the influence of each, by central differences of its weight
        more, less = ones.copy(), ones.copy()
        more[subject] += 1e-5
        less[subject] -= 1e-5
        high, low = (literal(stays, 3, found.start, weights, found.time) for weights in (more, less))
        variance += ((high - low) / 2e-5) ** 2
    np.testing.assert_allclose(found.se, np.sqrt(variance), atol=1e-8)


def test_order_of_rows_is_nothing_and_nothing_given_changes():
    stays = random_stays(3)
    kept = [each.copy() for each in stays]
    mixed = np.random.default_rng(0).permutation(len(stays[0]))
    one, other = aalen_johansen(*stays, states=3), aalen_johansen(*(each[mixed] for each in stays), states=3)
    np.testing.assert_allclose(one.se, other.se, atol=1e-15)
    for before, after in zip(kept, stays, strict=True):
        np.testing.assert_array_equal(before, after)
