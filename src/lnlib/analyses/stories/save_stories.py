"""The stories of a register, saved as one page each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from lnlib.analyses.stories.story import Story, stories
from lnlib.analyses.stories.story_page import page
from lnlib.exhibits.printed import folder_named, write_files
from lnlib.filesystem import file_name
from lnlib.history.choices import CARRIED_MONTHS
from lnlib.register import Register
from lnlib.words import Words


@dataclass(frozen=True)
class Stories:
    """A page for each partnership of a register.

    Parameters
    ----------
    placed, rater, carried
        Of the small drawings, as `lnlib.history.spells.spells` takes them.
    house : str
        Name or path of the house style whose stage colours are used.
    """

    register: Register = field(repr=False)
    language: str = "en"
    placed: str = "middle"
    rater: str = "any"
    carried: float = CARRIED_MONTHS
    house: str = "default"

    def __iter__(self) -> Iterator[Story]:
        """Iterate over the stories in the register's order."""
        return stories(
            self.register, language=self.language, placed=self.placed, rater=self.rater, carried=self.carried
        )

    @property
    def finding(self) -> str:
        """How many stories there are and what they record, in words."""
        words, register = Words.load(self.language), self.register
        counts = {
            "stories": len(register.partnerships),
            "mechanisms": len(register.mechanisms),
            "ended": int((register.partnerships["end"] != "").sum()),
            "never": int((~register.partnerships["partnership"].isin(register.assessments["partnership"])).sum()),
        }
        if not counts["stories"]:
            return words("story.saved", n=0)
        clauses = {name: words(f"story.finding_{name}", n=n) for name, n in counts.items()}
        return words("story.finding", assessments=words("n_assessments", n=len(register.assessments)), **clauses)

    def save(self, out: str | Path = "") -> Self:
        """Write `stories/<key>.html` for each partnership; each page appears whole.

        Parameters
        ----------
        out : str or Path
            Folder; left empty, the one that a batch run names; else nothing is written.
        """
        folder = folder_named(out)
        if folder is None:
            return self
        pages = ((story_file(story.partnership), page(story, house=self.house).encode()) for story in self)
        write_files(folder, pages, what="stories")
        return self

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        words = Words.load(self.language)
        return {"text/plain": words("story.saved", n=len(self.register.partnerships))}


def story_file(partnership: str) -> str:
    """Return the path of a partnership's page in a folder of stories, valid on every file system.

    >>> story_file("P001")
    'stories/P001.html'
    """
    return f"stories/{file_name(partnership)}.html"
