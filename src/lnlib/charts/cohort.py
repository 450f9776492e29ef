"""Matched cohort beside cross-section: did those there move, or did others come and go."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.label_positions import spread
from lnlib.charts.canvas.sheet import Entry, Sheet, outline_of
from lnlib.charts.canvas.text import empty_figure, write, write_lines
from lnlib.charts.curve_axes import legible, mm_at
from lnlib.charts.share_lines import dash_of
from lnlib.charts.style.states import require_columns, state_styles
from lnlib.charts.style.time_axis import is_order, when
from lnlib.words import Words

COLUMNS = ("cohort", "date", "stage", "count", "n", "share", "low", "high", "shown")
COHORTS = ("matched", "cross_section")
BODY_MM = {"column": 50.0, "two-columns": 52.0}
LEAST_LINE_MM = 8.0
BETWEEN_MM = 5.0
GAP_MM = 2.6  # between an upright line, with the limits beside it, and a number


def draw(data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str]) -> Figure:
    """Draw the shares of `measures.cohorts` at two dates as slopes, the two cohorts side by side.

    Parameters
    ----------
    data : DataFrame
        Columns `cohort` (`matched`, `cross_section`), `date` (two of them), `stage` (ordered categorical), `count`,
        `n`, `share`, `low`, `high`, `shown`; one row a cohort, date and stage. Where `shown` is False, counts are
        written and no percentages.
    """
    require_columns(data, COLUMNS, chart="cohort")
    if not (data.groupby("cohort", observed=True)["n"].min() > 0).any():  # no line has two ends
        return empty_figure(sheet, finding(data, words=sheet.words, labels=labels))
    stages = [str(stage) for stage in data["stage"].cat.categories]
    entries = state_styles(stages, labels, sheet)
    inner = sheet.inner_mm
    # where nobody came or went the two cohorts are one
    cohorts = COHORTS[:1] if _alike(data) else COHORTS
    numbers = max(sheet.text_mm(text) for text in _numbers(data, sheet.words)) + GAP_MM + 0.2
    names = max(sheet.text_mm(entries[stage].label) for stage in stages) + 1.5
    dates = sorted(data["date"].unique())
    under = max(sheet.text_mm(_date(date, dates, sheet.words, alone=True)) for date in dates) + 1.0
    # names stand at the ends of the lines: of every panel, or of the last, where there is room; else in a key
    least, rest = max(LEAST_LINE_MM, under), inner - BETWEEN_MM - 4 * numbers
    named = next((many for many in (2, 1) if rest - many * names >= 2 * least), 0)
    line = (rest - named * names) / 2
    with_names = [named > place for place in reversed(range(len(cohorts)))]
    widths = [2 * numbers + line + names * shows for shows in with_names]
    chosen = [Entry(entries[stage].label, entries[stage].colour, dash=dash_of(stage, stages)) for stage in stages]
    key_mm = 0.0 if named else sheet.key_mm(chosen, inner) + 1.5
    heads = [
        sheet.wrapped(_called(cohort, data, sheet.words), width, weight="bold")
        for cohort, width in zip(cohorts, widths, strict=True)
    ]
    head = (max(map(len, heads)) + 0.6) * sheet.line_mm()
    body, foot = sheet.of_width(BODY_MM), 2.4 * sheet.line_mm()
    sheet.open(key_mm + head + body + foot)
    page = sheet.axes(left=0, right=0, bare=True)
    if key_mm:
        sheet.key(page, chosen, y=key_mm + head + body + foot, width_mm=inner)
    top = float(data["share"].where(~data["shown"], data["high"]).max())
    left = 0.0
    for cohort, width, lines, shows in zip(cohorts, widths, heads, with_names, strict=True):
        write_lines(page, left, head + body + foot, lines, sheet, weight="bold")
        right = inner - left - numbers - line
        ax = sheet.axes(left=left + numbers, right=right, bottom=foot, top=key_mm + head)
        ax.set(xlim=(0, 1), ylim=(0, top), xticks=[], yticks=[])
        ax.vlines([0, 1], 0, top, color=sheet.theme.rule, linewidth=0.6, zorder=1, clip_on=False)
        _panel(ax, data[data["cohort"] == cohort], entries, sheet, top=top, named=shows, edge=-numbers)
        left += width + BETWEEN_MM
    return sheet.figure


def _panel(
    ax: Axes, rows: pd.DataFrame, entries: dict[str, Entry], sheet: Sheet, *, top: float, named: bool, edge: float
) -> None:
    """Draw the slopes of one cohort between two upright lines, its numbers outside them."""
    dates, line = sorted(rows["date"].unique()), sheet.line_mm()
    height = ax.get_position().height * sheet.height_mm
    at = {date: rows[rows["date"] == date].sort_values("stage") for date in dates}
    for side, date in enumerate(dates):
        foot = mm_at(ax, side, 0, sheet)
        n = int(at[date]["n"].iloc[0])
        day, label = _date(date, dates, sheet.words, alone=True), sheet.words("n_label", n=n)
        middle = 0.0 if side else max(0.0, edge + max(sheet.text_mm(day), sheet.text_mm(label)) / 2)
        write(ax, middle, -0.9 * line, day, sheet, ha="center", transform=foot)
        write(ax, middle, -1.9 * line, label, sheet, ha="center", color=sheet.theme.faint, transform=foot)
        known = at[date][at[date]["n"] > 0].sort_values("share", kind="stable")
        spots = spread([share / top * height for share in known["share"]], [line] * len(known), room=height)
        for row, y in zip(known.itertuples(), spots, strict=True):
            text = _number(row, sheet.words)
            text = f"{text} {entries[str(row.stage)].label}" if named and side else text
            ink = legible(entries[str(row.stage)].colour, sheet)
            write(
                ax,
                GAP_MM if side else -GAP_MM,
                y,
                text,
                sheet,
                ha="left" if side else "right",
                transform=foot,
                color=ink,
            )
    _slopes(ax, at, entries, sheet)


def _slopes(ax: Axes, at: dict[str, pd.DataFrame], entries: dict[str, Entry], sheet: Sheet) -> None:
    """Draw a line for each stage with its limits, side by side where shares are alike."""
    wide = ax.get_position().width * sheet.width_mm
    stages = [str(stage) for stage in next(iter(at.values()))["stage"]]
    for place, stage in enumerate(stages):
        colour = entries[stage].colour
        apart = (place - (len(stages) - 1) / 2) * 1.0 / wide
        rows = [(side, found.loc[found["stage"] == stage].iloc[0]) for side, found in enumerate(at.values())]
        points = [(side + apart, float(row["share"])) for side, row in rows if row["n"] > 0]
        for side, row in rows:
            if row["n"] > 0 and row["shown"]:
                share = float(row["share"])
                limits = [[share - float(row["low"])], [float(row["high"]) - share]]
                ax.errorbar([side + apart], [share], yerr=limits, fmt="none", ecolor=colour, elinewidth=1.2, capsize=1.6,
                            capthick=0.9, zorder=2, clip_on=False, label=f"limits {stage}")  # fmt: skip
        xs, ys = zip(*points, strict=True) if points else ((), ())
        ax.plot(
            xs, ys, color=colour, linestyle=dash_of(stage, stages), linewidth=1.6, marker="o", markersize=4.2, markeredgecolor=sheet.theme.faint,
            markeredgewidth=0.4, zorder=3 + place, label=entries[stage].label, clip_on=False,
            path_effects=outline_of(colour, sheet),
        )  # fmt: skip


def _alike(data: pd.DataFrame) -> bool:
    """Return whether both cohorts are the same partnerships at the same stages."""
    matched, everybody = (
        data[data["cohort"] == cohort].sort_values(["date", "stage"])[["count", "n"]].to_numpy() for cohort in COHORTS
    )
    return matched.shape == everybody.shape and bool((matched == everybody).all())


def _numbers(data: pd.DataFrame, words: Words) -> list[str]:
    return [_number(row, words) for row in data[data["n"] > 0].itertuples()]


def _number(row: object, words: Words) -> str:
    if row.shown:  # type: ignore[attr-defined]  # a row of itertuples
        return words.percent(row.share)  # type: ignore[attr-defined]
    return words("of", count=int(row.count), n=int(row.n))  # type: ignore[attr-defined]


def _date(date: object, dates: list[pd.Timestamp | int], words: Words, *, alone: bool = False) -> str:
    order = is_order(pd.Series(dates))
    return when(date, words, last=float(dates[-1]) if order else None, alone=alone)


def _called(cohort: str, data: pd.DataFrame, words: Words) -> str:
    """Return the label of a cohort; where a source gives an order there are no dates to be assessed at."""
    return words(f"cohort.{cohort}{'_order' * is_order(data['date'])}")


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return how the highest stage seen changed among those assessed at both dates, and among all."""
    if not data["n"].sum():
        return words("cohort.finding_empty")
    seen = data.groupby("stage", observed=False)["count"].sum()
    top = seen[seen > 0].index[-1]
    held = data[data["stage"] == top].sort_values("date")
    ends = {cohort: held[held["cohort"] == cohort] for cohort in COHORTS}
    matched = ends["matched"]
    values = {
        f"{cohort}_{what}_{side}": int(ends[cohort][what].iloc[place])
        for cohort in COHORTS
        for what in ("count", "n")
        for place, side in enumerate(("first", "last"))
    }
    stage, everybody = labels.get(str(top), str(top)), ends["cross_section"]
    if not matched["n"].iloc[0]:
        key = "cohort.finding_none" if everybody["n"].all() else "cohort.finding_none_both"
        return words(key, stage=stage, **values)
    before, after = matched["count"]
    way = "rose" if after > before else "fell" if after < before else "same"
    both = _called("both", data, words)
    return words(f"cohort.finding_{way}", stage=stage, n=values["matched_n_first"], both=both, **values)


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str]) -> str:
    """Return the long description: the finding, and the numbers of both cohorts at both dates."""
    if not data["n"].sum():
        return finding(data, words=words, labels=labels)
    dates = sorted(data["date"].unique())
    parts = []
    for cohort in COHORTS:
        for date in dates:
            rows = data[(data["cohort"] == cohort) & (data["date"] == date)].sort_values("stage")
            stages = [
                f"{labels.get(str(row.stage), str(row.stage))} {words.number(int(row.count))}"
                for row in rows.itertuples()
            ]
            parts.append(
                words(
                    "cohort.alt_point",
                    cohort=_called(cohort, data, words),
                    when=_date(date, dates, words),
                    parts=words.listed(stages),
                    n=int(rows["n"].iloc[0]),
                )
            )
    return words(
        "cohort.alt",
        **{"from": _date(dates[0], dates, words), "to": _date(dates[-1], dates, words)},
        finding=finding(data, words=words, labels=labels),
        points=". ".join(parts),
    )
