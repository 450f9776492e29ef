"""Curves and lagged transitions of 4,000 simulated lives, beside what is known of them.

The lives are those of `benchmarks/measures/follow_up.py`: moves up at .4 and endings at .25 a year, begun over three
years and watched for six. Ended by 3 years are then 1 - exp(-.75) = .528, and within a year of an assessment
1 - exp(-.25) = .221, whoever is assessed how often, and however long a rating is carried forward.
"""

import importlib
import sys
from functools import cache
from math import exp
from pathlib import Path

import numpy as np
import pytest

from lnlib.measures.counts.transitions import transitions
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.measures.curves.occupation import occupation

ROOT = Path(__file__).parents[2]
MANY, PERIOD = 4000, 6.0
ENDED, WITHIN_A_YEAR = 1 - exp(-3 * 0.25), 1 - exp(-0.25)
DESIGNS = ["every half-year", "at random, 1.2 years apart", "once only"]


sys.path.append(str(ROOT / "benchmarks" / "measures"))
follow_up = importlib.import_module("follow_up")


@cache
def drawn(design, carried):
    """Return, of one draw: ended by 3 years; ended before and reached by 3 years; ended within a year of a rating."""
    spells, visits = follow_up.lives(MANY, design, carried, np.random.default_rng(2026))
    stood = occupation(spells, at=[3.0]).set_index("stage")["probability"]["ended"]
    soon = reached_after(first_passage(spells, to="high"), years=3.0).set_index("event")["incidence"]
    moved = transitions(visits, lag=1, until=PERIOD).set_index(["stage", "into"])["share"]["low", "ended"]
    return stood, soon["ended"], soon["reached"], moved


@pytest.mark.parametrize("design", DESIGNS)
def test_endings_are_those_of_the_lives_whatever_a_rating_is_carried_for(design):
    """Limits of 3 standard errors of a share of 4,000; a quarter are watched for less than the 3 years."""
    half, more = (drawn(design, carried) for carried in (0.5, 1.5))
    assert half == pytest.approx(more, abs=1e-12)
    for found, truth in ((half[0], ENDED), (half[3], WITHIN_A_YEAR)):
        assert found == pytest.approx(truth, abs=3 * (truth * (1 - truth) / MANY) ** 0.5)


def test_what_is_recorded_as_reached_lags_behind_what_happened():
    """A move is recorded when somebody rates next: never sooner, and the later the rarer the ratings."""
    often, rarely, once = (drawn(design, 0.5) for design in DESIGNS)
    reached = 0.4 / 0.65 * (1 - exp(-3 * 0.65))
    assert reached > often[2] > rarely[2] > once[2] == 0.0
    assert often[2] == pytest.approx(reached, abs=0.05)
    assert once[1] == pytest.approx(ENDED, abs=3 * (ENDED * (1 - ENDED) / MANY) ** 0.5)
