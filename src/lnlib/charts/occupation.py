"""Occupation: how likely is each stage so long after the start, as counted, with the panel model's curves over it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.canvas.text import empty_figure, write_foot, write_lines
from lnlib.charts.curve_axes import draw_axes, draw_curve, put_below, quoted_time, ticks_of, top_of, value_at
from lnlib.charts.curve_labels import CurveLabels, Label
from lnlib.charts.style.states import require_columns, state_styles
from lnlib.charts.style.time_axis import corner
from lnlib.words import Words

ESTIMATES = True  # shares, rates or intervals of a population, none of which counted cases have
COLUMNS = ("time", "stage", "n_at_risk", "probability", "low", "high")
MODEL = ("time", "stage", "probability")
BODY_MM = {"column": 37.0, "two-columns": 38.0}
LEAST_N = 5
QUOTED = 0.25  # a sentence quotes the curves where at least this part of the most known are known
ENDED = "ended"
MODEL_DASH = (0, (3, 1.5))


def draw(
    data: pd.DataFrame, *, sheet: Sheet, labels: dict[str, str], model: pd.DataFrame | None = None, order: bool = False
) -> Figure:
    """Draw the curves of `measures.occupation`, a panel a stage and one for the ended.

    The curves are drawn as long as five or more are known to be at some stage.

    Parameters
    ----------
    data : DataFrame
        Columns `time` (years), `stage` (ordered categorical, `ended` last), `n_at_risk` (known to be at the stage),
        `probability`, `low`, `high`; one row a time and stage.
    model : DataFrame, optional
        The panel model's probabilities, from the same start: `time`, `stage`, `probability`.
    order : bool
        Whether the assessments are placed in the order a source tells them: then no time has passed, and the chart
        is the sentence that says so.
    """
    require_columns(data, COLUMNS, chart="occupation")
    if model is not None:
        require_columns(model, MODEL, chart="occupation (model)")
    words = sheet.words
    known = _known(data)
    if known.empty or order:
        return empty_figure(sheet, finding(data, words=words, labels=labels, model=model, order=order))
    states = _states(data)
    entries = state_styles([state for state in states if state != ENDED], labels, sheet)
    inner, line = sheet.inner_mm, sheet.line_mm()
    across = 2 if sheet.narrow else min(len(states), 4)
    down = int(np.ceil(len(states) / across))
    left = sheet.text_mm(words.percent(1)) + 1.5
    gap = 5.0
    panel = (inner - 1.5 - left + gap) / across  # the last number may stand out by half
    last = float(known["time"].max())
    ticks = ticks_of(last, panel - gap, sheet)
    names = [sheet.wrapped(entries[state].label, panel - gap, weight="bold") for state in states]
    head, under = (max(map(len, names)) + 0.5) * line, 2.9 * line
    texts = [
        words("occupation.foot", least=LEAST_N),
        words("occupation.foot_lag" if model is None else "occupation.foot_lag_model"),
    ]
    notes = sheet.wrapped(" ".join(texts), inner, role="note")
    years = sheet.wrapped(words("occupation.years"), inner)
    foot = len(notes) * sheet.line_mm("note") + (len(years) + 0.3) * line
    height = head + sheet.of_width(BODY_MM) + under
    key = [] if model is None else _key(sheet)
    key_mm = sheet.key_mm(key, inner) + 1.5 if key else 0.0
    sheet.open(key_mm + down * height + foot)
    read = _read_at(known)
    highest = max(float(known[["probability", "high"]].max().max()), 0.0 if model is None else _highest(model, last))
    for place, state in enumerate(states):
        row, column = divmod(place, across)
        ax = sheet.axes(
            left=left + column * panel,
            right=inner - left - (column + 1) * panel + gap,
            top=key_mm + row * height + head,
            bottom=foot + (down - 1 - row) * height + under,
        )
        draw_axes(ax, ticks, last, sheet, percent=column == 0, top=top_of(highest))
        rows = known[known["stage"] == state]
        draw_curve(ax, rows, "probability", sheet, colour=_ink(entries[state].colour, sheet), label=state)
        labels_of = CurveLabels(ax, sheet)
        labels_of.avoid_curve(rows, "probability")
        if model is not None:
            modelled = model[(model["stage"].astype(str) == state) & (model["time"] <= last)].sort_values("time")
            ax.plot(
                modelled["time"], modelled["probability"], color=sheet.theme.accent, linewidth=1.2, linestyle=MODEL_DASH,
                label=f"model {state}", zorder=4,
            )  # fmt: skip
            labels_of.avoid_curve(modelled, "probability")
        _write_title(ax, names[place], sheet)
        share, ink = value_at(rows, "probability", read), _ink(entries[state].colour, sheet)
        ax.axvline(read, color=sheet.theme.faint, linewidth=0.5, label="_when", zorder=2)
        ax.plot([read], [share], "o", color=ink, markersize=2.6, clip_on=False, label="_read", zorder=5)
        labels_of.avoid_time(read)
        labels_of.write([Label(read, share, [words.percent(share)], ink, ("left", "right"))])
        for tick, n in zip(ticks, _at_risk(rows, ticks), strict=True):
            if state != ENDED:  # nobody is at risk there any more
                put_below(ax, tick, 1.9, words.number(n), sheet, color=sheet.theme.faint)
    page = sheet.axes(left=0, right=0, bare=True)
    sheet.key(page, key, y=page.get_ylim()[1] - 0.3, width_mm=inner)
    write_lines(page, 0, foot, years, sheet)
    write_foot(page, notes, sheet)
    return sheet.figure


def _read_at(known: pd.DataFrame) -> float:
    """Return the time in years at which the finding reads the curves: the last whole year, or month, at which many are known.

    Many are a quarter of those known at the time at which most are.
    """
    total = known.groupby("time")["n_at_risk"].sum()
    last = float(total.index[total >= QUOTED * total.max()].max())
    return quoted_time(last)


def _highest(model: pd.DataFrame, last: float) -> float:
    return float(model.loc[model["time"] <= last, "probability"].max())


def _key(sheet: Sheet) -> list[Entry]:
    """Return the key entries of the solid and the dashed curves."""
    words, theme = sheet.words, sheet.theme
    model = Entry(words("occupation.model"), theme.accent, dash=MODEL_DASH)
    return [Entry(words("occupation.counted"), theme.faint, dash="-"), model]


def _write_title(ax: Axes, lines: list[str], sheet: Sheet) -> None:
    """Write the name of a panel above it."""
    mm = corner(ax, sheet)
    height = ax.get_position().height * sheet.height_mm
    write_lines(ax, 0, height + (len(lines) + 0.3) * sheet.line_mm(), lines, sheet, weight="bold", transform=mm)


def _ink(colour: str, sheet: Sheet) -> str:
    """Return a colour for a line: white, that of the ended, does not show."""
    return sheet.theme.faint if colour.casefold() == sheet.theme.ended.casefold() else colour


def _states(data: pd.DataFrame) -> list[str]:
    return [str(state) for state in data["stage"].cat.categories]


def _known(data: pd.DataFrame) -> pd.DataFrame:
    """Return the rows up to the last time at which enough are known to be at some stage."""
    total = data.groupby("time")["n_at_risk"].sum()
    enough = total[(total >= LEAST_N)]
    if enough.empty or enough.index.max() <= 0:
        return data.iloc[:0]
    followed: pd.DataFrame = data[data["time"] <= enough.index.max()].sort_values("time", kind="stable")
    return followed


def _at_risk(rows: pd.DataFrame, ticks: list[float]) -> list[int]:
    times, n = rows["time"].to_numpy(), rows["n_at_risk"].to_numpy()
    place = [min(int(np.searchsorted(times, tick - 1e-9)), len(n) - 1) for tick in ticks]
    return [int(n[at]) for at in place]


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    model: pd.DataFrame | None = None,  # noqa: ARG001 - as of draw
    order: bool = False,
) -> str:
    """Return the probabilities of the highest stage and of having ended when many are still known, and how many."""
    if order:
        return words("undated")
    if data.empty or not data["probability"].notna().any():
        return words("occupation.finding_few", n=0, least=LEAST_N)
    known = _known(data)
    if known.empty:
        n = int(data.groupby("time")["n_at_risk"].sum().max())
        return words("occupation.finding_few", n=n, least=LEAST_N)
    years, states = _read_at(known), _states(data)
    total = known.groupby("time")["n_at_risk"].sum()
    stages = [state for state in states if state != ENDED]
    shares = {state: words.percent(value_at(known[known["stage"] == state], "probability", years)) for state in states}
    when = words("occupation.after", n=years) if years >= 1 else words("occupation.after_months", n=round(12 * years))
    return words(
        "occupation.finding" if ENDED in states else "occupation.finding_stages",
        when=when,
        stage=labels.get(stages[-1], stages[-1]),
        top=shares[stages[-1]],
        lowest=labels.get(stages[0], stages[0]),
        low=shares[stages[0]],
        ended=shares.get(ENDED, ""),
        n=int(total[total.index <= years].iloc[-1]),
    )


def describe(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    model: pd.DataFrame | None = None,
    order: bool = False,
) -> str:
    """Return the long description: the finding, and each curve at the start and the end."""
    sentence = finding(data, words=words, labels=labels, model=model, order=order)
    known = _known(data)
    if order or data.empty or known.empty:
        return sentence
    last = float(known["time"].max())
    called = {**labels, ENDED: words("status.ended")}
    parts = []
    for state in _states(data):
        rows = known[known["stage"] == state]
        first, end = (words.percent(float(rows["probability"].iloc[place])) for place in (0, -1))
        values = {"state": called.get(state, state), "first": first, "last": end}
        if model is None:
            parts.append(words("occupation.alt_state", **values))
            continue
        modelled = model[model["stage"].astype(str) == state].sort_values("time")
        foretold = words.percent(float(np.interp(last, modelled["time"], modelled["probability"])))
        parts.append(words("occupation.alt_state_model", **values, model=foretold))
    key = "occupation.foot_lag" if model is None else "occupation.foot_lag_model"
    years = words.number(last, decimals=1)
    return words("occupation.alt", finding=sentence, years=years, states="; ".join(parts), lag=words(key))
