"""Frames and fits cached per register: the exhibits of one page need the same histories and models again.

A register does not change, so what follows from it and the same choices does not either. They live as long as their
register. Frames are returned as shallow copies: pandas copies on write, so no caller sees what another one changes.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

import pandas as pd

from lnlib.register.model import Register

MOST_KEPT = 12  # of one register; an explorer's choices have no end
Arguments = ParamSpec("Arguments")
Kept = TypeVar("Kept")


def kept(
    work: Callable[Concatenate[Register, Arguments], Kept],
) -> Callable[Concatenate[Register, Arguments], Kept]:
    """Cache what a function returns, a frame or what nobody can change, with the register it was computed from.

    Calls with the same arguments, given by place or by name or left at their defaults, share one result. Arguments
    must be hashable.
    """
    signature = inspect.signature(work)

    @wraps(work)
    def cached(register: Register, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Kept:
        bound = signature.bind(register, *args, **kwargs)
        bound.apply_defaults()
        derived = register.derived
        key = (work.__module__, work.__qualname__, *list(bound.arguments.values())[1:])
        found = derived.pop(key, None)
        if found is None:
            found = work(register, *args, **kwargs)
        derived[key] = found  # the most recently used stands last
        while len(derived) > MOST_KEPT:
            derived.pop(next(iter(derived)), None)
        return cast(Kept, found.copy(deep=False) if isinstance(found, pd.DataFrame) else found)

    return cached
