"""What every chart has: a test of its own, and the words that its exhibits are made of."""

import ast
import importlib
import pkgutil
from pathlib import Path

from lnlib import charts
from lnlib.words import Words

TESTS = Path(__file__).parent
CATALOGUE = "src/lnlib/words/en.yml"


def charts_offered():
    """The names of the charts of the library: the modules that draw."""
    names = [name for _, name, _ in pkgutil.iter_modules(charts.__path__)]
    return {name for name in names if hasattr(importlib.import_module(f"lnlib.charts.{name}"), "draw")}


def untested(names, folder):
    """The charts of these names that no test file of a folder imports from `lnlib.charts`, each with the file to write."""
    imported = {
        alias.name
        for path in folder.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "lnlib.charts"
        for alias in node.names
    }
    return [
        f"no test imports the chart {name} from lnlib.charts: write tests/charts/test_{name}.py"
        for name in sorted(set(names) - imported)
    ]


def without_words(names, keys):
    """The entries of the English catalogue that charts of these names lack, each with the entry to write."""
    needed = {
        name: {f"chart_type.{name}": "begins the alternative text", f"{name}.subtitle": "says what is counted"}
        for name in sorted(names)
    }
    return [
        f"the chart {name} has no {key}, which {purpose}: write it in {CATALOGUE}"
        for name, entries in needed.items()
        for key, purpose in entries.items()
        if not {key, f"{key}_value"} & set(keys)  # a subtitle of its own where one stage is shown
    ]


def test_every_chart_has_a_test(tmp_path):
    names = charts_offered()
    missing = untested(names, TESTS)
    assert missing == [], "\n".join(missing)
    (tmp_path / "test_one.py").write_text("from lnlib.charts import stage_mix\n")
    assert untested({"stage_mix", "raters"}, tmp_path) == [
        "no test imports the chart raters from lnlib.charts: write tests/charts/test_raters.py"
    ]


def test_every_chart_has_its_type_and_subtitle():
    names, keys = charts_offered(), Words.load("en").keys()
    assert len(names) > 20
    missing = without_words(names, keys)
    assert missing == [], "\n".join(missing)
    assert without_words(["raters"], [*keys, "raters.subtitel"]) == [
        "the chart raters has no chart_type.raters, which begins the alternative text: write it in src/lnlib/words/en.yml",
        "the chart raters has no raters.subtitle, which says what is counted: write it in src/lnlib/words/en.yml",
    ]


def test_every_type_of_chart_is_that_of_a_chart():
    types = set(Words.load("en").group("chart_type"))
    assert types - charts_offered() == {"other"}, f"rename or remove each under chart_type in {CATALOGUE}"
