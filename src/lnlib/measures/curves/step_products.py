"""Products of steps over time, without a loop over time and without an inverse.

A recursion such as u → uH(t) + c(t) is a chain of maps, and chains of maps can be grouped at will. So products since
the first time, and over any span of times, are built by doubling: blocks of 1, 2, 4, … times (Blelloch 1990). Matrices
of steps may be singular, so nothing here divides.

`Maps` is the pair (H, c): products of shape times × states × states, and what is gained, times × rows × states.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Maps = tuple[np.ndarray, np.ndarray]


def between(
    first: np.ndarray, last: np.ndarray, source: np.ndarray, *, step: np.ndarray, stay: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each span of times first … last, the product of its steps and what a stay in `source` gains."""
    times, states = step.shape[:2]
    carried, gained = np.empty((len(first), states, states)), np.empty((len(first), states))
    differ = first ^ last
    level = np.frexp(differ.astype(float))[1]  # how many bits: blocks of 2^(level − 1) part the two
    at = np.flatnonzero(level == 0)
    carried[at], gained[at] = step[first[at]], stay[first[at], source[at]]
    ahead, behind = _padded(step, stay), _padded(step, stay)
    size = 1
    for bits in range(1, max(times - 1, 0).bit_length() + 1):
        at = np.flatnonzero(level == bits)
        to_end, from_start = behind[0][first[at]], ahead[0][last[at]]
        carried[at] = to_end @ from_start
        tail = behind[1][first[at], source[at]]
        gained[at] = np.einsum("ni,nij->nj", tail, from_start) + ahead[1][last[at], source[at]]
        _double(ahead, size, apply)
        _double_back(behind, size)
        size *= 2
    return carried, gained


def apply(earlier: Maps, later: Maps) -> Maps:
    """Chain u → uH + c."""
    return earlier[0] @ later[0], earlier[1] @ later[0] + later[1]


def sandwich(earlier: Maps, later: Maps) -> Maps:
    """Chain V → H'VH + E."""
    across = np.swapaxes(later[0], -1, -2)
    return earlier[0] @ later[0], across @ earlier[1] @ later[0] + later[1]


def _padded(step: np.ndarray, extra: np.ndarray) -> Maps:
    """Fill up to a power of two with steps that change nothing."""
    times, states = step.shape[:2]
    full = 1 << max(times - 1, 0).bit_length()
    product = np.broadcast_to(np.eye(states), (full, states, states)).copy()
    product[:times] = step
    rest = np.zeros((full, *extra.shape[1:]))
    rest[:times] = extra
    return product, rest


def _blocks(maps: Maps, size: int) -> Maps:
    """See an array of maps as pairs of neighbouring blocks; a view, so that writing changes the array."""
    pairs = len(maps[0]) // (2 * size)
    product, rest = (part.reshape(pairs, 2, size, *part.shape[1:]) for part in maps)
    return product, rest


def _double(maps: Maps, size: int, chain: Callable[[Maps, Maps], Maps]) -> None:
    """From products since the start of each block of `size`, make those since the start of a block twice as large."""
    product, rest = _blocks(maps, size)
    product[:, 1], rest[:, 1] = chain((product[:, 0, -1:], rest[:, 0, -1:]), (product[:, 1], rest[:, 1]))


def _double_back(maps: Maps, size: int) -> None:
    """From products to the end of each block of `size`, make those to the end of a block twice as large."""
    product, rest = _blocks(maps, size)
    product[:, 0], rest[:, 0] = apply((product[:, 0], rest[:, 0]), (product[:, 1, :1], rest[:, 1, :1]))


def since_first(step: np.ndarray, extra: np.ndarray, chain: Callable[[Maps, Maps], Maps]) -> Maps:
    """Chain all maps from the first time to each."""
    maps = _padded(step, extra)
    size = 1
    while size < len(maps[0]):
        _double(maps, size, chain)
        size *= 2
    return maps[0][: len(step)], maps[1][: len(step)]
