"""What the tests of charts ask of a figure: its words, and the colours of its filled areas."""

from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from lnlib.charts.canvas.sheet import Heading, Sheet
from lnlib.charts.style.house_style import Theme
from lnlib.words import Words

LABELS = {"low": "Low", "mid": "Middle", "high": "High"}
STAGES = ["low", "mid", "high"]
WORDS = Words.load()
THEME = Theme.load()
COLOURS = dict(zip(STAGES, THEME.stage_colours(3), strict=True)) | {
    "not_assessed": THEME.not_assessed.lower(),
    "ended": THEME.ended.lower(),
}


def sheet(width="two-columns", **heading):
    return Sheet(width, THEME, WORDS, Heading(**heading))


def draw(chart, data, width="two-columns", labels=LABELS, **options):
    with THEME.drawn():
        return chart.draw(data, sheet=sheet(width), labels=labels, **options)


def texts(figure):
    """All words on the figure, in the order drawn."""
    inside = [text for ax in figure.axes for text in ax.texts]
    inside += [text for ax in figure.axes if ax.axison for text in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
    return [text.get_text() for text in [*figure.texts, *inside] if text.get_text()]


def bars(figure):
    """Rectangles by colour: (x, y, width, height) of each."""
    found = {}
    for ax in figure.axes:
        for patch in ax.patches:
            if isinstance(patch, Rectangle) and patch.get_facecolor()[3]:  # a target is not seen
                box = (patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height())
                found.setdefault(to_hex(patch.get_facecolor()), []).append(box)
    return found


def boxes(figure):
    """The extents in pixels of all words, with the words."""
    renderer = figure.canvas.get_renderer()
    every = [*figure.texts, *(text for ax in figure.axes for text in ax.texts)]
    every += [text for ax in figure.axes if ax.axison for text in [*ax.get_xticklabels(), *ax.get_yticklabels()]]
    with THEME.drawn():  # hinted as it is printed
        return [(text.get_text(), text.get_window_extent(renderer)) for text in every if text.get_text().strip()]


def touching(figure):
    """Pairs of words whose boxes overlap by more than a hair, and words that leave the figure."""
    found, page = boxes(figure), figure.bbox
    pairs = [
        (one, two)
        for i, (one, a) in enumerate(found)
        for two, b in found[i + 1 :]
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 1 and min(a.y1, b.y1) - max(a.y0, b.y0) > 1.5
    ]
    gone = [
        one for one, a in found if a.x0 < page.x0 - 1 or a.x1 > page.x1 + 1 or a.y0 < page.y0 - 1 or a.y1 > page.y1 + 1
    ]
    return pairs + gone
