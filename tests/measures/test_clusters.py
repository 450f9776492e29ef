import numpy as np
import pytest

from lnlib.measures import clusters
from lnlib.measures.clusters import design_effects


def literal(cluster, row, category, rows, categories):
    """Sum over clusters one by one."""
    found = []
    for number in range(rows):
        own = row == number
        n, keys = own.sum(), np.unique(cluster[own])
        share = np.array([np.mean(category[own] == kind) if n else 0 for kind in range(categories)])
        alone = n * (share * (1 - share)).sum()
        spread = sum(
            (((category[own & (cluster == key)] == kind) - share[kind]).sum()) ** 2
            for key in keys
            for kind in range(categories)
        )
        if len(keys) > 1 and alone > 0:
            found.append(max(1, 1 + (spread / alone - 1) * len(keys) / (len(keys) - 1)))
        else:
            found.append(max(1, n / max(len(keys), 1)))
    return found


@pytest.mark.parametrize("dense", [20_000_000, 0])
def test_design_effects_are_those_of_a_literal_sum(monkeypatch, dense):
    monkeypatch.setattr(clusters, "_DENSE", dense)
    random = np.random.default_rng(3)
    for _ in range(20):
        cluster, row, category = (random.integers(0, most, 60) for most in (9, 4, 3))
        effects, many = design_effects(cluster, row, category, rows=5, categories=3)
        np.testing.assert_allclose(effects, literal(cluster, row, category, 5, 3))
        assert many.tolist() == [len(np.unique(cluster[row == number])) for number in range(5)]


def test_where_each_cluster_has_one_observation_nothing_is_lost():
    effects, _ = design_effects(np.arange(7), np.zeros(7, int), np.arange(7) % 2, rows=1, categories=2)
    assert effects.tolist() == [1.0]


def test_where_all_are_alike_clusters_count():
    effects, many = design_effects(
        np.repeat(np.arange(3), 4), np.zeros(12, int), np.zeros(12, int), rows=2, categories=2
    )
    assert effects.tolist() == [4.0, 1.0]
    assert many.tolist() == [3, 0]


def test_no_observations_have_no_effect():
    none = np.zeros(0, int)
    effects, many = design_effects(none, none, none, rows=2, categories=2)
    assert effects.tolist() == [1.0, 1.0]
    assert many.tolist() == [0, 0]
