"""What the notebooks show of a register coded from documents: counts and words, and no share, rate or interval."""

import ast
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import nbformat
import pytest
from matplotlib.text import Text

import lnlib as ln
from lnlib.charts.canvas.line_breaks import shown
from lnlib.exhibits.figure import Exhibit

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
NAMES = ["01-portfolio", "05-province", "06-actor", "07-mechanisms", "11-who-moved", "12-how-sure"]
NO_SAMPLE = "The cases were coded from documents and are no sample, so no share, rate or interval is given."
ESTIMATED = re.compile(r"%|interval|limit|times as (?:fast|often)|\bratios?\b|\bp [=<] |\d\.\d+ to \d")


@cache
def coded(name):
    """A register coded from documents: one that ships, or the demonstration, as if it had been coded."""
    register = ln.open_register(name)
    return register if register.counts_only else replace(register, kind="coded")


def displayed(notebook, name, monkeypatch):
    """Run a notebook on a register and yield the value of the last expression of each cell."""
    register = coded(name)
    monkeypatch.setattr(ln, "open_register", lambda *_, **__: register)
    place, actor = (register.partnerships[column] for column in ("province", "non_state"))
    named = {"register": name, "province": place[place != ""].iat[0], "actor": actor.iat[0]}
    scope = {}
    for cell in nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, notebook, "exec"), scope)
        if "parameters" in cell.metadata.get("tags", []):
            scope |= {key: value for key, value in named.items() if key in scope}
        if (
            last is not None
            and (value := eval(compile(ast.Expression(last.value), notebook, "eval"), scope)) is not None
        ):
            yield value


def words_of(value):
    """Return every text that a figure or table shows, the lettering of the drawing among them."""
    if not isinstance(value, Exhibit):
        return value._repr_mimebundle_()["text/plain"]
    if value.empty:
        return value.empty
    lettering = [text.get_text() for text in value.draw().findobj(Text)]
    return shown("\n".join([value.alt, value.description, *value.method, *lettering]))


@pytest.mark.slow
@pytest.mark.parametrize("notebook", NAMES)
@pytest.mark.parametrize("name", ["learning-note-17", "dfgg-documents", "demonstration"])
def test_no_share_rate_or_interval_is_shown(notebook, name, monkeypatch):
    values = list(displayed(notebook, name, monkeypatch))
    assert len(values) >= 3
    for value in values:
        text = words_of(value).replace(NO_SAMPLE, "")
        assert not ESTIMATED.findall(text), (getattr(value, "name", value), text)


@pytest.mark.slow
@pytest.mark.parametrize(("notebook", "figures"), [("07-mechanisms", 3), ("11-who-moved", 2), ("12-how-sure", 5)])
def test_a_chart_of_estimates_is_the_sentence_that_says_why_there_are_none(notebook, figures, monkeypatch):
    values = displayed(notebook, "demonstration", monkeypatch)
    found = [value.empty for value in values if isinstance(value, Exhibit) and hasattr(value.chart, "ESTIMATES")]
    assert found == [NO_SAMPLE] * figures
