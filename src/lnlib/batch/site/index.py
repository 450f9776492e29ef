"""What an edition's pages say beside their notebooks, and its index: finding, map, subjects, actors, search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from lnlib.batch.build.ledger import Record
from lnlib.batch.job import RunError
from lnlib.batch.plan.edition import Edition, Members, Run
from lnlib.batch.site import story_pages
from lnlib.batch.site.note_links import note_links
from lnlib.batch.site.pages import search_script, templates
from lnlib.batch.site.subjects import Findings, empty_provinces, tiles

KINDS = {"field": "Field data", "coded": "Coded from documents", "simulated": "Simulated data"}


def contexts(edition: Edition) -> dict[str, dict[str, Any]]:
    """Return for each run what its page shows around the notebook.

    Returns
    -------
    dict
        By the run's id: titles, the way back, the runs before and after it, and other pages on the same subject.
    """
    by_notebook = _by_notebook(edition)
    by_subject: dict[str, list[Run]] = {}
    for run in edition.runs:
        by_subject.setdefault(repr(run.over), []).append(run)
    stories = story_pages.Links(edition)
    named = {
        name: f"../{runs[0].id}.html" if len(runs) == 1 else f"../../index.html#{name}"
        for name, runs in by_notebook.items()
    }
    found: dict[str, dict[str, Any]] = {}
    for runs in by_notebook.values():
        for place, run in enumerate(runs):
            language = str(run.parameters.get("language") or "en")
            same = [other for other in by_subject[repr(run.over)] if other is not run]
            found[run.id] = {
                "id": run.id,
                "edition": edition.title,
                "register": edition.members.title,
                "kind": kind_words(edition.members.kind),
                "source": _source(edition.members),
                "language": language,
                "translation": edition.members.drafts.get(language, ""),
                "notebook": edition.notebooks[run.notebook].title,
                "label": run.label if run.over else "",
                "title": _title(edition, run),
                "before": _link(edition, runs[place - 1]) if place else None,
                "after": _link(edition, runs[place + 1]) if place + 1 < len(runs) else None,
                "related": [_link(edition, other, by="notebook") for other in same],
                "stories": stories.of(run),
                "links": stories.links(run),
                "named": {name: href for name, href in named.items() if name != run.notebook},
            }
            if edition.notebooks[run.notebook].tells_stories:
                found[run.id]["told"] = story_pages.contexts(edition, run)
    return found


def _source(members: Members) -> str:
    """Name a register and its kind; a title that says the kind is enough, as under a figure."""
    kind = kind_words(members.kind)
    return members.title if kind.casefold() in members.title.casefold() else f"{members.title} · {kind}"


def kind_words(kind: str) -> str:
    """Write a register's kind as figures do."""
    return KINDS.get(kind, kind)


def rehearse() -> None:
    """Load what an index is made with, while something else takes time."""
    templates().get_template("index.html")


def index_page(edition: Edition, records: dict[str, Record], report: dict[str, Any], out: Path) -> str:
    """Make the index of an edition.

    Parameters
    ----------
    edition : Edition
        Its runs and members.
    records : dict
        What is known of each run, by id.
    report : dict
        The report of this batch.
    out : Path
        The edition's folder.
    """
    states = {entry["id"]: entry for entry in report["runs"]}
    findings = Findings(edition, records, out)
    colours = findings.colours()

    def entry(run: Run) -> dict[str, Any]:
        found = _entry(edition, run, records, states)
        return found | {"finding": findings.of(run), "picture": findings.picture(run)}

    notebooks = [
        {
            "name": name,
            "title": edition.notebooks[name].title,
            "runs": [entry(run) for run in runs],
            "single": len(runs) == 1 and not runs[0].over,
        }
        for name, runs in _by_notebook(edition).items()
    ]
    return (
        templates()
        .get_template("index.html")
        .render(
            script=search_script(),
            edition=edition,
            kind=kind_words(edition.members.kind),
            translation=edition.members.drafts.get(edition.language, ""),
            lead=findings.lead(),
            tiles=tiles(edition, records, colours),
            colours=colours,
            empty=empty_provinces(edition.members),
            notebooks=notebooks,
            notes=Markup(note_links(out)),  # titles in it are escaped
            actors=_actors(edition, records, states),
            stories=story_pages.found(edition, records),
            failed=[_entry(edition, run, records, states) for run in edition.runs if _failed(run, records)],
            missing=[run for run in edition.runs if run.id not in records],
            warned=[
                {**_entry(edition, run, records, states), "warnings": states[run.id]["warnings"]}
                for run in edition.runs
                if states.get(run.id, {}).get("warnings")
            ],
            exhibits=sum(record.shown for record in records.values()),
        )
    )


def _by_notebook(edition: Edition) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in edition.runs:
        found.setdefault(run.notebook, []).append(run)
    return found


def _title(edition: Edition, run: Run) -> str:
    title = edition.notebooks[run.notebook].title
    return f"{run.label} – {title}" if run.over else title


def _link(edition: Edition, run: Run, by: str = "label") -> dict[str, str]:
    text = run.label if by == "label" and run.over else edition.notebooks[run.notebook].title
    return {"href": f"../{run.id}.html", "text": text}


def _failed(run: Run, records: dict[str, Record]) -> bool:
    return run.id in records and records[run.id].state != "ok"


def _entry(edition: Edition, run: Run, records: dict[str, Record], states: dict[str, Any]) -> dict[str, Any]:
    error = records[run.id].error if run.id in records else None
    return {
        "href": f"runs/{run.id}.html" if run.id in records and records[run.id].has_page else "",
        "text": run.label if run.over else edition.notebooks[run.notebook].title,
        "title": _title(edition, run),
        "state": records[run.id].state if run.id in records else states.get(run.id, {}).get("state", "not run"),
        "error": error_words(error) if error else "",
        "words": _words(edition.members, run),
    }


def _words(members: Members, run: Run) -> str:
    """Return what a page is searched by: its subject's name, its key and its names in other languages."""
    return " ".join([run.label, *(f"{key} {members.also.get(f'{name}={key}', '')}" for name, key in run.over.items())])


def error_words(error: RunError) -> str:
    """Write an error in one line, with the cell and the line where it happened."""
    place = ", ".join(f"{name} {error[name]}" for name in ("cell", "line") if error.get(name))
    message = error["message"].strip().splitlines()[0] if error.get("message", "").strip() else ""
    words = f"{error['type']}: {message}" if message else str(error["type"])
    return f"{words} ({place})" if place else words


def _actors(edition: Edition, records: dict[str, Record], states: dict[str, Any]) -> list[dict[str, Any]]:
    sides = {key: side for key, _, side in edition.members.actors}
    own: dict[str, list[dict[str, Any]]] = {}
    for run in edition.runs:
        if "actor" in run.over:
            own.setdefault(run.over["actor"], []).append(_entry(edition, run, records, states))
    groups: dict[str, list[dict[str, Any]]] = {}
    for key, entries in own.items():
        # an actor is named once, however many notebooks are made of it: its first page leads to the others
        shown = next((entry for entry in entries if entry["href"]), entries[0])
        state = next((entry["state"] for entry in entries if entry["state"] == "failed"), shown["state"])
        groups.setdefault(sides.get(key, ""), []).append({**shown, "state": state})
    names = {"non_state": "Non-state actors", "state": "State actors"}
    return [{"name": names.get(side, "Actors"), "runs": runs} for side, runs in sorted(groups.items())]
