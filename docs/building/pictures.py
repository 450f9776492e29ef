"""Pictures of a page, drawn from the demonstration register when the page is built, so that they never go stale."""

from __future__ import annotations

from functools import cache, partial
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import scenes
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import lnlib as ln
from building.blocks import files
from lnlib.charts import stage_mix
from lnlib.exhibits.figure import Exhibit
from lnlib.history.placed_in_time import dated
from lnlib.measures.counts.shares import shares
from lnlib.measures.counts.transitions import moves
from lnlib.measures.uncertain_dates import sensitivity

FOLDER = "_pictures"
NARROW, WIDE = "column", "two-columns"
CHART_PAGE = Path(__file__).parents[1] / "measures" / "uncertain-dates.md"


class Picture(SphinxDirective):
    """A picture: `SCENE/PICTURE` of the gallery, or one of `OWN`. On a narrow screen the one-column width is shown."""

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {}

    def run(self) -> list[nodes.Node]:
        """Draw it into the folder of pictures, and show it with its alt text."""
        name = self.arguments[0]
        exhibit = drawn(name)
        folder = Path(self.env.app.outdir) / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        stem = name.replace("/", "-")
        for width in (NARROW, WIDE):
            (folder / f"{stem}.{width}.png").write_bytes(exhibit.rendered(width, "png"))
        alt = f"{exhibit.alt} {exhibit.words(f'register_kind.{exhibit.register.kind}')}."
        here = f"{'../' * self.env.docname.count('/')}{FOLDER}/{stem}"
        html = (
            f'<figure class="picture"><picture><source media="(max-width: 40em)" srcset="{here}.{NARROW}.png">'
            f'<img src="{here}.{WIDE}.png" alt="{escape(alt)}" loading="lazy"></picture></figure>'
        )
        return [nodes.raw("", html, format="html")]


@cache
def drawn(name: str) -> Exhibit:
    """Return the exhibit of a picture's name; each is measured and drawn once."""
    own = OWN.get(name)
    if own is not None:
        return own()
    scene, _, picture = name.partition("/")
    known = {one.name: one for one in scenes.SCENES}, {one.name: one for one in scenes.PICTURES}
    if scene not in known[0] or picture not in known[1]:
        raise ExtensionError(
            f"picture '{name}' is neither one of {', '.join(OWN)} nor SCENE/PICTURE of tools/scenes.py"
        )
    return scenes.exhibit(known[0][scene], known[1][picture], "en", number=0)


def placings() -> Exhibit:
    """Draw what uncertain dates do to the moves within a year, by the chart that the page on them prints."""
    register = ln.open_register("demonstration")
    found = sensitivity(dated(register), partial(moves, lag=1), of="share", on="move", times=200, seed=17)
    estimated = found[found["move"] != "ended"]  # assessments alone tell of no endings
    return Exhibit(
        "placings",
        taught_chart(),
        estimated.assign(label=estimated["move"].map(MOVES)),
        register,
        subtitle="Of pairs of assessments of a partnership a year apart, share that moved",
        notes=("Ticks: uncertain dates in their middle. Bars: the middle 95% of 200 placings.",),
    )


def documents_over_time() -> Exhibit:
    """Return the partnerships coded from documents by stage over time, with the choices of their edition."""
    register = ln.open_register("dfgg-documents", frame="24", period_from="2009-06-24", period_to="2013-12-31")
    choices = ln.Choices.of(register, placed="middle", carried=24)
    mix = shares(ln.spells(register, choices), dates=ln.grid(register, choices, every="quarter"))
    return Exhibit("over-time", stage_mix, mix, register, choices={**choices, "every": "quarter"})


def taught_chart() -> ModuleType:
    """Return the chart module of the page about uncertain dates, as a reader would save it."""
    block = next(one for one in files(CHART_PAGE.read_text("utf-8")) if one.name.endswith(".py"))
    module = ModuleType(Path(block.name).stem)
    exec(compile(block.text, f"{CHART_PAGE.name}: {block.name}", "exec"), module.__dict__)
    return module


MOVES = {"up": "Moved up", "down": "Moved back", "stayed": "Stayed"}
OWN = {"placings": placings, "documents/mix": documents_over_time}
