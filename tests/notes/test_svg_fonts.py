"""SVGs that are shown as images bring the glyphs of their words."""

import base64
import io
import re

from fontTools.ttLib import TTFont

from lnlib.notes.svg_fonts import with_fonts

SVG = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="10pt" height="10pt">
 <text style="font-size: 8px; font-family: %s" x="1" y="8">A&amp;b</text>
</svg>
"""
SHIPPED = b"'Noto Sans SemiCondensed', 'DejaVu Sans'"


def faces(svg):
    found = re.findall(rb'font-family: "([^"]+)"; font-weight: (\d+); src: url\(data:font/ttf;base64,([^)]+)\)', svg)
    return {
        (family.decode(), int(weight)): TTFont(io.BytesIO(base64.b64decode(data))) for family, weight, data in found
    }


def test_an_svg_brings_both_weights_of_the_glyphs_of_its_words_and_no_others():
    fonts = faces(with_fonts(SVG % SHIPPED))
    assert fonts.keys() == {("Noto Sans SemiCondensed", 400), ("Noto Sans SemiCondensed", 700)}
    assert all(set(font.getBestCmap()) == set(map(ord, "A&b")) for font in fonts.values())


def test_the_same_svg_gives_the_same_bytes_and_keeps_what_it_draws():
    whole = with_fonts(SVG % SHIPPED)
    assert whole == with_fonts(SVG % SHIPPED)
    assert re.sub(rb"\n <style>.*</style>", b"", whole) == SVG % SHIPPED


def test_a_family_that_is_not_shipped_is_not_copied():
    assert faces(with_fonts(SVG % b"'Arial'")) == {}
