"""The small drawing of a story: stages over time, assessments and mechanisms, as places on a line in per cent.

It is made of a page's own boxes, not of a picture: its words keep their size on a telephone, and ten thousand of them
are made in seconds.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from lnlib.analyses.stories.course_sentences import course_sentence, span_sentence, time_words
from lnlib.analyses.stories.story import Span, Story
from lnlib.charts.style.house_style import Theme
from lnlib.words import Words

MOST_LABELS = 8  # that the axis of a narrow page has room for


@dataclass(frozen=True)
class Box:
    """A span as it is drawn: `left` and `width` in per cent, what it says, and its colour."""

    text: str
    status: str
    left: float = 0.0
    width: float = 0.0
    fill: str = ""
    sure: bool = True


@dataclass(frozen=True)
class Row:
    """One line of the drawing: what it is called, what it shows (`stages`, `rated`, `lasting`), and its boxes."""

    name: str
    shows: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Drawing:
    """The lines of a story, the labels of its axis, the key of its colours, and its course in a sentence."""

    rows: tuple[Row, ...]
    axis: tuple[Box, ...]
    key: tuple[Box, ...]
    course: str


def drawing(story: Story, *, house: str = "default") -> Drawing:
    """Lay out a story.

    Parameters
    ----------
    house : str
        Name or path of the house style whose colours are used, so that a stage looks as it does in the figures.
    """
    words = Words.load(story.language)
    rows = [Row(words("story.stages"), "stages", _boxes(story.spells, story, house, words))]
    if story.rated:
        rows.append(Row(words("story.assessed"), "rated", _boxes(story.rated, story, house, words)))
    # a mechanism whose date is not known has no place here; the list under the drawing tells it
    placed = [span for span in story.lasting if math.isfinite(span.start)]
    rows += [Row(span.state, "lasting", _boxes([span], story, house, words)) for span in placed]
    states = {(span.level, span.status): span.state for span in story.spells}
    key = [_coloured(Box(state, status), level, story, house) for (level, status), state in sorted(states.items())]
    key.sort(key=lambda box: box.status != "assessed")
    key += [Box(words("paths.vague"), "rated", sure=False)] * any(not span.sure for span in story.rated)
    unsure = "story.vague_order" if story.order else "paths.vague_mechanism"
    key += [Box(words(unsure), "lasting", sure=False)] * any(not span.sure for span in placed)
    return Drawing(tuple(rows), _axis(story, words), tuple(key), course_sentence(story, placed, words))


def _boxes(spans: Sequence[Span], story: Story, house: str, words: Words) -> tuple[Box, ...]:
    return tuple(_box(span, story, house, words) for span in spans)


def _box(span: Span, story: Story, house: str, words: Words) -> Box:
    first, last = story.axis
    # an assessment of an order stands in the middle of its step
    start = span.start + 0.5 * (story.order and span.start == span.end)
    left = 100 * (max(start, first) - first) / (last - first)
    right = 100 * (min(max(span.end, start), last) - first) / (last - first)
    placed = Box(span_sentence(span, story, words), span.status, round(left, 2), round(right - left, 2), sure=span.sure)
    return _coloured(placed, span.level, story, house)


def _coloured(box: Box, level: int, story: Story, house: str) -> Box:
    colours = looks(len(story.stages), house=house)
    return replace(box, fill=colours[level if box.status == "assessed" else box.status])


@cache
def looks(stages: int, *, house: str = "default") -> dict[int | str, str]:
    """Return the colour of each state, a stage's by its rank on the scale."""
    theme = Theme.load(house)
    states: dict[int | str, str] = {"not_assessed": theme.not_assessed, "ended": theme.ended, "set_up": theme.faint}
    return {**dict(enumerate(theme.stage_colours(stages))), **states}


def _axis(story: Story, words: Words) -> tuple[Box, ...]:
    """Label the years that begin within the axis, or the places of the order; every second or third where many."""
    first, last = story.axis
    if story.order:
        places = [float(place) for place in range(int(first), int(last))]
        text = [time_words(place, story, words) for place in places]
    else:
        begin, end = (dt.date.fromordinal(int(time)) for time in story.axis)
        years = [year for year in range(begin.year, end.year + 1) if dt.date(year, 1, 1) >= begin]
        places = [float(dt.date(year, 1, 1).toordinal()) for year in years if dt.date(year, 1, 1) < end]
        text = [words.digits(str(year)) for year in years]
    every = math.ceil(len(places) / MOST_LABELS) or 1
    pairs = list(zip(text, places, strict=False))[::every]
    return tuple(Box(text, "axis", round(100 * (place - first) / (last - first), 2)) for text, place in pairs)
