"""The report of a batch: `report.json` for machines, `report.txt` for people."""

from __future__ import annotations

import datetime
from typing import Any

from lnlib.batch.build.ledger import Record
from lnlib.batch.execute.limits import format_size
from lnlib.batch.plan.edition import Edition, Run
from lnlib.batch.site.index import error_words
from lnlib.batch.site.index_tiles import empty_provinces

Report = dict[str, Any]


def make_report(  # noqa: PLR0913 - all that a report tells of
    edition: Edition,
    records: dict[str, Record],
    made: dict[str, str],
    done: set[str],
    *,
    started: datetime.datetime,
    seconds: float,
    workers: int,
    how: str,
    stopped: str = "",
) -> Report:
    """Return what became of every run of an edition.

    Parameters
    ----------
    edition : Edition
        Whose runs.
    records : dict
        What is known of each, by id.
    made : dict
        Why each run that this batch was to make had to be made, by id.
    done : set
        The ids of those it has made.
    started, seconds, workers, how
        When the batch started, how long it took, with how many workers, by forks or by kernels.
    stopped : str
        Why the batch ended early.
    """
    runs = [_entry(run, records.get(run.id), made, done) for run in edition.runs]
    states = [entry["state"] for entry in runs]
    return {
        "edition": edition.name,
        "title": edition.title,
        "house": edition.house,
        "exhibits": [chosen.entry() for chosen in edition.exhibits],
        "rows": edition.members.rows,
        "empty": empty_provinces(edition.members),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 2),
        "workers": workers,
        "executed_by": how,
        "stopped": stopped,
        "counts": {state: states.count(state) for state in ("ok", "up to date", "failed", "not made")},
        "warnings": sum(len(entry.get("warnings", ())) for entry in runs),
        "runs": runs,
    }


def _entry(run: Run, record: Record | None, made: dict[str, str], done: set[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": run.id,
        "notebook": run.notebook,
        "key": run.key,
        "label": run.label,
        "parameters": run.parameters,
        "state": "not made",
        "why": made.get(run.id, ""),
    }
    asked_for = run.id in made
    if record is not None and record.state in {"ok", "failed"} and (run.id in done or not asked_for):
        entry |= {
            "state": record.state if asked_for or record.state == "failed" else "up to date",
            "seconds": record.seconds,
            "peak_memory": record.peak_memory,
            "page": f"runs/{run.id}.html",
        }
        if record.warnings:
            entry["warnings"] = list(record.warnings)
        if record.error:
            entry["error"] = {name: record.error.get(name) for name in ("type", "message", "cell", "line", "traceback")}
    return entry


def written_report(report: Report) -> str:
    """Write a report for people: what failed first, then each run's state, time and memory."""
    lines = [
        f"{report['title']} ({report['edition']})",
        f"{report['started']}: {counts_words(report)} in {report['seconds']:.1f} s",
    ]
    if report["stopped"]:
        lines.append(report["stopped"])
    failed = [entry for entry in report["runs"] if entry["state"] == "failed"]
    for entry in failed:
        lines += ["", f"{entry['id']} ({entry['label']}) failed: {error_words(entry['error'])}"]
        if entry["error"].get("traceback"):
            lines += [f"    {line}" for line in entry["error"]["traceback"].splitlines()]
    lines += ["", *warned] if (warned := warning_lines(report)) else []
    lines.append("")
    width = max((len(entry["id"]) for entry in report["runs"]), default=0)
    for entry in report["runs"]:
        line = f"{entry['id']:<{width}}  {entry['state']:<10}"
        if "seconds" in entry:
            line += f"  {entry['seconds']:7.2f} s  {format_size(entry['peak_memory']):>8}"
        lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def warning_lines(report: Report) -> list[str]:
    """Return a line for each warning of a run.

    >>> warning_lines({"runs": [{"id": "05/02", "warnings": ["UserWarning: no font"]}, {"id": "05/03"}]})
    ['05/02 warned: UserWarning: no font']
    """
    return [f"{entry['id']} warned: {text}" for entry in report["runs"] for text in entry.get("warnings", ())]


def counts_words(report: Report) -> str:
    """Write the counts of a report in one line; runs that were never made are not asked for where `--only` left them out.

    >>> runs = [{"state": "not made", "why": "never made"}, {"state": "not made", "why": ""}]
    >>> counts_words({"counts": {"ok": 3, "up to date": 0, "failed": 1, "not made": 2}, "runs": runs})
    '3 made, 1 failed, 1 not made, 1 not asked for'
    """
    counts = dict(report["counts"])
    others = sum(entry["state"] == "not made" and not entry["why"] for entry in report["runs"])
    counts |= {"not made": counts["not made"] - others, "not asked for": others}
    return (
        ", ".join(f"{count} {'made' if state == 'ok' else state}" for state, count in counts.items() if count)
        or "no runs"
    )
