"""PNG files: the pixels that were drawn in 256 colours, with words and resolution."""

import io

import numpy as np
import pytest
from PIL import Image

from lnlib.charts.canvas.printing import palette_of, png_of


def opened(content):
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def pixels_of(content):
    return np.asarray(opened(content).convert("RGBA"))


def test_pixels_of_few_colours_are_those_that_were_drawn():
    pixels = np.random.default_rng(1).choice([0, 90, 255], (7, 11, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    np.testing.assert_array_equal(pixels_of(png_of(*palette_of(pixels), {})), pixels)


def test_of_many_colours_frequent_ones_are_kept_and_none_is_changed_by_much():
    shades = np.stack(np.meshgrid(np.arange(0, 250, 10), np.arange(0, 250, 10), [7]), axis=-1).reshape(1, -1, 3)
    pixels = np.concatenate([shades] * 2 + [np.full((40, shades.shape[1], 3), (27, 42, 92))]).astype(np.uint8)
    palette, indices = palette_of(np.dstack([pixels, np.full(pixels.shape[:2], 255, dtype=np.uint8)]))
    assert len(palette) == 256
    assert palette[indices[5, 5]].tolist() == [27, 42, 92]
    assert np.abs(palette[indices] - pixels).max() <= 20


def test_it_tells_its_words_in_any_script_and_its_resolution():
    about = {"Title": "ដំណាក់កាល", "Description": "Three stages, 300 dots an inch"}
    picture = opened(png_of(*palette_of(np.zeros((2, 3, 4), dtype=np.uint8)), about))
    assert {key: picture.info[key] for key in about} == about
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.01)
