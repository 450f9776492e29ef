"""Text from a register as it can be shown: every character that a page or a document cannot hold is replaced by one that it can."""

from __future__ import annotations

import re

# they reverse the letters that follow, also those of other names; a byte order mark within a text means nothing
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
# what XML 1.0 does not allow, and C1 controls, which browsers take for letters of an old code page
_UNSHOWN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def shown(text: object) -> str:
    r"""Return a text with control characters as their symbols, and what is no character as U+FFFD.

    Characters that change the direction of the text after them, and byte order marks, are left out.

    >>> shown("bell \x07, <script>, $x^2$")
    'bell ␇, <script>, $x^2$'
    """
    return _UNSHOWN.sub(_picture, TURNING.sub("", str(text)))


def _picture(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"
