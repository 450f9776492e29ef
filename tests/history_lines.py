"""Frames of histories written as lines of words, so that a test reads like the register."""

import pandas as pd


def rows(frame, *columns):
    """The rows as lists of words: dates as written, nothing as a point."""

    def word(value):
        if isinstance(value, pd.Timestamp):
            return value.date().isoformat() if value == value.normalize() else str(value)
        return "." if pd.isna(value) else str(value)

    return [" ".join(word(value) for value in row) for row in frame[list(columns)].itertuples(index=False)]


def result(frame):
    """Spells in a line each: who, stage or status, start, end, seen, into, outcome."""
    state = frame["stage"].astype(object).where(frame["status"] == "assessed", frame["status"])
    return rows(frame.assign(state=state), "partnership", "state", "start", "end", "seen", "into", "outcome")
