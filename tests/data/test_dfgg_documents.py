"""The partnerships in public documents: what the codebook asks holds for every row, and the coding leads to the register."""

import csv
import datetime as dt
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lnlib.intake import examine, open_register
from lnlib.reference.dates import PartialDate
from lnlib.reference.scales import Scale

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "data" / "dfgg-documents"
PROJECT = (dt.date(2009, 6, 24), dt.date(2014, 9, 30))
TWO_YEARS = dt.timedelta(days=731)
FILES = ["actors.csv", "assessments.csv", "datapackage.json", "mechanisms.csv", "partnerships.csv"]
RATERS = ["rater-a", "rater-b"]
AFTERWARDS = {"i16", "i31"}  # after the project closed
LATER = {"i46"}  # added after A and B were compared
DECIDED = ("counts", "stage", "date", "mechanisms")


def rows(name):
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def register():
    return open_register(FOLDER)


@pytest.fixture(scope="module")
def documents():
    return {row["key"]: row for row in rows("documents.csv")}


@pytest.fixture(scope="module")
def items():
    return {row["item"]: row for row in rows("coding/items.csv")}


def test_it_is_read_whole_without_a_problem():
    _, checked = examine(FOLDER)
    assert not checked.problems
    assert sum(checked.refused.values()) == 0


def test_it_is_coded_and_no_sample(register):
    assert register.kind == "coded"
    assert register.scale == Scale.load("dfgg")
    assert register.observed == PROJECT
    assert "not a sample" in register.description


def test_it_is_as_large_as_its_readme_says(register):
    partnerships = register.partnerships
    assert len(partnerships) == 33
    assert sorted(set(partnerships["province"]) - {""}) == ["01", "02", "03", "04", "05", "07", "15", "21"]
    neighbours = partnerships["note"].str.startswith("Programme: neighbour")
    assert int(neighbours.sum()) == 5
    assert (partnerships["note"].str.startswith("Programme: ")).all()
    dated = int((register.mechanisms["start"] != "").sum())
    size = f"33 partnerships, {len(register.assessments)} dated assessments, {len(register.mechanisms)} mechanisms, {dated} of them dated"
    assert size in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", ["assessments", "mechanisms"])
def test_every_row_names_document_passage_and_observation(register, documents, table):
    frame = getattr(register, table)
    for column in ("source", "passage", "note"):
        assert (frame[column].str.strip() != "").all(), column
    for source in frame["source"]:
        for part in source.split("; "):
            key, short = part.split(" ", 1)
            assert documents[key]["short"] == short


def test_words_of_a_source_stand_only_where_learning_note_17_is_the_source(register):
    for frame in (register.assessments, register.mechanisms):
        quoted = frame[frame["quote"] != ""]
        assert set(quoted["source"]) <= {"D01 World Bank Learning Note 17"}
    assert (register.assessments["quote"] == "").all()


def cues(text):
    """Return the cues that a criterion names, with the stage that it says each stands for."""
    return re.findall(r"(\w+): ([^;=]+?) = (\w+)", text)


def test_every_criterion_names_cues_of_the_scale_and_their_stage(register):
    known = {
        (cue, part): stage.key
        for stage in register.scale.stages
        for cue, value in stage.criteria.items()
        for part in (value, *value.split(" or "))
    }
    for text in register.assessments["criterion"]:
        assert cues(text), text
        for cue, value, stage in cues(text):
            assert known[cue, value] == stage, text


def test_the_lower_stage_is_coded_and_one_cue_alone_does_not_carry_to_the_highest(register):
    order = list(register.scale.keys)
    for _, row in register.assessments.iterrows():
        named = [order.index(stage) for _, _, stage in cues(row["criterion"])]
        lone = named == [len(order) - 1]
        assert order.index(row["stage"]) == (named[0] - 1 if lone else min(named)), row["criterion"]
        assert ("the stage below is coded" in row["criterion"]) == lone
        assert ("the lower one is coded" in row["criterion"]) == (len(set(named)) > 1)


def test_every_assessment_is_dated_within_two_years_and_within_the_project(register):
    frame = register.assessments
    assert ((frame["date_last"] - frame["date_first"]) <= TWO_YEARS).all()
    assert (frame["date_first"].dt.date <= PROJECT[1]).all()
    assert (frame["date_last"].dt.date >= PROJECT[0]).all()


def test_each_document_is_listed_with_what_a_reader_needs_to_find_it(documents):
    assert len(documents) >= 12
    assert len({row["publisher"] for row in documents.values()}) >= 4
    for key, row in documents.items():
        address = urlsplit(row["address"])
        assert address.scheme in ("http", "https"), key
        assert "." in address.netloc, key
        assert dt.date.fromisoformat(row["looked_up"]) >= dt.date(2026, 11, 28), key
        assert all(row[column] for column in ("title", "publisher", "read", "short")), key
        if row["date"]:
            PartialDate.read(row["date"])


