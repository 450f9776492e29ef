import numpy as np
import pandas as pd
import pytest
from figure_contents import LABELS, STAGES, WORDS, draw, sheet, texts, touching
from matplotlib.colors import to_hex

from lnlib.charts import agreement
from lnlib.charts.shaded_table import shade
from lnlib.errors import ColumnMissing

KAPPA = pd.DataFrame({"n": [12], "kappa": [0.512], "low": [0.2], "high": [0.749]})


def frame(counts=((4, 2, 0), (1, 3, 1), (0, 0, 1))):
    rows = [
        (one, two, count, sum(map(sum, counts)))
        for one, row in zip(STAGES, counts, strict=True)
        for two, count in zip(STAGES, row, strict=True)
    ]
    made = pd.DataFrame(rows, columns=["first", "second", "count", "n"])
    for column in ("first", "second"):
        made[column] = pd.Categorical(made[column], STAGES, ordered=True)
    return made


def drawn(data, width="two-columns", **options):
    return draw(agreement, data, width, **{"kappa": KAPPA, **options})


def test_every_cell_has_its_count_and_agreeing_ones_are_outlined():
    figure = drawn(frame())
    assert [text for text in texts(figure) if text.isdigit()] == ["4", "2", "0", "1", "3", "1", "0", "0", "1"]
    assert [line.get_label() for line in figure.axes[0].lines] == ["_marked 0 0", "_marked 1 1", "_marked 2 2"]


def test_cells_are_shaded_by_their_share_of_all_pairs():
    (mesh,) = drawn(frame()).axes[0].collections
    assert mesh.get_array().ravel().tolist() == [count / 12 for count in (4, 2, 0, 1, 3, 1, 0, 0, 1)]
    assert to_hex(mesh.get_facecolors()[0]) == shade(4 / 12, sheet())


def test_both_raters_are_named():
    found = texts(drawn(frame(), raters=("independent", "non_state")))
    assert {"Rated by the non-state actor", "Rated by somebody else"} <= set(found)
    narrow = " ".join(texts(drawn(frame(), "column", raters=("independent", "state"))))
    assert "Rated by the state actor" in narrow
    assert "Rated by somebody else" in narrow


def test_kappa_and_n_are_written():
    assert " ".join(texts(drawn(frame()))).endswith(
        "n = 12 pairs of ratings; outlined cells agree. Agreement beyond chance, weighted by distance between stages (kappa): 0.51, "
        "95% interval 0.20 to 0.75."
    )


def test_few_pairs_have_neither_kappa_nor_shades():
    figure = drawn(frame(((2, 0, 0), (0, 1, 0), (0, 0, 0))))
    assert figure.axes[0].collections[0].get_array().mask.all()
    assert "Kappa is not given for 3 pairs." in " ".join(texts(figure))


def test_a_kappa_that_cannot_be_is_said():
    bare = pd.DataFrame({"n": [9], "kappa": [np.nan], "low": [0.1], "high": [0.9]})
    message = agreement.describe(frame(((9, 0, 0), (0, 0, 0), (0, 0, 0))), words=WORDS, labels=LABELS, kappa=bare)
    assert message == (
        "Table chart of pairs of ratings by stage. Both gave the same rating in 9 of 9 pairs; the state actor rated higher in "
        "0, the non-state actor in 0. Kappa is undefined: both always chose the same stage. "
        "Low and Low 9"
    )


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(drawn(frame(), width)) == []


@pytest.mark.parametrize("data", [frame(((0, 0, 0),) * 3), frame().iloc[:0]])
def test_nothing_is_a_sentence(data):
    assert texts(drawn(data)) == ["No partnership was rated by both partners in the same period"]
    assert agreement.describe(data, words=WORDS, labels=LABELS, kappa=KAPPA) == (
        "No partnership was rated by both partners in the same period"
    )


def test_the_words():
    assert agreement.describe(frame(), words=WORDS, labels=LABELS, kappa=KAPPA) == (
        "Table chart of pairs of ratings by stage. Both gave the same rating in 8 of 12 pairs; the state actor rated higher in "
        "1, the non-state actor in 3. Agreement beyond chance, weighted by distance between stages (kappa): 0.51, 95% interval 0.20 to "
        "0.75. Low and Low 4, Low and Middle 2, Middle and Low 1, Middle "
        "and Middle 3, Middle and High 1 and High and High 1"
    )


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"^chart agreement needs column n; the frame has: first, second, count$"):
        drawn(frame().drop(columns="n"))
    with pytest.raises(
        ColumnMissing, match=r"^chart agreement \(kappa\) needs column high; the frame has: n, kappa, low$"
    ):
        drawn(frame(), kappa=KAPPA.drop(columns="high"))
