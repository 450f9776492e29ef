"""What stands behind each bar, band, tile and cell of a picture: its numbers in words, and its partnerships."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from lnlib.charts.actor_matrix import CELL
from lnlib.charts.agreement import PAIR
from lnlib.charts.flows import BLOCK, ENDED, NOT_BEGUN, RIBBON
from lnlib.charts.paths import PLACE
from lnlib.charts.stage_mix import BAR
from lnlib.charts.style.states import at_or_above
from lnlib.charts.style.tile_grid import TILE
from lnlib.charts.style.time_axis import is_order, when
from lnlib.errors import LnlibError
from lnlib.explorer.selection import Selection
from lnlib.explorer.view_and_filters import STATES
from lnlib.explorer.views import both_ratings
from lnlib.history.spells import spells
from lnlib.words import Words

LEAST_N = 5  # of a percentage


def labels_of(selection: Selection) -> dict[str, str]:
    """Return the numbers of each mark in words, by the mark's id in the SVG; none where nothing is drawn."""
    if selection.view is None or selection.exhibit is None:
        return {}
    if not selection.labels:
        selection.labels.update(_LABELS[selection.choice.view](selection))
    return selection.labels


def partnerships_of(selection: Selection, mark: str) -> list[str]:
    """Return the keys of the partnerships behind a mark."""
    kind, _, _ = mark.partition(":")
    find = _MEMBERS.get(f"{kind}:")
    if find is None or mark not in labels_of(selection):
        raise LnlibError(f"the picture has no mark '{mark}'")
    return find(selection, mark.split(":")[1:])


def states_at(selection: Selection, time: Any) -> pd.Series:
    """Return the state of each partnership that had begun by a time: a stage, or not assessed, or ended."""
    frame = spells(selection.here, selection.choice.history)
    now = frame[(frame["start"] <= time) & (time < frame["end"])]
    status = now["status"].astype(str)
    state = now["stage"].astype(object).where(status == "assessed", status)
    return pd.Series(state.astype(str).to_numpy(), index=now["partnership"].to_numpy())


def state_names(selection: Selection) -> dict[str, str]:
    """Return what stages and other states are called."""
    words = Words.load(selection.choice.language)
    assert selection.exhibit is not None
    others = {state: words(f"status.{state}") for state in STATES}
    return {**selection.exhibit.labels, **others, NOT_BEGUN: words("flows.entered")}


def _when(selection: Selection, time: Any, times: list[Any]) -> str:
    last = float(times[-1]) if is_order(pd.Series(times)) else None
    return when(time, Words.load(selection.choice.language), last=last, alone=True)


def _of_total(count: int, n: int, selection: Selection, pattern: str = "of") -> str:
    """Write a count of a total, with the percentage unless the total is too small for one, or the register is no sample."""
    words = Words.load(selection.choice.language)
    shared = n >= LEAST_N and not selection.here.counts_only
    percent = words("explorer.mark.percent", percent=words.percent(count / n)) if shared else ""
    return words(f"explorer.mark.{pattern}", count=count, total=n) + percent


def _mix(selection: Selection) -> dict[str, str]:
    words, names = Words.load(selection.choice.language), state_names(selection)
    data, labels, shares = selection.drawn.data, {}, selection.choice.scale == "share"
    dates = sorted(data["date"].unique())
    by_date = _records(data, "date")
    for place, time in enumerate(dates):
        rows = by_date[time]
        first = rows[0]
        at, assessed, shown = _when(selection, time, dates), int(first["n_assessed"]), int(first["n_known"])
        for state, count in _counts(rows).items():
            text = _of_total(count, assessed, selection)
            if shares and shown > assessed:  # the height drawn is the share of all that are shown
                text = words("marks.list").join([_of_total(count, shown, selection, "of_shown"), text])
            labels[f"{BAR}{place}:{state}"] = words("explorer.mark.stage", state=names[state], when=at, count=text)
        for state in STATES:
            count = int(first[f"n_{state}"])
            text = _of_total(count, shown, selection, "of_shown") if shares and count else words.number(count)
            labels[f"{BAR}{place}:{state}"] = words("explorer.mark.state", state=names[state], when=at, count=text)
    return labels


