"""The parts of the explorer that are drawn in the browser; each has its script in `web`, and nothing of the network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import traitlets

_WEB = Path(__file__).parent / "web"


class Chips(anywidget.AnyWidget):
    """Buttons in a row, of which one (`single`) or any number are chosen; `options` are pairs of key and label."""

    _esm = (_WEB / "chips.js").read_text("utf-8")
    label = traitlets.Unicode().tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)
    value = traitlets.List(traitlets.Unicode()).tag(sync=True)
    single = traitlets.Bool(False).tag(sync=True)
    big = traitlets.Bool(False).tag(sync=True)


class TileMap(anywidget.AnyWidget):
    """Tiles of provinces (`key`, `label`, `said`, `row`, `col`, `n`, `count`), of which one is chosen."""

    _esm = (_WEB / "tiles.js").read_text("utf-8")
    label = traitlets.Unicode().tag(sync=True)
    every = traitlets.Unicode().tag(sync=True)
    help = traitlets.Unicode().tag(sync=True)
    unstated = traitlets.Unicode().tag(sync=True)
    tiles: Any = traitlets.List().tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)


class Picture(anywidget.AnyWidget):
    """An exhibit's SVG; `pointed` is the key of the line pointed at, `width` the print width there is room for."""

    _esm = (_WEB / "picture.js").read_text("utf-8")
    _css = (_WEB / "explorer.css").read_text("utf-8")
    svg = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    lines = traitlets.Dict().tag(sync=True)
    lacking = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    heading = traitlets.Unicode().tag(sync=True)
    pointed = traitlets.Unicode().tag(sync=True)
    story = traitlets.Unicode().tag(sync=True)
    width = traitlets.Unicode("two-columns").tag(sync=True)


class Program(anywidget.AnyWidget):
    """A program's text, and the button that copies it."""

    _esm = (_WEB / "program.js").read_text("utf-8")
    label = traitlets.Unicode().tag(sync=True)
    heading = traitlets.Unicode().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    copied = traitlets.Unicode().tag(sync=True)
    not_copied = traitlets.Unicode().tag(sync=True)
