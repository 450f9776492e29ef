"""Rows of a chart that would be empty: where most are, they are counted under it instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lnlib.words import Words


def set_aside(names: Mapping[str, str], empty: Collection[str], words: Words) -> tuple[list[str], str]:
    """Return the rows to draw, and the sentence that counts those left out.

    An empty row says that a province has no partnership, which is not that nobody assessed any. Where more than half
    of all rows would say so, one sentence says it of all of them; where all would, or fewer, each is drawn.

    Parameters
    ----------
    names : mapping of str to str
        What each row is called, in their order.
    empty : collection of str
        The rows without a partnership.

    Returns
    -------
    (list of str, str)
        The keys of the rows to draw in their order; the sentence, empty where none is left out.
    """
    if not len(names) / 2 < len(empty) < len(names):
        return list(names), ""
    return [key for key in names if key not in empty], words("province_tiles.none_elsewhere", n=len(empty))
