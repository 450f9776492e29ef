import json
import re
from pathlib import Path

import pytest
from note_project import FRONT, STATISTICS, numbers, small_edition, statistic
from typer.testing import CliRunner

import lnlib
from lnlib.cli import app
from lnlib.editions.edition_folder import open_edition
from lnlib.errors import LnlibError
from lnlib.notes import docx_pages
from lnlib.notes.make_notes import make_notes
from lnlib.notes.quotation_record import stale

TEXT = "{{partnerships}} partnerships.\n\n{{shares.last.integrated | of}} moved; {{provinces | words}} did.\n\n![](02-mix)\n"
NOT_COUNTED = "pages of the Word documents: not counted, LibreOffice is not installed"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.en.md").write_text(FRONT + TEXT, "utf-8")
    small_edition(tmp_path / "build" / "small")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(docx_pages, "libreoffice", lambda: "")
    return tmp_path


def state(project, *changed):
    """Write the edition's numbers again, some of them changed."""
    new = {entry["key"]: entry for entry in changed}
    entries = [new.get(entry["key"], entry) for entry in STATISTICS]
    (project / "build/small/data/08-inline-statistics.json").write_text(numbers(*entries), "utf-8")
    return open_edition(project / "build" / "small")


def test_a_note_is_made_in_its_edition_with_a_record(project):
    (made,) = make_notes([], root=project)
    folder = project / "build" / "small" / "notes"
    assert (made.name, made.pages, made.warnings, made.too_long) == ("a.en", 1, (), "")
    assert sorted(path.name for path in folder.iterdir()) == ["a.en.docx", "a.en.html", "a.en.json", "a.en.pdf"]
    record = json.loads((folder / "a.en.json").read_text("utf-8"))
    assert record["sentences"][1] == {
        "line": 13,
        "template": "{{shares.last.integrated | of}} moved; {{provinces | words}} did.",
        "text": "34 of 83 moved; three did.",
        "values": {"shares.last.integrated | of": "34 of 83", "provinces | words": "three"},
    }
    (exhibit,) = record["exhibits"]
    assert re.fullmatch("[0-9a-f]{16}", exhibit.pop("printed"))
    assert exhibit == {"name": "02-mix", "label": "Figure 1", "title": "Three of six were low"}


def test_the_command_names_files_and_warnings(project):
    (project / "notes" / "a.en.md").write_text(FRONT + "{{partnerships}} of 200.\n", "utf-8")
    ran = CliRunner().invoke(app, ["note", "notes/a.en.md"])
    files = ", ".join(f"build/small/notes/a.en.{form}" for form in ("pdf", "docx", "html"))
    warning = "'200' is typed by hand in a sentence that quotes partnerships (160), and equals none of them"
    assert ran.output == f"a.en: 1 page: {files}\n  notes/a.en.md:11: {warning}\n{NOT_COUNTED}\n"
    assert ran.exit_code == 0


def test_a_note_that_is_too_long_is_made_and_said(project):
    (project / "notes" / "a.en.md").write_text(FRONT + "A paragraph of some words.\n\n" * 140, "utf-8")
    ran = CliRunner().invoke(app, ["note"])
    assert ran.output.splitlines()[1:] == [
        "  notes/a.en.md:9: a.en has 2 pages; its front matter allows 1",
        NOT_COUNTED,
    ]
    assert ran.exit_code == 1


def test_an_edition_that_is_not_made_is_refused(project):
    (project / "notes" / "a.en.md").write_text(FRONT.replace("small", "smal") + TEXT, "utf-8")
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    message = (
        "edition 'smal' is not known; did you mean 'small'? Allowed: small; make it with 'lnlib run params/smal.yml'"
    )
    assert str(error.value) == f"notes/a.en.md:7: {message}"


def test_what_changed_is_named_sentence_by_sentence(project):
    list(make_notes([], root=project))
    assert stale(Path("notes"), state(project)) == []
    edition = state(project, statistic("shares.last.integrated", 35, n=83), statistic("endings", 9, n=160))
    assert stale(Path("notes"), edition) == [
        "notes/a.en.md:13: shares.last.integrated | of changed: “34 of 83 moved; three did.” is now “35 of 83 moved; three did.”"
    ]


