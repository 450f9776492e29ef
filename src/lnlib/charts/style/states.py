"""What a state looks like and is called: the stages in order, then not assessed, then ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lnlib.charts.canvas.sheet import Entry, Sheet
from lnlib.charts.style.contrast import contrast
from lnlib.errors import ColumnMissing
from lnlib.words import Words

HATCHES = {"not_assessed": "", "ended": "////"}


def require_columns(data: pd.DataFrame, columns: Sequence[str], *, chart: str) -> None:
    """Refuse a frame that lacks a column."""
    missing = [column for column in columns if column not in data]
    if missing:
        raise ColumnMissing.of(missing, list(data.columns), caller=f"chart {chart}")


def state_styles(stages: Sequence[str], labels: Mapping[str, str], sheet: Sheet) -> dict[str, Entry]:
    """Return the key entry of each state.

    Parameters
    ----------
    stages : sequence of str
        Stage keys, lowest first.

    Returns
    -------
    dict of str to Entry
        By stage key, then `not_assessed` and `ended`.
    """
    theme, words = sheet.theme, sheet.words
    colours = theme.stage_colours(len(stages))
    entries = {stage: Entry(labels.get(stage, stage), colour) for stage, colour in zip(stages, colours, strict=True)}
    entries["not_assessed"] = Entry(words("status.not_assessed"), theme.not_assessed, HATCHES["not_assessed"])
    entries["ended"] = Entry(words("status.ended"), theme.ended, HATCHES["ended"])
    return entries


def including(words: Words, *, not_assessed: bool, ended: bool) -> str:
    """Return what follows "partnerships begun by then" where some of them are at no stage; empty where all are."""
    if not (not_assessed or ended):
        return ""
    return words(f"including.{'both' if not_assessed and ended else 'ended' if ended else 'not_assessed'}")


def in_state(stage: str, labels: Mapping[str, str], words: Words) -> str:
    """Return what stands after "partnerships were": the scale's own wording of a stage, else that they were at it."""
    own = words.entries.get("in_sentence", {}).get(stage, "")
    return str(own) or words("at_stage", stage=labels.get(stage, stage))


def at_or_above(stage: str, labels: Mapping[str, str], words: Words) -> str:
    """Return a stage or any above it as it stands in a sentence; nothing is above the highest.

    Parameters
    ----------
    labels : mapping of str to str
        What each stage is called, lowest first.
    """
    label = labels.get(stage, stage)
    return words("at_highest" if stage in list(labels)[-1:] else "or_above", stage=label)


def swatch_style(entry: Entry, sheet: Sheet) -> dict[str, Any]:
    """Return the drawing settings of a filled area of a state, with an outline where it is pale on white."""
    pale = contrast(entry.colour, sheet.theme.paper) < 3
    return {
        "facecolor": entry.colour,
        "edgecolor": sheet.theme.faint if pale else entry.colour,
        "hatch": entry.hatch or None,
        "linewidth": 0.35,
    }
