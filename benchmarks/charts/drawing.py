"""What the drawing of a chart costs in other ways that matplotlib and seaborn offer.

    python benchmarks/charts/drawing.py    # --rounds 15

Each way draws the same rectangles on a figure and records it for print, as an exhibit does: stacked bars of 21 quarters by
`seaborn.histplot`, by `Axes.bar` and by boxes; the timelines of 23 partnerships by `Axes.broken_barh` and by boxes; 25 tiles of
provinces on `Figure.subplot_mosaic` and on one axes in mm. Times are of the processor, medians, in milliseconds.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from lnlib.charts.canvas.fast_axes import Box
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.svg import Drawing
from lnlib.charts.style.house_style import Theme
from lnlib.reference.places import Places

QUARTERS, STATES, PARTNERSHIPS, SPELLS = 21, 5, 23, 5
COLOURS = ("#ebb643", "#2a8074", "#1a2a5e", "#e8e8e8", "#ffffff")
NUMBERS = np.random.default_rng(17)
COUNTS = NUMBERS.integers(5, 40, size=(QUARTERS, STATES))
STARTS = np.sort(NUMBERS.uniform(0, 100, size=(PARTNERSHIPS, SPELLS)), axis=1)


def _sheet() -> Sheet:
    sheet = Sheet("two-columns")
    sheet.open(80)
    return sheet


def mix_histplot() -> Figure:
    sheet = _sheet()
    ax = sheet.axes(left=10, right=10, bottom=10)
    long = pd.DataFrame(
        [(quarter + 0.5, str(state), COUNTS[quarter, state]) for quarter in range(QUARTERS) for state in range(STATES)],
        columns=["time", "state", "count"],
    )
    sns.histplot(
        long, x="time", hue="state", weights="count", multiple="stack", bins=list(range(QUARTERS + 1)), shrink=0.86,
        palette=list(COLOURS), legend=False, ax=ax, alpha=1,
    )  # fmt: skip
    return sheet.figure


def mix_bar() -> Figure:
    sheet = _sheet()
    ax = sheet.axes(left=10, right=10, bottom=10)
    base = np.zeros(QUARTERS)
    for state, colour in enumerate(COLOURS):
        ax.bar(np.arange(QUARTERS) + 0.5, COUNTS[:, state], width=0.86, bottom=base, color=colour, edgecolor="#777777")
        base += COUNTS[:, state]
    return sheet.figure


def mix_boxes() -> Figure:
    sheet = _sheet()
    ax = sheet.axes(left=10, right=10, bottom=10)
    ax.set(xlim=(0, QUARTERS), ylim=(0, COUNTS.sum(axis=1).max()))
    base = np.zeros(QUARTERS)
    for state, colour in enumerate(COLOURS):
        for quarter in range(QUARTERS):
            corner = (quarter + 0.07, base[quarter])
            ax.add_artist(Box(corner, 0.86, COUNTS[quarter, state], facecolor=colour, edgecolor="#777777"))
        base += COUNTS[:, state]
    return sheet.figure


def paths_broken_barh() -> Figure:
    sheet = _sheet()
    ax = sheet.axes(left=10, right=10, bottom=10)
    ax.set(xlim=(0, 100), ylim=(0, PARTNERSHIPS))
    for row, starts in enumerate(STARTS):
        ends = np.r_[starts[1:], 100]
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            ax.broken_barh([(start, end - start)], (row + 0.2, 0.6), facecolor=COLOURS[place], edgecolor="#777777")
    return sheet.figure


def paths_boxes() -> Figure:
    sheet = _sheet()
    ax = sheet.axes(left=10, right=10, bottom=10)
    ax.set(xlim=(0, 100), ylim=(0, PARTNERSHIPS))
    for row, starts in enumerate(STARTS):
        ends = np.r_[starts[1:], 100]
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            ax.add_artist(Box((start, row + 0.2), end - start, 0.6, facecolor=COLOURS[place], edgecolor="#777777"))
    return sheet.figure


def _tiles() -> dict[str, tuple[int, int]]:
    placed = [place for place in Places.load("cambodia").by_code.values() if place.row is not None]
    return {place.code: (int(place.row), int(place.col)) for place in placed}


def tiles_mosaic() -> Figure:
    sheet = _sheet()
    tiles = _tiles()
    rows, columns = (max(place[way] for place in tiles.values()) + 1 for way in (0, 1))
    mosaic = np.full((rows, columns), ".", dtype=object)
    for code, place in tiles.items():
        mosaic[place] = code
    for ax in sheet.figure.subplot_mosaic(mosaic.tolist(), sharex=True, sharey=True).values():
        ax.set(xlim=(0, 11), ylim=(0, 1), xticks=[], yticks=[])
        ax.stackplot(np.arange(11), COUNTS[:11].T / COUNTS[:11].sum(axis=1), colors=COLOURS, step="post")
    return sheet.figure


def tiles_one_axes() -> Figure:
    sheet = _sheet()
    ax = sheet.axes(left=0, right=0, bare=True)
    for row, column in _tiles().values():
        x, y = 30.0 * column, 70 - 13.0 * row
        base = np.zeros(11)
        ax.add_artist(Box((x, y), 29, 12, facecolor="none", edgecolor="#777777"))
        for state, colour in enumerate(COLOURS):
            top = base + COUNTS[:11, state] / COUNTS[:11].sum(axis=1)
            across = x + np.arange(11) * 2.6
            ax.fill_between(across, y + 12 * base, y + 12 * top, step="post", color=colour, linewidth=0)
            base = top
    return sheet.figure


WAYS: dict[str, Callable[[], Figure]] = {
    "mix: seaborn.histplot": mix_histplot,
    "mix: Axes.bar": mix_bar,
    "mix: boxes": mix_boxes,
    "paths: Axes.broken_barh": paths_broken_barh,
    "paths: boxes": paths_boxes,
    "tiles: Figure.subplot_mosaic": tiles_mosaic,
    "tiles: one axes in mm": tiles_one_axes,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print("| way | draw | record | both |")
    print("|---|---|---|---|")
    with Theme.load().drawn():
        for name, way in WAYS.items():
            way()
            drawn, recorded = [], []
            for _ in range(rounds):
                begun = time.process_time()
                figure = way()
                middle = time.process_time()
                Drawing.of(figure, title="", description="")
                drawn.append(1000 * (middle - begun))
                recorded.append(1000 * (time.process_time() - middle))
            draw, record = statistics.median(drawn), statistics.median(recorded)
            print(f"| {name} | {draw:.0f} | {record:.0f} | {draw + record:.0f} |", flush=True)


if __name__ == "__main__":
    main()