def test_a_figure_is_stale_where_what_is_printed_of_it_changed_and_not_its_data_alone(project):
    list(make_notes([], root=project))
    exhibits = project / "build/small/exhibits.json"
    entries = json.loads(exhibits.read_text("utf-8"))
    entries[0]["digests"]["data"] = "another"
    exhibits.write_text(json.dumps(entries), "utf-8")
    (project / "build/small/data/02-mix.csv").write_text("unit,stage\n", "utf-8")
    assert stale(Path("notes"), open_edition(project / "build" / "small")) == []
    changed = ["notes/a.en.md: Figure 1 (02-mix) changed"]
    entries[0]["alt"] = "Another description."
    exhibits.write_text(json.dumps(entries), "utf-8")
    assert stale(Path("notes"), open_edition(project / "build" / "small")) == changed
    list(make_notes([], root=project))
    figure = project / "build/small/figures/02-mix.column.bare.svg"
    figure.write_text(figure.read_text("utf-8").replace("Coalition", "Integrated"), "utf-8")
    assert stale(Path("notes"), open_edition(project / "build" / "small")) == changed


def test_a_note_not_made_or_edited_since_is_stale(project):
    edition = state(project)
    assert stale(Path("notes"), edition) == ["notes/a.en.md: a.en has not been made"]
    list(make_notes([], root=project))
    (project / "notes" / "a.en.md").write_text(FRONT + TEXT + "\nMore.\n", "utf-8")
    assert stale(Path("notes"), edition) == ["notes/a.en.md: changed since it was made"]


@pytest.mark.slow
def test_a_note_of_a_stale_edition_names_why_and_the_command_that_helps_once(project):
    (project / "params").mkdir()
    (project / "params" / "small.yml").write_text("register: small\n", "utf-8")
    (project / "notes" / "b.en.md").write_text(FRONT + TEXT, "utf-8")
    stale = {f"05-province/{number:02}": "the register changed" for number in range(1, 25)} | {
        "07-x/all": "was not made"
    }
    made = list(make_notes([], root=project, stale_runs=lambda path: stale if path.name == "small.yml" else {}))
    message = "edition 'small' is stale (25 runs: the register changed, was not made); "
    message += "bring it up to date with 'lnlib run params/small.yml'"
    assert [one.warnings for one in made] == [(message,), ()]
    assert [one.warnings for one in make_notes([], root=project, stale_runs=lambda _: {})] == [(), ()]

    def gone(_):
        raise LnlibError("register 'small' is not known")

    made = list(make_notes([], root=project, stale_runs=gone))
    message = "cannot tell whether edition 'small' is up to date: register 'small' is not known"
    assert made[0].warnings == (message,)


def test_a_font_of_the_house_style_that_is_not_installed_is_one_warning(project):
    style = (Path(lnlib.__file__).parent / "data/house_style/default.yml").read_text("utf-8")
    house = project / "ours.yml"
    house.write_text(style.replace("fonts: [", "fonts: [Missing Sans, "), "utf-8")
    report = project / "build" / "small" / "report.json"
    report.write_text(json.dumps({**json.loads(report.read_text("utf-8")), "house": str(house)}), "utf-8")
    (made,) = make_notes([], root=project)
    instead = "figures and notes are set in 'Noto Sans SemiCondensed'"
    assert made.warnings == (f"house style {house}: font 'Missing Sans' is not installed; {instead}",)


def test_a_note_that_is_wrong_keeps_no_other_from_being_made(project):
    (project / "notes" / "0.en.md").write_text(FRONT + "{{partnershps}}\n", "utf-8")
    (project / "notes" / "z.en.md").write_text(FRONT.replace("small", "smal") + "::: bx\n:::\n", "utf-8")
    made = []
    with pytest.raises(LnlibError) as error:
        made.extend(one.name for one in make_notes([], root=project))
    assert made == ["a.en"]
    assert (project / "build/small/notes/a.en.pdf").is_file()
    assert [line.partition(";")[0] for line in str(error.value).splitlines()] == [
        "notes/0.en.md:11: key 'partnershps' is not in the edition",
        "notes/z.en.md:7: edition 'smal' is not known",
        "notes/z.en.md:11: block ':::' 'bx' is not known",
    ]


