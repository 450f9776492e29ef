import pytest
from layout_checks import Fault, faults
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.patheffects import withStroke

from lnlib.charts.canvas.sheet import Heading, Sheet


@pytest.fixture
def figure():
    """A figure of 100 × 60 mm with axes in its middle."""
    made = Figure(figsize=(100 / 25.4, 60 / 25.4))
    FigureCanvasAgg(made)
    ax = made.add_axes((0.2, 0.2, 0.6, 0.6))
    ax.set_axis_off()
    return made


def kinds(figure):
    return [(fault.kind, fault.text) for fault in faults(figure)]


def overlap(figure):
    figure.text(0.1, 0.5, "one", fontsize=9)
    figure.text(0.12, 0.51, "two", fontsize=9)
    return [("overlap", "one")]


def the_same_twice(figure):
    for _ in range(2):
        figure.text(0.1, 0.5, "twice", fontsize=9)
    return [("overlap", "twice")]


def turned_into_another(figure):
    figure.text(0.3, 0.5, "lying words", fontsize=9)
    figure.text(0.4, 0.3, "upright words", fontsize=9, rotation=90)
    return [("overlap", "lying words")]


def lines_of_two_texts(figure):
    figure.text(0.1, 0.5, "first\nsecond", fontsize=9, va="top")
    figure.text(0.1, 0.4, "third", fontsize=9, va="top")
    return [("overlap", "second")]


def over_the_edge(figure):
    figure.text(0.9, 0.5, "too far right", fontsize=9)
    return [("outside", "too far right")]


def turned_over_the_edge(figure):
    figure.text(0.5, 0.8, "too far up", fontsize=9, rotation=60)
    return [("outside", "too far up")]


def cut_by_its_axes(figure):
    ax = figure.axes[0]
    ax.text(0.8, 0.5, "longer than the axes", fontsize=7, clip_on=True)
    return [("cut", "longer than the axes")]


def cut_by_a_shape(figure):
    ax = figure.axes[0]
    text = ax.text(0.4, 0.5, "wider than the circle", fontsize=9, clip_on=True)
    text.set_clip_path(ax.add_patch(Circle((0.5, 0.5), 0.1, facecolor="none")))
    return [("cut", "wider than the circle")]


def too_small(figure):
    figure.text(0.1, 0.5, "small print", fontsize=6.5)
    return [("small", "small print")]


def a_small_tick_label(figure):
    ax = figure.axes[0]
    ax.set_axis_on()
    ax.set_yticks([])
    ax.set_xticks([0.5], labels=["tick"], fontsize=5)
    return [("small", "tick")]


def pale_on_paper(figure):
    figure.text(0.1, 0.5, "pale", fontsize=9, color="#999999")
    return [("contrast", "pale")]


def faded(figure):
    figure.text(0.1, 0.5, "faded", fontsize=9, color="black", alpha=0.3)
    return [("contrast", "faded")]


def dark_on_dark(figure):
    ax = figure.axes[0]
    ax.add_patch(Rectangle((0, 0), 1, 1, facecolor="#1B2A5C"))
    ax.text(0.1, 0.5, "on dark blue", fontsize=9)
    return [("contrast", "on dark blue")]


def half_on_dark(figure):
    ax = figure.axes[0]
    ax.add_patch(Rectangle((0.5, 0), 0.5, 1, facecolor="black"))
    ax.text(0.5, 0.5, "half on black", fontsize=9, ha="center")
    return [("contrast", "half on black")]


def on_a_dark_picture(figure):
    ax = figure.axes[0]
    ax.imshow([[0.0, 0.1]], cmap="gray", vmin=0, vmax=1, extent=(0, 1, 0, 1), aspect="auto")
    ax.text(0.1, 0.5, "on a picture", fontsize=9)
    return [("contrast", "on a picture")]


def covered(figure):
    ax = figure.axes[0]
    ax.text(0.1, 0.5, "under a lid", fontsize=9, zorder=1)
    ax.add_patch(Rectangle((0, 0), 1, 1, facecolor="#F4C95D", zorder=5))
    return [("covered", "under a lid")]


PLANTED = (
    overlap,
    the_same_twice,
    turned_into_another,
    lines_of_two_texts,
    over_the_edge,
    turned_over_the_edge,
    cut_by_its_axes,
    cut_by_a_shape,
    too_small,
    a_small_tick_label,
    pale_on_paper,
    faded,
    dark_on_dark,
    half_on_dark,
    on_a_dark_picture,
    covered,
)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_found_and_nothing_else(figure, plant):
    planted = plant(figure)
    assert kinds(figure) == planted


def test_what_can_be_read_has_no_fault(figure):
    ax = figure.axes[0]
    ax.add_patch(Rectangle((0, 0), 1, 0.5, facecolor="#1B2A5C"))
    ax.plot([0, 1], [0.75, 0.75], color="#B8B8B8", linewidth=0.4, zorder=0)
    ax.text(0.1, 0.25, "light on dark", fontsize=9, color="white")
    ax.text(0.6, 0.25, "boxed", fontsize=9, bbox={"facecolor": "white", "edgecolor": "none"})
    ax.text(0.1, 0.75, "a thin line behind", fontsize=9, va="center")
    ax.text(0.98, 0.6, "reaches out of its axes", fontsize=7, clip_on=False, ha="right")
    figure.text(0.05, 0.1, "upright", fontsize=9, rotation=90)
    figure.text(0.13, 0.1, "upright", fontsize=9, rotation=90)
    figure.text(0.3, 0.05, "turned", fontsize=7, rotation=45)
    figure.text(0.4, 0.05, "turned", fontsize=7, rotation=45)
    assert kinds(figure) == []


