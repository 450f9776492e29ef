import pandas as pd
import pytest
from drawn import LABELS, STAGES, THEME, WORDS, draw, texts, touching
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

from lnlib.charts import shape_map
from lnlib.charts.boundaries import Boundaries
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.style.share_classes import class_shades
from lnlib.errors import ColumnMissing, LnlibError

COUNTS = {"01": (1, 3, 6), "02": (2, 1, 0), "03": (0, 0, 0), "04": (8, 2, 0)}


def square(code, x, side=1.0):
    ring = [[x, 0], [x + side, 0], [x + side, side], [x, side], [x, 0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry}


def shapes(*codes, side=1.0):
    features = [square(code, place, side) for place, code in enumerate(codes or COUNTS)]
    return Boundaries.of({"type": "FeatureCollection", "features": features}, code="code", place="own.geojson")


def frame(counts=COUNTS):
    rows = [
        (unit, f"Unit {unit}", pd.Timestamp("2013-12-31"), stage, count, sum(row), sum(row), sum(row) >= 5)
        for unit, row in counts.items()
        for stage, count in zip(STAGES, row, strict=True)
    ]
    made = pd.DataFrame(rows, columns=["unit", "label", "date", "stage", "count", "n_assessed", "n_known", "shown"])
    return made.assign(stage=pd.Categorical(made["stage"], STAGES, ordered=True))


def drawn(data, width="two-columns", **options):
    return draw(shape_map, data, width, **{"boundaries": shapes(), "value": "mid", **options})


def units(figure):
    return {patch.get_label(): patch for patch in figure.axes[1].patches if isinstance(patch, PathPatch)}


def test_a_unit_has_the_shade_of_its_class():
    found, sheet = units(drawn(frame())), Sheet("column")
    assert to_hex(found["01"].get_facecolor()) == class_shades(sheet)[3]  # 9 of 10
    assert to_hex(found["04"].get_facecolor()) == class_shades(sheet)[0]  # 2 of 10
    assert to_hex(found["03"].get_facecolor()) == THEME.paper.lower()


def test_few_are_hatched_and_have_no_percentage():
    figure = drawn(frame())
    assert units(figure)["02"].get_hatch() == shape_map.FEW
    assert [text.get_text() for text in figure.axes[1].texts] == ["90%", "1 of 3", "20%"]
    assert "Fewer than 5 assessed, share not given" in texts(figure)


def test_the_key_names_only_what_is_there():
    full = frame(dict.fromkeys(COUNTS, (1, 3, 6)))
    found = texts(drawn(full))
    assert found[:4] == ["0–24%", "25–49%", "50–74%", "75–100%"]
    assert "None assessed" not in found
    assert "None assessed" in texts(drawn(frame()))


def test_n_and_the_disclaimer_are_on_the_map():
    said = " ".join(text.get_text() for text in drawn(frame()).axes[0].texts)
    assert "n = 23 assessed in all." in said
    assert "they express no opinion on the legal status of any place or on its borders." in said


def test_shapes_keep_their_aspect():
    box = units(drawn(frame()))["01"].get_path().get_extents()
    assert box.width == pytest.approx(box.height, rel=1e-3)  # at the equator a degree is a degree


def test_a_number_is_left_out_where_the_shape_cannot_hold_it():
    figure = drawn(frame(), boundaries=shapes(side=0.02))
    assert [text.get_text() for text in figure.axes[1].texts] == []


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_no_words_touch(width):
    assert touching(drawn(frame(), width)) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (frame().iloc[:0], "No partnership was assessed anywhere by this date"),
        (frame(dict.fromkeys(COUNTS, (0, 0, 0))), "No partnership was assessed anywhere by this date"),
    ],
)
def test_nothing_is_a_sentence(data, said):
    assert texts(drawn(data)) == [said]
    assert shape_map.describe(data, words=WORDS, labels=LABELS, boundaries=shapes(), value="mid") == said


def test_the_words():
    assert shape_map.describe(frame(), words=WORDS, labels=LABELS, boundaries=shapes(), value="mid") == (
        "Map of the share of assessed partnerships at the middle stage or above. In 1 of 2 provinces with 5 or more assessed, at least half had reached the middle stage. "
        "Unit 01 9 of 10 (90%); Unit 02 1 of 3; Unit 04 2 of 10 (20%); none assessed in Unit 03"
    )


def test_other_shapes_and_frames_are_refused():
    with pytest.raises(LnlibError, match=r"^own\.geojson has no shape for 04; is '04' meant by '4'\?$"):
        drawn(frame(), boundaries=shapes("01", "02", "03", "4"))
    with pytest.raises(
        ColumnMissing,
        match=r"^chart shape_map needs column label; the frame has: "
        r"unit, date, stage, count, n_assessed, n_known, shown$",
    ):
        drawn(frame().drop(columns="label"))
