"""What an edition's pages say beside their notebooks, and its index: finding, map, subjects, actors, search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from lnlib.batch.build.ledger import Record
from lnlib.batch.job import RunError
from lnlib.batch.plan.edition import Edition, Members, Run
from lnlib.batch.site import story_pages
from lnlib.batch.site.findings import Findings
from lnlib.batch.site.index_tiles import empty_provinces, tiles
from lnlib.batch.site.note_links import note_links
from lnlib.batch.site.pages import page_script, search_script, templates
from lnlib.words import Words, draft_translation


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
    pages = {
        name: f"../{runs[0].id}.html" if len(runs) == 1 else f"../../index.html#{name}"
        for name, runs in by_notebook.items()
    }
    found: dict[str, dict[str, Any]] = {}
    for runs in by_notebook.values():
        for place, run in enumerate(runs):
            words = Words.load(str(run.parameters.get("language") or "en"))
            same = [other for other in by_subject[repr(run.over)] if other is not run]
            found[run.id] = {
                "id": run.id,
                "edition": edition.title,
                "register": edition.members.title,
                "kind": words(f"register_kind.{edition.members.kind}"),
                "source": _source(edition.members, words),
                "language": words.language,
                "translation": draft_translation(words),
                "notebook": _question(edition, run, words),
                "label": label_of(edition.members, run),
                "title": _title(edition, run, words),
                "before": _link(edition, runs[place - 1], words) if place else None,
                "after": _link(edition, runs[place + 1], words) if place + 1 < len(runs) else None,
                "related": [_link(edition, other, words, by="notebook") for other in same],
                "stories": stories.of(run),
                "links": stories.links(run),
                "named": {
                    name: {"href": href, "text": edition.notebooks[name].title}
                    for name, href in pages.items()
                    if name != run.notebook
                },
            }
            if edition.notebooks[run.notebook].tells_stories:
                found[run.id]["told"] = story_pages.contexts(edition, run, words)
    return found


def _source(members: Members, words: Words) -> str:
    """Name a register and its kind; a title that says the kind is enough, as under a figure."""
    kind = words(f"register_kind.{members.kind}")
    return members.title if kind.casefold() in members.title.casefold() else f"{members.title} · {kind}"


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
    words = Words.load(edition.language)
    findings = Findings(edition, records, out)
    colours = findings.colours()

    def entry(run: Run) -> dict[str, Any]:
        found = _entry(edition, run, records, states, words)
        return found | {"finding": findings.of(run), "picture": findings.picture(run)}

    notebooks = [
        {
            "name": name,
            "title": _question(edition, runs[0], words),
            "runs": [entry(run) for run in runs],
            "single": len(runs) == 1 and not runs[0].over,
        }
        for name, runs in _by_notebook(edition).items()
    ]
    return (
        templates()
        .get_template("index.html")
        .render(
            scripts=[search_script(), page_script()],
            edition=edition,
            words=words,
            kind=words(f"register_kind.{edition.members.kind}"),
            translation=draft_translation(words),
            lead=findings.lead(),
            tiles=tiles(edition, records, colours),
            colours=colours,
            empty=list(empty_provinces(edition.members).values()),
            notebooks=notebooks,
            notes=Markup(note_links(out, words)),  # titles in it are escaped
            actors=_actors(edition, records, states, words),
            stories=story_pages.found(edition, records),
            failed=[_entry(edition, run, records, states, words) for run in edition.runs if _failed(run, records)],
            missing=[run for run in edition.runs if run.id not in records],
            warned=[
                {**_entry(edition, run, records, states, words), "warnings": states[run.id]["warnings"]}
                for run in edition.runs
                if states.get(run.id, {}).get("warnings")
            ],
            exhibits=sum(record.shown for record in records.values() if record.state == "ok"),
        )
    )


def _by_notebook(edition: Edition) -> dict[str, list[Run]]:
    found: dict[str, list[Run]] = {}
    for run in edition.runs:
        found.setdefault(run.notebook, []).append(run)
    return found


def _question(edition: Edition, run: Run, words: Words) -> str:
    """Return the title of a run's notebook."""
    return words.translated(edition.notebooks[run.notebook].title)


def label_of(members: Members, run: Run) -> str:
    """Name what a run was made for each of, in the edition's language; empty where it was made once."""
    names = [members.names.get(f"{name}={key}", "") for name, key in run.over.items()]
    return ", ".join(names) if all(names) else run.label if run.over else ""


def _title(edition: Edition, run: Run, words: Words) -> str:
    return " – ".join(filter(None, [label_of(edition.members, run), _question(edition, run, words)]))


def _link(edition: Edition, run: Run, words: Words, by: str = "label") -> dict[str, str]:
    text = label_of(edition.members, run) if by == "label" else ""
    return {"href": f"../{run.id}.html", "text": text or _question(edition, run, words)}


def _failed(run: Run, records: dict[str, Record]) -> bool:
    return run.id in records and records[run.id].state != "ok"


def _entry(
    edition: Edition, run: Run, records: dict[str, Record], states: dict[str, Any], words: Words
) -> dict[str, Any]:
    error = records[run.id].error if run.id in records else None
    return {
        "href": f"runs/{run.id}.html" if run.id in records and records[run.id].has_page else "",
        "text": label_of(edition.members, run) or _question(edition, run, words),
        "title": _title(edition, run, words),
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


def _actors(edition: Edition, records: dict[str, Record], states: dict[str, Any], words: Words) -> list[dict[str, Any]]:
    sides = {key: side for key, _, side in edition.members.actors}
    own: dict[str, list[dict[str, Any]]] = {}
    for run in edition.runs:
        if "actor" in run.over:
            own.setdefault(run.over["actor"], []).append(_entry(edition, run, records, states, words))
    groups: dict[str, list[dict[str, Any]]] = {}
    for key, entries in own.items():
        # an actor is named once, however many notebooks are made of it: its first page leads to the others
        shown = next((entry for entry in entries if entry["href"]), entries[0])
        state = next((entry["state"] for entry in entries if entry["state"] == "failed"), shown["state"])
        groups.setdefault(sides.get(key, ""), []).append({**shown, "state": state})
    names, by_name = words.group("pages.side"), lambda entry: str(entry["text"]).casefold()
    return [
        {"name": names.get(side, names[""]), "runs": sorted(runs, key=by_name)} for side, runs in sorted(groups.items())
    ]
