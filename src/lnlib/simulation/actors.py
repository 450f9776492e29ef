"""Invented actors for a simulated register, and who is partner of whom. Their names say that they are simulated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lnlib.simulation.declared_rates import Rates, Side
from lnlib.simulation.drawn_lives import drawn

_NATIONWIDE = "national"


def invent_actors(rates: Rates, home: np.ndarray, random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make the actors, and say for each partnership who they are and of which kind and tier.

    Parameters
    ----------
    rates : Rates
        How many actors, of which kinds.
    home : array of str
        Province code of each partnership, as after any split.
    random : numpy Generator
        Where chance comes from.

    Returns
    -------
    tuple of (DataFrame, DataFrame)
        The table of actors, and one row a partnership: `non_state`, `state`, `non_state_kind`, `state_kind`, `tier`.
    """
    n = len(home)
    ngos = max(1, round(n * rates.non_state.per_partnership))
    ngo_kinds = _kinds(rates.non_state, ngos, random)
    non_state = _choose_non_state(home, ngos, random)

    kinds = list(rates.state.kinds)
    weights = [rates.state.kinds[kind].weight for kind in kinds]
    nationwide = [rates.state.kinds[kind].tier == _NATIONWIDE for kind in kinds]
    local = [0.0 if wide else weight for weight, wide in zip(weights, nationwide, strict=True)]
    wide = [weight if wide else 0.0 for weight, wide in zip(weights, nationwide, strict=True)]
    # some partners are bodies of the whole country; the others are where the partnership is
    across = random.random(n) * sum(weights) < sum(wide)
    pools = np.where(across, "", home)
    state = np.zeros(n, dtype=int)
    state_kind: list[str] = []
    state_home: list[str] = []
    for pool in sorted(set(pools)):
        members = np.flatnonzero(pools == pool)
        size = max(1, round(len(members) * rates.state.per_partnership))
        state[members] = len(state_kind) + _shared_out(len(members), size, random)
        state_kind += [kinds[kind] for kind in drawn(local if pool else wide, size, random=random)]
        state_home += [pool] * size
    non_state = _without_twins(non_state, state, ngos)

    codes = rates.places.by_code
    one, other = keys("N", ngos), keys("S", len(state_kind))
    tiers = [rates.non_state.kinds[kind].tier for kind in ngo_kinds]
    state_tiers = [rates.state.kinds[kind].tier for kind in state_kind]
    where = [f" ({codes[code].name()})" if code else "" for code in state_home]
    names = _names(rates.non_state, ngo_kinds, [""] * ngos) + _names(rates.state, state_kind, where)
    actors = pd.DataFrame(
        {
            "actor": [*one, *other],
            "name": names,
            "kind": [*ngo_kinds, *state_kind],
            "tier": [*tiers, *state_tiers],
            "province": [""] * ngos + state_home,
            "source": "simulated",
        }
    )
    used = np.r_[np.isin(np.arange(ngos), non_state), np.isin(np.arange(len(state_kind)), state)]
    described = pd.DataFrame(
        {
            "non_state": np.array(one, dtype=object)[non_state],
            "state": np.array(other, dtype=object)[state],
            "non_state_kind": np.array(ngo_kinds, dtype=object)[non_state],
            "state_kind": np.array(state_kind, dtype=object)[state],
            "tier": np.array(state_tiers, dtype=object)[state],
        }
    )
    return actors[used], described


def _kinds(side: Side, size: int, random: np.random.Generator) -> list[str]:
    kinds = list(side.kinds)
    return [kinds[kind] for kind in drawn([side.kinds[kind].weight for kind in kinds], size, random=random)]


def _choose_non_state(home: np.ndarray, ngos: int, random: np.random.Generator) -> np.ndarray:
    """Draw a non-state actor for each partnership: each works in up to three provinces, some in many partnerships and some in one."""
    codes = sorted(set(home))
    works_in = np.floor(random.random((ngos, 3)) * len(codes)).astype(int)
    liking = 0.2 + random.random(ngos)
    chosen = np.zeros(len(home), dtype=int)
    for position, code in enumerate(codes):
        members = np.flatnonzero(home == code)
        there = np.flatnonzero((works_in == position).any(axis=1))
        there = there if len(there) else np.arange(ngos)
        chosen[members] = there[drawn(list(liking[there]), len(members), random=random)]
    return chosen


def _shared_out(members: int, size: int, random: np.random.Generator) -> np.ndarray:
    """Return every actor of a pool once, then others by chance."""
    others = np.floor(random.random(max(0, members - size)) * size).astype(int)
    return np.concatenate([np.arange(min(size, members)), others])


def _without_twins(non_state: np.ndarray, state: np.ndarray, ngos: int) -> np.ndarray:
    """Return twins of a pair another non-state actor, as far as there are others."""
    for _ in range(min(ngos - 1, 100)):
        twin = pd.DataFrame({"a": non_state, "b": state}).duplicated().to_numpy()
        if not twin.any():
            break
        non_state = np.where(twin, (non_state + 1) % ngos, non_state)
    return non_state


def keys(letter: str, size: int) -> list[str]:
    """Return numbered keys that sort as they count.

    >>> keys("P", 2)
    ['P01', 'P02']
    """
    width = max(2, len(str(size)))
    return [f"{letter}{number:0{width}d}" for number in range(1, size + 1)]


def _names(side: Side, kinds: list[str], where: list[str]) -> list[str]:
    numbers = pd.Series(kinds).groupby(pd.Series(kinds)).cumcount() + 1
    called = [side.kinds[kind].called for kind in kinds]
    return [f"Simulated {word} {n:02d}{place}" for word, n, place in zip(called, numbers, where, strict=True)]