def test_nothing_stays_of_an_earlier_run_of_a_note_that_is_refused(project):
    folder, note = project / "build/small/notes", project / "notes/a.en.md"
    (project / "notes" / "b.en.md").write_text(FRONT + TEXT, "utf-8")
    list(make_notes([], root=project))
    (folder / "a.en.html").write_text("changed by hand", "utf-8")
    for wrong in (FRONT + "{{partnershps}}\n", FRONT.replace("edition: small", "edtion: small")):
        note.write_text(wrong, "utf-8")
        with pytest.raises(LnlibError) as error:
            list(make_notes([], root=project))
        assert sorted(path.name for path in folder.iterdir()) == [
            "a.en.html",
            *[f"b.en.{form}" for form in ("docx", "html", "json", "pdf")],
        ]
        gone = "build/small/notes/a.en.pdf, build/small/notes/a.en.docx"
        assert (
            str(error.value).splitlines()[-1]
            == f"notes/a.en.md: what an earlier run had made of it was removed: {gone}"
        )
        note.write_text(FRONT + TEXT, "utf-8")
        list(make_notes([], root=project))
        (folder / "a.en.html").write_text("changed by hand", "utf-8")


def test_a_note_that_is_no_longer_made_of_a_file_is_removed_with_the_next(project):
    for key in ("01", "02"):
        file = project / f"build/small/data/05-province-{key}-numbers.json"
        file.write_text(numbers(statistic("partnerships", 7), place=f"Province {key}"), "utf-8")
    note, folder = project / "notes/a.en.md", project / "build/small/notes"
    for provinces, made in (('["01", "02"]', ["a.en-01", "a.en-02"]), ('["02"]', ["a.en-02"])):
        front = FRONT.replace("pages: 1", f"for_each: {{province: {provinces}}}")
        note.write_text(front + "{{partnerships}}.\n", "utf-8")
        assert [one.name for one in make_notes([], root=project)] == made
        assert sorted(path.stem for path in folder.glob("*.pdf")) == made


def test_what_is_wrong_in_one_province_keeps_all_of_its_notes_from_being_made(project):
    for key, statistics in (("01", [statistic("partnerships", 7)]), ("02", [])):
        file = project / f"build/small/data/05-province-{key}-numbers.json"
        file.write_text(numbers(*(statistics or [statistic("endings", 1)]), place=f"Province {key}"), "utf-8")
    front = FRONT.replace("pages: 1", "for_each: {province: all}")
    (project / "notes" / "a.en.md").write_text(front + "{{partnerships}}.\n", "utf-8")
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    assert str(error.value) == "notes/a.en.md:11: key 'partnerships' is not in the edition"
    assert not list((project / "build" / "small" / "notes").glob("*"))


def test_a_note_is_made_for_each_province(project):
    folder = project / "build" / "small" / "data"
    for key, place, count in (("01", "Banteay Meanchey", 0), ("02", "Battambang", 7)):
        file = folder / f"05-province-{key}-numbers.json"
        file.write_text(numbers(statistic("partnerships", count), place=place), "utf-8")
    front = FRONT.replace(
        "title: Partnerships that last", 'title: "Partnerships in {{province}}"\nfor_each: {province: all}'
    )
    text = '{{partnerships}} {{partnerships | plural "is" "are"}} in {{province}}.\n\n::: if partnerships none\nNone.\n:::\n'
    (project / "notes" / "a.en.md").write_text(front + text, "utf-8")
    assert [made.name for made in make_notes([], root=project)] == ["a.en-01", "a.en-02"]
    records = [json.loads((project / f"build/small/notes/a.en-{key}.json").read_text("utf-8")) for key in ("01", "02")]
    assert [[one["text"] for one in record["sentences"]] for record in records] == [
        ["0 are in Banteay Meanchey.", "None."],
        ["7 are in Battambang."],
    ]


def test_a_province_without_a_partnership_has_its_note_and_no_number_but_none(project):
    report = project / "build" / "small" / "report.json"
    report.write_text(json.dumps({**json.loads(report.read_text("utf-8")), "empty": {"23": "Kep"}}), "utf-8")
    file = project / "build/small/data/05-province-02-numbers.json"
    file.write_text(numbers(statistic("partnerships", 7), statistic("endings", 3), place="Battambang"), "utf-8")
    front = FRONT.replace(
        "title: Partnerships that last", 'title: "Partnerships in {{province}}"\nfor_each: {province: all}'
    )
    text = "::: if partnerships none\nNo partnership is recorded in {{province}}.\n:::\n"
    (project / "notes" / "a.en.md").write_text(
        f"{front}{text}\n::: if partnerships many\n{{{{endings}}}} ended.\n:::\n", "utf-8"
    )
    assert [made.name for made in make_notes([], root=project)] == ["a.en-02", "a.en-23"]
    record = json.loads((project / "build/small/notes/a.en-23.json").read_text("utf-8"))
    assert [record["title"], *(one["text"] for one in record["sentences"])] == [
        "Partnerships in Kep",
        "No partnership is recorded in Kep.",
    ]
    (project / "notes" / "a.en.md").write_text(f"{front}{{{{endings}}}} of {{{{partnerships}}}} ended.\n", "utf-8")
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    line = len(front.splitlines()) + 1
    message = "key 'endings' has no value in Kep, where the register has no partnership"
    wrong, gone = str(error.value).splitlines()
    assert wrong == f"notes/a.en.md:{line}: {message}; write it within '::: if partnerships one few many'"
    assert gone.endswith("a.en-02.pdf, build/small/notes/a.en-02.docx, build/small/notes/a.en-02.html and 3 more")
    assert not (project / "build/small/notes").exists()  # also of the province that has a number


