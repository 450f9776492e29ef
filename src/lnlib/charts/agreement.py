"""Agreement matrix: the same partnership as two kinds of rater see it, with kappa and its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.canvas.fast_axes import target
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import empty_figure, write_foot
from lnlib.charts.shaded_table import draw_heat, open_grid
from lnlib.charts.style.states import require_columns
from lnlib.words import Words

COLUMNS = ("first", "second", "count", "n")
KAPPA = ("n", "kappa", "low", "high")
LEAST_N = 5
PAIR = "pair:"  # what the id of a cell in an SVG begins with; the two stages follow


def draw(
    data: pd.DataFrame,
    *,
    sheet: Sheet,
    labels: dict[str, str],
    kappa: pd.DataFrame,
    raters: tuple[str, str] = ("state", "non_state"),
) -> Figure:
    """Draw the counts of `measures.agreement_table`, a row a stage by one rater and a column by the other.

    Parameters
    ----------
    data : DataFrame
        Columns `first`, `second` (ordered categoricals), `count`, `n`; one row a pair of stages.
    kappa : DataFrame
        One row: `n`, `kappa` (NaN where chance explains all), `low`, `high`. With fewer than five pairs it is not
        written.
    raters : tuple of str
        The two kinds of rater, `state`, `non_state` or `independent`.
    """
    require_columns(data, COLUMNS, chart="agreement")
    require_columns(kappa, KAPPA, chart="agreement (kappa)")
    n = int(data["count"].sum())
    if not n:
        return empty_figure(sheet, sheet.words("agreement.none"))
    words, line, inner = sheet.words, sheet.line_mm(), sheet.inner_mm
    stages = [str(stage) for stage in data["first"].cat.categories]
    names = [labels.get(stage, stage) for stage in stages]
    counts = data.assign(first=data["first"].astype("str"), second=data["second"].astype("str"))
    table = counts.pivot_table(index="first", columns="second", values="count", aggfunc="sum", fill_value=0)
    table = table.reindex(index=stages, columns=stages, fill_value=0)
    foot_lines = sheet.wrapped(words("agreement.foot", n=n, kappa=_kappa(kappa, n, words)), inner, role="note")
    note = sheet.line_mm("note")
    one, two = (words(f"agreement.by.{rater}") for rater in raters)
    grid = open_grid(
        sheet,
        [[name] for name in names],
        names,
        titles=(one, two),
        row_mm=4.4 * line,
        foot=len(foot_lines) * note + 0.6 * line,
    )
    shares = table.to_numpy(dtype=float) / n if n >= LEAST_N else np.full(table.shape, np.nan)
    cells = [[[words.number(int(count))] for count in row] for row in table.to_numpy()]
    draw_heat(grid, shares, cells, sheet, marked=[(place, place) for place in range(len(stages))], bold=True)
    for row, first in enumerate(stages):
        for column, second in enumerate(stages):
            grid.add_artist(target((column, row), 1, 1, f"{PAIR}{first}:{second}"))
    page = sheet.axes(left=0, right=0, bare=True)
    write_foot(page, foot_lines, sheet)
    return sheet.figure


def _kappa(kappa: pd.DataFrame, n: int, words: Words) -> str:
    row = kappa.iloc[0]
    if n < LEAST_N:
        return words("agreement.kappa_few", n=n)
    if pd.isna(row["kappa"]):
        return words("agreement.kappa_none")
    values = {name: words.number(float(row[name]), decimals=2) for name in ("kappa", "low", "high")}
    return words("agreement.kappa", **values)


def finding(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],  # noqa: ARG001 - as every chart's
    kappa: pd.DataFrame,  # noqa: ARG001
    raters: tuple[str, str] = ("state", "non_state"),
) -> str:
    """Return how often both rated alike, and which of them rated higher where they did not."""
    n = int(data["count"].sum())
    if not n:
        return words("agreement.none")
    step = data["first"].cat.codes.astype(int) - data["second"].cat.codes.astype(int)
    values = {
        "same": int(data.loc[step == 0, "count"].sum()),
        "first": int(data.loc[step > 0, "count"].sum()),
        "second": int(data.loc[step < 0, "count"].sum()),
    }
    one, two = (words(f"agreement.rater.{rater}") for rater in raters)
    return words("agreement.finding", n=n, one=one, two=two, **values)


def describe(
    data: pd.DataFrame,
    *,
    words: Words,
    labels: dict[str, str],
    kappa: pd.DataFrame,
    raters: tuple[str, str] = ("state", "non_state"),
) -> str:
    """Return the long description: the finding, kappa and the counts."""
    n = int(data["count"].sum())
    if not n:
        return words("agreement.none")
    cells = [
        words(
            "agreement.alt_cell",
            first=labels.get(str(row.first), str(row.first)),
            second=labels.get(str(row.second), str(row.second)),
            count=int(str(row.count)),
        )
        for row in data.itertuples()
        if int(str(row.count))
    ]
    return words(
        "agreement.alt",
        finding=finding(data, words=words, labels=labels, kappa=kappa, raters=raters),
        kappa=_kappa(kappa, n, words),
        cells=words.listed(cells),
    )
