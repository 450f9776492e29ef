"""Stage mix over time: a bar a period, stacked by stage, with the not assessed and the ended drawn as well.

Plain boxes and not `seaborn.histplot` draw it: docs/design.md, "Decisions that may surprise".
"""

from __future__ import annotations

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, MaxNLocator

from lnlib.charts.canvas.fast_axes import Box
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write
from lnlib.charts.style.states import in_state, require_columns, state_styles, swatch_style
from lnlib.charts.style.time_axis import below, corner, draw_years, is_order, number, on_last_date, order_labels, when
from lnlib.words import Words

COLUMNS = ("date", "stage", "count", "n", "n_assessed", "n_not_assessed", "n_ended", "n_known")
BODY_MM = {"column": 46.0, "two-columns": 56.0}
BAR = "bar:"  # what the id of a bar in an SVG begins with; the place of its date, and its state, follow
LEAST_N = 5


def draw(
    data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], share: bool = False, top: int = 0, least: int = 0
) -> Figure:
    """Draw the counts of `measures.shares` as stacked bars, n under the axis.

    Parameters
    ----------
    data : DataFrame
        Columns `date`, `stage` (ordered categorical), `count`, `n_assessed`, `n_not_assessed`, `n_ended`, `n_known`;
        one row a date and stage.
    share : bool
        Whether each bar is drawn to the same height, and read in percent of its partnerships; a bar of fewer than five
        is left out.
    top : int
        Count at the top of the axis, where figures are read side by side; by default the highest bar.
    least : int
        Fewest partnerships that are drawn; of fewer the chart is its finding. Bars of one or two repeat what a timeline of
        each shows.
    """
    require_columns(data, COLUMNS, chart="stage_mix")
    counts = _counts(data)
    if share:
        counts = _in_percent(counts)
    if not counts.to_numpy().any() or int(data["n_known"].max()) < least:
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    scale = 100 if share else max(top, _top(counts), 1)
    entries = state_styles(list(data["stage"].cat.categories), labels, sheet)
    present = [state for state in map(str, counts) if counts[state].any()]
    direct = not sheet.narrow and all(counts[state].iloc[-1] > 0 for state in present)
    chosen = [entries[state] for state in present]
    inner = sheet.inner_mm
    key_mm = 0.0 if direct or not chosen else sheet.key_mm(chosen, inner) + 1.5
    sheet.open(key_mm + sheet.of_width(BODY_MM) + _under_mm(sheet))
    # the row of numbers under the axis is named at its left, up to the middle of the first bar
    left = max(
        sheet.text_mm(_value(scale, sheet, share=share)) + 2.0, sheet.text_mm(sheet.words("stage_mix.n_row")) + 1.0
    )
    right = max((sheet.text_mm(entry.label) for entry in chosen), default=0) + 2.5 if direct else 1.0
    # the last number stands under a bar that may be narrower than it
    right = max(right, sheet.text_mm(f"{_assessed(data)[-1]:,}") / 2)
    if key_mm:
        key = sheet.axes(left=0, right=0, bottom=sheet.of_width(BODY_MM) + _under_mm(sheet), bare=True)
        sheet.key(key, chosen, y=key_mm - 0.5, width_mm=inner)
    ax = sheet.axes(left=left, right=right, bottom=_under_mm(sheet), top=key_mm + 1.5)
    _bars(ax, counts, entries, sheet, scale=scale, share=share)
    _under(ax, data, counts, sheet, room_mm=inner - left - right)
    if direct:
        _direct(ax, counts, entries, sheet)
    return sheet.figure


def _counts(data: pd.DataFrame) -> pd.DataFrame:
    """Return a row per date and a column per state."""
    table = data.pivot_table(index="date", columns="stage", values="count", observed=False, aggfunc="sum")
    table.columns = table.columns.astype(object)
    rest = data.drop_duplicates("date").set_index("date").sort_index()
    return table.assign(not_assessed=rest["n_not_assessed"], ended=rest["n_ended"])


def _top(counts: pd.DataFrame) -> int:
    return int(counts.sum(axis=1).max()) if len(counts) else 0


