"""Frames cached per register: the exhibits of one page need the same histories again.

A register does not change, so what follows from it and the same choices does not either. Frames live as long as their
register and are returned as shallow copies: pandas copies on write, so no caller sees what another one changes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import pandas as pd

from lnlib.register.model import Register

MOST_KEPT = 12  # frames of one register; an explorer's choices have no end
Arguments = ParamSpec("Arguments")


def kept(
    work: Callable[Concatenate[Register, Arguments], pd.DataFrame],
) -> Callable[Concatenate[Register, Arguments], pd.DataFrame]:
    """Cache the frames of a function with the register they were computed from.

    Calls with the same arguments, given by place or by name or left at their defaults, share one frame. Arguments
    must be hashable.
    """
    signature = inspect.signature(work)

    @wraps(work)
    def cached(register: Register, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> pd.DataFrame:
        bound = signature.bind(register, *args, **kwargs)
        bound.apply_defaults()
        frames = register.derived
        key = (work.__module__, work.__qualname__, *list(bound.arguments.values())[1:])
        frame = frames.pop(key, None)
        if frame is None:
            frame = work(register, *args, **kwargs)
        frames[key] = frame  # the most recently used stands last
        while len(frames) > MOST_KEPT:
            frames.pop(next(iter(frames)), None)
        return frame.copy(deep=False)

    return cached
