"""An edition as the batch makes it, twice: packed and compared."""

import json
from pathlib import Path

import pytest
from small_project import PARAMETERS, members, notebook, write

from lnlib.batch.run_command import RunOptions, run_editions
from lnlib.editions.compare import compare_editions
from lnlib.editions.pack import pack

SMALL = Path(__file__).parent.parent / "registers" / "small"
EDITION = "title: A small edition\nregister: small\nframe: '24'\nruns:\n  - notebook: 01-portfolio\n"
SAVE = f"""\
import lnlib as ln
whole = ln.open_register({str(SMALL)!r})
headers = {{"label": "Partnership", "stage": "Stage", "up": "Moves up"}}
ln.Table(ln.current_status(whole), "Where they stand", headers, register=whole, name="01-standing", number=1).save(out)
"""


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    """The same edition made in two folders, by two batches."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("notebooks", "params", "data/small"):
        (root / folder).mkdir(parents=True)
    (root / "data/small/actors.csv").write_text("actor\n")
    (root / "params/small.yml").write_text(EDITION)
    write(root, "01-portfolio", notebook(SAVE, parameters=PARAMETERS, title="Who and where?"))
    for build in ("one", "two"):
        status = run_editions(
            [root / "params/small.yml"], membership=members, options=RunOptions(workers=1), build=root / build
        )
        assert status == 0, (root / build / "small/report.txt").read_text()
    return root / "one" / "small", root / "two" / "small"


def test_tables_are_published_and_listed_with_what_they_were_made_from(twice):
    entry = json.loads((twice[0] / "exhibits.json").read_text("utf-8"))[0]
    assert [entry[key] for key in ("name", "exhibit", "run")] == ["01-standing", "table", "01-portfolio/all"]
    assert set(entry["made_from"]) == {
        "notebook", "parameters", "engine", "register", "files", "declared", "matplotlibrc", "code", "versions",
        "programs",
    }  # fmt: skip
    assert all((twice[0] / file).is_file() for file in [*entry["tables"], entry["data"]])


def test_two_batches_make_the_same_bytes_and_nothing_changed(twice):
    found, page = compare_editions(*twice)
    assert found.nothing
    assert found.made_otherwise == ()
    assert "Nothing changed" in page.read_text("utf-8")
    one, two = (pack(edition) for edition in twice)
    assert one.read_bytes() == two.read_bytes()
