"""The explorer in a cell of a notebook: the page in a frame, and what it shows as objects."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from lnlib.errors import LnlibError
from lnlib.exhibits.figure import Exhibit
from lnlib.explorer.allowed_paths import Limits
from lnlib.explorer.open_registers import names
from lnlib.explorer.run_file import saved_in
from lnlib.explorer.selection import Selection, Selections
from lnlib.explorer.start_server import Background
from lnlib.explorer.view_and_filters import Choice
from lnlib.explorer.views import View
from lnlib.register import Register

SESSION_VARIABLE = "JPY_SESSION_NAME"  # set by a Jupyter server for the kernels of its notebooks
HEIGHT = 900  # pixels
# the page must be of the site of the notebook around it, else a browser keeps its cookie back
_FRAME = """<div class="lnlib-explorer"></div><script>{{
const frame = document.createElement("iframe"), there = new URL({url});
if (["localhost", "127.0.0.1"].includes(location.hostname)) there.hostname = location.hostname;
frame.src = there; frame.title = "lnlib explorer"; frame.style = "width:100%;height:{height}px;border:0";
document.currentScript.previousElementSibling.replaceChildren(frame);
}}</script>"""


class Explorer:
    """A register to be explored without programming.

    Parameters
    ----------
    first : Choice
        What is shown first.
    key : str
        Under which the choice is kept for the next explorer of the same cell.
    kept : dict
        The choices shown last, by their keys.
    """

    def __init__(self, first: Choice, *, key: str, kept: dict[str, Choice], selections: Selections) -> None:
        self._first, self._key, self._kept, self._selections = first, key, kept, selections

    @property
    def choice(self) -> Choice:
        """What is chosen now: what the page showed last."""
        return self._kept.get(self._key, self._first)

    @property
    def selection(self) -> Selection:
        """What the choice selects.

        Raises
        ------
        LnlibError
            The register cannot be opened, or the choice cannot be.
        """
        return self._selections.select(self.choice)

    @property
    def exhibit(self) -> Exhibit:
        """The exhibit on show.

        Raises
        ------
        LnlibError
            There is nothing to show; the message is the one on the page.
        """
        selection = self.selection
        if selection.exhibit is None:
            raise LnlibError(selection.reason)
        return selection.exhibit

    @property
    def shown(self) -> View:
        """The chart on show with its data; the errors are those of `exhibit`."""
        assert self.exhibit
        return self.selection.drawn

    @property
    def register(self) -> Register:
        """The register, narrowed to what is chosen; the errors are those of `exhibit`."""
        return self.exhibit.register

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        try:
            selection = self.selection
            lines = [selection.summary, selection.exhibit.alt if selection.exhibit else selection.reason]
        except LnlibError as error:
            lines = [str(error)]
        bundle = {"text/plain": "\n".join(lines)}
        # where nobody can look, as in a batch, nothing is served
        return bundle | ({"text/html": self._frame()} if os.environ.get(SESSION_VARIABLE) else {})

    def _frame(self) -> str:
        background = _background(self.choice.register)
        background.service.selections, background.service.last = self._selections, self._kept
        url = f"{background.url}&explorer={self._key}&{self.choice.query}"
        return _FRAME.format(url=json.dumps(url).replace("<", "\\u003c"), height=HEIGHT)


_BACKGROUND: list[Background] = []


def _background(register: str) -> Background:
    """Return the server of this kernel; it is started when it is first needed."""
    if not _BACKGROUND:
        folder, params = saved_in(Path.cwd())
        _BACKGROUND.append(Background.start(Limits((register, *names()), folder.absolute(), params.absolute())))
    _BACKGROUND[0].allow(register)
    return _BACKGROUND[0]
