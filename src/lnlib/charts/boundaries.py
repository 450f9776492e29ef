"""Boundaries of an editor's own file: GeoJSON checked and read into rings, by the code of each unit.

GeoJSON is RFC 7946 (Butler et al. 2016): longitude and latitude in degrees (WGS 84). Lines are drawn straight on an
equirectangular projection with its true parallel in the middle of the map, which is enough for one country.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np
from matplotlib.path import Path

from lnlib.errors import LnlibError, listed, nearest

SHAPES = ("Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Boundaries:
    """The shapes of units.

    Parameters
    ----------
    shapes : mapping of str to tuple of Path
        By code; one path a polygon, with its holes, in degrees made even (x already times cos of the middle latitude).
    place : str
        The file, for messages.
    """

    shapes: Mapping[str, tuple[Path, ...]]
    place: str = "boundaries"

    @classmethod
    def read(cls, path: str | FilePath, *, code: str) -> Boundaries:
        """Read a GeoJSON file.

        Parameters
        ----------
        path : str or Path
        code : str
            The property of each feature that holds the code of the unit.

        Raises
        ------
        LnlibError
            The file does not exist, is no JSON, or is wrong as `of` says.
        """
        file = FilePath(path)
        if not file.is_file():
            raise LnlibError(f"boundary file {file} does not exist")
        try:
            content = json.loads(file.read_text("utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise LnlibError(f"{file.name} is not JSON: {error}") from error
        return cls.of(content, code=code, place=file.name)

    @classmethod
    def of(cls, content: Any, *, code: str, place: str = "boundaries") -> Boundaries:
        """Build boundaries from GeoJSON already parsed.

        Raises
        ------
        LnlibError
            It is no FeatureCollection, a feature lacks the code or a polygon, or coordinates are not degrees. The
            message names the feature by its number, from 1.
        """
        if not isinstance(content, Mapping) or content.get("type") != "FeatureCollection":
            kind = content.get("type") if isinstance(content, Mapping) else type(content).__name__
            raise LnlibError(f"{place}: GeoJSON of type FeatureCollection is needed, but got {kind}")
        polygons: dict[str, list[list[np.ndarray]]] = {}
        for number, feature in enumerate(content.get("features") or [], start=1):
            key = _code(feature, code, f"{place}: feature {number}")
            polygons.setdefault(key, []).extend(_polygons(feature, f"{place}: feature {number} ({key})"))
        if not polygons:
            raise LnlibError(f"{place}: the FeatureCollection has no features")
        every = np.concatenate([ring for shape in polygons.values() for rings in shape for ring in rings])
        even = np.cos(np.deg2rad((every[:, 1].min() + every[:, 1].max()) / 2))
        shapes = {key: tuple(_path(rings, even) for rings in shape) for key, shape in polygons.items()}
        return cls(shapes, place)

    def check(self, codes: Iterable[str]) -> None:
        """Refuse boundaries that are not those of the units with these codes.

        Raises
        ------
        LnlibError
            A code is missing in the file, or the file has one that is not known; with the nearest.
        """
        known = [str(value) for value in codes]
        missing = [value for value in known if value not in self.shapes]
        strange = [value for value in self.shapes if value not in known]
        if missing:
            raise LnlibError(f"{self.place} has no shape for {_near(missing, strange or list(self.shapes))}")
        if strange:
            raise LnlibError(f"{self.place} has shapes of units that are not known: {_near(strange, known)}")


def _near(values: Sequence[str], others: Sequence[str]) -> str:
    match = nearest(values[0], others)
    return listed(values) + (f"; is '{values[0]}' meant by '{match}'?" if match else "")


def _code(feature: Any, code: str, place: str) -> str:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping) or properties.get(code) in (None, ""):
        if isinstance(properties, Mapping) and code in properties:
            raise LnlibError(f"{place} has nothing in its property '{code}'")
        names = [str(name) for name in properties] if isinstance(properties, Mapping) else []
        match = nearest(code, names)
        hint = f"; did you mean '{match}'?" if match else f"; it has: {listed(names) or 'none'}"
        raise LnlibError(f"{place} has no property '{code}'{hint}")
    return str(properties[code]).strip()


def _polygons(feature: Mapping[str, Any], place: str) -> list[list[np.ndarray]]:
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if not isinstance(geometry, Mapping) or kind not in SHAPES:
        raise LnlibError(f"{place} needs a {' or '.join(SHAPES)}, but got {kind or 'no geometry'}")
    found = geometry.get("coordinates")
    shapes = [found] if kind == "Polygon" else found
    if not isinstance(shapes, list) or not shapes or not all(isinstance(rings, list) and rings for rings in shapes):
        raise LnlibError(f"{place} has coordinates that are not rings of positions")
    return [[_ring(ring, place) for ring in rings] for rings in shapes]


def _ring(ring: Any, place: str) -> np.ndarray:
    try:
        points = np.array([[float(position[0]), float(position[1])] for position in ring])
    except (TypeError, ValueError, IndexError, KeyError) as error:
        raise LnlibError(f"{place} has coordinates that are not rings of positions") from error
    if len(points) < 4 or (points[0] != points[-1]).any():
        raise LnlibError(
            f"{place} has a ring that does not close: 4 positions or more are needed, the last as the first"
        )
    worst = points[np.argmax(np.abs(points).max(axis=1))]
    if not np.isfinite(points).all() or np.abs(points[:, 0]).max() > 180 or np.abs(points[:, 1]).max() > 90:
        raise LnlibError(
            f"{place} has the position {worst[0]:.10g}, {worst[1]:.10g}; longitude and latitude in degrees (WGS 84) are needed"
        )
    return points


def _path(rings: list[np.ndarray], even: float) -> Path:
    """Join a polygon and its holes into one path, the holes turning the other way so that they stay open."""
    parts = []
    for place, ring in enumerate(rings):
        points = ring * [even, 1.0]
        if (area(points) > 0) == bool(place):
            points = points[::-1]
        parts.append(Path(points, closed=True))
    return Path.make_compound_path(*parts)


def area(ring: np.ndarray) -> float:
    """Return the area of a ring, above 0 where it turns counter-clockwise (the shoelace formula).

    >>> area(np.array([[0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]))
    2.0
    """
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)
