from __future__ import annotations

import pytest
from small_project import notebook, write

from lnlib.batch.plan.notebooks import read_notebook
from lnlib.errors import EditionError


@pytest.fixture
def read(tmp_path):
    (tmp_path / "notebooks").mkdir()

    def read(parameters):
        return read_notebook(write(tmp_path, "n", notebook("1", parameters=parameters)))

    return read


def test_parameters_are_read_with_type_and_default(read):
    found = read(
        'province: str = "a=x"  # code or name\nlimit: int | None = None\nwidths = [85, 178]  # type: list[int]\n'
        'name = "ភ្នំពេញ"  # a place\n'
    ).parameters
    assert [(p.name, p.default, p.type) for p in found.values()] == [
        ("province", "a=x", "str"),
        ("limit", None, "int | None"),
        ("widths", [85, 178], "list[int]"),
        ("name", "ភ្នំពេញ", "str"),
    ]


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("str", ["a"], [1, None, ["a"]]),
        ("int", [1], [True, 1.5, "1"]),
        ("float", [1, 1.5], [True, "1"]),
        ("bool", [True], [1, "yes"]),
        ("int | None", [1, None], ["1"]),
        ("Optional[str]", ["a", None], [1]),
        ("list[str]", [["a"], []], ["a", [1]]),
        ("dict[str, int]", [{"a": 1}], [{"a": "b"}, []]),
        ("Literal['any', 'state']", ["any"], ["none"]),
    ],
)
def test_values_are_held_to_the_declared_type(read, type_, good, bad):
    made = read(f"x: {type_} = None")
    for value in good:
        made.check("x", value)
    for value in bad:
        with pytest.raises(EditionError, match=r"^x must be "):
            made.check("x", value)


def test_a_value_of_the_wrong_type_is_named(read):
    with pytest.raises(EditionError) as caught:
        read('frame: str = "24"').check("frame", 1.5)
    assert str(caught.value) == "frame must be text, such as 24, but got 1.5"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("x = len('a')", "parameter x of n.ipynb is not a literal: len('a')"),
        ("import os", "the parameters cell of n.ipynb holds more than literals: import os"),
    ],
)
def test_only_literals_are_allowed(read, parameters, message):
    with pytest.raises(EditionError) as caught:
        read(parameters)
    assert str(caught.value) == message


def test_a_notebook_has_exactly_one_parameters_cell(tmp_path):
    (tmp_path / "notebooks").mkdir()
    nb = notebook("1")
    nb.cells[1].metadata["tags"] = []
    with pytest.raises(EditionError, match=r"n\.ipynb has 0 cells tagged 'parameters'; exactly one is needed"):
        read_notebook(write(tmp_path, "n", nb))


def test_the_digest_ignores_outputs_and_ids(tmp_path):
    (tmp_path / "notebooks").mkdir()
    first = read_notebook(write(tmp_path, "n", notebook("1"))).digest
    nb = notebook("1")
    nb.cells[2]["id"] = "other"
    nb.cells[2]["execution_count"] = 4
    assert read_notebook(write(tmp_path, "n", nb)).digest == first
    assert read_notebook(write(tmp_path, "n", notebook("2"))).digest != first