def _in_percent(counts: pd.DataFrame) -> pd.DataFrame:
    """Return each bar in percent of its partnerships; nothing where they are too few for a percentage."""
    totals = counts.sum(axis=1)
    return counts.mul(100).div(totals.where(totals >= LEAST_N), axis=0).fillna(0.0)


def _value(value: float, sheet: Sheet, *, share: bool) -> str:
    return sheet.words.percent(value / 100) if share else sheet.words.number(value)


def _bars(ax: Axes, counts: pd.DataFrame, entries: dict[str, Entry], sheet: Sheet, *, scale: int, share: bool) -> None:
    x, widths = _places(counts)
    base = np.zeros(len(counts))
    ax.set_ylim(0, scale * 1.02)
    for state in map(str, counts):
        heights = counts[state].to_numpy(dtype=float)
        if heights.any():
            style = swatch_style(entries[state], sheet)
            bars: list[Rectangle] = [
                Box((left, low), wide, high, gid=f"{BAR}{place}:{state}", **style)
                for place, (left, low, wide, high) in enumerate(zip(x - widths / 2, base, widths, heights, strict=True))
            ]
            for bar in bars:  # the limits are set: `Axes.bar` would work them out again from every one
                ax.add_artist(bar)
            ax.add_container(BarContainer(bars, label=entries[state].label))
        base += heights
    ax.yaxis.set_major_locator(FixedLocator(range(0, 101, 25)) if share else MaxNLocator(nbins=4, integer=True))
    ax.yaxis.set_major_formatter(lambda value, _: _value(value, sheet, share=share))
    ax.grid(axis="y")


