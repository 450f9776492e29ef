"""Stories: the whole record of one partnership, told on one page."""

from __future__ import annotations

from lnlib.analyses.stories.page import fragment
from lnlib.analyses.stories.saved import Stories
from lnlib.analyses.stories.story import Story, stories, story

__all__ = ["Stories", "Story", "fragment", "stories", "story"]