def _mix_members(selection: Selection, parts: list[str]) -> list[str]:
    dates = sorted(selection.drawn.data["date"].unique())
    states = states_at(selection, dates[int(parts[0])])
    return list(states.index[states == parts[1]])


def _flow_dates(selection: Selection) -> list[Any]:
    return sorted({*selection.drawn.data["date_from"], *selection.drawn.data["date_to"]})


def _flows(selection: Selection) -> dict[str, str]:
    words, names = Words.load(selection.choice.language), state_names(selection)
    data, labels, dates = selection.drawn.data, {}, _flow_dates(selection)
    written = [_when(selection, time, dates) for time in dates]
    for step, time in enumerate(dates[:-1]):
        for row in data[data["date_from"] == time].to_dict("records"):
            origin, target, count = str(row["state_from"]), str(row["state_to"]), int(row["count"])
            if not count or origin == ENDED:
                continue
            entered = "_entered" * (origin == NOT_BEGUN)
            labels[f"{RIBBON}{step}:{origin}:{target}:{count}"] = words(
                f"explorer.mark.flow{entered}",
                origin=names[origin],
                target=names[target],
                count=words("n_partnerships", n=count),
                **{"from": written[step], "to": written[step + 1]},
            )
    for column, at in enumerate(written):
        for state, count in _block_counts(data, dates, column).items():
            labels[f"{BLOCK}{column}:{state}"] = words(
                "explorer.mark.state", state=names[state], when=at, count=words("n_partnerships", n=count)
            )
    return labels


def _block_counts(data: pd.DataFrame, dates: list[Any], column: int) -> dict[str, int]:
    """Count each state on a date; ended are those since the date before."""
    side, rows = ("state_from", data[data["date_from"] == dates[column]])
    counts: dict[str, int] = {}
    if column < len(dates) - 1:
        counts = rows.groupby(rows[side].astype(str))["count"].sum().astype(int).to_dict()
        counts.pop(ENDED, None)
    if column:
        came = data[(data["date_from"] == dates[column - 1]) & (data["state_from"] != ENDED)]
        into = came.groupby(came["state_to"].astype(str))["count"].sum().astype(int).to_dict()
        counts = {**into, **counts}
    return {state: count for state, count in counts.items() if count and state != NOT_BEGUN}


def _flow_members(selection: Selection, parts: list[str]) -> list[str]:
    dates, step = _flow_dates(selection), int(parts[0])
    before, after = (states_at(selection, dates[place]) for place in (step, step + 1))
    target = after.index[after == parts[2]]
    if parts[1] == NOT_BEGUN:
        return [key for key in target if key not in before.index]
    return [key for key in target if before.get(key) == parts[1]]


def _block_members(selection: Selection, parts: list[str]) -> list[str]:
    dates, column = _flow_dates(selection), int(parts[0])
    now = states_at(selection, dates[column])
    keys = list(now.index[now == parts[1]])
    if parts[1] == ENDED and column:
        before = states_at(selection, dates[column - 1])
        return [key for key in keys if before.get(key) != ENDED]
    return keys


def _paths(selection: Selection) -> dict[str, str]:
    words = Words.load(selection.choice.language)
    labels = dict(
        zip(selection.drawn.data["partnership"].astype(str), selection.drawn.data["label"].astype(str), strict=True)
    )
    return {f"{PLACE}{key}": words("explorer.line", label=label) for key, label in labels.items()}


def _provinces(selection: Selection) -> dict[str, str]:
    words, names = Words.load(selection.choice.language), state_names(selection)
    data = selection.drawn.data
    dates = sorted(data["date"].unique())
    last = data[data["date"] == dates[-1]].drop_duplicates(["unit", "stage"])
    labels, upper = {}, selection.here.scale.keys[1:]
    assert selection.exhibit is not None
    upper = upper[upper.index(selection.choice.stage or upper[0]) :]
    above = at_or_above(upper[0], selection.exhibit.labels, words)
    at = _when(selection, dates[-1], dates)
    for unit, rows in _records(last, "unit").items():
        first = rows[0]
        stages, assessed = _counts(rows), int(first["n_assessed"])
        counts = stages | {state: int(first[f"n_{state}"]) for state in STATES}
        parts = _parts(counts, names, words)
        if assessed:
            reached = sum(count for stage, count in stages.items() if stage in upper)
            parts = words(
                "explorer.mark.reached", parts=parts, reached=above, count=_of_total(reached, assessed, selection)
            )
        labels[f"{TILE}{unit}"] = words("explorer.mark.tile", label=str(first["label"]), when=at, parts=parts)
    return labels


