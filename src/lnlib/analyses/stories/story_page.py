"""A story as a web page, and as the part of one that another page or a notebook can hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from lnlib.analyses.stories.story import Story
from lnlib.analyses.stories.story_drawing import drawing, looks
from lnlib.batch.site.pages import environment
from lnlib.exhibits.source_and_choices import choice_notes
from lnlib.words import Words

_FOLDER = Path(__file__).parent / "templates"


def fragment(story: Story, *, level: int = 1, house: str = "default") -> str:
    """Return a story as one HTML element that brings its own style and loads nothing.

    All that the register says is escaped; there is no script.

    Parameters
    ----------
    level : int
        Of its heading: 1 on a page of its own, more inside another.
    house : str
        House style whose stage colours are used.
    """
    words = Words.load(story.language)
    return (
        _templates()
        .get_template("story.html")
        .render(
            story=story,
            drawn=drawing(story, house=house),
            looks=looks(len(story.stages), house=house),
            notes=[words(note, months=story.choices["carried"]) for note in choice_notes(story.choices)],
            words=words,
            level=level,
            style=style(),
        )
    )


def page(story: Story, *, house: str = "default") -> str:
    """Return a story as a page of its own."""
    return _templates().get_template("page.html").render(story=story, body=Markup(fragment(story, house=house)))


@cache
def style() -> str:
    """Return the style sheet of a story."""
    lines = (_FOLDER / "story.css").read_text(encoding="utf-8").splitlines()
    return " ".join(line.strip() for line in lines)


@cache
def _templates() -> jinja2.Environment:
    return environment(_FOLDER)
