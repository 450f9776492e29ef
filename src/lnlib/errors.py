"""Errors of lnlib. The constructors own the wording, so that every message reads the same way.

A message names the place (file, row, column), the value, what is allowed and the nearest match. A word, name or option that
is not known raises `ValueNotAllowed` everywhere, and a frame without a column that is needed `ColumnMissing`; docstrings
name what is raised besides.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Self


def nearest(value: object, allowed: Iterable[str]) -> str | None:
    """Return the allowed word most like `value`; None if none is similar.

    >>> nearest("Batambang", ["Battambang", "Takeo"])
    'Battambang'
    >>> nearest("kh", ["en", "km"])  # of two letters one may be wrong
    'km'
    """
    words = {str(word).casefold(): str(word) for word in allowed}
    asked = str(value).casefold()
    alike = 0.5 if len(asked) == 2 and asked.isalpha() else 0.6
    close = difflib.get_close_matches(asked, list(words), n=1, cutoff=alike)
    return words[close[0]] if close else None


def listed(words: Iterable[object], *, most: int = 12) -> str:
    """Write words as a list for a sentence; of a long list, the first ones and the count of the rest.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    names = [str(word) for word in words]
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def not_allowed(name: str, value: object, allowed: Sequence[str], *, meant: str = "", most: int = 12) -> str:
    """Return the message that `value` is not one of `allowed`, with what was `meant` or the nearest match.

    >>> not_allowed("stage", "colaboration", ["coalition", "collaboration"])
    "stage 'colaboration' is not known; did you mean 'collaboration'? Allowed: coalition, collaboration"
    """
    match = meant or nearest(value, allowed)
    hint = f"; did you mean '{match}'?" if match else "."
    return f"{name} '{shortened(value)}' is not known{hint} Allowed: {listed(allowed, most=most)}"


def shortened(text: object, *, most: int = 300) -> str:
    """Return a text cut to a length that a message can hold.

    >>> shortened("a long word", most=6)
    'a lon…'
    """
    whole = str(text)
    return whole if len(whole) <= most else f"{whole[: most - 1]}…"


class LnlibError(Exception):
    """Anything that lnlib refuses to do; its text is meant for the person who asked."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows of it: the line of the cell that asked, and the message, without our own code."""
        lines = []
        frame = self.__traceback__
        while frame is not None:
            names = frame.tb_frame.f_globals
            if names.get("__name__") == "__main__" and "In" in names:
                lines = [f"Cell In[{len(names['In']) - 1}], line {frame.tb_lineno}"]
            frame = frame.tb_next
        return [*lines, f"{type(self).__name__}: {self}"]


class ValueNotAllowed(LnlibError, ValueError):
    """A value that is not among those declared."""

    @classmethod
    def of(cls, name: str, value: object, allowed: Sequence[str]) -> Self:
        """Name the field, the bad value, the nearest match and what is allowed."""
        return cls(not_allowed(name, value, allowed))


class ColumnMissing(LnlibError, ValueError):
    """A frame given to a measure or a chart lacks a column that its page of documentation names."""

    @classmethod
    def of(cls, missing: Sequence[str], present: Sequence[str], *, caller: str) -> Self:
        """Name the columns that are missing, those that are there, and who asked."""
        return cls(f"{caller} needs column {listed(missing)}; the frame has: {listed(present) or 'none'}")


class RegisterError(LnlibError):
    """A register that cannot be opened, or that has problems."""


class EditionError(LnlibError):
    """An edition file, or a parameter in it, that is wrong."""


class NotEnough(LnlibError):
    """Too little was observed for the measure to say anything."""


class NotConverged(LnlibError):
    """A fit that did not reach its optimum: there is no number to give."""
