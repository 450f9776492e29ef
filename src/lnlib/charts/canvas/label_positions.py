"""Positions for labels side by side: as near as can be to where they belong, and never touching."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def spread(wanted: Sequence[float], needs: Sequence[float], *, room: float) -> list[float]:
    """Move labels apart along a line, each as little as possible.

    Method: with the widths taken off, labels that may not pass each other are an isotonic regression, solved by
    pooling neighbours (Ayer et al. 1955).

    Parameters
    ----------
    wanted : sequence of float
        Where the middle of each label belongs, in order.
    needs : sequence of float
        How wide each is.
    room : float
        They stay between 0 and this, if together they fit.

    Returns
    -------
    list of float
        The middle of each.

    Examples
    --------
    >>> spread([5.0, 5.0, 20.0], [2.0, 2.0, 2.0], room=20)
    [4.0, 6.0, 19.0]
    """
    if not len(wanted):
        return []
    widths = np.asarray(needs, dtype=float)
    offsets = np.r_[0.0, np.cumsum((widths[:-1] + widths[1:]) / 2)]
    pools: list[tuple[float, int]] = []
    for place in np.asarray(wanted, dtype=float) - offsets:
        pools.append((float(place), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, n), (two, m) = pools[-2:]
            pools[-2:] = [((one * n + two * m) / (n + m), n + m)]
    level = np.repeat([place for place, _ in pools], [many for _, many in pools])
    most = room - widths[-1] / 2 - offsets[-1]
    centres: list[float] = (np.clip(level, widths[0] / 2, max(most, widths[0] / 2)) + offsets).tolist()
    return centres
