"""PNG files: exactly the pixels that were drawn, with words and resolution."""

import io

import numpy as np
import pytest
from PIL import Image

from lnlib.charts.canvas.printing import png_of


def opened(content):
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_pixels_are_those_that_were_given(mode):
    pixels = np.random.default_rng(1).integers(0, 256, (7, 11, 4), dtype=np.uint8)
    if mode == "RGB":
        pixels[..., 3] = 255
    picture = opened(png_of(pixels, {}))
    assert picture.mode == mode
    np.testing.assert_array_equal(np.asarray(picture.convert("RGBA")), pixels)


def test_it_tells_its_words_in_any_script_and_its_resolution():
    about = {"Title": "ដំណាក់កាល", "Description": "Three stages, 300 dots an inch"}
    picture = opened(png_of(np.zeros((2, 3, 4), dtype=np.uint8), about))
    assert {key: picture.info[key] for key in about} == about
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)
