"""Every label and sentence pattern, by language."""

from lnlib.words.catalogue import Words, draft_translation, languages, not_translated

__all__ = ["Words", "draft_translation", "languages", "not_translated"]
