"""A story's course in sentences: each span with its dates, and all of them in order, with the mechanisms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from lnlib.analyses.stories.story import Span, Story
from lnlib.words import Words


def span_sentence(span: Span, story: Story, words: Words) -> str:
    """Return a span in words: its state and since when; between two dates, also until when."""
    start = time_words(span.start, story, words)
    end = start if span.end == story.axis[1] or story.order else time_words(span.end, story, words)
    if end == start:
        return words("paths.alt_step", state=span.state, when=start)
    return words("story.from_to", state=span.state, start=start, end=end)


def time_words(time: float, story: Story, words: Words) -> str:
    """Return a place on the axis in words: month and year, or first, next and last of an order."""
    if not story.order:
        return words.date(dt.date.fromordinal(int(time)), precision="month")
    last = story.axis[1] - 1
    return words(f"order.{'first' if time == 1 else 'last' if time == last else 'next'}", n=int(time))


def course_sentence(story: Story, placed: Sequence[Span], words: Words) -> str:
    """Return the whole course in one sentence; `placed` are the mechanisms with a date."""
    steps = words("paths.then").join(span_sentence(span, story, words) for span in story.spells)
    marks = words("marks.list").join(span_sentence(span, story, words) for span in placed)
    course = words("paths.alt_mechanisms", story=steps, mechanisms=marks) if placed else steps
    return course + words("marks.stop")