def _records(data: pd.DataFrame, by: str) -> dict[Any, list[dict[str, Any]]]:
    """Return the rows of each value of a column."""
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in data.to_dict("records"):
        found.setdefault(row[by], []).append({str(name): value for name, value in row.items()})
    return found


def _counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    """Return the count of each stage."""
    return {str(row["stage"]): int(row["count"]) for row in rows}


def _parts(counts: dict[str, int], names: dict[str, str], words: Words) -> str:
    parts = [f"{names[state]} {words.number(count)}" for state, count in counts.items() if count]
    return words.listed(parts) if parts else words("n_partnerships", n=0)


def _tile_members(selection: Selection, parts: list[str]) -> list[str]:
    last = states_at(selection, selection.drawn.data["date"].max())
    described = selection.here.described
    here = set(described.loc[described["unit"] == parts[0], "partnership"])
    hidden = set(last.index[last.isin(selection.choice.hide)])
    return [key for key in last.index if key in here and key not in hidden]


def _actors(selection: Selection) -> dict[str, str]:
    if "actor" in selection.drawn.options:
        return _paths(selection)
    words, names = Words.load(selection.choice.language), state_names(selection)
    kinds = words.group("kind")
    labels = {}
    for (state, other), rows in selection.drawn.data.groupby(["state_kind", "non_state_kind"], observed=True):
        counts = dict(zip(rows["stage"].astype(str), rows["count"].astype(int), strict=True))
        counts |= {name: int(rows.iloc[0][f"n_{name}"]) for name in STATES}
        if sum(counts.values()):
            labels[f"{CELL}{state}:{other}"] = words(
                "explorer.mark.cell",
                state=kinds.get(str(state), str(state)),
                non_state=kinds.get(str(other), str(other)),
                count=words("n_partnerships", n=sum(counts.values())),
                parts=_parts(counts, names, words),
            )
    return labels


def _cell_members(selection: Selection, parts: list[str]) -> list[str]:
    last = states_at(selection, selection.drawn.data["date"].max())
    described = selection.here.described
    match = (described["state_kind"] == parts[0]) & (described["non_state_kind"] == parts[1])
    here = set(described.loc[match, "partnership"])
    return [key for key in last.index if key in here]


def _agreement(selection: Selection) -> dict[str, str]:
    words, names = Words.load(selection.choice.language), state_names(selection)
    data = selection.drawn.data
    total = int(data["count"].sum())
    return {
        f"{PAIR}{row['first']}:{row['second']}": words(
            "explorer.mark.pair",
            state=names[str(row["first"])],
            non_state=names[str(row["second"])],
            count=_of_total(int(row["count"]), total, selection),
        )
        for row in data.to_dict("records")
    }


def _pair_members(selection: Selection, parts: list[str]) -> list[str]:
    pairs = both_ratings(selection.here, placed=selection.choice.placed)
    alike = (pairs["first"].astype(str) == parts[0]) & (pairs["second"].astype(str) == parts[1])
    return list(dict.fromkeys(pairs.loc[alike, "partnership"].astype(str)))


_LABELS: dict[str, Callable[[Selection], dict[str, str]]] = {
    "mix": _mix,
    "flows": _flows,
    "paths": _paths,
    "pace": lambda _: {},  # curves, of which no part is some partnerships
    "provinces": _provinces,
    "actors": _actors,
    "agreement": _agreement,
}
_MEMBERS: dict[str, Callable[[Selection, list[str]], list[str]]] = {
    BAR: _mix_members,
    RIBBON: _flow_members,
    BLOCK: _block_members,
    TILE: _tile_members,
    CELL: _cell_members,
    PAIR: _pair_members,
}
