"""The map of the index: a tile for each province with a partnership, and the provinces that are folded away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lnlib.batch.build.ledger import Record
from lnlib.batch.plan.edition import Edition, Members, Run


def empty_provinces(members: Members) -> dict[str, str]:
    """Return the provinces in which the register has no partnership: their names by key."""
    return {
        key: members.names.get(f"province={key}", label)
        for key, label in members.provinces
        if members.numbers.get(key, {}).get("n") == 0
    }


def tiles(edition: Edition, records: Mapping[str, Record], colours: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Place each province with a partnership on the grid, with its numbers and its page."""
    members: Members = edition.members
    pages: dict[str, list[Run]] = {}
    for run in edition.runs:
        if "province" in run.over:
            pages.setdefault(run.over["province"], []).append(run)
    shown = [(key, label) for key, label in members.provinces if members.numbers.get(key, {}).get("n") != 0]
    known = [members.grid[key] for key, _ in shown if key in members.grid]
    top, left = (min(row for row, _ in known), min(column for _, column in known)) if known else (0, 0)
    found = []
    for key, label in shown:
        if key not in members.grid:
            continue
        row, column = members.grid[key]
        numbers = members.numbers.get(key, {})
        own = pages.get(key, [])
        level = int(numbers.get("level") or 0)
        painted = colours[level - 1] if 0 < level <= len(colours) else {}
        found.append(
            {
                "key": key,
                "label": members.names.get(f"province={key}", label),
                "words": " ".join([label, key, members.also.get(f"province={key}", "")]),
                "row": row - top + 1,
                "column": column - left + 1,
                "n": numbers.get("assessed"),
                "all": numbers.get("n"),
                "count": numbers.get("count"),
                "stage": numbers.get("stage_now") or "",
                "level": level,
                "fill": painted.get("fill", ""),
                "text": painted.get("text", ""),
                "change": _change(numbers.get("change")),
                "failed": sum(run.id in records and records[run.id].state != "ok" for run in own),
                "href": _first(f"runs/{run.id}.html" for run in own if run.id in records and records[run.id].has_page),
            }
        )
    return found


def _change(change: Any) -> str:
    if change in (None, ""):
        return ""
    arrow = "▲" if change > 0 else "▼" if change < 0 else "="
    return f"{arrow} {abs(change):g}" if change else "="


def _first(words: Iterable[str]) -> str:
    return next(iter(words), "")
