"""What a notebook may be: a question, few cells, one cell of parameters, and no code that belongs in the library."""

import ast
import importlib
import io
import pkgutil
import re
import shutil
import subprocess
import sys
import tokenize
from pathlib import Path

import nbformat
import pytest
import yaml

import lnlib
from lnlib import charts
from lnlib.exhibits.figure import DATA_MIME, DESCRIPTION_MIME
from lnlib.exhibits.source_and_choices import METHOD_MIME

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TYPES = {"str": str, "int": int, "float": float, "bool": bool}
# opened by hand, and run by the files that the explorer writes: no edition that ships has them
BY_HAND = {"00-explore", "10-view"}
STORED = {"text/plain", "text/html", "text/markdown", DATA_MIME, DESCRIPTION_MIME, METHOD_MIME}
MOST_CELLS, MOST_LINES = 10, 66  # about sixty lines, a bracket that the formatter set apart not counted


def read(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def words(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def parameters(notebook):
    """The statements of the parameters cell."""
    (cell,) = (cell for cell in code(notebook) if "parameters" in cell.metadata.get("tags", []))
    return cell.source, ast.parse(cell.source).body


def names_drawn(tree):
    """Names given to `Exhibit(…)` and `Table(…)`: the words, with what is put into them left open, and names looked up."""
    found = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }

    def beginning(node):
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.JoinedStr):
            first = node.values[0]
            return beginning(first.value if isinstance(first, ast.FormattedValue) else first)
        return beginning(found[node.id])

    return [
        beginning(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (name := name_given(node)) is not None
    ]


def name_given(call):
    """The name that a call gives its exhibit's files; a table that is only shown has none."""
    what = getattr(call.func, "attr", "")
    if what == "Exhibit":
        return call.args[0]
    if what == "Table":
        return next((keyword.value for keyword in call.keywords if keyword.arg == "name"), None)
    return None


def lacking(notebook):
    """The code cells of a notebook that store nothing of what they show, or were never run."""
    return [
        cell.source for cell in code(notebook) if cell.execution_count is None or (shows(cell) and not cell.outputs)
    ]


def shows(cell):
    """Whether a cell ends in an expression, whose value Jupyter shows; one that may be None shows nothing then."""
    last = ast.parse(cell.source).body[-1]
    return isinstance(last, ast.Expr) and not (
        isinstance(last.value, ast.IfExp) and ast.unparse(last.value.orelse) == "None"
    )


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 6


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    def test_it_is_valid_and_stores_words_but_no_pictures(self, path):
        notebook = read(path)
        nbformat.validate(notebook)
        outputs = [output for cell in code(notebook) for output in cell.outputs]
        again = f"store its outputs with python tools/store_outputs.py {path.stem}"
        printed = {output.output_type for output in outputs} - {"execute_result", "display_data"}
        assert printed == set(), f"show values as the last expression of a cell, print nothing, and {again}"
        assert {kind for output in outputs for kind in output.data} - STORED == set(), again
        assert notebook.metadata.kernelspec.name == "python3", "choose the kernel Python 3"

    def test_every_cell_that_shows_something_stores_it(self, path):
        assert lacking(read(path)) == [], f"run make notebooks, or .venv/bin/python tools/store_outputs.py {path.stem}"

    def test_what_it_saves_is_the_last_expression_of_a_cell_and_so_is_shown(self, path):
        for cell in code(read(path)):
            body = ast.parse(cell.source).body
            saved = [
                node
                for node in ast.walk(ast.Module(body[:-1] if isinstance(body[-1], ast.Expr) else body, []))
                if isinstance(node, ast.Call)
                and getattr(node.func, "attr", "") == "save"
                and "with_topic" not in ast.unparse(node)  # numbers for prose, which no cell shows
            ]
            assert saved == [], f"save at the end of the cell, figure.save(out):\n{cell.source}"

    def test_its_title_is_a_question_and_it_says_how_to_read_it(self, path):
        headings = [line for text in words(read(path)) for line in text.splitlines() if line.startswith("#")]
        assert re.fullmatch(r"# .+\?", headings[0]), "make its title a question"
        last = " ".join(heading for heading in headings if heading.startswith("## How to read it"))
        assert "cannot" in last, "end it with the section ## How to read it, and what it cannot say"

    def test_it_is_short(self, path):
        cells = code(read(path))
        assert len(cells) <= MOST_CELLS, "join cells, or make two notebooks: each answers one question"
        lines = [line.strip() for cell in cells for line in cell.source.splitlines()]
        written = [line for line in lines if set(line) - set("()[]{},")]
        assert len(written) <= MOST_LINES, "move code into src/lnlib, or make two notebooks"

    def test_it_defines_nothing(self, path):
        for cell in code(read(path)):
            for node in ast.walk(ast.parse(cell.source)):
                assigned = isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Lambda)
                defined = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or assigned
                assert not defined, f"define it in src/lnlib, not in the notebook:\n{cell.source}"
                assert not isinstance(node, ast.For | ast.While | ast.Try), f"move it into src/lnlib:\n{cell.source}"

    def test_it_has_one_cell_of_parameters_with_literals_typed_and_commented(self, path):
        notebook = read(path)
        tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
        assert len(tagged) == 1, "tag one cell parameters (in JupyterLab: property inspector, Add tag)"
        source, statements = parameters(notebook)
        for node in statements:
            assert isinstance(node, ast.AnnAssign), f"give it a type: {ast.unparse(node)}"
            kind = TYPES.get(ast.unparse(node.annotation))
            assert kind, f"its type must be {', '.join(TYPES)}: {ast.unparse(node)}"
            assert type(ast.literal_eval(node.value)) is kind, f"its value is not of its type: {ast.unparse(node)}"
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        commented = {token.start[0] for token in tokens if token.type == tokenize.COMMENT and len(token.string) > 10}
        bare = [ast.unparse(node) for node in statements if node.lineno not in commented]
        assert bare == [], "write a comment after each, on its line"

    def test_the_parameters_stand_before_what_uses_them(self, path):
        cells = code(read(path))
        place = next(i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", []))
        before = [node for cell in cells[:place] for node in ast.parse(cell.source).body]
        other = [ast.unparse(node) for node in before if not isinstance(node, ast.Import | ast.ImportFrom)]
        assert other == [], "only imports stand before the cell of parameters"

    def test_every_parameter_is_used(self, path):
        notebook = read(path)
        _, statements = parameters(notebook)
        used = {
            node.id
            for cell in code(notebook)
            for node in ast.walk(ast.parse(cell.source))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        unused = {node.target.id for node in statements} - used
        assert unused == set(), "use each parameter, or remove it"

    def test_it_imports_only_the_library(self, path):
        for cell in code(read(path)):
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    others = {alias.name.split(".")[0] for alias in node.names} - {"lnlib"}
                    assert others == set(), "import from lnlib alone; what needs more belongs in src/lnlib"
                if isinstance(node, ast.ImportFrom):
                    assert node.module.split(".")[0] == "lnlib", "import from lnlib alone"

    def test_its_exhibits_are_named_after_it_and_apart(self, path):
        tree = ast.parse("\n".join(cell.source for cell in code(read(path))))
        begun = names_drawn(tree)
        assert begun, f'draw a figure or table: ln.Exhibit("{path.stem}-…", …)'
        other = [name for name in begun if not name.startswith(path.stem)]
        assert other == [], f"begin the name of each with that of the notebook: {path.stem}-…"
        full = [
            ast.unparse(name)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and (name := name_given(node)) is not None
        ]
        twice = sorted({name for name in full if full.count(name) > 1})
        assert twice == [], "each exhibit needs a name of its own"

    def test_no_number_of_an_exhibit_stands_in_it(self, path):
        tree = ast.parse("\n".join(cell.source for cell in code(read(path))))
        given = [word for node in ast.walk(tree) if isinstance(node, ast.Call) for word in node.keywords]
        literal = [word for word in given if word.arg == "number" and isinstance(word.value, ast.Constant)]
        assert [word.lineno for word in literal] == [], "leave number= out: an edition numbers its figures"

    def test_an_edition_runs_it(self, path):
        if path.stem in BY_HAND:
            return
        named_in = [
            edition.name
            for edition in sorted((ROOT / "params").glob("*.yml"))
            for run in yaml.safe_load(edition.read_text("utf-8"))["runs"]
            if str(run["notebook"]).removesuffix(".ipynb") == path.stem
        ]
        assert named_in, f"name {path.stem} under runs in a file of params/ (docs/extend/notebook.md, 4)"


def test_a_notebook_without_stored_outputs_is_found():
    notebook = read(ROOT / "notebooks" / "01-portfolio.ipynb")
    assert lacking(notebook) == []
    last = code(notebook)[-1]
    last.outputs = []
    assert lacking(notebook) == [last.source]
    for cell in code(notebook):
        cell.update(outputs=[], execution_count=None)
    assert lacking(notebook) == [cell.source for cell in code(notebook)]


# a chart that no notebook has to draw, and why
BESIDE = {
    "forest": "what is compared is a question of its own, such as a mechanism or a kind of partner",
}


def test_every_chart_is_drawn_by_a_notebook():
    tree = ast.parse("\n".join(cell.source for path in NOTEBOOKS for cell in code(read(path))))
    drawn = {ast.unparse(node.args[1]) for node in ast.walk(tree) if exhibit(node)}
    modules = [name for _, name, _ in pkgutil.iter_modules(charts.__path__)]
    offered = {name for name in modules if hasattr(importlib.import_module(f"lnlib.charts.{name}"), "draw")}
    missing = offered - drawn - set(BESIDE)
    assert missing == set(), f"draw {', '.join(sorted(missing))} in a notebook (docs/extend/notebook.md)"


@pytest.mark.slow
def test_nbval_fails_when_the_data_of_a_figure_change(tmp_path):
    """A register in which one stage was assessed otherwise: the stored words of the figures no longer hold."""
    register = shutil.copytree(ROOT / "tests" / "registers" / "small", tmp_path / "small")
    sources = [
        "import lnlib as ln\nfrom lnlib.charts import stage_mix\nfrom lnlib.measures.counts.shares import shares",
        f"whole = ln.open_register({str(register)!r})\n"
        'mix = shares(ln.spells(whole), dates=ln.grid(whole, every="year"))\n'
        'figure = ln.Exhibit("mix", stage_mix, mix, whole)',
        "figure",
    ]
    namespace = {}
    for source in sources[:-1]:
        exec(source, namespace)
    stored = namespace["figure"]._repr_mimebundle_()
    data, metadata = stored if isinstance(stored, tuple) else (stored, {})
    data = {kind: content for kind, content in data.items() if kind != "image/png"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source, execution_count=1) for source in sources],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    notebook.cells[-1].outputs = [nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=3)]
    nbformat.write(notebook, tmp_path / "before.ipynb")
    table = register / "assessments.csv"
    changed = table.read_text("utf-8").replace("collaboration", "coalition")
    assert changed != table.read_text("utf-8")
    unchanged = shutil.copytree(register, tmp_path / "as it was")
    notebook.cells[1].source = sources[1].replace(str(register), str(unchanged))
    nbformat.write(notebook, tmp_path / "unchanged.ipynb")
    table.write_text(changed, "utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    shutil.copy(ROOT / "conftest.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider"]
    checked = subprocess.run(
        [*command, "before.ipynb", "unchanged.ipynb"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 1, checked.stdout
    assert re.findall(r"^FAILED (.*?)(?: - |$)", checked.stdout, re.M) == ["before.ipynb::Cell 2"]
    assert DATA_MIME in checked.stdout
    remedy = "if the change is meant, run python tools/store_outputs.py before and commit it (docs/extend/notebook.md)"
    assert checked.stdout.count(remedy) == 1


def exhibit(node):
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "Exhibit"


def test_parameters_of_one_name_are_said_alike_in_every_notebook():
    message = {}
    for path in NOTEBOOKS:
        source, statements = parameters(read(path))
        lines = source.splitlines()
        for node in statements:
            comment = lines[node.lineno - 1].split("#", 1)[1].strip()
            message.setdefault(node.target.id, set()).add((ast.unparse(node.annotation), comment))
    apart = {name: words for name, words in message.items() if len(words) > 1}
    assert apart == {}, "a parameter that other notebooks have keeps its type and comment"


def test_every_run_of_an_edition_is_a_notebook():
    stems = {path.stem for path in NOTEBOOKS}
    for edition in sorted((ROOT / "params").glob("*.yml")):
        runs = yaml.safe_load(edition.read_text("utf-8"))["runs"]
        missing = {str(run["notebook"]).removesuffix(".ipynb") for run in runs} - stems
        assert missing == set(), f"params/{edition.name} runs notebooks that notebooks/ lacks"


@pytest.mark.parametrize(
    ("stem", "figures"),
    [
        ("02-over-time", ["mix", "flows", "courses"]),
        ("03-by-actor", ["now", "then", "agreement"]),  # the first heads the page and the index: that of the end
        ("04-by-province", ["tiles", "mix"]),
    ],
)
def test_cases_coded_from_documents_are_counted_without_shares_or_intervals(stem, figures, monkeypatch):
    drawn = []
    for kind in (lnlib.Exhibit, lnlib.Table):
        monkeypatch.setattr(kind, "save", lambda self, _: drawn.append(self))
    namespace = {}
    for cell in code(read(ROOT / "notebooks" / f"{stem}.ipynb")):
        exec(cell.source.replace('register: str = "demonstration"', 'register: str = "dfgg-documents"'), namespace)
    assert [item.name for item in drawn if isinstance(item, lnlib.Exhibit)] == [f"{stem}-{end}" for end in figures]
    for table in (item for item in drawn if isinstance(item, lnlib.Table)):
        assert not {"share", "low", "high"} & set(table.headers)


@pytest.mark.parametrize(
    ("register", "language", "title"),
    [
        ("demonstration", "en", "Of 160 partnerships, 129 were assessed twice or more, 18 once and 13 never"),
        ("learning-note-17", "en", "Of 7 partnerships, 2 were assessed twice or more, 5 once and none never"),
        ("learning-note-17", "km", "ក្នុងចំណោមភាពជាដៃគូ ៧ មាន ២ ត្រូវបានវាយតម្លៃ ពីរដងឬច្រើនជាង ៥ ម្ដង និង គ្មាន មិនដែលត្រូវបានវាយតម្លៃ"),
    ],
)  # fmt: skip
def test_how_often_partnerships_were_assessed_is_a_finding(monkeypatch, register, language, title):
    shown = {}
    for kind in (lnlib.Exhibit, lnlib.Table):
        monkeypatch.setattr(kind, "save", lambda self, _: shown.setdefault(self.name, self))
    namespace = {}
    for cell in code(read(ROOT / "notebooks" / "01-portfolio.ipynb")):
        given = cell.source.replace('register: str = "demonstration"', f'register: str = "{register}"')
        exec(given.replace('language: str = "en"', f'language: str = "{language}"'), namespace)
    assert shown["01-portfolio-assessed"].caption.replace("\u200b", "") == title


def test_the_calendar_counts_no_assessment_from_before_a_later_first_date(monkeypatch):
    """Of the demonstration's 851 assessments 311 are before 2012, and 48 in its first quarter."""
    shown = {}
    for kind in (lnlib.Exhibit, lnlib.Table):
        monkeypatch.setattr(kind, "save", lambda self, _: shown.setdefault(self.name, self))
    namespace = {}
    for cell in code(read(ROOT / "notebooks" / "01-portfolio.ipynb")):
        exec(cell.source.replace('period_from: str = ""', 'period_from: str = "2012-01"'), namespace)
    counts = shown["01-portfolio-watched"].data.groupby("date")["count"].sum()
    assert counts.loc["2012-03-31"] == 48
    assert counts.sum() == 851 - 311


def test_of_learning_note_17_no_quarter_and_no_percentage_is_drawn(monkeypatch):
    """Only the register's name is changed in the parameters: `placed` stays as it is."""
    shown = []
    for kind in (lnlib.Exhibit, lnlib.Table):
        monkeypatch.setattr(kind, "save", lambda self, _: shown.append(self))
    namespace = {}
    for cell in code(read(ROOT / "notebooks" / "02-over-time.ipynb")):
        exec(cell.source.replace('register: str = "demonstration"', 'register: str = "learning-note-17"'), namespace)
    assert namespace["placed"] == ""
    assert namespace["dates"] == [1.0, 2.0]
    figures = [item for item in shown if isinstance(item, lnlib.Exhibit)]
    assert [figure.name for figure in figures] == ["02-over-time-mix", "02-over-time-flows", "02-over-time-courses"]
    for figure in figures:
        words = " ".join([figure.alt, figure.description, *figure.heading.notes])
        assert not re.search(r"%|\b20\d\d\b|\bquarter", words), words


@pytest.mark.slow
def test_who_moved_shows_the_models_figures_beside_those_recorded(monkeypatch):
    """On the page, in the notes of its figures and in its table: .218 and .427 recorded, .045 and .568 by the model."""
    shown = {}
    for kind in (lnlib.Exhibit, lnlib.Table):
        monkeypatch.setattr(kind, "save", lambda self, _: shown.setdefault(self.name, self))
    namespace = {}
    for cell in code(read(ROOT / "notebooks" / "11-who-moved.ipynb")):
        if "occupying(" not in cell.source and "certainty." not in cell.source:
            exec(cell.source, namespace)
    table = shown["11-who-moved-recorded"].data.set_index("what")
    back = table.loc["Ever moved back, of these partnerships"]
    assert back[["recorded", "model"]].tolist() == pytest.approx([0.218, 0.045], abs=0.0005)
    reached = "Reached the collaboration stage or above within 2 years of the "
    assert table.loc[reached + "start", "recorded"] == pytest.approx(0.427, abs=0.0005)
    assert table.loc[reached + "first rating", "model"] == pytest.approx(0.568, abs=0.0005)
    moved, soon = (" ".join(shown[f"11-who-moved-{end}"].heading.notes) for end in ("between", "soon"))
    assert "82 of 147 partnerships ever moved up, and 32 ever moved back" in moved
    assert "50% (48% to 53%) moved up and 5% (2% to 13%) moved back" in moved
    assert "57% (46% to 67%) had reached the collaboration stage or above within 2 years of their first rating" in soon
