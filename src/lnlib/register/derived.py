"""What is worked out from a register, kept with it: the exhibits of one page ask for the same histories again.

A register does not change, so what follows from it and the same choices does not either. What is kept goes with the
register, and is handed out as a copy: pandas copies what is written to, so no one changes what another is given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import pandas as pd

from lnlib.register.model import Register

MOST_KEPT = 8  # frames of one register; an explorer's choices have no end
Choices = ParamSpec("Choices")


def kept(
    work: Callable[Concatenate[Register, Choices], pd.DataFrame],
) -> Callable[Concatenate[Register, Choices], pd.DataFrame]:
    """Have a function's frame kept with the register it was worked out from; its choices are given by their place."""

    @wraps(work)
    def once(register: Register, *args: Choices.args, **kwargs: Choices.kwargs) -> pd.DataFrame:
        frames = register.derived
        key = (work.__qualname__, *args, *kwargs.items())
        frame = frames.pop(key, None)
        if frame is None:
            frame = work(register, *args, **kwargs)
        frames[key] = frame  # the one used last stands last
        while len(frames) > MOST_KEPT:
            frames.pop(next(iter(frames)), None)
        return frame.copy(deep=False)

    return once
