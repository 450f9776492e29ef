"""The time axis of a chart: years for dates, the order told for numbers."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Affine2D, Transform, blended_transform_factory

from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import write
from lnlib.words import Words


def is_order(times: pd.Series) -> bool:
    """Whether the times are numbers of an order, not dates."""
    return not pd.api.types.is_datetime64_any_dtype(times)


def number(times: pd.Series) -> np.ndarray:
    """Return times as numbers to draw at; numbers of an order as they are."""
    return times.to_numpy(dtype=float) if is_order(times) else mdates.date2num(times.to_numpy())


def on_last_date(data: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last date, or of the last place in an order."""
    rows: pd.DataFrame = data[data["date"] == data["date"].max()]
    return rows


def when(time: object, words: Words, *, last: float | None = None, alone: bool = False) -> str:
    """Write a time for a sentence, or for a label where it stands alone: a month and year, or its place in the order."""
    if isinstance(time, pd.Timestamp):
        return words.date(time.date(), precision="month", prose=not alone)
    place = float(str(time))
    key = "first" if place == 1 else "last" if place == last else "next"
    return words(f"{'order' if alone else 'told'}.{key}", n=int(place))


def draw_years(ax: Axes, first: pd.Timestamp, last: pd.Timestamp, sheet: Sheet, *, room_mm: float) -> None:
    """Label the years that have room, with a line where each begins; a part of a year may have room for ’09 only."""
    years = range(first.year, last.year + 1)
    starts = [pd.Timestamp(year, 1, 1) for year in years]
    shown = [start for start in starts if first <= start <= last]
    ax.set_xticks(mdates.date2num(shown), labels=[""] * len(shown))
    ax.tick_params(axis="x", length=0)
    short = room_mm / max(len(years), 1) < sheet.text_mm(sheet.words.digits("2009")) + 2
    for year in years:
        begin = max(pd.Timestamp(year, 1, 1), first)
        end = min(pd.Timestamp(year + 1, 1, 1), last)
        wide = (end - begin).days / max((last - first).days, 1) * room_mm
        forms = [sheet.words.digits(form) for form in ([] if short else [str(year)]) + [f"’{year % 100:02d}"]]
        text = next((form for form in forms if wide >= sheet.text_mm(form) + 0.6), "")
        if text:
            middle = mdates.date2num(begin + (end - begin) / 2)
            write(ax, middle, -0.6 * sheet.line_mm(), text, sheet, ha="center", transform=below(ax, sheet))


def below(ax: Axes, sheet: Sheet) -> Transform:
    """Return a transform whose x is the data's and whose y is in mm above the bottom of the axes."""
    return blended_transform_factory(ax.transData, corner(ax, sheet))


def corner(ax: Axes, sheet: Sheet) -> Transform:
    """Return a transform whose x is a fraction of the axes and whose y is in mm above their bottom."""
    return Affine2D().scale(1, 1 / (ax.get_position().height * sheet.height_mm)) + ax.transAxes


def order_labels(places: Sequence[float], sheet: Sheet) -> list[str]:
    """Return what to write under each place of an order."""
    last = max(places, default=1.0)
    return [when(place, sheet.words, last=last, alone=True) for place in places]
