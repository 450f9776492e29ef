"""Khmer: the catalogue is whole and a draft, lines break between words, and letters are shaped as HarfBuzz shapes them."""

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layout_checks import faults
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags

from lnlib.charts import stage_mix
from lnlib.charts.canvas import fonts
from lnlib.charts.canvas.fonts import for_language
from lnlib.charts.canvas.line_breaks import ZERO_WIDTH_SPACE, clusters, shown, words_of
from lnlib.charts.canvas.sheet import Sheet
from lnlib.charts.canvas.text import write
from lnlib.charts.style.house_style import Theme
from lnlib.charts.style.typeface import KHMER, LATIN, register
from lnlib.errors import LnlibError
from lnlib.exhibits.figure import Exhibit
from lnlib.measures.counts.shares import shares
from lnlib.reference.places import Places
from lnlib.reference.resources import declared
from lnlib.words import Words
from lnlib.words.catalogue import translated

EN, KM = Words.load("en"), Words.load("km")
NAMES = [place.name("km") for place in Places.load("cambodia").by_code.values()]


def entry(words, key):
    found = words.entries
    for part in key.split("."):
        found = found[part]
    return found


def patterns(found):
    return list(found.values()) if isinstance(found, dict) else [found]


def sentences(words):
    """The sentences that a language has itself, each with its key; what falls back to English is left out."""
    own = [key for key in words.keys() if not key.startswith("type") and key not in words.untranslated]  # noqa: SIM118
    return [(key, str(one)) for key in own for one in patterns(entry(words, key))]


SENTENCES = sentences(KM)
TEXTS = [*(text for _, text in SENTENCES), *NAMES]
RUNS = sorted({run for text in TEXTS for run in re.findall("[\u1780-\u17ff]+", shown(text))})


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_it_is_marked_a_draft():
    assert KM.entries["type"]["status"] == "draft"


def left_in_english(words):
    """The entries with English between their placeholders, such as `All {n} of them`, by key; signs such as n are none."""
    return {
        key: text
        for key, text in sentences(words)
        for between in shown(text).replace("}", "{").split("{")[::2]
        if (word := between.strip()).isalpha() and word.isascii() and word not in ("n", "kappa")
    }


def test_nothing_but_latin_signs_was_left_in_english():
    left = left_in_english(KM)
    assert left == {}, f"leave {', '.join(left)} out of src/lnlib/words/km.yml: it falls back to English, marked"


def test_english_in_the_khmer_file_is_found_and_what_the_file_lacks_is_not():
    own = {**declared("words", "km"), "shown": "All {n} ឆ្នាំ", "n_label": "n = {n}"}
    lacking = {name: entry for name, entry in own.items() if name not in ("occupation", "of")}
    words = translated("km", lacking, declared("words", "en"))
    assert "of" in words.untranslated
    assert left_in_english(words) == {"shown": "All {n} ឆ្នាំ"}


def test_numbers_and_dates_are_in_khmer_digits():
    assert KM.number(12345.6, decimals=1) == "១២.៣៤៥,៦"
    assert KM.number(-3) == "−៣"
    assert KM.percent(0.256) == "២៦%"
    assert KM.date(dt.date(2011, 7, 2)) == "២ កក្កដា ២០១១"
    assert KM.date(dt.date(2011, 7, 2), precision="quarter") == f"ត្រីមាស{ZERO_WIDTH_SPACE}ទី៣ ២០១១"
    assert KM("n_label", n=12) == "n = ១២"


def test_one_and_many_are_alike_and_none_is_none():
    one, two = KM("n_partnerships", n=1), KM("n_partnerships", n=2)
    assert one.replace("១", "២") == two
    assert "០" not in KM("n_partnerships", n=0)