def test_the_package_lists_every_document(register, documents):
    assert [source["path"] for source in register.sources] == [row["address"] for row in documents.values()]


def test_every_item_is_of_listed_documents_and_every_partnership_rests_on_one(register, documents, items):
    assert all(set(item["document"].split(";")) <= set(documents) for item in items.values())
    counted = {
        key
        for row in rows("coding/resolved.csv")
        if row["counts"] == "yes"
        for key in items[row["item"]]["partnerships"].split(";")
    }
    assert counted == set(register.partnerships["partnership"])


@pytest.mark.parametrize("coding", [*RATERS, "rater-c", "resolved"])
def test_a_coding_holds_every_item_once_in_the_words_of_the_codebook(register, items, coding):
    coded = rows(f"coding/{coding}.csv")
    later = LATER if coding in RATERS else set()
    assert [row["item"] for row in coded] == [item for item in items if item not in later]
    for row in coded:
        assert row["counts"] in ("yes", "no")
        assert row["stage"] in ((*register.scale.keys, "none") if row["counts"] == "yes" else ("",)), row["item"]
        assert bool(row["date"]) == (row["stage"] not in ("", "none")), row["item"]
        for part in filter(None, row["mechanisms"].split(";")):
            assert re.fullmatch(r"[a-z_]+(@[\d/-]+)?", part), row["item"]


def test_what_is_resolved_is_what_both_raters_coded_or_has_a_reason():
    first, second = ({row["item"]: row for row in rows(f"coding/{rater}.csv")} for rater in RATERS)
    for row in rows("coding/resolved.csv"):
        key = row["item"]
        coded = [tuple(rater[key][column] for column in DECIDED) for rater in (first, second) if key in rater]
        agreed = len(coded) == 2 and coded[0] == coded[1] == tuple(row[column] for column in DECIDED)
        assert agreed or row["reason"], key


def test_a_correction_is_in_the_resolved_coding_and_is_what_rater_c_coded():
    resolved, third = ({row["item"]: row for row in rows(f"coding/{name}.csv")} for name in ("resolved", "rater-c"))
    corrections = rows("coding/corrections.csv")
    assert {row["item"] for row in corrections} == {"i28", "i46"}
    for row in corrections:
        key, column = row["item"], row["column"]
        assert row["before"] != row["after"]
        assert resolved[key][column] == third[key][column] == row["after"]
        assert row["reason"]


def figure(text):
    """Return a printed figure as the README writes it: `.47` for `0.47`."""
    return "not defined" if text == "NaN" else re.sub(r"^(-?)0\.", r"\1.", text).replace("-", "−")


@pytest.mark.slow
def test_the_agreement_printed_in_codebook_and_readme_is_what_the_benchmark_prints():
    program = ROOT / "benchmarks" / "registers" / "coding.py"
    printed = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True).stdout
    assert f"```\n{printed}```" in (FOLDER / "codebook.md").read_text(encoding="utf-8")
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    number = r"(NaN|-?\d\.\d\d)"
    line = re.compile(rf"^ *(\S.*?) +(\d+) +{number} +{number} +{number} +{number}$", flags=re.MULTILINE)
    blocks = re.split(r"^(?=A and B$|C and )", printed, flags=re.MULTILINE)[1:]
    for block, other in zip(blocks, ("", "| resolved ", "| B ", "| A "), strict=True):
        figures = line.findall(block)
        assert len(figures) == 6
        for compared, n, *values in figures:
            equal, kappa, low, high = map(figure, values)
            assert f"| {compared} {other}| {n} | {equal} | {kappa} | {low}–{high} |" in readme


def test_the_register_holds_what_was_resolved_and_nothing_else(register, items):
    assessments, mechanisms = set(), []
    for row in rows("coding/resolved.csv"):
        if row["counts"] == "no":
            continue
        for key in items[row["item"]]["partnerships"].split(";"):
            for text in filter(None, row["date"].split(";")):
                date = PartialDate.read(text)
                if date.last - date.first <= TWO_YEARS and date.first <= PROJECT[1]:
                    assessments.add((key, text, row["stage"], items[row["item"]]["passage"]))
            for part in filter(None, row["mechanisms"].split(";")):
                kind, _, start = part.partition("@")
                if row["item"] not in AFTERWARDS:
                    mechanisms.append((key, kind, start, items[row["item"]]["passage"]))
    frame = register.assessments
    assert set(frame[["partnership", "date", "stage", "passage"]].itertuples(index=False, name=None)) == assessments
    assert len(frame) == len(assessments)
    frame = register.mechanisms
    assert sorted(frame[["partnership", "mechanism", "start", "passage"]].itertuples(index=False, name=None)) == sorted(
        mechanisms
    )


def test_what_is_written_is_what_is_read(register, tmp_path):
    register.save(tmp_path / "dfgg-documents")
    for name in FILES:
        assert (tmp_path / "dfgg-documents" / name).read_bytes() == (FOLDER / name).read_bytes(), name
