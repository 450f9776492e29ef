"""The findings that the index shows: that of the edition with its chart, and that of each run with a small picture."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lnlib.batch.build.ledger import Record
from lnlib.batch.plan.edition import Edition, Run
from lnlib.batch.site.exhibits import Shown, citation, files
from lnlib.batch.site.table_thumbnail import table_thumbnail

# charts that head an edition where its file chooses no exhibits: over time, or of a source without dates case by case
_LEADING = ("stage_mix", "share_lines", "province_mix")
_LEADING_IN_ORDER = ("case_matrix", *_LEADING)
_LARGEST = 90_000  # letters of a drawing in the index; a larger one is an image beside it


class Findings:
    """The exhibits of an edition's runs, read once for its index.

    Parameters
    ----------
    records : mapping of str to Record
        By the run's id.
    out : Path
        The edition's folder.
    """

    def __init__(self, edition: Edition, records: Mapping[str, Record], out: Path):
        self._edition = edition
        self._out = out
        self._shown = {key: Shown(record.exhibits, out) for key, record in records.items() if record.state == "ok"}
        self._named = {entry["name"]: entry for shown in self._shown.values() for entry in shown}

    def of(self, run: Run) -> str:
        """Return the finding of a run: the title of its first figure, else of its first table; empty where it has none."""
        entry = self._lead_of(run)
        return str(entry["title"]) if entry else ""

    def picture(self, run: Run) -> str:
        """Return the address of a small picture of a run, of a table as a sketch; empty where it has none."""
        entry = self._lead_of(run)
        bare = [name for name in entry.get("bare", ()) if ".column." in name] if entry else []
        # an SVG shown as an image has none of the page's fonts, and a system may have none for Khmer
        endings = (".svg", ".png") if self._edition.language == "en" else (".png", ".svg")
        drawn = next((name for ending in endings for name in bare if name.endswith(ending)), "")
        return drawn or self._sketch(entry or {})

    def _sketch(self, entry: Mapping[str, Any]) -> str:
        """Draw a table as a small picture; empty of an exhibit that is none, and where its file is not there."""
        file = next((self._out / name for name in entry.get("tables", ()) if name.endswith(".html")), None)
        if file is None or not file.is_file():
            return ""
        colours = {stage["label"]: stage["fill"] for stage in self.colours()}
        return table_thumbnail(file.read_text(encoding="utf-8"), colours)

    def lead(self) -> dict[str, Any] | None:
        """Return the edition's finding and its chart: the first exhibit chosen for print, else one over time."""
        for chosen in self._edition.exhibits:
            entry = self._named.get(chosen.name)
            if entry is not None and entry.get("figures"):
                return self._headed(entry, chosen.title)
        wanted = _LEADING_IN_ORDER if self._edition.members.in_order else _LEADING
        whole = [run.id for run in self._edition.runs if not run.over and run.id in self._shown]
        found = [entry for key in whole for entry in self._shown[key] if entry.get("chart") in wanted]
        if not found:
            return None
        return self._headed(min(found, key=lambda entry: wanted.index(entry["chart"])), "")

    def _lead_of(self, run: Run) -> Mapping[str, Any] | None:
        return self._shown[run.id].lead() if run.id in self._shown else None

    def _headed(self, entry: Mapping[str, Any], title: str) -> dict[str, Any]:
        run = next(key for key, shown in self._shown.items() if any(one is entry for one in shown.entries))
        return {
            "finding": title or entry.get("title", ""),
            "title": entry.get("title", "") if title else "",
            "subtitle": entry.get("subtitle", ""),
            "notes": entry.get("notes", ()),
            "source": entry.get("source", ""),
            "language": entry.get("language", "en"),
            "alt": entry.get("alt", ""),
            "drawings": Shown([entry], self._out).drawings(entry, home="", largest=_LARGEST),
            "href": f"runs/{run}.html#{entry['name']}",
            "description": entry.get("description", ""),
            "about": {
                "name": entry["name"],
                "files": files(entry, home=""),
                "citation": citation(entry, edition=self._edition.title),
            },
        }

    def colours(self) -> list[dict[str, str]]:
        """Return how figures draw each stage, lowest first: `label`, `fill` and `text`; none where there are no figures."""
        return next((list(entry["stages"]) for entry in self._named.values() if entry.get("stages")), [])
