from __future__ import annotations

import re

import pytest
from small_project import EDITION, members, notebook, write

from lnlib.batch.plan.edition import select
from lnlib.batch.plan.edition_file import read_edition
from lnlib.errors import EditionError
from lnlib.filesystem import file_name


def problems(path):
    with pytest.raises(EditionError) as caught:
        read_edition(path, members)
    return [re.sub(r"^line \d+: ", "", line) for line in str(caught.value).split("\n  ")]


def test_an_edition_becomes_runs(project):
    edition = read_edition(project.root / "params/small.yml", members)
    assert [(run.id, run.label) for run in edition.runs] == [
        ("01-portfolio/all", "Who and where?"),
        ("05-province/02", "Battambang"),
        ("05-province/03", "Kampong Cham"),
        ("05-province/21", "Takeo"),
        ("06-actor/youth-club", "Youth Club"),
    ]
    common = {"register": "small", "frame": "24", "period_from": "2009-06", "period_to": "2014"}
    assert edition.runs[0].parameters == common
    assert edition.runs[1].parameters == {**common, "province": "02"}


def test_run_goes_before_edition_goes_before_default(edit):
    path = edit(
        EDITION.replace("  - notebook: 01-portfolio", "  - notebook: 01-portfolio\n    parameters: {frame: '25'}")
    )
    runs = read_edition(path, members).runs
    assert (runs[0].parameters["frame"], runs[1].parameters["frame"]) == ("25", "24")


@pytest.mark.parametrize("written", ["2", '"2"', '"02"', "Battambang"])
def test_a_province_may_be_written_as_number_code_or_name(edit, written):
    path = edit(f"register: small\nruns:\n  - notebook: 05-province\n    for_each: {{province: [{written}]}}\n")
    if written == '"2"':  # text that is no code: only numbers are padded
        assert "province '2' is not known" in problems(path)[1]
    else:
        assert read_edition(path, members).runs[0].parameters["province"] == "02"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "title:",
            "titel:",
            "key 'titel' is not known; did you mean 'title'? Allowed: title, register, frame, "
            "period, language, house, parameters, reads, runs, exhibits",
        ),
        (
            "for_each: {province",
            "foreach: {province",
            "key 'foreach' is not known; did you mean 'for_each'? Allowed: notebook, parameters, for_each, engine, reads",
        ),
        (
            "05-province",
            "05-provinces",
            "notebook '05-provinces' is not known; did you mean '05-province'? "
            "Allowed: 01-portfolio, 05-province, 06-actor",
        ),
        (
            "province: all",
            "province: [Batambang]",
            "province 'Batambang' is not known; did you mean 'Battambang'? Allowed: Battambang, Kampong Cham, Takeo",
        ),
        ("province: all", "province: most", "for_each province 'most' is not known. Allowed: all, a list"),
        (
            "province: all",
            "provinces: all",
            "parameter of 05-province 'provinces' is not known; did you mean "
            "'province'? Allowed: province, register, frame, period_from, period_to, language, out",
        ),
        (
            "actor: non_state",
            "actor: [Nobody]",
            "actor 'Nobody' is not known. Allowed: Youth Club, Health Office",
        ),
        (
            'frame: "24"',
            "language: 3",
            "language must be text, such as en, but got 3",
        ),
        (
            'frame: "24"',
            "parameters: {rater: any}",
            "parameter of any notebook 'rater' is not known; "
            "did you mean 'register'? Allowed: "
            "actor, frame, language, out, period_from, period_to, province, register",
        ),
        ("to: 2014", "till: 2014", "key of period 'till' is not known. Allowed: from, to"),
        ("register: small", "register: smal", "register 'smal' is not known; did you mean 'small'? Allowed: small"),
        ("register: small\n", "", "key 'register' is missing"),
    ],
)
def test_what_is_wrong_is_named_with_what_is_allowed(edit, old, new, message):
    assert old in EDITION
    assert message in problems(edit(EDITION.replace(old, new)))


def test_all_problems_are_listed_at_once(edit):
    found = problems(edit(EDITION.replace("title:", "titel:").replace("01-portfolio", "01-portfolo")))
    assert found[0] == "params/small.yml: 2 problems"
    assert len(found) == 3


