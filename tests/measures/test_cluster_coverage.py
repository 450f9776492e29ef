"""Whether limits hold the truth where a partnership's pairs are alike: the simulation of `benchmarks/coverage/clusters.py`."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks" / "coverage"))
clusters = importlib.import_module("clusters")

RUNS = 150


@pytest.mark.slow
@pytest.mark.parametrize(("partnerships", "correlation"), [(10, 0.3), (30, 0.3), (30, 0)])
def test_limits_by_partnership_hold_the_truth_as_often_as_asked(partnerships, correlation):
    """At least .92 is asked, less what chance takes from 150 runs; with pairs as if independent it is .82 to .87."""
    least = 0.92 - 1.64 * np.sqrt(0.92 * 0.08 / RUNS)
    found = clusters.covered(partnerships, correlation, RUNS, np.random.default_rng(30))
    assert [*found] == ["moves: up", "moves: down", "transitions: up", "kappa"]
    for name, held in found.items():
        assert len(held) == RUNS
        assert np.mean(held) >= least, name