# --- breaking lines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ខ្ញុំ", ["ខ្ញុំ"]),
        ("ស្ត្រី", ["ស្ត្រី"]),
        ("កំពង់ចាម", ["កំ", "ព", "ង់", "ចា", "ម"]),
        ("នីមួយៗ", ["នី", "មួ", "យៗ"]),
        ("បាន។", ["បា", "ន។"]),
        ("សហការ ab", ["ស", "ហ", "កា", "រ", " ", "a", "b"]),
        ("e\u0301a", ["e\u0301", "a"]),
    ],
)
def test_a_cluster_is_a_base_with_all_that_stands_around_it(text, expected):
    assert clusters(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ភាព\u200bជា\u200bដៃគូ\u200bថ្មី", ["ភាព\u200bជា\u200bដៃគូ\u200b", "ថ្មី"]),  # prefixes that make nouns
        ("ក្រោយ\u200bការ\u200bវាយតម្លៃ\u200bមួយ", ["ក្រោយ\u200b", "ការ\u200bវាយតម្លៃ\u200b", "មួយ"]),
        ("សកម្មភាព\u200bស្រប", ["សកម្មភាព\u200b", "ស្រប"]),  # a suffix
        ("ខេត្ត ១៨ ក្នុង ធ្នូ ២០១១", ["ខេត្ត ១៨ ", "ក្នុង ", "ធ្នូ ២០១១"]),
        ("ខេត្ត ២០០៩–២០១៤ (n = ១៧ ដល់ ៨៨)", ["ខេត្ត ", "២០០៩–២០១៤ ", "(n = ១៧ ", "ដល់ ៨៨)"]),
    ],
)
def test_a_number_stays_with_the_word_before_and_a_prefix_with_its_word(text, expected):
    assert words_of(text) == expected


@settings(max_examples=80, deadline=None)
@given(text=st.text(alphabet="កខរសត្ំុ់ាេៗ។ ab\u200b", max_size=30))
def test_nothing_is_lost_in_parting(text):
    assert "".join(clusters(text)) == "".join(words_of(text)) == text


@pytest.mark.parametrize("width_mm", [12, 25, 60])
@pytest.mark.parametrize("key", ["carried", "placed.order", "rater.any", "province_dumbbell.foot"])
def test_lines_break_between_words_where_words_fit(key, width_mm):
    sheet = Sheet("column", for_language(Theme.load(), KM), KM)
    text = KM(key, months=18)
    lines = sheet.wrapped(text, width_mm)
    assert max(sheet.text_mm(line) for line in lines) <= width_mm
    assert ZERO_WIDTH_SPACE not in "".join(lines)
    edges = {0}
    for piece in words_of(text):
        fits = sheet.text_mm(shown(piece).rstrip()) <= width_mm
        parts = [piece] if fits else clusters(piece)
        edges |= {
            max(edges) + sum(len("".join(shown(part).split())) for part in parts[: i + 1]) for i in range(len(parts))
        }
    at = 0
    for line in lines:
        at += len("".join(line.split()))
        assert at in edges, line


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_cut_only_between_clusters(name):
    sheet = Sheet("column", for_language(Theme.load(), KM), KM)
    lines = sheet.wrapped(name, 6.0)
    assert [cluster for line in lines for cluster in clusters(line)] == clusters(name)


def test_lines_are_high_enough_for_stacked_letters():
    theme = for_language(Theme.load(), KM)
    high, low = "ហ៊ឺ ប៉័ ស៊ី", "ស្ត្រូ ខ្ញុំ គ្រៀ គ្រូ"
    with theme.drawn():
        sheet = Sheet("column", theme, KM)
        sheet.open(60)
        ax = sheet.axes(left=0, right=0, bare=True)
        for row in range(4):
            write(ax, 0, 50 - row * sheet.line_mm(), f"{high} {low}", sheet)
        assert faults(sheet.figure) == []


# --- fonts and shapes ------------------------------------------------------------------------------------------------


def test_the_shipped_typeface_writes_every_language():
    for words in (EN, KM):
        assert for_language(Theme.load(), words) == Theme.load()


@pytest.fixture
def burmese():
    """A catalogue of a language that the shipped typeface does not write."""
    return replace(KM, language="my", entries={**KM.entries, "type": {**KM.entries["type"], "sample": "မြန်မာ"}})


def named(words, *families):
    return replace(words, entries={**words.entries, "type": {**words.entries["type"], "fonts": list(families)}})


def test_a_font_that_the_catalogue_names_comes_after_the_house_style(monkeypatch, burmese):
    monkeypatch.setattr(fonts, "writes", lambda family, _: family in ("Myanmar Text", "Padauk"))
    found = for_language(Theme.load(), named(burmese, "Pyidaungsu", "Myanmar Text", "Padauk"))
    assert found.fonts == (LATIN.family, "Myanmar Text")


