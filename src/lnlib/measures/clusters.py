"""Design effects: what several observations of one partnership are worth beside as many of different partnerships."""

from __future__ import annotations

import numpy as np

_DENSE = 20_000_000  # cells that are counted without sorting


def design_effects(
    cluster: np.ndarray, row: np.ndarray, category: np.ndarray, *, rows: int, categories: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the design effect of the shares of categories in each row of a table, and the clusters in each row.

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
    tuple of ndarray
        One number a row each; an effect of 1 for a row without observations, and where each cluster has one.

    Notes
    -----
    Kish (1965); Rao & Scott (1992), Biometrics 48, 577–585.

    Examples
    --------
    >>> effects, clusters = design_effects(
    ...     np.array([0, 0, 1, 1]), np.zeros(4, int), np.array([0, 0, 1, 1]), rows=1, categories=2)
    >>> effects, clusters
    (array([3.]), array([2]))
    """
    n = np.bincount(row, minlength=rows).astype(float)
    cells = np.bincount(row * categories + category, minlength=rows * categories).reshape(rows, categories)
    share = cells / np.maximum(n, 1)[:, None]
    many = int(cluster.max(initial=-1)) + 1
    if many * rows * categories <= _DENSE:
        key = cluster * rows + row
        dense = np.bincount(key * categories + category, minlength=many * rows * categories)
        held = dense.reshape(many, rows, categories).astype(float)
        size = held.sum(axis=2)
        clusters = (size > 0).sum(axis=0)
        squares, mixed = np.einsum("crk,crk->r", held, held), np.einsum("crk,cr->rk", held, size)
        sizes = np.einsum("cr,cr->r", size, size)
    else:
        found, place = np.unique(cluster.astype(np.int64) * rows + row, return_inverse=True)
        own = found % rows
        sparse = np.bincount(place.ravel() * categories + category, minlength=len(found) * categories)
        each = sparse.reshape(len(found), categories).astype(float)
        size = each.sum(axis=1)
        clusters = np.bincount(own, minlength=rows)
        squares = np.bincount(own, weights=(each**2).sum(axis=1), minlength=rows)
        mixed = np.stack([np.bincount(own, weights=own_kind * size, minlength=rows) for own_kind in each.T], axis=1)
        sizes = np.bincount(own, weights=size**2, minlength=rows)
    spread = squares - 2 * (share * mixed).sum(axis=1) + (share**2).sum(axis=1) * sizes
    alone = n * (share * (1 - share)).sum(axis=1)
    most = n / np.maximum(clusters, 1)  # all of a cluster alike
    with np.errstate(divide="ignore", invalid="ignore"):
        raw = 1 + (spread / alone - 1) * clusters / (clusters - 1)
    return np.maximum(np.where((alone > 0) & (clusters > 1), raw, most), 1.0), clusters
