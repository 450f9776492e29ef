import pandas as pd
import pytest
from figure_contents import COLOURS, LABELS, STAGES, WORDS, bars, draw, texts, touching

from lnlib.charts import actor_matrix
from lnlib.errors import ColumnMissing

SAY = {"words": WORDS, "labels": LABELS}


def shares(counts, *, date="2013-12-31"):
    """By state kind and non-state kind: counts at each stage, then not assessed, ended."""
    rows = [
        {
            "state_kind": state,
            "non_state_kind": other,
            "date": pd.Timestamp(date),
            "stage": stage,
            "count": count,
            "n_not_assessed": unknown,
            "n_ended": ended,
            "n_known": sum(at) + unknown + ended,
        }
        for (state, other), (*at, unknown, ended) in counts.items()
        for stage, count in zip(STAGES, at, strict=True)
    ]
    frame = pd.DataFrame(rows)
    return frame.assign(stage=pd.Categorical(frame["stage"], STAGES, ordered=True))


DATA = shares(
    {
        ("commune_council", "ngo"): (3, 2, 1, 1, 1),
        ("commune_council", "media"): (0, 0, 0, 0, 0),
        ("ministry", "ngo"): (0, 1, 0, 0, 0),
        ("ministry", "media"): (0, 0, 2, 0, 0),
    }
)


def squares(figure, width):
    size = actor_matrix.SQUARE_MM[width]
    return {colour: sum(abs(box[2] - size) < 1e-6 for box in found) for colour, found in bars(figure).items()}


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_square_is_a_partnership_in_the_colour_of_its_state(width):
    figure = draw(actor_matrix, DATA, width)
    found = squares(figure, width)
    assert [found[COLOURS[state]] for state in (*STAGES, "not_assessed", "ended")] == [3, 3, 3, 1, 1]
    assert touching(figure) == []


def test_kinds_have_their_names_in_order_and_their_sums():
    message = texts(draw(actor_matrix, DATA))
    names = ["Ministry", "Commune council"]
    assert [text for text in message if text in names] == names
    assert {"NGO", "Media", "8", "9", "2", "11"} <= set(message)


def test_more_than_sixty_in_a_cell_are_a_bar():
    found = bars(draw(actor_matrix, shares({("ministry", "ngo"): (50, 25, 0, 0, 0)})))
    (low,), (mid,) = (
        [box for box in found[COLOURS[stage]] if abs(box[3] - actor_matrix.BAR_MM) < 0.01] for stage in ("low", "mid")
    )
    assert low[2] == pytest.approx(2 * mid[2])


def test_a_kind_that_is_not_in_the_catalogue_is_shown_as_it_is():
    assert "<b>$k$" in texts(draw(actor_matrix, shares({("<b>$k$", "ngo"): (1, 0, 0, 0, 0)})))


def test_the_finding_and_the_alt_text():
    assert actor_matrix.finding(DATA, **SAY) == (
        "The most common pair is NGO with commune council: 8 of 11 partnerships"
    )
    even = shares({("ministry", "ngo"): (1, 0, 0, 0, 0), ("owso", "ngo"): (1, 0, 0, 0, 0)})
    assert actor_matrix.finding(even, **SAY) == (
        "2 partnerships join 2 pairs of kinds of actors; none is the most common"
    )
    assert actor_matrix.describe(DATA, **SAY) == (
        "Matrix of partnerships by kinds of state and non-state actors, December 2013, where: The most common pair is NGO with commune council: 8 of 11 partnerships. NGO with Commune council: Low 3, Middle "
        "2, High 1, 1 not assessed, 1 ended. NGO with Ministry: Low 0, Middle 1, High 0, 0 "
        "not assessed, 0 ended. Media with Ministry: Low 0, Middle 0, High 2, 0 not assessed, 0 "
        "ended."
    )


def test_nothing_to_show_is_said():
    none = shares({("ministry", "ngo"): (0, 0, 0, 0, 0)})
    for frame in (none, none.iloc[:0]):
        assert texts(draw(actor_matrix, frame)) == ["No partnership is recorded here"]
        assert actor_matrix.describe(frame, **SAY) == "No partnership is recorded here"
        assert actor_matrix.finding(frame, **SAY) == "No partnership is recorded here"


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing) as raised:
        draw(actor_matrix, DATA.drop(columns=["state_kind"]))
    assert str(raised.value) == (
        "chart actor_matrix needs column state_kind; the frame has: non_state_kind, date, stage, count, "
        "n_not_assessed, n_ended, n_known"
    )
