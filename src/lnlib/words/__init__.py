"""Every label and sentence pattern, by language."""

from lnlib.words.catalogue import Words, languages

__all__ = ["Words", "languages"]
