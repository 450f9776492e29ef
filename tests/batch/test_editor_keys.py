"""What an editor may put in an edition file, and what is refused before the first run."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_project import EDITION, members, notebook, write

import lnlib
from lnlib.batch.plan.edition import Members
from lnlib.batch.plan.edition_file import _value, read_edition
from lnlib.batch.plan.shortlist import Chosen
from lnlib.batch.register_members import members as real_members
from lnlib.errors import EditionError


def problems(path, membership=members):
    with pytest.raises(EditionError) as caught:
        read_edition(path, membership)
    return [re.sub(r"^line \d+: ", "", line) for line in str(caught.value).split("\n  ")[1:]]


def test_exhibits_for_print_keep_their_order_titles_width_and_status(edit):
    path = edit(
        EDITION + "exhibits:\n  - 06-actor-a\n  - {name: 01-portfolio-who, title: Who, width: page, status: draft}\n"
    )
    chosen = read_edition(path, members).exhibits
    assert chosen == [Chosen("06-actor-a"), Chosen("01-portfolio-who", "Who", "page", "draft")]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{name: 01-portfolio-who, widht: page}", "key 'widht' is not known; did you mean 'width'? Allowed: name, title, width, status"),
        ("{name: 01-portfolio-who, width: wide}", "width 'wide' is not known. Allowed: column, page"),
        ("{name: 01-portfolio-who, status: done}", "status 'done' is not known. Allowed: final, draft"),
        ("{title: Who}", "an exhibit is a name, or a mapping with name, title, width and status; got {'title': 'Who'}"),
        ("02-over-time-mix", "exhibit of any notebook '02-over-time-mix' is not known. Allowed: 01-portfolio-…, 05-province-…, 06-actor-…"),
        ("01-portfolio-who\n  - 01-portfolio-who", "'01-portfolio-who' is chosen twice"),
    ],
)  # fmt: skip
def test_a_wrong_shortlist_is_refused(entry, message, edit):
    assert problems(edit(EDITION + f"exhibits:\n  - {entry}\n")) == [message]


def test_an_exhibit_that_no_notebook_writes_is_refused_with_the_nearest_before_the_first_run(edit, project):
    cells = ['Exhibit("01-portfolio-who", data)', 'name = f"01-portfolio-{code}"', 'Table(data, name=f"{name}-cases")']
    write(project.root, "01-portfolio", notebook("%matplotlib inline", *cells, title="Who and where?"))
    chosen = EDITION + "exhibits: [01-portfolio-who, 01-portfolio-02-cases, 01-portfolio-hwo]\n"
    allowed = "Allowed: 01-portfolio-who, 01-portfolio-…-cases"
    assert problems(edit(chosen)) == [
        f"exhibit of 01-portfolio '01-portfolio-hwo' is not known; did you mean '01-portfolio-who'? {allowed}"
    ]
    cells = ['Exhibit(f"01-portfolio-{code}", data)', 'Exhibit("01-portfolio-who", data)']
    write(project.root, "01-portfolio", notebook(*cells, title="Who and where?"))
    assert [one.name for one in read_edition(edit(chosen), members).exhibits][2] == "01-portfolio-hwo"


def test_exhibits_must_be_a_list(edit):
    assert problems(edit(EDITION + "exhibits: 01-portfolio-who\n")) == [
        "exhibits must be a list, but got '01-portfolio-who'"
    ]


def test_a_house_style_is_a_parameter_of_every_run(edit):
    path = edit(EDITION + "house: ours.yml\n")
    (path.parent / "ours.yml").write_text('ink: "#000000"\n', "utf-8")
    edition = read_edition(path, members)
    assert edition.house == str(path.parent / "ours.yml")
    assert {run.parameters["house"] for run in edition.runs} == {"../params/ours.yml"}


def test_a_house_style_that_is_missing_or_wrong_is_refused(edit):
    path = edit(EDITION + "house: ours.yml\n")
    missing = "house style ours.yml does not exist; paths are from the folder of the edition file"
    assert problems(path) == [missing]
    (path.parent / "ours.yml").write_text("inks: black\n", "utf-8")

    def checked(*asked):
        from lnlib.batch.register_members import _check_house

        return replace(members(*asked), check_house=_check_house)

    (message,) = problems(path, checked)
    assert message.startswith(f"{path.parent / 'ours.yml'}: key 'inks' is not known; did you mean 'ink'? Allowed: ")


@pytest.mark.parametrize(
    ("period", "message"),
    [
        ('{from: "2014-09", to: "2009-06"}', "period ends before it begins: from 2014-09 to 2009-06"),
        ("{from: 2014-09-30, to: 2013}", "period ends before it begins: from 2014-09-30 to 2013"),
    ],
)
def test_a_reversed_period_is_refused(period, message, edit):
    assert problems(edit(EDITION.replace('{from: "2009-06", to: 2014}', period))) == [message]


def test_a_period_within_one_year_is_not_reversed(edit):
    path = edit(EDITION.replace('{from: "2009-06", to: 2014}', "{from: 2014-03, to: 2014}"))
    assert read_edition(path, members).runs


def test_what_would_fail_in_every_run_is_refused_before_the_first():
    from pathlib import Path

    root = Path(__file__).parents[2]
    found = real_members(str(root / "data" / "learning-note-17"), "24")
    assert found.refused == {}
    assert found.allowed["language"] == ["en", "km"]
    assert found.allowed["rater"] == ["any", "state", "non_state", "independent", "unstated"]
    assert found.allowed["every"] == ["month", "quarter", "half", "year"]


def test_a_date_that_is_none_and_a_negative_number_of_months_are_refused_before_the_first_run(edit):
    root = Path(__file__).parents[2]
    choices = {"period_from": "2009-06-24", "period_to": "2014-09-31", "carried": -3}
    found = real_members(str(root / "data" / "learning-note-17"), "24", choices)
    assert found.numbers == {}
    assert found.refused == {
        "period": "date '2014-09-31' cannot be read: September has no day 31",
        "parameters": "carried must be a number of months, 0 or more, but is -3",
    }
    assert problems(edit(EDITION), lambda *asked: replace(members(*asked), refused=found.refused)) == [
        found.refused["parameters"],
        found.refused["period"],
    ]


def test_an_unknown_language_is_refused(edit):
    def choosy(*asked):
        return replace(members(*asked), allowed={"frame": ["25"]})

    assert problems(edit(EDITION), choosy) == ["frame '24' is not known. Allowed: 25"]


def test_what_was_meant_is_named_though_it_is_spelt_otherwise():
    notebook = SimpleNamespace(parameters={"rater": None, "language": None}, check=lambda name, value: None)
    choices = Members("A register", "field", [], [], allowed={"rater": ["any", "state"], "language": ["en", "km"]})
    messages = []
    for name, value in (("rater", "all"), ("rater", "sate"), ("language", "kh")):
        with pytest.raises(EditionError) as refused:
            _value(notebook, name, value, choices)
        messages.append(str(refused.value))
    assert messages == [
        "rater 'all' is not known; did you mean 'any'? Allowed: any, state",
        "rater 'sate' is not known; did you mean 'state'? Allowed: any, state",
        "language 'kh' is not known; did you mean 'km'? Allowed: en, km",
    ]


def test_a_font_that_is_not_installed_is_one_warning(edit):
    from lnlib.batch.register_members import _check_house

    style = (Path(lnlib.__file__).parent / "data/house_style/default.yml").read_text("utf-8")
    path = edit(EDITION + "house: ours.yml\n")
    (path.parent / "ours.yml").write_text(style.replace("fonts: [", "fonts: [Missing Sans, "), "utf-8")
    edition = read_edition(path, lambda *asked: replace(members(*asked), check_house=_check_house))
    output = "font 'Missing Sans' is not installed; figures and notes are set in 'Noto Sans SemiCondensed'"
    assert edition.warnings == (f"house style ours.yml: {output}",)
    assert read_edition(edit(EDITION), members).warnings == ()
