"""Inline statistics: every number that a note's prose may quote, as a sentence in each language, with where it is from."""

from __future__ import annotations

from lnlib.analyses.statistics.collect import Statistics
from lnlib.analyses.statistics.hidden_stage import HiddenStage, moves_note, reached_note, recorded_beside_model
from lnlib.analyses.statistics.statistic import Statistic

__all__ = ["HiddenStage", "Statistic", "Statistics", "moves_note", "reached_note", "recorded_beside_model"]
