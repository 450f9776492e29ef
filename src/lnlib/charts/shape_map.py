"""Shape map: on an editor's own boundaries, the share of each unit's partnerships that stand at a stage or above."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from lnlib.charts import province_values
from lnlib.charts.boundaries import Boundaries, area
from lnlib.charts.canvas.lettering import empty_figure, write_lines
from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.province_values import on_date, reached_in
from lnlib.charts.style.share_classes import class_key, class_of, class_shades
from lnlib.charts.style.states import at_or_above, require_columns
from lnlib.words import Words

COLUMNS = ("unit", "label", "date", "stage", "count", "n_assessed", "n_known", "shown")
BODY_MM = {"column": 78.0, "two-columns": 110.0}
FEW = "////"


def draw(
    data: pd.DataFrame,
    *,
    sheet: Sheet,
    labels: dict[str, str],  # noqa: ARG001 - as every chart's
    boundaries: Boundaries,
    value: str,
    date: object = None,
    least_n: int = 5,
) -> Figure:
    """Draw a share a unit in four classes, hidden where few are assessed; never a total.

    Parameters
    ----------
    data : DataFrame
        Columns `unit`, `label` (its name), `date`, `stage` (ordered categorical), `count`, `n_assessed`, `n_known`,
        `shown` (False: the share is hidden); one row a unit, date and stage, of every unit.
    sheet : Sheet
    labels : dict of str to str
        What each stage is called.
    boundaries : Boundaries
        The shapes, by the codes in `unit`.
    value : str
        The stage that is reached.
    date : optional
        A date in the frame; the last where not given.
    least_n : int
        Under how many `shown` is False, for the key.

    Returns
    -------
    Figure

    Raises
    ------
    ColumnMissing
        The frame lacks a column.
    LnlibError
        The units of the frame and those of the boundaries are not the same.
    """
    require_columns(data, COLUMNS, chart="shape_map")
    words = sheet.words
    if data.empty:
        return empty_figure(sheet, words("shape_map.nobody"))
    rows = on_date(data, date)
    units = {str(unit): part for unit, part in rows.groupby("unit", observed=True)}
    boundaries.check(units)
    values = {unit: reached_in(part, value) for unit, part in units.items()}
    if not any(assessed for _, assessed, _, _ in values.values()):
        return empty_figure(sheet, words("shape_map.nobody"))
    inner = sheet.inner_mm
    key = _key(values, sheet, least_n)
    n = sum(assessed for _, assessed, _, _ in values.values())
    notes = sheet.wrapped(
        words("shape_map.foot", n=n) + " " + words("shape_map.disclaimer"),
        inner,
        role="note",
    )
    low, high = _corners(boundaries)
    key_mm, foot = sheet.key_mm(key, inner) + 1.5, (len(notes) + 0.4) * sheet.line_mm("note")
    per_degree = min(inner / (high - low)[0], sheet.of_width(BODY_MM) / (high - low)[1])
    height, width = (high - low)[1] * per_degree, (high - low)[0] * per_degree
    sheet.open(key_mm + height + foot)
    page = sheet.axes(left=0, right=0, bare=True)
    sheet.key(page, key, y=key_mm + height + foot, width_mm=inner)
    write_lines(page, 0, len(notes) * sheet.line_mm("note"), notes, sheet, role="note", color=sheet.theme.faint)
    side = (inner - width) / 2
    ax = sheet.axes(left=side, right=side, bottom=foot, top=key_mm, bare=True)
    for unit, shape in boundaries.shapes.items():
        placed = [Path((path.vertices - low) * per_degree, path.codes) for path in shape]
        _unit(ax, placed, unit, values[unit], sheet)
    return sheet.figure


def _corners(boundaries: Boundaries) -> tuple[np.ndarray, np.ndarray]:
    every = np.concatenate([path.vertices for shape in boundaries.shapes.values() for path in shape])
    return every.min(axis=0), every.max(axis=0)


def _look(found: tuple[int, int, int, bool], sheet: Sheet) -> tuple[str, str]:
    """Return the ground and hatch of a unit."""
    reached, assessed, _, shown = found
    if not assessed:
        return sheet.theme.paper, ""
    if not shown:
        return sheet.theme.not_assessed, FEW
    return class_shades(sheet)[class_of(reached, assessed)], ""


def _unit(ax: Axes, paths: list[Path], unit: str, found: tuple[int, int, int, bool], sheet: Sheet) -> None:
    ground, hatch = _look(found, sheet)
    for path in paths:
        ax.add_patch(
            PathPatch(  # drawn whole: a border on the very edge has half its line outside the axes
                path,
                facecolor=ground,
                edgecolor=sheet.theme.faint,
                hatch=hatch or None,
                linewidth=0.4,
                label=unit,
                joinstyle="round",
                clip_on=False,
            )
        )
    reached, assessed, _, shown = found
    if not assessed:
        return
    text = sheet.words.percent(reached / assessed) if shown else sheet.words("of", count=reached, n=assessed)
    largest = max(paths, key=lambda path: abs(area(_outer(path))))
    middle = _middle(_outer(largest))
    half = np.array([sheet.text_mm(text) / 2 + 0.5, sheet.line_mm() / 2])
    corners = middle + half * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1], [-1, 0], [1, 0]])
    # a number is written only where the shape holds it; all are in the table and in the words
    if largest.contains_points(corners).all():
        box = {"facecolor": sheet.theme.paper, "edgecolor": "none", "pad": 0.6} if hatch else None
        ax.text(
            float(middle[0]), float(middle[1]), text, fontsize=sheet.points(), ha="center", va="center_baseline", color=sheet.theme.over(ground),
            bbox=box,
        )  # fmt: skip


def _outer(path: Path) -> np.ndarray:
    return np.asarray(path.to_polygons(closed_only=True)[0])


def _middle(ring: np.ndarray) -> np.ndarray:
    """Return the centre of gravity of a ring."""
    x, y = ring[:, 0], ring[:, 1]
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    centre: np.ndarray = ring.mean(axis=0)
    if cross.sum():
        centre = np.array([((x[:-1] + x[1:]) * cross).sum(), ((y[:-1] + y[1:]) * cross).sum()]) / (3 * cross.sum())
    return centre


def _key(values: dict[str, tuple[int, int, int, bool]], sheet: Sheet, least_n: int) -> list[Entry]:
    """Return the entries of the classes, and of the few and the none where there are any."""
    words, entries = sheet.words, class_key(sheet)
    if any(assessed and not shown for _, assessed, _, shown in values.values()):
        entries.append(Entry(words("shape_map.few", least=least_n), sheet.theme.not_assessed, FEW))
    if any(not assessed for _, assessed, _, _ in values.values()):
        entries.append(Entry(words("shape_map.none"), sheet.theme.paper))
    return entries


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    boundaries: Boundaries,  # noqa: ARG001 - as of draw
    value: str,
    date: object = None,
    least_n: int = 5,
) -> str:
    """State in how many units half or more have reached the stage."""
    if data.empty or not on_date(data, date)["n_assessed"].sum():
        return words("shape_map.nobody")
    placed = data.assign(row=0, col=0)  # the finding is that of the tile map, which leaves units without a tile out
    return province_values.finding(placed, words=words, labels=labels, value=value, date=date, least_n=least_n)


def describe(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    boundaries: Boundaries,
    value: str,
    date: object = None,
    least_n: int = 5,
) -> str:
    """Describe the map, with its finding and the numbers of every unit."""
    sentence = finding(data, words=words, labels=labels, boundaries=boundaries, value=value, date=date, least_n=least_n)
    if data.empty:
        return sentence
    rows = on_date(data, date)
    points, bare = [], []
    for _, part in rows.groupby("unit", observed=True, sort=True):
        reached, assessed, _, shown = reached_in(part, value)
        name = str(part["label"].iloc[0])
        if not assessed:
            bare.append(name)
            continue
        share = f" ({words.percent(reached / assessed)})" if shown else ""
        points.append(words("shape_map.alt_point", label=name, count=reached, n=assessed) + share)
    if not points:
        return sentence
    if bare:
        points.append(words("shape_map.alt_none", labels=words.listed(bare)))
    return words("shape_map.alt", reached=at_or_above(value, labels, words), finding=sentence, points="; ".join(points))
