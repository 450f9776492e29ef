"""The lives of simulated partnerships: stages, mechanisms and endings in continuous time, from declared rates.

While nothing changes, every intensity of a partnership is constant; so the time to its next event is exponential and
which event it is falls by the intensities (Gillespie 1977, J. Phys. Chem. 81, 2340). Only `random()` is drawn, whose
stream numpy keeps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lnlib.simulation.declared_rates import MOVES, STEPS, Rates

YEAR = 365.25


@dataclass(frozen=True)
class Lives:
    """What happened to n partnerships, in years since each began.

    Parameters
    ----------
    owner, time, stage : array
        One entry a stage held: whose (position), from when, which (position in the scale); in order of owner and time.
    end : array of float
        When each ended; infinite where it still lived at the end of the period.
    closed : array of bool
        Whether it ended with its project.
    mechanisms : tuple of array
        Whose, which (position among the declared ones), from when, until when (infinite while it lasts).
    """

    owner: np.ndarray
    time: np.ndarray
    stage: np.ndarray
    end: np.ndarray
    closed: np.ndarray
    mechanisms: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

    def stage_at(self, owner: np.ndarray, time: np.ndarray) -> np.ndarray:
        """Return the stage that partnerships held at times within their lives."""
        # lives are shorter than this, so that one sorted key finds owner and time together
        apart = 1e4
        stages: np.ndarray = self.stage[
            np.searchsorted(self.owner * apart + self.time, owner * apart + time, side="right") - 1
        ]
        return stages


def live(rates: Rates, described: pd.DataFrame, *, random: np.random.Generator) -> Lives:
    """Simulate partnerships from their start to their end or the end of the period.

    Parameters
    ----------
    rates : Rates
        The intensities.
    described : DataFrame
        One row a partnership, in any order: `start` (datetime64) and the attributes `non_state_kind`, `state_kind`,
        `tier`, `hybrid`, `multi_sector`.
    random : numpy Generator
        Where chance comes from.
    """
    n, names = len(described), list(rates.mechanisms)
    base = np.array([[rates.moves[move].get(stage, 0.0) for move in MOVES] for stage in rates.scale.keys])
    own = _ratios_of_attributes(rates, described)
    ratio_in_force = np.array([[rates.hazard_ratio(move, mechanisms=(name,)) for move in MOVES] for name in names])
    ratio_in_force = ratio_in_force.reshape(len(names), len(MOVES))
    arising = np.array([rates.mechanisms[name].rate for name in names])
    ceasing = np.array([rates.mechanisms[name].ceases for name in names])
    after = [rates.mechanisms[name].after for name in names]
    steps = np.array([STEPS.get(move, 0) for move in MOVES])
    barriers, closing_shares = _barriers(rates, described)

    stage = drawn([rates.begin.get(key, 0.0) for key in rates.scale.keys], n, random=random)
    clock, end, closed = np.zeros(n), np.full(n, np.inf), np.zeros(n, dtype=bool)
    since = np.full((n, len(names)), np.inf)  # infinite while not in force
    had = np.zeros((n, len(names)), dtype=bool)
    held = [(np.arange(n), np.zeros(n), stage.copy())]
    episodes: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []

    alive = np.arange(n)
    while len(alive):
        in_force = np.isfinite(since[alive])
        ratios = own[alive] * np.where(in_force[:, :, None], ratio_in_force, 1.0).prod(axis=1)
        ready = np.column_stack(
            [had[alive, names.index(a)] if a else np.ones(len(alive), bool) for a in after]
            or [np.ones((len(alive), 0), dtype=bool)]
        )
        intensities = np.hstack([base[stage[alive]] * ratios, arising * (~in_force & ready), ceasing * in_force])
        ladder = intensities.cumsum(axis=1)
        when, which = random.random(len(alive)), random.random(len(alive))
        with np.errstate(divide="ignore", invalid="ignore"):
            wait = np.where(ladder[:, -1] > 0, -np.log1p(-when) / ladder[:, -1], np.inf)
        ahead = np.where(barriers[alive] > clock[alive, None], barriers[alive], np.inf)
        barrier = ahead.min(axis=1)
        stopped = clock[alive] + wait >= barrier
        clock[alive] = np.where(stopped, barrier, clock[alive] + wait)

        # at a barrier a project closes or the period ends; the second draw decides who goes with the project
        at, chance = alive[stopped], closing_shares[ahead.argmin(axis=1)[stopped]]
        goes = which[stopped] < 1 - (1 - chance) ** ratios[stopped, MOVES.index("end")]
        end[at[goes]], closed[at[goes]] = clock[at[goes]], True
        over = np.zeros(n, dtype=bool)
        over[at[goes]] = True
        over[at[np.isnan(chance)]] = True

        event = (ladder <= (which * ladder[:, -1])[:, None]).sum(axis=1)
        event[stopped] = -1
        moved = (event >= 0) & (event < len(MOVES))
        ends = alive[event == MOVES.index("end")]
        end[ends], over[ends] = clock[ends], True
        moved &= event != MOVES.index("end")
        stage[alive[moved]] += steps[event[moved]]
        held.append((alive[moved], clock[alive[moved]], stage[alive[moved]]))
        for number in range(len(names)):
            rises = alive[event == len(MOVES) + number]
            since[rises, number], had[rises, number] = clock[rises], True
            falls = alive[event == len(MOVES) + len(names) + number]
            episodes.append((falls, np.full(len(falls), number), since[falls, number], clock[falls]))
            since[falls, number] = np.inf
        alive = alive[~over[alive]]

    lasting = np.nonzero(np.isfinite(since))
    episodes.append((lasting[0], lasting[1], since[lasting], np.full(len(lasting[0]), np.inf)))
    owner, time, stages = (np.concatenate(parts) for parts in zip(*held, strict=True))
    order = np.lexsort((time, owner))
    whose, which_one, start, until = (np.concatenate(parts) for parts in zip(*episodes, strict=True))
    sorted_ = np.lexsort((start, whose))
    mechanisms = (whose[sorted_], which_one[sorted_], start[sorted_], until[sorted_])
    return Lives(owner[order], time[order], stages[order], end, closed, mechanisms)


def drawn(weights: list[float], size: int, *, random: np.random.Generator) -> np.ndarray:
    """Draw positions by weight.

    >>> drawn([0.0, 1.0], 3, random=np.random.default_rng(1)).tolist()
    [1, 1, 1]
    """
    ladder = np.cumsum(weights)
    return np.searchsorted(ladder / ladder[-1], random.random(size), side="right")


def _ratios_of_attributes(rates: Rates, described: pd.DataFrame) -> np.ndarray:
    names = ["non_state_kind", "state_kind", "tier", "hybrid", "multi_sector"]
    different = described[names].drop_duplicates().to_dict("records")
    rows = pd.DataFrame(different)
    for move in MOVES:
        rows[move] = [
            rates.hazard_ratio(move, **{str(name): value for name, value in row.items()}) for row in different
        ]
    return described[names].merge(rows, on=names, how="left")[list(MOVES)].to_numpy(dtype=float).reshape(-1, len(MOVES))


def _barriers(rates: Rates, described: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the years from each start to each closing and to the end of the period; the share each closing ends, then NaN."""
    days = np.array([*(when.last for when in rates.closings), rates.period.last], dtype="datetime64[D]")
    starts = described["start"].to_numpy().astype("datetime64[D]")
    # what happens on the last day is still recorded
    years = ((days[None, :] - starts[:, None]).astype(int) + 1) / YEAR
    return years, np.array([*rates.closings.values(), np.nan])
