"""Cumulative incidence of reaching a stage and of ending before, with the numbers at risk."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import empty_figure, write, write_foot
from lnlib.charts.curve_axes import (
    STYLES,
    draw_axes,
    draw_curve,
    known_until,
    put_below,
    quoted_time,
    risk_at,
    ticks_of,
    top_of,
    value_at,
    year,
)
from lnlib.charts.curve_labels import ASIDE_MM, CurveLabels, Label
from lnlib.charts.style.house_style import MM
from lnlib.charts.style.states import at_or_above, require_columns
from lnlib.charts.style.time_axis import corner
from lnlib.errors import LnlibError
from lnlib.words import Words

ESTIMATES = True  # shares, rates or intervals of a population, none of which counted cases have
COLUMNS = ("time", "event", "n_at_risk", "n_event", "incidence", "low", "high")
BODY_MM = {"column": 55.0, "two-columns": 60.0}
LEAST_N = 5
LIMIT = 0.95  # of a one-sided limit, where nothing happened
BEFORE = 6  # months of a window before the closing that it is about
ROW_NAME_MM = 1.5  # from the end of the axis, or of the last number under it, to the name of its row
MOST_GROUPS = 4
REACHED = "reached"


def draw(  # noqa: PLR0913 - what a chart shows, each by its own keyword
    data: pd.DataFrame,
    *,
    sheet: Sheet,
    labels: dict[str, str],
    to: str,
    by: str = "",
    names: Mapping[Hashable, str] | None = None,
    order: bool = False,
    event: str = REACHED,
    clock: str = "began",
    exposure: str = "",
    extent: tuple[float, float] = (0.0, 0.0),
) -> Figure:
    """Draw the curves of `measures.first_passage`.

    A curve is drawn as long as five or more are at risk. Of groups, only one event is drawn, a curve a group.

    Parameters
    ----------
    data : DataFrame
        Columns `time` (years), `event`, `n_at_risk`, `n_event`, `incidence`, `low`, `high`; perhaps `n`; the column `by`.
    to : str
        The stage to be reached.
    by : str
        Column of groups; empty for none.
    names : mapping, optional
        Label of each group.
    order : bool
        Whether the assessments are placed in the order a source tells them: then no time has passed, and the chart
        is the sentence that says so.
    event : str
        What is drawn of groups: `reached`, `ended`, or `back` (fell below a stage).
    clock : str
        From when the years count: `began`, `landmark`, `closing`, `gained` or `closed`.
    exposure : str
        What the groups True and False are with and without, such as `an MoU or a joint committee`; names them.
    extent : tuple of float
        Years and share that the axes go to at least, where figures are read side by side.

    Raises
    ------
    ColumnMissing
        The frame lacks a column.
    LnlibError
        There are more than four groups.
    """
    _check(data, by)
    words = sheet.words
    names = _names(names, exposure, words)
    curves = _curves(data, words, labels=labels, to=to, by=by, names=names, event=event)
    if order or not curves:
        sentence = finding(
            data, words=words, labels=labels, to=to, by=by, names=names, order=order, event=event, clock=clock
        )
        return empty_figure(sheet, sentence)
    inner = sheet.inner_mm
    left = sheet.text_mm(words.percent(1)) + 1.5
    widest = max(sheet.text_mm(name) for _, name, _ in curves) + 2 * ASIDE_MM
    if by:  # so that the name of a row of numbers has room beside the last, which may stand out past the axis
        widest += ROW_NAME_MM + max(sheet.text_mm(words.number(_n(rows))) for _, _, rows in curves) / 2
    side = min(widest, 28.0 if sheet.narrow else 46.0)
    last = max(extent[0], *(float(rows["time"].max()) for _, _, rows in curves))
    room = inner - left - side - 2
    ticks = ticks_of(last, room, sheet)
    at_risk = [(name, rows) for key, name, rows in curves if by or key == REACHED] or [curves[0][1:]]
    few = _few(data, words, by=by, names=names, event=event)
    enter = " " + words("incidence.foot_enter") if any(_grows(rows, ticks) for _, rows in at_risk) else ""
    notes = sheet.wrapped(words("incidence.foot", least=LEAST_N) + enter + few, inner, role="note")
    # a group's numbers are named beside them, as its curve is; names with no room there stand above
    beside = ROW_NAME_MM + _past(ticks, last, room, [rows for _, rows in at_risk], sheet)
    fits = all(sheet.text_mm(name) <= side - beside for name, _ in at_risk)
    named = "" if not by else "beside" if fits else "above"
    foot = (4.1 + len(at_risk) * (2 if named == "above" else 1)) * sheet.line_mm() + (len(notes) + 0.3) * sheet.line_mm(
        "note"
    )
    sheet.open(sheet.of_width(BODY_MM) + foot)
    ax = sheet.axes(left=left, right=side, bottom=foot, top=1.0)
    marks = [_mark(tick, clock, sheet) for tick in ticks]
    draw_axes(ax, ticks, last, sheet, top=max(_top(curves), extent[1]), labels=marks)
    colours = _colours(sheet, labels, to, bool(by))
    for place, (key, _, rows) in enumerate(curves):
        colour, style = colours[place % len(colours)], STYLES[place % len(STYLES)]
        draw_curve(ax, rows, "incidence", sheet, colour=colour, style=style, label=str(key))
    _label(ax, curves, colours, sheet, side_mm=side)
    line = sheet.line_mm()
    mm = corner(ax, sheet)
    write(ax, 0, -2.0 * line, words(f"incidence.clock.{clock}"), sheet, transform=mm)
    write(ax, 0, -3.1 * line, words(f"incidence.at_risk{_of(clock)}"), sheet, transform=mm, color=sheet.theme.faint)
    for row, (name, rows) in enumerate(at_risk):
        if named == "above":
            write(ax, 0, -(4.1 + 2 * row) * line, name, sheet, transform=mm)
        elif named:
            shift = ScaledTranslation(beside * MM, 0, sheet.figure.dpi_scale_trans)
            write(ax, 1, -(4.1 + row) * line, name, sheet, transform=mm + shift)
        at = 5.1 + 2 * row if named == "above" else 4.1 + row
        own = [tick for tick in ticks if tick <= float(rows["time"].max()) + 1e-9]  # the axis may go further
        for tick, n in zip(own, risk_at(rows, own), strict=True):
            put_below(ax, tick, at, words.number(n), sheet, color=sheet.theme.faint)
    under = sheet.axes(left=0, right=0, bare=True)
    write_foot(under, notes, sheet)
    return sheet.figure


def extent(data: pd.DataFrame) -> tuple[float, float]:
    """Return the years and the share that the axes of ungrouped curves go to."""
    curves = [known for _, rows in _parts(data, "", REACHED) if len(known := known_until(rows, least_n=LEAST_N))]
    named = [("", "", rows) for rows in curves]
    return (max(float(rows["time"].max()) for rows in curves), _top(named)) if curves else (0.0, 0.0)


def _label(
    ax: Axes, curves: Sequence[tuple[Any, str, pd.DataFrame]], colours: Sequence[str], sheet: Sheet, *, side_mm: float
) -> None:
    """Write the shares that the title compares at its time, on a hairline, and each name at the end of its own curve."""
    when = _read_at(curves)
    labels = CurveLabels(ax, sheet, side_mm)
    ax.axvline(when, color=sheet.theme.faint, linewidth=0.5, label="_when", zorder=2)
    labels.avoid_time(when)
    read: list[Label] = []
    ends: list[Label] = []
    for place, (_, name, rows) in enumerate(curves):
        colour = colours[place % len(colours)]
        labels.avoid_curve(rows, "incidence")
        share, end, last = _share(rows, when), float(rows["time"].iloc[-1]), float(rows["incidence"].iloc[-1])
        ax.plot([when, end], [share, last], "o", color=colour, markersize=2.6, clip_on=False, label="_read", zorder=4)
        if (text := sheet.words.percent(share)) not in {label.lines[0] for label in read}:  # curves that meet share one
            read.append(Label(when, share, [text], colour, ("left", "right")))
        room = labels.width + side_mm - end / ax.get_xlim()[1] * labels.width - ASIDE_MM
        ends.append(Label(end, last, sheet.wrapped(name, room), colour))
    labels.write([*read, *ends])


def _mark(tick: float, clock: str, sheet: Sheet) -> str:
    """Write a tick: years, or around a closing the months before and after it."""
    return sheet.words.number(round(12 * tick) - BEFORE) if clock == "closing" else year(tick, sheet)


def _grows(rows: pd.DataFrame, ticks: Sequence[float]) -> bool:
    """Whether more are at risk at some tick than at the one before, because some enter later."""
    n = risk_at(rows, ticks)
    return any(late > early for early, late in pairwise(n))


def _names(names: Mapping[Hashable, str] | None, exposure: str, words: Words) -> Mapping[Hashable, str]:
    """Return the labels of groups; of those with and without an exposure, by what they are with or without."""
    if not exposure:
        return names or {}
    return {True: words("incidence.with", exposure=exposure), False: words("incidence.without")}


def _past(ticks: Sequence[float], last: float, room_mm: float, at_risk: Sequence[pd.DataFrame], sheet: Sheet) -> float:
    """Return the mm by which the numbers at the last tick, centred under it, extend beyond the axis."""
    widest = max(sheet.text_mm(sheet.words.number(risk_at(rows, ticks[-1:])[0])) for rows in at_risk)
    return max(0.0, widest / 2 - room_mm * (1 - ticks[-1] / (1.01 * last)))


def _check(data: pd.DataFrame, by: str) -> None:
    require_columns(data, [*COLUMNS, *([by] if by else [])], chart="incidence")
    if by and data[by].nunique() > MOST_GROUPS:
        raise LnlibError(f"chart incidence draws at most {MOST_GROUPS} groups, but got {data[by].nunique()} of {by}")


def _share(rows: pd.DataFrame, time: float) -> float:
    return value_at(rows, "incidence", time)


def _parts(data: pd.DataFrame, by: str, event: str) -> list[tuple[Any, pd.DataFrame]]:
    """Split the frame by curve: by group, or by event."""
    if by:
        data = data[data["event"] == event]
        return [(key, rows.sort_values("time")) for key, rows in data.groupby(by, observed=True)]
    parts = [(key, rows.sort_values("time")) for key, rows in data.groupby("event", observed=True)]
    return sorted(parts, key=lambda part: part[0] != REACHED)


def _curves(
    data: pd.DataFrame,
    words: Words,
    *,
    labels: Mapping[str, str],
    to: str,
    by: str,
    names: Mapping[Hashable, str],
    event: str,
) -> list[tuple[Any, str, pd.DataFrame]]:
    """Return key, name and known rows of each curve that has enough at risk."""
    result = []
    for key, rows in _parts(data, by, event):
        known = known_until(rows, least_n=LEAST_N)
        if not len(known) or known["time"].max() <= 0:
            continue
        if by:
            name = str(names.get(key, key))
        elif key in (REACHED, "ended"):
            name = words(f"incidence.{key}", stage=labels.get(to, to), reached=at_or_above(to, labels, words))
        else:
            name = str(key)
        result.append((key, name, known))
    return result


def _n(rows: pd.DataFrame) -> int:
    if "n" in rows:
        return int(rows["n"].iloc[0])
    if "n_censored" in rows:  # every follow-up ends one way or the other
        return int(rows["n_event"].sum() + rows["n_censored"].sum())
    return int(rows["n_at_risk"].max())


def _few(data: pd.DataFrame, words: Words, *, by: str, names: Mapping[Hashable, str], event: str) -> str:
    """Write which groups are too small for a curve."""
    if not by:
        return ""
    parts = _parts(data, by, event)
    small = [(key, rows) for key, rows in parts if not len(known_until(rows, least_n=LEAST_N))]
    few = [f"{names.get(key, key)} ({words('n_label', n=_n(rows))})" for key, rows in small]
    return " " + words("incidence.foot_left_out", groups=words.listed(few)) if few else ""


def _colours(sheet: Sheet, labels: Mapping[str, str], to: str, grouped: bool) -> list[str]:
    """Return the colours of the curves: that of the stage reached; for groups, colours that no stage has."""
    theme, stages = sheet.theme, list(labels)
    if grouped or to not in stages:
        return [theme.ink, theme.accent, theme.faint, theme.ink]
    return [theme.stage_colours(len(stages))[stages.index(to)], theme.faint, theme.accent]


def _top(curves: Sequence[tuple[Any, str, pd.DataFrame]]) -> float:
    return top_of(max(float(rows[["high", "incidence"]].max().max()) for _, _, rows in curves))


def finding(  # noqa: PLR0913 - what a chart shows, each by its own keyword
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    to: str,
    by: str = "",
    names: Mapping[Hashable, str] | None = None,
    order: bool = False,
    event: str = REACHED,
    clock: str = "began",
    exposure: str = "",
    extent: tuple[float, float] = (0.0, 0.0),  # noqa: ARG001
) -> str:
    """Return the share recorded as having reached the stage by the last whole year drawn.

    Where nothing happened to a group, the finding has the number followed so long, and the one-sided 95% limit.
    """
    if order:
        return words("undated")
    if data.empty:
        closing = clock in ("closing", "closed")
        return words("incidence.finding_none_ended" if closing else f"incidence.finding_few{_suffix(event)}", n=0)
    stage, names = labels.get(to, to), _names(names, exposure, words)
    curves = _curves(data, words, labels=labels, to=to, by=by, names=names, event=event)
    few = f"incidence.finding_few{_suffix(event)}"
    if not curves:
        parts = [rows for _, rows in _parts(data, by, event)][: None if by else 1]
        n, reached = sum(map(_n, parts)), sum(int(rows["n_event"].sum()) for rows in parts)
        return words(few, n=n, stage=stage, reached=reached)
    years = _read_at(curves)
    when = _when(years, clock, words)
    shares = {key: words.percent(_share(rows, years)) for key, _, rows in curves}
    if exposure and len(curves) == 2 and all(_share(rows, years) for _, _, rows in curves):
        followed = {key: _followed(rows, clock) for key, _, rows in curves}
        return words(
            f"incidence.exposed{_suffix(event)}{_of(clock)}", when=when, stage=stage, exposure=exposure,
            share=shares[True], without=shares[False], n=followed[True], n_without=followed[False],
        )  # fmt: skip
    if by:
        groups = [
            (name, _share(rows, years), risk_at(rows, [years])[0], _followed(rows, clock)) for _, name, rows in curves
        ]
        return _compared(groups, _suffix(event) + _of(clock), words, when, stage)
    if not _share(curves[0][2], years):
        return words(
            "incidence.finding_none", when=when, stage=stage, **_none(risk_at(curves[0][2], [years])[0], words)
        )
    n = _n(_parts(data, by, event)[0][1])
    key = "ended" if "ended" in shares else "only"
    values = {"share": shares[curves[0][0]], "ended": shares.get("ended", "")}
    return words(f"incidence.finding_{key}", when=when, stage=stage, n=n, **values)


def _read_at(curves: Sequence[tuple[Any, str, pd.DataFrame]]) -> float:
    """Return the time in years at which the finding reads the curves: the last whole year of all, or month."""
    last = min(float(rows["time"].max()) for _, _, rows in curves)
    return quoted_time(last)


def _when(years: float, clock: str, words: Words) -> str:
    """Write the time at which the curves are read, as the beginning of a sentence."""
    months = round(12 * years)
    if clock == "closing" and months == 2 * BEFORE:
        return words("incidence.by_half_a_year")
    if clock == "closing" and months > BEFORE:
        return words("incidence.by_closing", n=months - BEFORE)
    since = f"_{clock}" if clock in ("landmark", "closed") else ""
    return words(f"incidence.by{since}", n=int(years)) if years >= 1 else words(f"incidence.by_months{since}", n=months)


def _suffix(event: str) -> str:
    return "" if event == REACHED else f"_{event}"


def _of(clock: str) -> str:
    """Return the ending of the words for what is followed: windows around closings, or partnerships."""
    return "_windows" if clock == "closing" else ""


def _followed(rows: pd.DataFrame, clock: str) -> int:
    """Return how many of a group were followed: windows around closings, or partnerships."""
    return int(rows["n_at_risk"].max()) if clock == "closing" else _n(rows)


def _none(n: int, words: Words) -> dict[str, Any]:
    """Return n and the greatest probability at which none of so many is not yet unlikely (Clopper & Pearson, one-sided)."""
    return {"n": n, "limit": words.percent(1 - (1 - LIMIT) ** (1 / n) if n else 1.0)}


def _compared(groups: list[tuple[str, float, int, int]], suffix: str, words: Words, when: str, stage: str) -> str:
    """Return the shares of groups in a sentence: all alike, one against the other, or from the least to the most."""
    ranked = sorted(groups, key=lambda group: group[1])
    (lowest, low, n, low_n), (highest, high, _, high_n) = ranked[0], ranked[-1]
    counts = {"low_n": low_n, "high_n": high_n}
    if not low:
        bound = {"when": when, "stage": stage, **_none(n, words)}
        if not high:
            n = sum(group[2] for group in groups)
            return words(f"incidence.groups_nowhere{suffix}", **bound | _none(n, words))
        both = {"lowest": lowest, "highest": highest, "high": words.percent(high), **counts}
        return words(f"incidence.groups_none{suffix}", **bound, **both)
    values = {"low": words.percent(low), "high": words.percent(high), "lowest": lowest, "highest": highest, **counts}
    way = "alike" if values["low"] == values["high"] else "two" if len(groups) == 2 else "range"
    return words(f"incidence.groups_{way}{suffix}", when=when, stage=stage, n=len(groups), **values)


def describe(  # noqa: PLR0913 - what a chart shows, each by its own keyword
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    to: str,
    by: str = "",
    names: Mapping[Hashable, str] | None = None,
    order: bool = False,
    event: str = REACHED,
    clock: str = "began",
    exposure: str = "",
    extent: tuple[float, float] = (0.0, 0.0),  # noqa: ARG001
) -> str:
    """Return the long description: the finding, and each curve at its end with its interval."""
    common: dict[str, Any] = {"words": words, "labels": labels, "to": to, "by": by, "event": event}
    sentence = finding(data, **common, names=names, order=order, clock=clock, exposure=exposure)
    curves = _curves(data, **common, names=_names(names, exposure, words))
    if order or not curves:
        return sentence
    whole = dict(_parts(data, by, event))
    ends = [
        words(
            f"incidence.alt_end{_of(clock)}",
            name=name,
            windows=int(rows["n_at_risk"].max()),
            years=words.number(float(rows["time"].iloc[-1]), decimals=1),
            share=words.percent(float(rows["incidence"].iloc[-1])),
            low=words.percent(float(rows["low"].fillna(rows["incidence"]).iloc[-1])),
            high=words.percent(float(rows["high"].fillna(rows["incidence"]).iloc[-1])),
            n=_n(whole[key]),
        )
        for key, name, rows in curves
    ]
    key = "alt_incidence" if event == REACHED else f"alt{_suffix(event)}"
    return words(f"incidence.{key}", finding=sentence, ends=". ".join(ends), stage=labels.get(to, to))
