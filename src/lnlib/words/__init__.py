"""Every label and sentence pattern, by language."""

from lnlib.words.catalogue import Words, draft_translation, languages

__all__ = ["Words", "draft_translation", "languages"]
