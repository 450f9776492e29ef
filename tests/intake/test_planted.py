"""A table planted in a random workbook: every cell is in the register, among the refused, or not read; nothing is invented."""

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lnlib.intake.reading import grids_of

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "registers" / "planted.py"


@pytest.fixture(scope="module")
def planting():
    spec = importlib.util.spec_from_file_location("planted", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["planted"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["planted"]


@pytest.mark.parametrize("seeds", [range(first, first + 5) for first in range(1, 31, 5)], ids=str)
def test_nothing_planted_is_lost_and_nothing_is_invented(planting, seeds):
    wrong = {seed: lost for seed in seeds if (lost := planting.lost(one := planting.plant(seed), one.grids))}
    assert wrong == {}


def test_a_planted_workbook_is_read_alike_from_its_file(planting, tmp_path):
    planted = planting.plant(7)
    planting.write(planted, tmp_path / "book.xlsx")
    assert planting.lost(planted, grids_of(tmp_path / "book.xlsx")) == []


def test_what_is_lost_or_invented_is_found(planting):
    planted = planting.plant(2)
    assert planting.lost(planted, planted.grids) == []
    title, row = planted.cells[0][0], planted.cells[0][1]
    less = [one if one.sheet != title else grid_without(one, row) for one in planted.grids]
    assert any(f"{title} row {row}" in text and "is lost" in text for text in planting.lost(planted, less))
    planted.pairs.clear()
    assert any("was not planted" in text for text in planting.lost(planted, planted.grids))


def grid_without(grid, row):
    kept = [at for at, number in enumerate(grid.rows) if number != row]
    return replace(grid, cells=[grid.cells[at] for at in kept], rows=[grid.rows[at] for at in kept])
