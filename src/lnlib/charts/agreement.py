"""Agreement matrix: the same partnership as two kinds of rater see it, with kappa and its interval."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from lnlib.charts.canvas.lettering import empty_figure, write_lines
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.style.matrices import draw_cell, draw_names, lay_out, shade
from lnlib.charts.style.states import require_columns
from lnlib.words import Words

COLUMNS = ("first", "second", "count", "n")
KAPPA = ("n", "kappa", "low", "high")
LEAST_N = 5


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
    sheet : Sheet
    labels : dict of str to str
        What each stage is called.
    kappa : DataFrame
        One row: `n`, `kappa` (NaN where chance explains all), `low`, `high`. With fewer than five pairs it is not
        written.
    raters : tuple of str
        The two kinds of rater, `state`, `non_state` or `independent`.

    Returns
    -------
    Figure

    Raises
    ------
    ColumnMissing
        One of the frames lacks a column.
    """
    require_columns(data, COLUMNS, chart="agreement")
    require_columns(kappa, KAPPA, chart="agreement (kappa)")
    n = int(data["count"].sum())
    if not n:
        return empty_figure(sheet, sheet.words("agreement.none"))
    words = sheet.words
    stages = [str(stage) for stage in data["first"].cat.categories]
    names = [labels.get(stage, stage) for stage in stages]
    one, two = (words(f"agreement.by.{rater}") for rater in raters)
    beside = "agreement.row" if sheet.narrow else "agreement.row_beside"
    rows = [[words(beside, stage=name, rater=one)] for name in names]
    said = _kappa(kappa, n, words)
    notes = sheet.wrapped(words("agreement.foot", n=n, kappa=said), sheet.inner_mm)
    foot = (len(notes) + 0.6) * sheet.line_mm()
    line = sheet.line_mm()
    grid = lay_out(rows, names, sheet, row_mm=2.4 * line, foot=foot, above=1.3 * line, title=one)
    ax = sheet.axes(left=0, right=0, bare=True)
    top = ax.get_ylim()[1]
    write_lines(ax, grid.left + 0.4, top, [two], sheet, weight="bold")
    if not grid.lift_mm:
        write_lines(ax, grid.left - 2.0, top, [one], sheet, weight="bold", ha="right")
    draw_names(ax, grid, rows, names, sheet)
    for row in data.itertuples():
        count = int(str(row.count))
        same = str(row.first) == str(row.second)
        ground = shade(count / n * 1.6, sheet) if n >= LEAST_N else sheet.theme.paper
        place = (stages.index(str(row.first)), stages.index(str(row.second)))
        draw_cell(
            ax, grid, place, [words.number(count)], sheet, ground=ground, marked=same, label=f"{row.first}>{row.second}"
        )
    write_lines(ax, 0, len(notes) * sheet.line_mm(), notes, sheet)
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
    """Say how often both rated alike, and which of them rated higher where they did not."""
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
    """Say what the chart shows, with its finding, kappa and the counts."""
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
