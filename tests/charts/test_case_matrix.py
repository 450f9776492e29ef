import pandas as pd
import pytest
from figure_contents import COLOURS, LABELS, STAGES, WORDS, draw, texts, touching
from matplotlib.colors import to_hex

from lnlib.charts import case_matrix
from lnlib.errors import ColumnMissing

CRITERIA = ["formality", "permission", "resources"]
COLUMNS = ["partnership", "label", "place", "what", "number", "stage", "criterion", "detail"]


def frame(rows=None):
    """P1 was assessed twice and moved up; P2 once, with two cues under one criterion; P3 never."""
    if rows is None:
        one, two, three = (
            ("P1", "Union – Office", "North"),
            ("P2", "Club – Town", "Town"),
            ("P3", "Lone – Town", "North"),
        )
        rows = [
            (*one, "assessment", 1, "low", None, "the lower one"),
            (*one, "cue", 1, "low", "permission", "asked each time"),
            (*one, "cue", 1, "mid", "formality", "MoU"),
            (*one, "assessment", 2, "mid", None, ""),
            (*one, "cue", 2, "high", "permission", "not needed"),
            (*one, "mechanism", None, None, None, "mou"),
            (*two, "assessment", 1, "mid", None, ""),
            (*two, "cue", 1, "mid", "resources", "shared in kind"),
            (*two, "cue", 1, None, "resources", "a room"),
            (*three, "mechanism", None, None, None, "training"),
        ]
    made = pd.DataFrame(rows, columns=COLUMNS)
    return made.assign(
        number=made["number"].astype("Int64"),
        stage=pd.Categorical(made["stage"], STAGES, ordered=True),
        criterion=pd.Categorical(made["criterion"], CRITERIA, ordered=True),
    )


def cells(figure):
    """Filled cells by name: their colour, left edge and width."""
    return [
        (patch.get_gid(), to_hex(patch.get_facecolor()), patch.get_x(), patch.get_width())
        for patch in figure.axes[0].patches
        if patch.get_gid()
    ]


def test_cells_have_the_colour_of_the_stage_that_their_cue_points_to():
    found = [(name, colour) for name, colour, _, _ in cells(draw(case_matrix, frame()))]
    assert found == [
        ("stage P1", COLOURS["low"]),
        ("P1 formality mid", COLOURS["mid"]),
        ("P1 permission low", COLOURS["low"]),
        ("stage P1", COLOURS["mid"]),
        ("P1 permission high", COLOURS["high"]),
        ("stage P2", COLOURS["mid"]),
        ("P2 resources mid", COLOURS["mid"]),
        ("P2 resources", COLOURS["not_assessed"]),
    ]


def test_cues_of_one_criterion_share_its_cell():
    (_, _, left, wide), (_, _, second, same) = [
        cell for cell in cells(draw(case_matrix, frame())) if "resou" in cell[0]
    ]
    assert (second, same) == (pytest.approx(left + wide), pytest.approx(wide))


def test_the_first_assessment_stands_above_the_second():
    figure = draw(case_matrix, frame())
    first, second = [patch for patch in figure.axes[0].patches if patch.get_gid() == "stage P1"]
    assert first.get_y() > second.get_y()
    assert first.get_x() == second.get_x()


def test_two_columns_hold_the_words_of_the_mechanisms_and_one_column_their_letters():
    wide, narrow = texts(draw(case_matrix, frame())), texts(draw(case_matrix, frame(), "column"))
    assert {"MoU", "asked each time", "Formality", "Mechanisms", "North"} <= set(wide)
    assert {"M", "MoU", "asked each time", "Formality", "North"} <= set(narrow)
    assert "Mechanisms" not in narrow


@pytest.mark.parametrize(("width", "told"), [("two-columns", "Permission no longer needed"), ("column", "P")])
def test_a_mechanism_stands_beside_the_strip_that_it_is_told_with(width, told):
    data = frame()
    later = data[data["what"] == "mechanism"].head(1).assign(number=2, detail="permission_waived")
    figure = draw(case_matrix, pd.concat([data, later.astype(data.dtypes)]), width)
    first, second = [patch.get_y() for patch in figure.axes[0].patches if patch.get_gid() == "stage P1"]
    # the key, above, has the letters too
    level = {
        text.get_text(): text.get_position()[1] for text in figure.axes[0].texts if text.get_position()[1] < first + 4
    }
    mou, waived = ("MoU", "Permission no") if told != "P" else ("M", "P")
    size = first - second
    assert abs(level[waived] - second) < size / 2
    marks = [text.get_position()[1] for text in figure.axes[0].texts if text.get_text() == mou]
    assert any(0 <= at - first < size / 2 for at in marks)