def _places(counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle and width of each bar: a period reaches back to the one before it."""
    times = counts.index.to_series()
    if is_order(times):
        return times.to_numpy(dtype=float), np.full(len(times), 0.6)
    ends = number(times) + 1
    spans = np.diff(ends)
    first = spans.max() if len(spans) else 91.0
    starts = np.r_[ends[0] - first, ends[:-1]]
    return (starts + ends) / 2, (ends - starts) * 0.86


def _under_mm(sheet: Sheet) -> float:
    return 2.3 * sheet.line_mm()


def _under(ax: Axes, data: pd.DataFrame, counts: pd.DataFrame, sheet: Sheet, *, room_mm: float) -> None:
    """Write the time axis, and below it how many were assessed."""
    x, widths = _places(counts)
    times = counts.index.to_series()
    edge = widths / 0.86 / 2
    ax.set_xlim(x[0] - edge[0] * 1.05, x[-1] + edge[-1] * 1.05)
    mm = below(ax, sheet)
    if is_order(times):
        ax.set_xlim(x[0] - 0.6, x[-1] + 0.6)
        ax.set_xticks(x, labels=[""] * len(x), minor=False)
        ax.tick_params(axis="x", length=0)
        for place, text in zip(x, order_labels(list(x), sheet), strict=True):
            write(ax, place, -0.6 * sheet.line_mm(), text, sheet, ha="center", transform=mm)
    else:
        first, last = pd.Timestamp(mdates.num2date(x[0] - edge[0])).tz_localize(None), times.iloc[-1]
        draw_years(ax, first.normalize(), last, sheet, room_mm=room_mm)
    assessed = _assessed(data)
    every = _every(assessed, x, room_mm, sheet)
    y = -1.75 * sheet.line_mm()
    for place, n in list(zip(x, assessed, strict=True))[::-1][::every]:
        number = sheet.words.number(int(n))
        write(ax, place, y, number, sheet, ha="center", color=sheet.theme.faint, transform=mm)
    head = sheet.words("stage_mix.n_row")
    write(ax, -0.7 / room_mm, y, head, sheet, ha="right", color=sheet.theme.faint, transform=corner(ax, sheet))


def _assessed(data: pd.DataFrame) -> np.ndarray:
    return data.drop_duplicates("date").set_index("date").sort_index()["n_assessed"].to_numpy()


def _every(assessed: np.ndarray, x: np.ndarray, room_mm: float, sheet: Sheet) -> int:
    """Return the step at which the numbers under the bars do not touch."""
    if len(x) < 2:
        return 1
    apart = room_mm / len(x)
    needs = max(sheet.text_mm(sheet.words.number(int(n))) for n in assessed) + 1.2
    return int(np.ceil(needs / apart))


def _direct(ax: Axes, counts: pd.DataFrame, entries: dict[str, Entry], sheet: Sheet) -> None:
    """Name each state beside the last bar, moved apart where they would touch."""
    last = {str(state): float(counts[state].iloc[-1]) for state in counts}
    shown = [state for state in last if last[state] > 0]
    tops = dict(zip(shown, np.cumsum([last[state] for state in shown]), strict=True))
    height = ax.get_ylim()[1]
    height_mm = ax.get_position().height * sheet.height_mm
    beside = 1 + 1.4 / (ax.get_position().width * sheet.width_mm)
    wanted = [(tops[state] - last[state] / 2) / height * height_mm for state in shown]
    step = sheet.line_mm()
    at: list[float] = []
    for y in wanted:
        at.append(max(y, at[-1] + step) if at else max(y, step / 2))
    over = at[-1] - (height_mm - step / 2)
    for i in range(len(at) - 1, -1, -1):
        at[i] = min(at[i], (height_mm - step / 2) if i == len(at) - 1 else at[i + 1] - step) if over > 0 else at[i]
    for state, y in zip(shown, at, strict=True):
        write(ax, beside, y, entries[state].label, sheet, transform=corner(ax, sheet))


def describe(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    share: bool = False,  # noqa: ARG001 - the counts are described, however they are drawn
    top: int = 0,  # noqa: ARG001
    least: int = 0,  # noqa: ARG001
) -> str:
    """Describe the chart, with its finding and its first and last numbers."""
    counts = _counts(data)
    if not len(counts):
        return finding(data, words=words, labels=labels)
    ends = ". ".join(_point(data, date, words, labels) for date in dict.fromkeys([counts.index[0], counts.index[-1]]))
    first, last = (when(time, words, last=_last(data)) for time in (counts.index[0], counts.index[-1]))
    return words(
        "stage_mix.alt", **{"from": first, "to": last}, finding=finding(data, words=words, labels=labels), ends=ends
    )


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    share: bool = False,  # noqa: ARG001 - as `draw` takes them
    top: int = 0,  # noqa: ARG001
    least: int = 0,  # noqa: ARG001
) -> str:
    """State what was most common at the end."""
    if data.empty or not (data["n_known"] > 0).any():
        return words("stage_mix.finding_unknown")
    last = on_last_date(data)
    at = when(last["date"].iloc[0], words, last=_last(data))
    n = int(last["n_assessed"].iloc[0])
    order = "_order" * is_order(data["date"])
    if n == 0:
        return words(f"stage_mix.finding_none{order}", when=at)
    leading = last[last["count"] == last["count"].max()]
    if len(leading) > 1:
        return words(f"stage_mix.finding_tie{order}", when=at, n=n)
    stage, count = str(leading["stage"].iloc[0]), int(leading["count"].iloc[0])
    key = f"stage_mix.finding{'_all' * (count == n)}{order}"
    wording = {"stage": labels.get(stage, stage), "state": in_state(stage, labels, words)}
    return words(key, **wording, when=at, count=count, n=n)


def _last(data: pd.DataFrame) -> float | None:
    return float(data["date"].max()) if is_order(data["date"]) else None


def _point(data: pd.DataFrame, date: object, words: Words, labels: dict[str, str]) -> str:
    rows = data[data["date"] == date]
    parts = words.listed(
        [
            f"{labels.get(str(s), str(s))} {words.number(int(c))}"
            for s, c in zip(rows["stage"], rows["count"], strict=True)
        ]
    )
    row = rows.iloc[0]
    return words(
        "stage_mix.alt_point",
        when=when(date, words, last=_last(data)),
        parts=parts,
        not_assessed=int(row["n_not_assessed"]),
        ended=int(row["n_ended"]),
    )