def test_no_font_is_an_error_that_says_what_to_install(burmese):
    with pytest.raises(LnlibError) as raised:
        for_language(Theme.load(), named(burmese, "Pyidaungsu", "Myanmar Text"))
    assert str(raised.value) == "no installed font writes language 'my': install Pyidaungsu or Myanmar Text"
    with pytest.raises(LnlibError) as raised:
        for_language(Theme.load(), named(burmese))
    assert str(raised.value) == "no installed font writes language 'my': name one in the house style (fonts)"


@pytest.mark.slow
@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_letters_are_shaped_as_harfbuzz_shapes_them(weight):
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed: nothing to compare with")
    register()
    path = findfont(FontProperties(family=KHMER.family, weight=weight))
    latin = findfont(FontProperties(family=LATIN.family, weight=weight))
    face = hb.Face(hb.Blob.from_file_path(path))
    shaper, drawer = hb.Font(face), get_font([latin, path])
    drawer.set_size(100, 72)
    assert len(RUNS) > 300
    for run in RUNS:
        buffer = hb.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        hb.shape(shaper, buffer)
        expected, pen = [], 0
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            expected.append((info.codepoint, pen + place.x_offset, place.y_offset))
            pen += place.x_advance
        found = [
            (item.glyph_index, item.x, item.y)
            for item in drawer._layout(run, LoadFlags.NO_HINTING)
            if item.ft_object.family_name != LATIN.family
        ]
        assert [glyph for glyph, _, _ in found] == [glyph for glyph, _, _ in expected], run
        for (_, x, y), (_, wanted_x, wanted_y) in zip(found, expected, strict=True):
            assert (x, y) == pytest.approx(
                (wanted_x * 100 / face.upem, wanted_y * 100 / face.upem), abs=0.05 * len(run)
            ), run


# --- an exhibit ------------------------------------------------------------------------------------------------------


@pytest.fixture
def exhibit(small):
    from lnlib.history.grid import grid
    from lnlib.history.spells import spells

    dates = grid(small, every="half")
    return Exhibit("mix", stage_mix, shares(spells(small), dates=dates), small, 1, language="km")


def test_svg_keeps_khmer_as_text_and_pdf_embeds_both_fonts(exhibit):
    assert "ដំណាក់កាល" in exhibit.rendered("column", "svg").decode().replace(ZERO_WIDTH_SPACE, "")
    pdf = exhibit.rendered("column", "pdf")
    assert pdf.count(b"/FontFile2") >= 2
    assert b"NotoSansKhmerSemiCondensed-Regular" in pdf
    assert b"NotoSansSemiCondensed-Regular" in pdf


@pytest.mark.parametrize("width", ["column", "two-columns"])
def test_a_khmer_exhibit_has_no_fault(exhibit, width):
    figure = exhibit.draw(width)
    with exhibit.theme.drawn():
        assert faults(figure) == []


def test_the_alternative_text_is_khmer_and_ends_as_khmer_does(exhibit):
    assert "។" in exhibit.alt
    assert "។." not in exhibit.alt
    assert "។។" not in exhibit.alt


def test_what_notebooks_call_themselves_and_their_columns_is_in_the_catalogue():
    english = set(Words.load("en").group("texts").values())
    missing = []
    for path in sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb")):
        if path.name.startswith(("00-", "10-")):  # no edition runs them
            continue
        cells = json.loads(path.read_text("utf-8"))["cells"]
        title = "".join(cells[0]["source"]).splitlines()[0].removeprefix("# ")
        code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
        headers = [text for group in re.findall(r"(?:headers|words) \|?= \{([^}]*)\}", code) for text in _labels(group)]
        missing += [(path.name, text) for text in (title, *headers) if text not in english and text not in _UNITS]
    lines = "\n".join(f"{name}: {text}" for name, text in missing)
    assert missing == [], f"write each under texts in src/lnlib/words/en.yml, and leave km.yml alone:\n{lines}"
    assert KM.translated("Stage") == "ដំណាក់កាល"
    assert KM.translated("A name") == "A name"


_UNITS = {"n"}


def _labels(group):
    return re.findall(r': "([^"]*)"', group)
