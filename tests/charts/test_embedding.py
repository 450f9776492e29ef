"""Fonts in PDFs: the glyphs that are used as they were, and nothing that depends on what was made before."""

import io
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont
from matplotlib.backends import _backend_pdf_ps
from matplotlib.font_manager import FontPath, FontProperties, findfont
from matplotlib.ft2font import FT2Font

from lnlib.charts.canvas.embedding import embedded_lean, reduced

FONT = findfont(FontProperties(family="DejaVu Sans"))
TEXT = "Ĉoéﬁ 0%"  # composed letters among them


@pytest.fixture(scope="module")
def glyphs():
    with TTFont(FONT) as font:
        named = font.getBestCmap()
        return {font.getGlyphID(named[ord(letter)]) for letter in TEXT}


def outline(font, glyph):
    drawn = font.getGlyphSet()
    pen = DecomposingRecordingPen(drawn)
    drawn[font.getGlyphName(glyph)].draw(pen)
    return pen.value


def test_used_glyphs_keep_number_outline_and_width_and_no_other_has_an_outline(glyphs):
    with TTFont(FONT) as whole, TTFont(io.BytesIO(reduced(FONT, 0, glyphs))) as part:
        used = {glyph for glyph in range(len(part.getGlyphOrder())) if outline(part, glyph)}
        # .notdef, and what letters are composed of, come along
        assert glyphs - {whole.getGlyphID("space")} < used
        assert len(used) < 20
        for glyph in glyphs | used:
            assert outline(part, glyph) == outline(whole, glyph)
            assert part["hmtx"][part.getGlyphName(glyph)] == whole["hmtx"][whole.getGlyphName(glyph)]


def test_it_holds_what_a_pdf_asks_of_a_font_and_its_sums_are_right(glyphs):
    made = reduced(FONT, 0, glyphs)
    with TTFont(io.BytesIO(made), checkChecksums=2) as part:
        assert set(part.reader.keys()) == {"cvt ", "fpgm", "glyf", "head", "hhea", "hmtx", "loca", "maxp", "prep"}
        for tag in part.reader.keys():  # noqa: SIM118  # not a mapping
            assert part.reader[tag]
    assert FT2Font(io.BytesIO(made)).num_glyphs == FT2Font(FONT).num_glyphs
    assert len(made) < Path(FONT).stat().st_size / 5


def test_the_bytes_depend_on_the_font_and_the_glyphs_alone(glyphs):
    several = sorted(glyphs)
    first = reduced(FONT, 0, several)
    reduced(FONT, 0, several[:2])
    assert reduced(FONT, 0, reversed(several)) == first


def test_outlines_that_are_not_truetype_are_left_to_matplotlib(tmp_path):
    path = tmp_path / "drawn.otf"
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", "A"])
    builder.setupCharacterMap({65: "A"})
    pen = T2CharStringPen(500, None)
    pen.moveTo((0, 0)), pen.lineTo((0, 500)), pen.lineTo((500, 0)), pen.closePath()
    letter = pen.getCharString()
    builder.setupCFF("Drawn", {}, {".notdef": letter, "A": letter}, {})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "A": (500, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Drawn", "styleName": "Regular"})
    builder.setupOS2(), builder.setupPost()
    builder.save(path)
    with embedded_lean(), _backend_pdf_ps.get_glyphs_subset(FontPath(str(path), 0), {1}) as subset:
        assert "CFF " in subset.font


def test_matplotlib_is_given_its_own_way_back():
    before = _backend_pdf_ps.get_glyphs_subset
    with embedded_lean():
        assert _backend_pdf_ps.get_glyphs_subset is not before
    assert _backend_pdf_ps.get_glyphs_subset is before
