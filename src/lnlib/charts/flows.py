"""Flows between stages: a block a state on each date, and ribbons to where its partnerships stood on the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from lnlib.charts.canvas.label_positions import spread
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_foot
from lnlib.charts.style.states import require_columns, state_styles, swatch_style
from lnlib.charts.style.time_axis import is_order, when
from lnlib.words import Words

COLUMNS = ("date_from", "date_to", "state_from", "state_to", "count", "n")
BODY_MM = {"column": 62.0, "two-columns": 74.0}
NOT_BEGUN, NOT_ASSESSED, ENDED = "not_begun", "not_assessed", "ended"
GAP_MM = 1.6
STUB_MM = 3.5  # length of the bar of those that entered
PALE = "#8C8C8C"
RIBBON, BLOCK = "flow:", "block:"  # what ids in an SVG begin with; the place of the date and the states follow
MOST_MM = 6.0  # a partnership is never drawn thicker, so that few do not look like many


@dataclass(frozen=True)
class Block:
    """A state on a date: how many, and where it is drawn (mm)."""

    state: str
    count: int
    bottom: float
    height: float


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], partnership_mm: float = 0.0) -> Figure:
    """Draw the counts of `measures.flows` as an alluvial diagram.

    On each date the stages stand on each other, lowest at the bottom; below them the not assessed, and at the foot those
    that ended since the date before, so that up is always a higher stage. A ribbon has the colour of its origin, and an
    outline where that is not assessed, so that it is told from a pale stage in grey; those that entered since the date
    before are a short outlined bar beside their block.

    Parameters
    ----------
    data : DataFrame
        Columns `date_from`, `date_to`, `state_from` and `state_to` (categoricals: `not_begun`, the stages lowest
        first, `not_assessed`, `ended`), `count`, `n`; one row a pair of dates and of states.
    partnership_mm : float
        Thickness of one partnership, where figures are read side by side; by default as much as there is room for.
    """
    require_columns(data, COLUMNS, chart="flows")
    if not data["count"].sum():
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    dates, moved, states = _read(data)
    entries = _entries(states, labels, sheet)
    counts = [_counts(moved, column, states) for column in range(len(dates))]
    last = [state for state, count in counts[-1].items() if count and state != NOT_BEGUN]
    stages = [state for state in states if state not in (NOT_BEGUN, NOT_ASSESSED, ENDED)]
    present = [state for state in [*stages, NOT_ASSESSED, ENDED] if any(count[state] for count in counts)]
    direct = set(present) == set(last)
    inner = sheet.inner_mm
    key_mm = 0.0 if direct else sheet.key_mm([entries[state] for state in present], inner) + 1.5
    entered = [int(table.to_numpy()[states.index(NOT_BEGUN)].sum()) for table in moved]
    explained = [ENDED] * any(count[ENDED] for count in counts) + [NOT_BEGUN] * any(entered)
    foot_words = " ".join(sheet.words(f"flows.foot_{name}") for name in [*explained, "n"])
    noted = sheet.wrapped(foot_words, inner, role="note")
    foot = (3.2 if any(entered) else 2.2) * sheet.line_mm() + len(noted) * sheet.line_mm("note")
    blocks = _stack(counts, body=sheet.of_width(BODY_MM), foot=foot, sheet=sheet, partnership_mm=partnership_mm)
    body = max(block.bottom + block.height for column in blocks for block in column.values()) - foot + sheet.line_mm()
    sheet.open(body + foot + key_mm)
    ax = sheet.axes(left=0, right=0, bare=True)
    if key_mm:
        sheet.key(ax, [entries[state] for state in present], y=body + foot + key_mm, width_mm=inner)
    node = max(sheet.text_mm(sheet.words.number(max(max(c.values()) for c in counts))), 3.5) + 2.6
    side = max(sheet.text_mm(entries[state].label) for state in last) + 1.5 if direct else 0.0
    wide = [sheet.text_mm(_date(date, dates, sheet.words, alone=True), weight="bold") for date in dates]
    wide += [sheet.text_mm(sheet.words("n_label", n=_assessed(count))) for count in counts]
    wide += [sheet.text_mm(_entered(n, sheet.words)) for n in entered if n]
    margin = max(0.0, (max(wide) - node) / 2)
    left = np.linspace(margin, inner - node - max(side, margin), len(dates))
    _ribbons(ax, moved, blocks, left, node, entries, states, sheet)
    for column, x in enumerate(left):
        _blocks(ax, blocks[column], x, node, entries, sheet, column=column)
    _feet(ax, dates, counts, [0, *entered], left + node / 2, foot, sheet)
    write_foot(ax, noted, sheet)
    if direct:
        _direct(ax, list(blocks[-1].values()), left[-1] + node + 1.2, entries, sheet, foot=foot, body=body)
    return sheet.figure


def _read(data: pd.DataFrame) -> tuple[list[pd.Timestamp | int], list[pd.DataFrame], list[str]]:
    """Return the dates, a table from × to of each step, and the states in the order drawn, from the bottom."""
    dates = sorted({*data["date_from"], *data["date_to"]})
    named = [str(state) for state in data["state_from"].cat.categories]
    states = [NOT_BEGUN, ENDED, NOT_ASSESSED, *(s for s in named if s not in (NOT_BEGUN, ENDED, NOT_ASSESSED))]
    moved = []
    for first in dates[:-1]:
        step = data[data["date_from"] == first]
        table = step.pivot_table(index="state_from", columns="state_to", values="count", aggfunc="sum", observed=False)
        moved.append(table.reindex(index=states, columns=states).fillna(0).astype(int))
        # what ended before the first of two dates is over, and is not drawn again
        moved[-1].loc[ENDED] = 0
    return dates, moved, states


def _counts(moved: list[pd.DataFrame], column: int, states: list[str]) -> dict[str, int]:
    """Count each state on a date; ended are those since the date before, and nobody is counted before entering."""
    leaving = moved[column].sum(axis=1) if column < len(moved) else None
    coming = moved[column - 1].sum(axis=0) if column else None
    result = {}
    for state in states:
        here = leaving if coming is None or (state != ENDED and leaving is not None) else coming
        result[state] = (
            0 if state == NOT_BEGUN or here is None or (state == ENDED and coming is None) else int(here[state])
        )
    return result


def _entries(states: list[str], labels: dict[str, str], sheet: Sheet) -> dict[str, Entry]:
    stages = [state for state in states if state not in (NOT_BEGUN, NOT_ASSESSED, ENDED)]
    return state_styles(stages, labels, sheet)


def _stack(
    counts: list[dict[str, int]], *, body: float, foot: float, sheet: Sheet, partnership_mm: float = 0.0
) -> list[dict[str, Block]]:
    """Return the position of each block, all dates on one scale; a block too low for its number has room above it."""
    line, most = sheet.line_mm(), max(sum(count.values()) for count in counts)

    def gaps(count: dict[str, int], scale: float) -> float:
        held = [number for number in count.values() if number]
        return sum(GAP_MM + line * (number * scale < line) for number in held)

    scale = min(body / most, MOST_MM)
    for _ in range(30):  # the gaps depend on the scale; a few rounds settle it
        scale = min(MOST_MM, *((body - gaps(count, scale)) / max(sum(count.values()), 1) for count in counts))
    scale = partnership_mm or scale
    placed: list[dict[str, Block]] = []
    for count in counts:
        at = foot + 0.4 * line
        column: dict[str, Block] = {}
        for state, number in count.items():
            if not number:
                continue
            height = number * scale
            column[state] = Block(state, number, at, height)
            at += height + GAP_MM + line * (height < line)
        placed.append(column)
    return placed


def _ribbons(  # noqa: PLR0913 - what one part of the chart is drawn from
    ax: Axes,
    moved: list[pd.DataFrame],
    blocks: list[dict[str, Block]],
    left: np.ndarray,
    node: float,
    entries: dict[str, Entry],
    states: list[str],
    sheet: Sheet,
) -> None:
    for step, table in enumerate(moved):
        out = {state: block.bottom for state, block in blocks[step].items()}
        into = {state: block.bottom for state, block in blocks[step + 1].items()}
        scale = next(block.height / block.count for column in blocks for block in column.values())
        x0, x1 = left[step] + node, left[step + 1]
        for origin in states:
            for target in states:
                number = int(table.to_numpy()[states.index(origin), states.index(target)])
                if not number:
                    continue
                thick = number * scale
                begins = max(x0, x1 - STUB_MM) if origin == NOT_BEGUN else x0
                low = into[target] if origin == NOT_BEGUN else out[origin]
                if origin == NOT_BEGUN:
                    style = {"facecolor": sheet.theme.paper, "edgecolor": PALE, "linewidth": 0.6, "zorder": 1.5}
                elif origin == NOT_ASSESSED:
                    style = {"facecolor": to_rgba(PALE, 0.15), "edgecolor": to_rgba(PALE, 0.8), "linewidth": 0.3}
                else:
                    style = {"facecolor": to_rgba(entries[origin].colour, 0.5), "linewidth": 0}
                ax.add_patch(
                    PathPatch(
                        _ribbon(begins, x1, low, into[target], thick),
                        gid=f"{RIBBON}{step}:{origin}:{target}:{number}",
                        **style,
                    )
                )
                out[origin] = out.get(origin, 0.0) + thick
                into[target] += thick


def _ribbon(x0: float, x1: float, y0: float, y1: float, thick: float) -> Path:
    middle = (x0 + x1) / 2
    corners = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
    back = [(x, y + thick) for x, y in corners[::-1]]
    curve = [Path.CURVE4] * 3
    return Path([*corners, *back, (x0, y0)], [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])


def _blocks(
    ax: Axes,
    blocks: dict[str, Block],
    x: float,
    node: float,
    entries: dict[str, Entry],
    sheet: Sheet,
    *,
    column: int,
) -> None:
    for block in blocks.values():
        entry = entries[block.state]
        style = swatch_style(entry, sheet)
        box = Rectangle((x, block.bottom), node, block.height, label=entry.label, gid=f"{BLOCK}{column}:{block.state}")
        box.set(**style)
        ax.add_patch(box)
        inside = block.height >= sheet.line_mm()
        middle = block.bottom + (block.height / 2 if inside else block.height + sheet.line_mm() / 2)
        hatched = bool(entry.hatch) and inside
        write(
            ax,
            x + node / 2,
            middle,
            sheet.words.number(block.count),
            sheet,
            ha="center",
            color=sheet.theme.over(entry.colour) if inside else sheet.theme.ink,
            bbox={"facecolor": sheet.theme.paper, "edgecolor": "none", "pad": 0.8} if hatched else None,
        )


def _feet(
    ax: Axes,
    dates: list[pd.Timestamp | int],
    counts: list[dict[str, int]],
    entered: list[int],
    middle: np.ndarray,
    foot: float,
    sheet: Sheet,
) -> None:
    """Write under each column its date, how many were assessed, and how many entered since the date before."""
    texts = [_date(date, dates, sheet.words, alone=True) for date in dates]
    numbers = [sheet.words("n_label", n=_assessed(count)) for count in counts]
    numbers += [_entered(n, sheet.words) for n in entered if n]
    needs = max(sheet.text_mm(text, weight="bold") for text in texts + numbers) + 1.5
    apart = middle[1] - middle[0] if len(middle) > 1 else needs
    every = int(np.ceil(needs / apart))
    for column in range(len(dates))[::-1][::every]:
        write(ax, middle[column], foot - 0.4 * sheet.line_mm(), texts[column], sheet, ha="center", weight="bold")
        write(
            ax,
            middle[column],
            foot - 1.4 * sheet.line_mm(),
            numbers[column],
            sheet,
            ha="center",
            color=sheet.theme.faint,
        )
        if entered[column]:
            text = _entered(entered[column], sheet.words)
            write(ax, middle[column], foot - 2.4 * sheet.line_mm(), text, sheet, ha="center", color=sheet.theme.faint)


def _entered(count: int, words: Words) -> str:
    return words("flows.entered_n", n=count)


def _direct(
    ax: Axes, blocks: list[Block], x: float, entries: dict[str, Entry], sheet: Sheet, *, foot: float, body: float
) -> None:
    line = sheet.line_mm()
    wanted = [block.bottom + block.height / 2 - foot for block in blocks]
    for block, y in zip(blocks, spread(wanted, [line] * len(blocks), room=body), strict=True):
        write(ax, x, foot + y, entries[block.state].label, sheet)


def _assessed(count: dict[str, int]) -> int:
    return sum(number for state, number in count.items() if state not in (NOT_BEGUN, NOT_ASSESSED, ENDED))


def _date(date: object, dates: list[pd.Timestamp | int], words: Words, *, alone: bool = False) -> str:
    order = is_order(pd.Series(dates))
    return when(date, words, last=float(dates[-1]) if order else None, alone=alone)


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],  # noqa: ARG001 - as every chart's
    partnership_mm: float = 0.0,  # noqa: ARG001 - as `draw` takes it
) -> str:
    """Return how many moved up, moved back and ended from one date to the next."""
    if not data["count"].sum():
        return words("flows.finding_none")
    dates, _, states = _read(data)
    level = {state: place for place, state in enumerate(states)}
    rated = data[
        ~data["state_from"].isin([NOT_BEGUN, NOT_ASSESSED, ENDED]) & ~data["state_to"].isin([NOT_ASSESSED, ENDED])
    ]
    steps = rated["state_to"].map(level).astype(int) - rated["state_from"].map(level).astype(int)
    ended = data[(data["state_to"] == ENDED) & (data["state_from"] != ENDED)]
    moves = {
        "up": words("flows.up", n=int(rated.loc[steps > 0, "count"].sum())),
        "down": words("flows.down", n=int(rated.loc[steps < 0, "count"].sum())),
        "ended": words("flows.ended", n=int(ended["count"].sum())),
    }
    if is_order(pd.Series(dates)):
        return words("flows.finding_order", **moves)
    return words(
        "flows.finding", **moves, **{"from": _date(dates[0], dates, words), "to": _date(dates[-1], dates, words)}
    )


def describe(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    partnership_mm: float = 0.0,  # noqa: ARG001 - as `draw` takes it
) -> str:
    """Return the long description: the finding, and the flows between each two dates."""
    if not data["count"].sum():
        return finding(data, words=words, labels=labels)
    dates, moved, states = _read(data)
    names = [str(state) for state in data["state_from"].cat.categories]
    called = {
        **labels,
        NOT_BEGUN: words("flows.entered"),
        NOT_ASSESSED: words("status.not_assessed"),
        ENDED: words("status.ended"),
    }
    steps = []
    for (first, last), table in zip(pairwise(dates), moved, strict=True):
        parts = [
            words(
                "flows.alt_flow",
                origin=called.get(a, a),
                target=called.get(b, b),
                count=int(table.to_numpy()[states.index(a), states.index(b)]),
            )
            for a in names
            for b in names
            if table.loc[a, b]
        ]
        # a sentence begins with it
        begun = _date(first, dates, words)
        span = {"from": f"{begun[:1].upper()}{begun[1:]}", "to": _date(last, dates, words)}
        steps.append(words("flows.alt_step", **span, parts=words.listed(parts) or words("flows.alt_none")))
    return words(
        "flows.alt",
        **{"from": _date(dates[0], dates, words), "to": _date(dates[-1], dates, words)},
        finding=finding(data, words=words, labels=labels),
        steps=". ".join(steps),
    )
