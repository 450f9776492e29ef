"""What comes with lnlib: as YAML vocabularies, scales, claims, the house style and catalogues of words; provinces as CSV."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

# libyaml's loader reads the same ten times as fast; it comes with PyYAML wherever that was built with it
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def folder(*parts: str) -> Traversable:
    """Return a folder of the package."""
    return resources.files("lnlib").joinpath(*parts)


def names(*parts: str) -> list[str]:
    """Return the names of the YAML files of a folder, without their ending, in order.

    >>> names("words")
    ['en', 'km']
    """
    return sorted(Path(entry.name).stem for entry in folder(*parts).iterdir() if entry.name.endswith(".yml"))


def declared(*parts: str) -> Any:
    """Read a YAML file, named without its ending.

    >>> declared("data", "scales", "dfgg")["key"]
    'dfgg'
    """
    return parsed(text(*parts))


def text(*parts: str) -> str:
    """Read the text of a YAML file, named without its ending."""
    *outer, name = parts
    return (folder(*outer) / f"{name}.yml").read_text("utf-8")


def parsed(content: str) -> Any:
    """Parse the text of a YAML file."""
    return yaml.load(content, Loader=_Loader)  # both are safe loaders
