"""Design effects: what several observations of one partnership are worth beside as many of different partnerships."""

from __future__ import annotations

import numpy as np


def design_effects(
    cluster: np.ndarray, row: np.ndarray, category: np.ndarray, *, rows: int, categories: int
) -> np.ndarray:
    """Return the design effect of the shares of categories in each row of a table.

    The variance of a share over clusters is set against that of as many independent observations, both summed over the
    categories of a row, which is steadier than each alone at few clusters. No effect is under 1: with few clusters it
    would be by chance. Where all observations of a row are alike, or come from one cluster, only clusters count.

    Parameters
    ----------
    cluster, row, category
        Whole numbers from 0, one an observation.
    rows, categories
        How many there are.

    Returns
    -------
    ndarray
        One a row; 1 for a row without observations, and where each cluster has one.

    Notes
    -----
    Kish (1965); Rao & Scott (1992), Biometrics 48, 577–585.

    Examples
    --------
    >>> design_effects(np.array([0, 0, 1, 1]), np.zeros(4, int), np.array([0, 0, 1, 1]), rows=1, categories=2)
    array([2.])
    """
    n = np.bincount(row, minlength=rows).astype(float)
    cells = np.bincount(row * categories + category, minlength=rows * categories).reshape(rows, categories)
    share = cells / np.maximum(n, 1)[:, None]
    own, place = _numbered(cluster, row, rows)
    per_row = np.bincount(own, minlength=rows)
    size = np.bincount(place, minlength=len(own)).astype(float)
    held = np.bincount(place * categories + category, minlength=len(own) * categories).reshape(len(own), categories)
    spread = np.bincount(own, weights=((held - size[:, None] * share[own]) ** 2).sum(axis=1), minlength=rows)
    alone = n * (share * (1 - share)).sum(axis=1)
    most = n / np.maximum(per_row, 1)  # all of a cluster alike
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = 1 + (spread / alone - 1) * per_row / (per_row - 1)
    return np.maximum(np.where((alone > 0) & (per_row > 1), raw, most), 1.0)


def _numbered(cluster: np.ndarray, row: np.ndarray, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the row of each combination of row and cluster, and the combination of each observation."""
    key = cluster.astype(np.int64) * rows + row
    size = int(key.max(initial=-1)) + 1
    if size <= max(4 * len(key), 10_000_000):  # few enough to count without sorting
        there = np.bincount(key, minlength=size) > 0
        return np.flatnonzero(there) % rows, (np.cumsum(there) - 1)[key]
    found, place = np.unique(key, return_inverse=True)
    return found % rows, place.ravel()
