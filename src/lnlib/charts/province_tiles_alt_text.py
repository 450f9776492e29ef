"""The tile map read out: what is most common where, or where a stage has been reached."""

from __future__ import annotations

import pandas as pd

from lnlib.charts.style.states import at_or_above
from lnlib.charts.style.time_axis import is_order, on_last_date, when
from lnlib.words import Words

LEAST_N = 5  # assessed, for a share in the finding


def reached_in(rows: pd.DataFrame, value: str) -> tuple[int, int, int, bool]:
    """Return for one unit on a date how many are at a stage or above, assessed and begun, and whether shares are shown."""
    if rows.empty:
        return 0, 0, 0, False
    stages = [str(stage) for stage in rows["stage"].cat.categories]
    level = stages.index(value)
    reached = int(rows.loc[rows["stage"].cat.codes >= level, "count"].sum())
    first = rows.iloc[0]
    return reached, int(first["n_assessed"]), int(first["n_known"]), bool(first["shown"])


def units_with_any(data: pd.DataFrame) -> int:
    """Return how many of the units on the map have partnerships on the last date."""
    units = _units(on_last_date(data).drop_duplicates(["unit", "stage"]))
    return sum(int(rows["n_known"].iloc[0]) > 0 for rows in units.values())


def finding(data: pd.DataFrame, *, words: Words, labels: dict[str, str], value: str = "", least: int = 0) -> str:
    """State in how many provinces the commonest stage leads; or in how many half or more have reached one."""
    last = on_last_date(data).drop_duplicates(["unit", "stage"])
    units = _units(last)
    at = _when(data, last, words) if len(last) else ""
    if not any(int(rows["n_known"].iloc[0]) for rows in units.values()):
        return words("province_tiles.finding_none")
    if (with_any := units_with_any(data)) < least:
        return words("province_tiles.finding_few_units", n=with_any, all=len(units))
    if value:
        found = [reached_in(rows, value) for rows in units.values()]
        large = [reached / n for reached, n, _, shown in found if n and shown]
        stage = labels.get(value, value)
        if not large:
            text = at_or_above(value, labels, words)
            return words("province_tiles.finding_few", least=LEAST_N, when=at, reached=text)
        half = sum(share >= 0.5 for share in large)
        key = f"province_tiles.finding_value{'_all' * (half == len(large))}"
        return words(key, count=half, n=len(large), least=LEAST_N, stage=stage, when=at)
    leaders = _leaders(last)
    counts = {stage: leaders.count(stage) for stage in leaders if stage}
    if not counts:
        return words("province_tiles.finding_no_lead", n=len(leaders), when=at)
    tops = [stage for stage in counts if counts[stage] == max(counts.values())]
    top = tops[0]
    if len(tops) > 1:
        ordered = [str(stage) for stage in last["stage"].cat.categories if str(stage) in tops]
        names = words.listed([labels.get(stage, stage).lower() for stage in ordered])
        return words("province_tiles.finding_tied", stages=names, count=counts[top], n=len(leaders), when=at)
    key = f"province_tiles.finding{'_all' * (counts[top] == len(leaders))}"
    return words(key, stage=labels.get(top, top), count=counts[top], n=len(leaders), when=at)


def describe(data: pd.DataFrame, *, words: Words, labels: dict[str, str], value: str = "", least: int = 0) -> str:
    """Describe the map, with its finding and the numbers of every tile on the last date."""
    last = on_last_date(data).drop_duplicates(["unit", "stage"])
    units = _units(last)
    sentence = finding(data, words=words, labels=labels, value=value, least=least)
    if not units:
        return sentence
    sentences = [_point(rows, value, words, labels) for rows in units.values() if int(rows["n_known"].iloc[0])]
    empty = [str(rows["label"].iloc[0]) for rows in units.values() if not int(rows["n_known"].iloc[0])]
    sentences += [words("province_tiles.point_none", labels=words.listed(empty))] if empty else []
    key = "province_tiles.alt_value" if value else "province_tiles.alt"
    return words(
        key,
        units=len(units),
        reached=at_or_above(value, labels, words) if value else "",
        finding=sentence,
        when=_when(data, last, words),
        points=" ".join(sentences),
    )


def _units(last: pd.DataFrame) -> dict[str, pd.DataFrame]:
    placed = last.dropna(subset=["row", "col"])
    return {str(unit): rows for unit, rows in placed.groupby(placed["unit"].astype(str), sort=False)}


def _when(data: pd.DataFrame, last: pd.DataFrame, words: Words) -> str:
    final = float(data["date"].max()) if is_order(data["date"]) else None
    at = when(last["date"].iloc[0], words, last=final)
    return words("province_tiles.by_order" if final else "province_tiles.by_date", when=at)


def _leaders(last: pd.DataFrame) -> list[str]:
    """Return the most common stage of each unit with assessed partnerships; empty where two share the lead."""
    placed = last.dropna(subset=["row", "col"])
    placed = placed[placed["n_assessed"] > 0]
    units = placed["unit"].astype(str)
    most = placed[placed["count"] == placed.groupby(units)["count"].transform("max")]
    leads: dict[str, list[str]] = {}
    for unit, stage in zip(most["unit"].astype(str), most["stage"].astype(str), strict=True):
        leads.setdefault(unit, []).append(stage)
    return [stages[0] if len(stages) == 1 else "" for stages in leads.values()]


def _point(rows: pd.DataFrame, value: str, words: Words, labels: dict[str, str]) -> str:
    first = rows.iloc[0]
    label = str(first["label"])
    if value:
        reached, n, _, shown = reached_in(rows, value)
        share = words("province_tiles.in_brackets", text=words.percent(reached / n)) if n and shown else ""
        return words("province_tiles.point_value", label=label, count=reached, n=n, share=share)
    parts = [
        f"{labels.get(str(stage), str(stage))} {words.number(int(count))}"
        for stage, count in zip(rows["stage"], rows["count"], strict=True)
    ]
    rest = {"not_assessed": int(first["n_not_assessed"]), "ended": int(first["n_ended"])}
    return words("province_tiles.point", label=label, parts=words("marks.list").join(parts), **rest)
