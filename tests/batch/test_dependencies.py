"""What is noted of a register that a notebook dependencies."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lnlib.batch.execute import dependencies

OPENED = """
from lnlib.batch.execute import dependencies
import lnlib as ln
import lnlib.intake.register_opening\nimport lnlib.register.model
from lnlib.exhibits.source_and_choices import narrowed_to
from lnlib.words.catalogue import Words
{before}
dependencies.track_register()
register = ln.open_register("tests/registers/small")
{then}
print(sorted(dependencies._parts))
"""


def noted(then: str, before: str = "") -> str:
    code = OPENED.format(then=then, before=before)
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("before", ["", "lnlib.intake.register_opening.prepare('tests/registers/small')"])
@pytest.mark.parametrize(
    ("then", "parts"),
    [
        ("", []),
        ("register.where(province=register.unit('02').code).assessments", ["province=02"]),
        ("register.over('2010', '2012').where(province='02').assessments", ["province=02"]),
        ("register.assessments", ["all"]),
    ],
)
def test_opening_a_register_reads_no_rows_and_narrowed_only_those_of_its_part(then, parts, before):
    assert noted(then, before) == str(parts)


def test_the_librarys_own_files_count_wherever_it_lies(tmp_path):
    project, words = tmp_path / "project", dependencies.LIBRARY / "words/en.yml"
    opened = [
        words,
        dependencies.LIBRARY / "places.py",
        project / "notes.txt",
        project / "build/a.csv",
        tmp_path / "other.txt",
    ]
    imported = [
        dependencies.LIBRARY / "words/km.yml",
        dependencies.LIBRARY / "batch/templates/run.html",
        project / "more.txt",
    ]
    (tmp_path / "opened.txt").write_text("\n".join(map(str, opened)))
    (tmp_path / "imported.txt").write_text("\n".join(map(str, imported)))
    assert dependencies.library_name(project) == "<lnlib>"
    assert dependencies.library_name(dependencies.LIBRARY.parent.parent) == f"{dependencies.LIBRARY.parent.name}/lnlib"
    for library in ("<lnlib>", "src/lnlib"):
        asked = {"without": [project / "build"], "library": library, "code": ""}
        found = dependencies.files_read(tmp_path, project, uses_library=False, **asked)
        assert found == sorted([f"{library}/words/en.yml", "more.txt", "notes.txt"])
        found = dependencies.files_read(tmp_path, project, uses_library=True, **asked)
        assert found == sorted([f"{library}/words/en.yml", f"{library}/words/km.yml", "more.txt", "notes.txt"])


def test_the_name_of_the_actor_that_a_register_is_narrowed_to_is_read_from_its_part():
    key = noted("key = register.actors['actor'].iat[0]; print(key)").splitlines()[0]
    assert noted(f"narrowed_to(register.where(actor={key!r}), Words.load('en'))") == str([f"actor={key}"])


def test_what_is_left_out_was_not_opened_but_what_was_opened_before_was(tmp_path, monkeypatch):
    before = {str(tmp_path / "register/lookup.csv"), str(tmp_path / "other/a.csv")}
    monkeypatch.setattr(dependencies, "_opened", set(before))
    more = str(tmp_path / "register more.csv")
    with dependencies.excluding(tmp_path / "register"):
        dependencies._opened.update([str(tmp_path / "register/a.csv"), str(tmp_path / "register/lookup.csv"), more])
    with dependencies.excluding(tmp_path / "book.xlsx"):
        dependencies._opened.add(str(tmp_path / "book.xlsx"))
    assert dependencies._opened == {*before, more}