def test_a_criterion_without_a_cue_is_a_note():
    bare = frame()[lambda rows: rows["criterion"] != "resources"]
    said = texts(draw(case_matrix, bare))
    assert "Resources" not in said
    assert "No cue on resources." in " ".join(said)
    assert "No cue on" not in " ".join(texts(draw(case_matrix, frame())))


def test_a_cue_with_a_word_wider_than_its_cell_is_a_colour():
    data = frame()
    data["detail"] = data["detail"].replace({"not needed": "x" * 60})
    figure = draw(case_matrix, data, "column")
    assert not any("xx" in text for text in texts(figure))
    assert ("P1 permission high", COLOURS["high"]) in [(name, colour) for name, colour, _, _ in cells(figure)]


def test_a_place_that_the_label_names_is_not_repeated():
    assert "Town" not in texts(draw(case_matrix, frame()))


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(draw(case_matrix, frame(), width)) == []


@pytest.mark.slow
def test_cases_beyond_a_page_are_counted_under_the_chart():
    many = pd.concat([frame().assign(partnership=lambda rows, k=k: rows["partnership"] + str(k)) for k in range(40)])
    figure = draw(case_matrix, many)
    assert figure.get_size_inches()[1] * 25.4 <= 240
    drawn = len({name for name, *_ in cells(figure) if name.startswith("stage")})
    assert 10 < drawn < 80
    message = " ".join(texts(figure))
    assert f"{drawn} of 80 cases are drawn; {80 - drawn} more in the table." in message
    assert "40 more partnerships have no coded stage." in message


def test_what_is_not_documented_is_a_sentence():
    bare = frame()[lambda rows: rows["what"] == "assessment"]
    assert texts(draw(case_matrix, bare)) == ["Of 2 cases, 1 moved up a stage; no criterion is documented"]
    assert texts(draw(case_matrix, frame().iloc[:0])) == ["No case has a coded stage"]


def test_the_words():
    assert case_matrix.describe(frame(), words=WORDS, labels=LABELS) == (
        "Table chart of 2 cases by working criterion. Of 2 cases, 1 moved up a stage; the documents say most about "
        "formality, permission and resources (1 case each). Union – Office: Low, then Middle. Cues: "
        "permission, asked each time (Low); formality, MoU (Middle); permission, not needed (High). "
        "Mechanisms: MoU. Club – Town: Middle. Cues: resources, shared in kind (Middle); resources, a room (–). "
        "Mechanisms: none."
    )


def test_one_criterion_alone_is_counted_once():
    data = frame()
    data = data[data["criterion"].isna() | (data["criterion"] == "permission")]
    assert case_matrix.finding(data, words=WORDS, labels=LABELS) == (
        "Of 2 cases, 1 moved up a stage; the documents say most about permission (1 case)"
    )


def test_a_move_back_is_in_the_finding():
    data = frame().assign(
        stage=lambda rows: rows["stage"].cat.rename_categories(dict(zip(STAGES, STAGES[::-1], strict=True)))
    )
    data["stage"] = data["stage"].cat.reorder_categories(STAGES, ordered=True)
    assert case_matrix.finding(data, words=WORDS, labels=LABELS).startswith(
        "Of 2 cases, none moved up a stage and 1 moved back; the documents say most about "
    )


def test_where_each_case_is_seen_once_the_finding_speaks_of_no_move():
    data = frame()
    found = case_matrix.finding(data[data["number"] != 2], words=WORDS, labels=LABELS)
    assert found.startswith("Of 2 cases, the stage of each is told once; ")


def test_a_missing_column_is_named():
    with pytest.raises(ColumnMissing, match=r"^chart case_matrix needs column detail; the frame has: "):
        draw(case_matrix, frame().drop(columns="detail"))
