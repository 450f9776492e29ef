"""Every label and sentence pattern, by language."""

from lnlib.words.catalogue import Words, draft_translation, languages, marked_once, not_translated

__all__ = ["Words", "draft_translation", "languages", "marked_once", "not_translated"]
