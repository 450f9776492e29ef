"""Stories: the whole record of one partnership, told on one page."""

from __future__ import annotations

from lnlib.analyses.stories.save_stories import Stories
from lnlib.analyses.stories.story import Story, stories, story
from lnlib.analyses.stories.story_page import fragment

__all__ = ["Stories", "Story", "fragment", "stories", "story"]
