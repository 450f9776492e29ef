"""Compare curves and lagged transitions with the known truth of simulated partnerships, however often they are assessed.

    python benchmarks/measures/follow_up.py [--lives 4000]

Partnerships move up at .4 and end at .25 a year, begin over three years and are watched for six. Prints the table that
stands in `docs/measures/models.md`, from one seed.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

from lnlib.measures.counts.transitions import transitions
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.measures.curves.occupation import occupation

UP, ENDING, PERIOD = 0.4, 0.25, 6.0
STAGES = ["low", "high"]
DESIGNS = {
    "every half-year": lambda _, many: np.full(many, 0.5),
    "at random, 0.6 years apart": lambda random, many: random.exponential(0.6, many),
    "at random, 1.2 years apart": lambda random, many: random.exponential(1.2, many),
    "once only": lambda _, many: np.full(many, 99.0),
}


def lives(many: int, design: str, carried: float, random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate spells and visits of partnerships, with ratings carried forward for so many years."""
    spells, visits = [], []
    for key in range(many):
        begun = random.uniform(0, 3)
        up, end = begun + random.exponential(1 / UP), begun + random.exponential(1 / ENDING)
        last = min(end, PERIOD)
        seen = np.append(begun, begun + np.cumsum(DESIGNS[design](random, 40)))
        seen = seen[seen < last]
        for day, after in zip(seen, np.append(seen[1:], last), strict=True):
            stage = STAGES[int(day >= up)]
            visits.append((key, day, stage, "assessed"))
            spells.append((key, day, min(after, day + carried), stage, "assessed", begun))
            if after > day + carried:
                spells.append((key, day + carried, after, None, "not_assessed", begun))
        if end < PERIOD:
            visits.append((key, end, None, "ended"))
            spells.append((key, end, PERIOD, None, "ended", begun))
    frames = (
        pd.DataFrame(spells, columns=["partnership", "start", "end", "stage", "status", "origin"]),
        pd.DataFrame(visits, columns=["partnership", "date", "stage", "status"]),
    )
    return tuple(frame.assign(stage=pd.Categorical(frame["stage"], STAGES, ordered=True)) for frame in frames)  # type: ignore[return-value]


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--lives", type=int, default=4000)
    many = asked.parse_args().lives
    both = UP + ENDING
    ended, before = 1 - np.exp(-3 * ENDING), ENDING / both * (1 - np.exp(-3 * both))
    reached, within = UP / both * (1 - np.exp(-3 * both)), 1 - np.exp(-ENDING)
    head = ("assessed", "carried", "ended by 3 years: occupation", "ended before the stage by 3 years: first passage")
    head += ("reached by 3 years: first passage", "ended within a year of an assessment: transitions")
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    print(f"| *truth* | | {ended:.3f} | {before:.3f} | {reached:.3f} | {within:.3f} |")
    for design in DESIGNS:
        for carried in (0.5, 1.5):
            spells, visits = lives(many, design, carried, np.random.default_rng(1))
            stood = occupation(spells, at=[3.0]).set_index("stage")["probability"]["ended"]
            soon = reached_after(first_passage(spells, to="high"), years=3.0).set_index("event")["incidence"]
            moved = transitions(visits, lag=1, until=PERIOD).set_index(["stage", "into"])["share"]
            row = (stood, soon["ended"], soon["reached"], moved["low", "ended"])
            print(f"| {design} | {carried:g} years | " + " | ".join(f"{number:.3f}" for number in row) + " |")


if __name__ == "__main__":
    main()
