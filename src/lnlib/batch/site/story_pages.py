"""Pages of single partnerships within an edition: told by a notebook, framed and linked here.

A notebook that calls `Stories` writes a page for each partnership. What stands between its two marks is kept, and the
frame of the edition is put around it: the way back, the neighbours, the pages of its province and its actors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from lnlib.batch.build.ledger import Record
from lnlib.batch.plan.edition import Edition, Run
from lnlib.batch.site.pages import templates
from lnlib.filesystem import file_name
from lnlib.words import Words

Partnership = tuple[str, str, str, str, str]  # key, label, province, non-state actor, state actor

FOLDER = "stories"
_BEGIN, _END = "<!-- story -->", "<!-- end of story -->"


class Links:
    """The stories of an edition by province and actor, looked up once for all its pages."""

    def __init__(self, edition: Edition):
        self._edition = edition
        self._every = edition.members.partnerships if _tellers(edition) else []
        self._about: dict[tuple[str, str], list[Partnership]] = {}
        for one in self._every:
            _, _, province, *actors = one
            for subject in {("province", province), *(("actor", actor) for actor in actors)}:
                self._about.setdefault(subject, []).append(one)

    def of(self, run: Run) -> list[dict[str, str]]:
        """Link a page of a province or an actor, or of the notebook that tells them, to the stories made."""
        own = self._about.get(next(iter(run.over.items())), []) if run.over else []
        if not run.over and self._edition.notebooks[run.notebook].tells_stories:
            own = self._every
        return [{"href": f"../../{_page(key)}", "text": label} for key, label, *more in own if _within(more, run)]

    def links(self, run: Run) -> dict[str, str]:
        """Return the stories that the tables of a page may name, by the key of the partnership."""
        own = self._about.get(next(iter(run.over.items())), []) if run.over else self._every
        return {key: f"../../{_page(key)}" for key, _, *more in own if _within(more, run)}


def contexts(edition: Edition, run: Run, words: Words) -> dict[str, dict[str, Any]]:
    """Return the frame of each story page of a run, by the page's stem."""
    own = [one for one in edition.members.partnerships if _within(one[2:], run)]
    about: dict[tuple[str, str], list[dict[str, str]]] = {}
    for other in edition.runs:
        for name, key in other.over.items():
            label = edition.members.names.get(f"{name}={key}", other.label)
            text = f"{label}: {words.translated(edition.notebooks[other.notebook].title)}"
            about.setdefault((name, key), []).append({"href": f"../runs/{other.id}.html", "text": text})
    found = {}
    for place, (key, label, province, *actors) in enumerate(own):
        subjects = [("province", province), *(("actor", actor) for actor in actors)]
        found[file_name(key)] = {
            "label": label,
            "before": _neighbour(own, place - 1),
            "after": _neighbour(own, place + 1),
            "related": [link for subject in subjects for link in about.get(subject, [])],
        }
    return found


def found(edition: Edition, records: dict[str, Record]) -> list[dict[str, str]]:
    """Return the stories of the index: those whose page is published, with the words they are searched by."""
    made = {name for run in _tellers(edition) if run.id in records for name in records[run.id].files}
    provinces, also = dict(edition.members.provinces), edition.members.also
    return [
        {
            "href": _page(key),
            "text": label,
            "words": " ".join(
                [
                    label,
                    key,
                    provinces.get(province, ""),
                    also.get(f"province={province}", ""),
                    also.get(f"partnership={key}", ""),
                ]
            ).strip(),
        }
        for key, label, province, *_ in edition.members.partnerships
        if _page(key) in made
    ]


def framed(page: Mapping[str, Any], out: Path | None) -> Iterator[tuple[str, str]]:
    """Make the pages of a run's stories.

    Parameters
    ----------
    page : dict
        What `lnlib.batch.site.index.contexts` says of the run; one that tells no stories has none.
    out : Path or None
        Folder that the notebook wrote to; None where its run failed.

    Yields
    ------
    tuple of str
        Path within the edition, and the page. A story that the edition links to and that was not told says so.
    """
    if "told" not in page:
        return
    written = {path.stem: path for path in (out / FOLDER).glob("*.html")} if out is not None else {}
    template = templates().get_template("story_frame.html")
    for stem in sorted({*page["told"], *written}):
        story = page["told"].get(stem, {"label": stem, "before": None, "after": None, "related": []})
        body = _between(written[stem].read_text(encoding="utf-8")) if stem in written else ""
        yield (
            f"{FOLDER}/{stem}.html",
            template.render(page=page, words=Words.load(page["language"]), story=story, body=Markup(body)),
        )


def _between(text: str) -> str:
    """Return what stands between the marks; all that a register says is escaped, so that it cannot hold one."""
    return text.partition(_BEGIN)[2].partition(_END)[0].strip()


def _tellers(edition: Edition) -> list[Run]:
    return [run for run in edition.runs if edition.notebooks[run.notebook].tells_stories]


def _within(subjects: Sequence[str], run: Run) -> bool:
    """Whether a partnership, by its province and actors, is of what a run was made over."""
    province, *actors = subjects
    return run.over.get("province", province) == province and ("actor" not in run.over or run.over["actor"] in actors)


def _neighbour(own: list[Partnership], place: int) -> dict[str, str] | None:
    if not 0 <= place < len(own):
        return None
    key, label, *_ = own[place]
    return {"href": f"{file_name(key)}.html", "text": label}


def _page(key: str) -> str:
    return f"{FOLDER}/{file_name(key)}.html"