def test_a_note_of_the_whole_edition_quotes_one_province_by_its_name_or_code(project):
    report = project / "build" / "small" / "report.json"
    report.write_text(json.dumps({**json.loads(report.read_text("utf-8")), "empty": {"23": "Kep"}}), "utf-8")
    for code, place, count in (("01", "Banteay Meanchey", 12), ("02", "Battambang", 7)):
        file = project / f"build/small/data/05-province-{code}-numbers.json"
        file.write_text(
            numbers(statistic("partnerships", count), statistic("endings", 3, n=count), place=place), "utf-8"
        )
    text = (
        "Of {{partnerships}}, {{province.banteay-meanchey.partnerships | words}} are in one province, "
        "{{province.02.endings | of}} ended in another, {{province.kep.partnerships}} in a third.\n"
        "\n::: if province.battambang.endings few\nFew ended there.\n:::\n"
    )
    (project / "notes" / "a.en.md").write_text(FRONT + text, "utf-8")
    list(make_notes([], root=project))
    record = json.loads((project / "build/small/notes/a.en.json").read_text("utf-8"))
    assert [one["text"] for one in record["sentences"]] == [
        "Of 160, twelve are in one province, 3 of 7 ended in another, 0 in a third.",
        "Few ended there.",
    ]
    edition = open_edition(project / "build" / "small")
    file = project / "build/small/data/05-province-02-numbers.json"
    file.write_text(numbers(statistic("endings", 4, n=7), place="Battambang"), "utf-8")
    (changed,) = stale(Path("notes"), edition)
    assert changed.startswith("notes/a.en.md:11: province.02.endings | of changed: ")


def test_a_wrong_key_of_a_province_names_the_province_and_the_key_that_may_be_meant(project):
    report = project / "build" / "small" / "report.json"
    report.write_text(json.dumps({**json.loads(report.read_text("utf-8")), "empty": {"23": "Kep"}}), "utf-8")
    note = project / "notes" / "a.en.md"
    note.write_text(FRONT + "{{province.battambang.endings}} ended.\n", "utf-8")
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    hint = "run 05-province with for_each: {province: all}"
    assert str(error.value) == f"notes/a.en.md:11: edition 'small' states no numbers by province; {hint}"
    file = project / "build/small/data/05-province-02-numbers.json"
    file.write_text(numbers(statistic("endings", 3), place="Battambang"), "utf-8")
    keys = ("batambang.endings", "battambang.endngs", "kep.endings", "02.endings | percnt")
    note.write_text(FRONT + "".join(f"{{{{province.{key}}}}} ended.\n" for key in keys), "utf-8")
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    instead = "write it within '::: if province.kep.partnerships one few many'"
    assert str(error.value).splitlines() == [
        "notes/a.en.md:11: province 'batambang' is not known; did you mean 'battambang'? Allowed: battambang, kep, 02, 23",
        "notes/a.en.md:12: key 'province.battambang.endngs' is not in the edition; did you mean 'province.battambang.endings'?",
        f"notes/a.en.md:13: key 'province.kep.endings' has no value in Kep, where the register has no partnership; {instead}",
        "notes/a.en.md:14: form of province.02.endings 'percnt' is not known; did you mean 'percent'? Allowed: "
        "number, count, percent, of, words, Words, pronoun, Pronoun, n, interval, sentence, plural and 2 more",
    ]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("02.endings", "province.02.endings"),
        ("battambang.endngs", "province.battambang.endings"),
        ("05-province-02.endings", "province.02.endings"),
        ("05-province-02-numbers.endings", "province.02.endings"),
        ("by_province.02", "province.02.partnerships"),
        ("endings.battambang", "province.battambang.endings"),
        ("partnershps", "partnerships"),
        ("province.Battambang.endings", "province.battambang.endings"),
        ("province.banteay_meanchey", "province.banteay-meanchey.partnerships"),
        ("province.Banteay Meanchey.endings", "province.banteay-meanchey.endings"),
        ("province.Banteay Meanchey", "province.banteay-meanchey.partnerships"),
    ],
)
def test_an_unknown_key_with_a_provinces_code_or_name_is_answered_by_the_key_of_that_province(key, meant, project):
    file = project / "build/small/data/05-province-02-numbers.json"
    file.write_text(numbers(statistic("partnerships", 7), statistic("endings", 3), place="Battambang"), "utf-8")
    other = project / "build/small/data/05-province-01-numbers.json"
    other.write_text(numbers(statistic("partnerships", 2), statistic("endings", 1), place="Banteay Meanchey"), "utf-8")
    (project / "notes" / "a.en.md").write_text(FRONT + f"There {{{{{key}}}}} ended.\n", "utf-8")
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    assert str(error.value) == f"notes/a.en.md:11: key '{key}' is not in the edition; did you mean '{meant}'?"


