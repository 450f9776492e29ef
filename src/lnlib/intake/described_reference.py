"""The scale and the places that the description of a register names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.register.package import DESCRIPTOR, inside

USUAL_SCALE = "dfgg"


def scale_and_places(about: Mapping[str, Any], path: Path) -> tuple[Scale, Places]:
    """Return the scale and places that a register's description names, or those that hold where it names none."""
    words = about.get("register") or {}
    return scale_of(words, path), places_of(words, path)


def described_in(path: Path) -> Path:
    """Return where a register says what it is: its descriptor, or the workbook itself."""
    return path / DESCRIPTOR if path.is_dir() else path


def scale_of(about: Mapping[str, Any], path: Path, asked: str = "") -> Scale:
    """Return the scale that was asked for, else the register's own, else that of the DFGG."""
    own = about.get("scale")
    if asked:
        return Scale.load(asked)
    if isinstance(own, dict):
        return Scale.declared(own, place=f"{described_in(path)}: scale")
    if str(own).endswith((".yml", ".yaml")):
        return Scale.load(_beside(path, own, of="scale"))
    return Scale.load(str(own)) if own else Scale.load(USUAL_SCALE)


def places_of(about: Mapping[str, Any], path: Path) -> Places:
    """Return the register's own places, else those of Cambodia."""
    declared = about.get("places")
    if isinstance(declared, Places):
        return declared
    name = str(declared or "cambodia")
    if name.endswith(".csv"):
        return Places.load(_beside(path, name, of="places"))
    return Places.load(name)


def _beside(path: Path, file: object, *, of: str) -> Path:
    return inside(path if path.is_dir() else path.parent, file, of=of, stated_in=described_in(path))
