"""Explore a register without programming: choose, look, read stories, take away an exhibit, a program or a run.

`view_and_filters` is what is chosen, `views` make a chart of it, `selection` is what it selects; `mark_details` and
`partnership_table` are the partnerships behind a picture; `page_data` is what the page is sent, `server` and `worker` send
it to those whom `guard` lets through, `start_server` starts them; `web` is the page. `importing`, `import_questions` and
`import_page` are the page *Open a register*. `code` and `run_file` write what reproduces it, `notebook` shows the page in a cell.
"""

from __future__ import annotations

import hashlib
from typing import Any

from lnlib.errors import LnlibError
from lnlib.explorer.notebook import Explorer
from lnlib.explorer.selection import Selections
from lnlib.explorer.view_and_filters import Choice
from lnlib.explorer.views import View, view
from lnlib.register import Register

__all__ = ["Choice", "Explorer", "View", "explore", "view"]

_SELECTIONS = Selections()
_KEPT: dict[str, Choice] = {}


def explore(
    register: str | Register = "demonstration",
    *,
    frame: str = "",
    language: str = "en",
    key: str = "",
    **chosen: Any,
) -> Explorer:
    """Return an explorer of a register, which a notebook shows as a page in a frame.

    What was chosen is kept while the kernel runs, so that a cell that is run again shows what it showed.

    Parameters
    ----------
    register : str or Register
        Path, bare name in a `data` folder, or an opened register that has a path; what that is narrowed to is chosen.
    frame : str
        Number of units provinces are counted in; empty for the register's own.
    key : str
        Tells apart explorers of one register in one notebook, whose choices are kept apart.
    **chosen
        Other fields of `Choice` to begin with, such as `view` or `province`.

    Raises
    ------
    LnlibError
        The language or a choice is not known, or the register was not opened from a path. A register that cannot be
        opened is named in the explorer, where another can be chosen.
    """
    if isinstance(register, Register):
        if register.path is None:
            raise LnlibError("a register is explored where it is saved; this one has no path")
        own = _SELECTIONS.opened.open(str(register.path), register.frame).observed
        if register.observed != own:
            days = dict(zip(("period_from", "period_to"), map(str, register.observed), strict=True))
            chosen = days | chosen
        choice = Choice.of(register, language=language, **chosen)
    else:
        choice = Choice(register=register, frame=frame, language=language, **chosen)
    return Explorer(choice, key=_digest(key or repr(choice)), kept=_KEPT, selections=_SELECTIONS)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]