def test_what_is_not_drawn_is_not_measured(figure):
    figure.text(0.1, 0.5, "", fontsize=2)
    figure.text(0.1, 0.5, " \n ", fontsize=2)
    figure.text(0.1, 0.5, "hidden", fontsize=2, visible=False)
    figure.text(0.1, 0.5, "seen through", fontsize=2, alpha=0)
    figure.axes[0].text(0.5, 0.5, "hidden with its axes", fontsize=2)
    figure.axes[0].set_visible(False)
    assert kinds(figure) == []


@pytest.mark.parametrize(("width", "expected"), [(0.08, []), (0.3, [("covered", "partly under a lid")])])
def test_a_word_is_covered_where_more_than_an_eighth_of_it_is_hidden(figure, width, expected):
    ax = figure.axes[0]
    text = ax.text(0.1, 0.5, "partly under a lid", fontsize=9, zorder=1)
    figure.canvas.draw()
    box = text.get_window_extent().transformed(ax.transData.inverted())
    ax.add_patch(Rectangle((box.x0, box.y0), width * box.width, box.height, facecolor="#F4C95D", zorder=5))
    assert [one for one in kinds(figure) if one[0] == "covered"] == expected


def test_an_outline_counts_as_ground_and_stays(figure):
    ax = figure.axes[0]
    ax.add_patch(Rectangle((0, 0), 1, 1, facecolor="#444444"))
    text = ax.text(0.1, 0.5, "outlined", fontsize=9, path_effects=[withStroke(linewidth=2, foreground="white")])
    assert kinds(figure) == []
    assert len(text.get_path_effects()) == 1


def test_a_thin_outline_does_not_help(figure):
    ax = figure.axes[0]
    ax.add_patch(Rectangle((0, 0), 1, 1, facecolor="#444444"))
    ax.text(0.1, 0.5, "outlined", fontsize=9, path_effects=[withStroke(linewidth=0.2, foreground="white")])
    assert kinds(figure) == [("contrast", "outlined")]


def test_the_figure_is_left_as_it_was(figure):
    figure.text(0.1, 0.5, "words", fontsize=9)
    before = (figure.dpi, tuple(figure.get_size_inches()), figure.canvas)
    assert faults(figure) == faults(figure) == []
    assert (figure.dpi, tuple(figure.get_size_inches()), figure.canvas) == before


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Fault("overlap", "a", "b"), "'a' overlaps 'b'"),
        (Fault("outside", "a"), "'a' leaves the figure"),
        (Fault("cut", "a"), "'a' is cut by its axes"),
        (Fault("covered", "a"), "'a' is covered by what is drawn over it"),
        (Fault("small", "a", "6.5"), "'a' is 6.5 points, under 7"),
        (Fault("contrast", "a", "3.2"), "'a' has a contrast of 3.2:1, under 4.5:1"),
    ],
)
def test_a_fault_is_said_in_words(fault, message):
    assert str(fault) == message


def titled(title):
    sheet = Sheet("column", heading=Heading(title=title))
    with sheet.theme.drawn():
        return sheet.open(10)


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda ax: ax.plot([-1, 5], [5, 5], "o", clip_on=False), ["6 mm beyond the left"]),
        (
            lambda ax: ax.plot([-1, 5], [5, 5], "o"),
            ["6 mm beyond the left"],
        ),  # cut away: nobody sees that it is missing
        (lambda ax: ax.scatter([5, 12], [5, 11]), ["12 mm beyond the right", "4 mm beyond the top"]),
        (lambda ax: ax.bar([5], [-2]), ["7 mm beyond the bottom"]),
        (lambda ax: ax.plot([-0.2, 5], [5, 5], "o", clip_on=False), []),  # beside others of one value
        (lambda ax: ax.plot([-1, 5], [5, 5]), []),  # a line may go on
        (lambda ax: ax.bar([12], [2], facecolor="none"), []),
        (lambda ax: ax.plot([float("nan"), 5], [5, 5], "o"), []),
    ],
)
def test_marks_outside_their_axes_are_found_with_how_far(figure, draw, expected):
    ax = figure.axes[0]
    ax.set_axis_on()
    draw(ax)
    ax.set(xlim=(0, 10), ylim=(0, 10), xticks=[], yticks=[])
    assert [str(fault) for fault in faults(figure)] == [
        f"marks lie {where} of their axes: leave them out, or widen the axis" for where in expected
    ]


def test_a_title_takes_two_lines_at_most():
    assert faults(titled("Of 83 assessed partnerships, 34 were integrated, more than at any other stage")) == []
    long = titled("Of 83 assessed partnerships, 34 were integrated, more than at any other stage, and so it stayed until "
                  "the last partnership was assessed")  # fmt: skip
    assert [fault.kind for fault in faults(long)] == ["long"]
    assert str(faults(long)[0]).startswith("the title takes 3 lines, over 2")


def test_a_title_leaves_no_word_alone():
    figure = titled("Seen")
    figure.text(0.02, 0.5, "Partnerships that were assessed", fontweight="bold", label="title")
    figure.texts.reverse()
    assert [str(fault) for fault in faults(figure)] == ["the title leaves 'Seen' to its last line"]
