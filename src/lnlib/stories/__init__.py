"""Stories: the whole record of one partnership, told on one page."""

from __future__ import annotations

from lnlib.stories.page import fragment
from lnlib.stories.saved import Stories
from lnlib.stories.story import Story, stories, story

__all__ = ["Stories", "Story", "fragment", "stories", "story"]
