"""Two texts compared word by word."""

from __future__ import annotations

import difflib
import re

SAME, GONE, ADDED = "same", "gone", "added"
_WORDS = re.compile(r"\s+|\u200b|[^\s\u200b]+")


def compare_words(old: str, new: str) -> list[tuple[str, str]]:
    """Return the pieces of two texts, each `same`, `gone` or `added`.

    >>> compare_words("34 of 83 moved", "36 of 83 moved")
    [('gone', '34'), ('added', '36'), ('same', ' of 83 moved')]
    """
    was, now = _WORDS.findall(old), _WORDS.findall(new)
    pieces: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, was, now, autojunk=False)
    for what, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if what == "equal":
            pieces.append((SAME, "".join(was[old_from:old_to])))
            continue
        pieces += [(GONE, "".join(was[old_from:old_to]))] * (old_from < old_to)
        pieces += [(ADDED, "".join(now[new_from:new_to]))] * (new_from < new_to)
    return pieces