def test_a_number_typed_beside_a_provinces_key_is_hinted_among_that_provinces_keys(project):
    file = project / "build/small/data/05-province-02-numbers.json"
    file.write_text(numbers(statistic("partnerships", 7), statistic("endings", 3, n=7), place="Battambang"), "utf-8")
    (project / "notes" / "a.en.md").write_text(FRONT + "{{province.02.endings | words}} of 7 partnerships.\n", "utf-8")
    (made,) = make_notes([], root=project)
    assert [one for one in made.warnings if "typed" in one] == [
        "notes/a.en.md:11: '7' is typed by hand; if it is {{province.02.endings | n}}, of the same sentence, "
        "write the key, so that both change together"
    ]


def test_a_province_that_the_edition_has_no_numbers_for_is_refused(project):
    front = FRONT.replace("pages: 1", "for_each: {province: [Batambang]}")
    (project / "notes" / "a.en.md").write_text(front + "Text.\n", "utf-8")
    place = "notes/a.en.md:9: "
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    hint = "run 05-province with for_each: {province: all}"
    assert str(error.value) == f"{place}edition 'small' states no numbers by province; {hint}"
    (project / "build/small/data/05-province-02-numbers.json").write_text(numbers(place="Battambang"), "utf-8")
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    assert (
        str(error.value)
        == f"{place}province 'Batambang' is not known; did you mean 'Battambang'? Allowed: 02, Battambang"
    )


def test_a_wrong_province_hides_no_other_mistake(project):
    front = FRONT.replace("pages: 1", "for_each: {province: [Batambang]}")
    (project / "build/small/data/05-province-02-numbers.json").write_text(numbers(place="Battambang"), "utf-8")
    (project / "notes" / "a.en.md").write_text(front + "{{partnershps}}\n\n::: bx\n:::\n", "utf-8")
    with pytest.raises(LnlibError) as error:
        list(make_notes([], root=project))
    assert [line.partition(";")[0] for line in str(error.value).splitlines()] == [
        "notes/a.en.md:9: province 'Batambang' is not known",
        "notes/a.en.md:11: key 'partnershps' is not in the edition",
        "notes/a.en.md:13: block ':::' 'bx' is not known",
    ]


def test_notes_of_provinces_that_were_not_made_are_one_line(project):
    for key in ("01", "02", "03", "04"):
        file = project / f"build/small/data/05-province-{key}-numbers.json"
        file.write_text(numbers(statistic("partnerships", 2), place=f"Province {key}"), "utf-8")
    front = FRONT.replace("pages: 1", "for_each: {province: all}")
    (project / "notes" / "a.en.md").write_text(front + "{{partnerships}}.\n", "utf-8")
    edition = open_edition(project / "build" / "small")
    message = "a.en-01, a.en-02, a.en-03 and 1 more have not been made"
    assert stale(Path("notes"), edition) == [f"notes/a.en.md: {message}"]
    made = next(make_notes([], root=project))
    assert (
        json.loads((project / f"build/small/notes/{made.name}.json").read_text("utf-8"))["title"]
        == "Partnerships that last"
    )