def test_problems_are_listed_by_the_line_of_the_value_that_is_wrong(edit):
    own = "    parameters: {period_to: 3}\n"
    path = edit(
        EDITION.replace('frame: "24"', "frame: 24\nparameters:\n  language: 3")
        .replace("01-portfolio\n", "01-portfolio\n" + own)
        .replace("province: all", "province: [Batambang]")
    )
    text = path.read_text("utf-8").splitlines()
    with pytest.raises(EditionError) as caught:
        read_edition(path, members)
    named = [int(line.split()[1].rstrip(":")) for line in str(caught.value).split("\n  ")[1:]]
    assert [text[number - 1].strip() for number in named] == [
        "language: 3",
        own.strip(),
        "for_each: {province: [Batambang]}",
    ]


def test_a_notebook_that_is_misspelt_does_not_make_its_exhibits_unknown(edit):
    text = EDITION.replace("01-portfolio", "01-portfolo") + "exhibits: [01-portfolio-who, 07-mechanisms-closing]\n"
    _, *found = problems(edit(text))
    assert [one.partition(";")[0] for one in found] == [
        "notebook '01-portfolo' is not known",
        "exhibit of any notebook '07-mechanisms-closing' is not known. Allowed: 01-portfolio-…, 05-province-…, 06-actor-…",
    ]


def test_a_key_given_twice_is_an_error(edit):
    with pytest.raises(EditionError, match=r"small.yml: line 1: key 'title' is given twice"):
        read_edition(edit("title: a\ntitle: b\n"), members)


def test_two_runs_of_the_same_name_are_an_error(edit):
    assert "01-portfolio/all would be made twice" in problems(edit(EDITION + "  - notebook: 01-portfolio\n"))


def test_an_edition_file_that_is_not_there_suggests_another(project):
    with pytest.raises(EditionError, match=r"edition file 'smal.yml' is not known; did you mean 'small.yml'\?"):
        read_edition(project.root / "params/smal.yml", members)
    with pytest.raises(EditionError, match=r"params is a folder, not an edition file; in it: small.yml"):
        read_edition(project.root / "params", members)
    with pytest.raises(EditionError, match=r"there is no edition file .*other.yml, and no other in its folder"):
        read_edition(project.root / "notebooks/other.yml", members)


def test_a_register_may_be_a_path(project, edit):
    edition = read_edition(edit(EDITION.replace("register: small", "register: ../data/small")), members)
    assert edition.register == str(project.root / "data/small")
    assert edition.runs[0].parameters["register"] == "../data/small"


@pytest.mark.parametrize(
    ("only", "kept"),
    [
        (["province=02"], ["05-province/02"]),
        (["province=Takeo", "province=02"], ["05-province/02", "05-province/21"]),
        (["notebook=06-actor"], ["06-actor/youth-club"]),
        (["actor=Youth Club"], ["06-actor/youth-club"]),
    ],
)
def test_only_keeps_some_runs(project, only, kept):
    edition = read_edition(project.root / "params/small.yml", members)
    assert [run.id for run in select(edition.runs, only, edition)] == kept


def test_only_may_name_a_number(project, edit):
    write(project.root, "07-many", notebook("number", parameters="number: int = 0\n"))
    path = edit("register: small\nruns:\n  - {notebook: 07-many, for_each: {number: [1, 2]}}\n")
    edition = read_edition(path, members)
    assert [run.id for run in select(edition.runs, ["number=2"], edition)] == ["07-many/2"]


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ("province", "--only takes name=value, but got 'province'"),
        ("provinz=02", "--only 'provinz' is not known; did you mean 'province'? Allowed: actor, notebook, province"),
        ("province=99", "province '99' is not known. Allowed: Battambang, Kampong Cham, Takeo"),
        ("actor=Health Office", "no run of small matches --only actor=Health Office"),
    ],
)
def test_only_names_what_it_does_not_know(project, only, message):
    edition = read_edition(project.root / "params/small.yml", members)
    with pytest.raises(Exception) as caught:  # noqa: PT011
        select(edition.runs, [only], edition)
    assert str(caught.value) == message


def test_file_names_are_safe_and_distinct():
    names = {file_name(key) for key in ("a/b", "a b", "a-b", "<script>alert(1)</script>", "..", "ថ្ងៃ", "ក្រុង")}
    assert len(names) == 7
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-()") for name in names)


def test_the_province_set_among_the_parameters_of_all_runs_is_sent_to_the_top(edit):
    path = edit(EDITION.replace('frame: "24"', 'parameters: {frame: "24"}'))
    message = "frame belongs at the top of small.yml, beside register, for all runs have the same provinces"
    (line,) = problems(path)[1:]
    assert line.strip().endswith(message)
