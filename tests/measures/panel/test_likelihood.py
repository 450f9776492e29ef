"""The likelihood against loops of scipy's expm, its gradient against differences, at good and at defective rates."""

import numpy as np
import pytest
from scipy.linalg import expm

from lnlib.measures.panel.likelihood import Chains, Grouped, exponential, intensities, log_likelihood

TRANSITIONS = np.array([[0, 1], [0, 3], [1, 0], [1, 2], [1, 3], [2, 1], [2, 3]])
BIDIAGONAL = np.array([[0, 1], [1, 2], [2, 3]])


def grouped(transitions, *, seed=0, patterns=2, exact=True, pieces=(1,), reversible=True):
    random = np.random.default_rng(seed)
    length = random.uniform(0.05, 3, 12)
    pattern = np.sort(random.integers(0, patterns, 12))
    chains = []
    for number in pieces:
        source = random.integers(0, 3, 12)
        target = random.integers(0, 4, 12) if reversible else np.minimum(source + random.integers(0, 4, 12), 3)
        dated = (target == 3) & exact & (random.random(12) < 0.7)
        chains.append(
            Chains(random.integers(0, 12, (12, number)), source, target, dated, random.integers(1, 9, 12).astype(float))
        )
    return Grouped(4, transitions, np.zeros((patterns, 0)), pattern, length, tuple(chains))


def literal(log_rates, data):
    total = 0.0
    q = intensities(log_rates, data.transitions, data.states)
    powers = [expm(q[kind] * length) for kind, length in zip(data.pattern, data.length, strict=True)]
    for chain in data.chains:
        for pieces, source, target, exact, count in zip(
            chain.pieces, chain.source, chain.target, chain.exact, chain.count, strict=True
        ):
            p = np.eye(data.states)
            for piece in pieces:
                last = q[data.pattern[piece]]
                p = p @ powers[piece]
            if exact:
                value = sum(p[source, k] * last[k, target] for k in range(data.states) if k != target)
            else:
                value = p[source, target]
            total += count * np.log(value)
    return total


@pytest.mark.parametrize("pieces", [(1,), (2,), (1, 3)])
@pytest.mark.parametrize("seed", range(2))
def test_value_and_gradient_are_those_of_the_literal_oracle(seed, pieces):
    data = grouped(TRANSITIONS, seed=seed, pieces=pieces)
    rates = np.random.default_rng(seed + 50).normal(-1, 0.7, (2, 7))
    value, slope = log_likelihood(rates, data)
    assert value == pytest.approx(literal(rates, data), abs=1e-9)
    for place in np.ndindex(*rates.shape):
        step = np.zeros_like(rates)
        step[place] = 1e-5
        numeric = (literal(rates + step, data) - literal(rates - step, data)) / 2e-5
        assert slope[place] == pytest.approx(numeric, abs=2e-6)


@pytest.mark.parametrize("apart", [0.0, 1e-12, 1e-9, 1e-6, 1e-4])
def test_equal_or_nearly_equal_rates_have_no_eigenvectors_and_the_right_answer(apart):
    data = grouped(BIDIAGONAL, seed=4, patterns=1, exact=False, reversible=False)
    rates = np.log([[0.4, 0.4 + apart, 0.4 + 2 * apart]])
    value, slope = log_likelihood(rates, data)
    assert value == pytest.approx(literal(rates, data), abs=1e-9)
    for place in range(3):
        step = np.zeros_like(rates)
        step[0, place] = 1e-5
        numeric = (literal(rates + step, data) - literal(rates - step, data)) / 2e-5
        assert slope[0, place] == pytest.approx(numeric, abs=2e-6)


def test_rates_in_a_ring_have_complex_eigenvalues_and_the_right_answer():
    ring = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
    data = grouped(ring, seed=2, patterns=1, exact=False)
    rates = np.log([[0.9, 1.1, 0.8, 1.3]])
    value, slope = log_likelihood(rates, data)
    assert value == pytest.approx(literal(rates, data), abs=1e-9)
    step = np.array([[0, 1e-5, 0, 0]])
    assert slope[0, 1] == pytest.approx((literal(rates + step, data) - literal(rates - step, data)) / 2e-5, abs=2e-6)


def test_tiny_probabilities_keep_their_digits():
    q = intensities(np.log([[0.2, 0.3, 0.4]]), BIDIAGONAL, 4)
    p = exponential(q, np.array([1e-4]))[0]
    # three moves within an hour: the leading term of the series, and the next
    leading = 0.2 * 0.3 * 0.4 * 1e-12 / 6
    assert p[0, 3] == pytest.approx(leading * (1 - 1e-4 * (0.2 + 0.3 + 0.4) / 4), rel=1e-8)
    one = Chains(np.array([[0]]), np.array([0]), np.array([3]), np.array([False]), np.array([1.0]))
    data = Grouped(4, BIDIAGONAL, np.zeros((1, 0)), np.array([0]), np.array([1e-4]), (one,))
    value, slope = log_likelihood(np.log([[0.2, 0.3, 0.4]]), data)
    assert value == pytest.approx(np.log(p[0, 3]), abs=1e-10)
    np.testing.assert_allclose(slope, 1, atol=1e-4)


def test_long_times_end_in_the_absorbing_state():
    q = intensities(np.full((1, 7), -1.0), TRANSITIONS, 4)
    np.testing.assert_allclose(exponential(q, np.array([1e5]))[0][:, 3], 1)


def test_what_is_impossible_has_no_likelihood():
    one = Chains(np.array([[0]]), np.array([2]), np.array([0]), np.array([False]), np.array([1.0]))
    data = Grouped(4, BIDIAGONAL, np.zeros((1, 0)), np.array([0]), np.array([1.0]), (one,))
    value, slope = log_likelihood(np.zeros((1, 3)), data)
    assert value == -np.inf
    assert not slope.any()
