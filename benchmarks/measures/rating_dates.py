"""What hangs on ratings whose midpoint comes before their partnership's start: results with and without them moved to it.

    python benchmarks/measures/rating_dates.py [--register demonstration]

A rating known to a quarter or a half-year is set at its midpoint, also where that comes before the partnership began; the
partnership is then taken to have begun with it. Beside what the notebooks print stands the same register with the interval
of each such rating cut to the days since the partnership's own start, which is placed at the midpoint of what is known of it.
"""

from __future__ import annotations

import argparse
import dataclasses

import pandas as pd

import lnlib as ln
from lnlib.analyses.claims import Claims, ended_around_closings, evaluate
from lnlib.analyses.statistics import HiddenStage
from lnlib.history.placed_in_time import placed_plainly
from lnlib.history.visits import life_spans
from lnlib.measures.counts.transitions import moves
from lnlib.measures.curves.first_passage import first_passage, reached_after
from lnlib.register import Register


def since_the_start(register: Register) -> Register:
    """Return the register with the interval of each rating cut to the days since its partnership's start."""
    lives, rated = register.partnerships, register.assessments
    start = pd.Series(placed_plainly(lives["start_first"], lives["start_last"], "middle").array, lives["partnership"])
    begun = start.reindex(rated["partnership"]).set_axis(rated.index)
    cut = (rated["date_first"] < begun) & (begun <= rated["date_last"])
    tables = {**register.tables, "assessments": rated.assign(date_first=rated["date_first"].mask(cut, begun))}
    return dataclasses.replace(register, tables=tables)


def results(register: Register) -> dict[str, str]:
    """Compute results that notebooks 07, 08 and 11 print."""
    choices, claims = ln.Choices.of(register), Claims.load()
    spells, counted = ln.spells(register, choices), moves(ln.visits(register, choices)).set_index("move")
    early = register.partnerships["start_first"] > life_spans(register, "middle")["begin"]
    found = {"partnerships that begin before their first possible day": f"{early.sum()} of {len(early)}"}
    for move in ("up", "down"):
        found[f"recorded moves {move}"] = f"{counted.loc[move, 'count']} of {counted.loc[move, 'n']}"
    passages = (HiddenStage.of(register, choices).beside(years=2) or {})["passages"]
    for stage in register.scale.keys[1:]:
        curve = reached_after(first_passage(spells, to=stage), years=2).set_index("event")
        found[f"{stage} within 2 years of the start"] = share(curve, "reached")
        found[f"{stage}: ended before, within 2 years"] = share(curve, "ended")
        found[f"{stage}: median in years"] = f"{curve['median'].loc['reached']:.2f}"
        found[f"{stage} within 2 years of the first rating, by the model"] = share(
            passages[stage].set_index("event"), "reached"
        )
    evaluation = evaluate(claims, register)
    windows = evaluation.around_closings()
    found["windows around closings"] = f"{len(windows)} of {windows['partnership'].nunique()} partnerships"
    for row in ended_around_closings(claims, register).itertuples():
        found[f"ended in windows {'with' if row.exposed else 'without'}"] = f"{row.ended} of {row.windows}"
    for row in evaluation.comparisons[evaluation.comparisons["shown"]].itertuples():
        name = f"ratio: {row.covariate} {row.value}, {row.brings or row.move}".replace(" ,", ",")
        found[name] = f"{row.ratio:.3f} ({row.low:.3f} to {row.high:.3f})"
    for test in evaluation.tests.itertuples():
        found[f"claim {test.claim}"] = f"{test.verdict}, p = {test.p_holm:.4f}, {test.clear} clear taken singly"
    return found


def share(curve: pd.DataFrame, event: str) -> str:
    """Write the share of an event with its limits and n."""
    row = curve.loc[[event]].iloc[0]
    return f"{row['incidence']:.1%} ({row['low']:.1%} to {row['high']:.1%}; n = {row['n']:.0f})"


def main() -> None:
    """Print both side by side."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--register", default="demonstration")
    register = ln.open_register(asked.parse_args().register)
    printed, cut = results(register), results(since_the_start(register))
    print("| result | as printed | since the start |\n|---|---|---|")
    for name in printed:
        print(f"| {name} | {printed[name]} | {cut[name]} |")


if __name__ == "__main__":
    main()
