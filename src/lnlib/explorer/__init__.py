"""Explore a register without programming: choose, look, read stories, take away an exhibit, a program or a run.

`choice` is what is chosen, `views` make a chart of it, `made` is what it shows; `parts` are drawn in the browser (`web`),
`panel` puts them together; `code` and `run_file` write what reproduces it; `serving` opens it in a page of its own.
"""

from __future__ import annotations

from typing import Any

from lnlib.errors import LnlibError
from lnlib.explorer.choice import Choice
from lnlib.explorer.limits import Limits
from lnlib.explorer.made import Maker
from lnlib.explorer.panel import Explorer, start
from lnlib.explorer.views import View, view
from lnlib.register import Register

__all__ = ["Choice", "Explorer", "Limits", "View", "explore", "view"]

_MAKER = Maker()
_KEPT: dict[str, Choice] = {}


def explore(
    register: str | Register = "demonstration",
    *,
    frame: str = "",
    language: str = "en",
    key: str = "",
    limits: Limits | None = None,
    **chosen: Any,
) -> Explorer:
    """Explore a register.

    What was chosen is kept while the kernel runs, so that a cell that is run again shows what it showed.

    Parameters
    ----------
    register : str or Register
        Path, bare name in a `data` folder, or an opened register that has a path; what that is narrowed to is chosen.
    frame : str
        Number of units provinces are counted in; empty for the register's own.
    language : str
    key : str
        Tells apart explorers of one register in one notebook, whose choices are kept apart.
    limits : Limits, optional
        The registers that may be opened and the folders that may be saved to; none if not given, as whoever can call
        this can do anything else as well.
    **chosen
        Other fields of `Choice` to begin with, such as `view` or `province`.

    Raises
    ------
    LnlibError
        The language or a choice is not known, or the register was not opened from a path. A register that cannot be
        opened is said in the explorer, where another can be named.
    """
    if isinstance(register, Register):
        if register.path is None:
            raise LnlibError("a register is explored where it is saved; this one has no path")
        own = _MAKER.shelf.open(str(register.path), register.frame).observed
        if register.observed != own:
            days = dict(zip(("period_from", "period_to"), map(str, register.observed), strict=True))
            chosen = days | chosen
        choice = Choice.of(register, language=language, **chosen)
    else:
        choice = Choice(register=register, frame=frame, language=language, **chosen)
    key = key or repr(choice)
    if key not in _KEPT:
        _KEPT[key] = choice if "placed" in chosen else start(_MAKER, choice)
    return Explorer(_KEPT[key], maker=_MAKER, kept=_KEPT, key=key, limits=limits)
