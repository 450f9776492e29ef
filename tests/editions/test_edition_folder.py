import json
import os

import pytest
from edition_folders import figure, table, write_edition

from lnlib.batch.build.output_folder import UNFINISHED
from lnlib.editions.compare import compare_editions
from lnlib.editions.edition_folder import Opened, open_edition
from lnlib.editions.pack import pack
from lnlib.errors import EditionError

MADE_BY = "an edition is a folder that 'lnlib run' makes, such as build/demonstration"


def refusal(path):
    with pytest.raises(EditionError) as error:
        open_edition(path)
    return str(error.value)


def test_an_edition_is_opened_with_its_exhibits_in_the_order_of_their_numbers(tmp_path):
    numbered = [
        figure("b", number="Figure 10"),
        figure("a", number="Figure 2"),
        table("t"),
        figure("c", number="រូបភាព ១"),
    ]
    other = figure("z", run="01-portfolio/all")
    edition = open_edition(write_edition(tmp_path / "small", other, *numbered))
    assert [entry.name for entry in edition.entries] == ["z", "c", "a", "b", "t"]
    assert (edition.name, edition.title) == ("small", "A small edition")
    assert edition.labels == {"02-over-time/all": "How did they move?"}
    assert edition.unfinished == ()


def test_what_an_older_edition_does_not_tell_is_empty(tmp_path):
    _, files = figure("a")
    entry = open_edition(write_edition(tmp_path, ({"name": "a", "data": "data/a.csv"}, files))).entries[0]
    assert (entry.exhibit, entry.title, entry.figures, entry.made_from, entry.caption) == ("figure", "", (), {}, "a")


def test_runs_that_left_nothing_are_named(tmp_path):
    runs = [("02-over-time/all", "", "ok"), ("05-province/02", "", "failed"), ("05-province/03", "", "not made")]
    edition = open_edition(write_edition(tmp_path, figure(), runs=runs))
    assert edition.unfinished == ("05-province/02 failed", "05-province/03 was not made")


def test_what_is_not_an_edition_is_refused_with_what_is(tmp_path):
    gone, file, empty = tmp_path / "gone", tmp_path / "a.zip", tmp_path / "empty"
    file.write_bytes(b"PK")
    empty.mkdir()
    assert refusal(gone) == f"edition {gone} does not exist; {MADE_BY}"
    assert refusal(file) == f"{file} is a file; {MADE_BY}"
    assert refusal(empty) == f"{empty} is not an edition, it has no exhibits.json; {MADE_BY}"
    write_edition(tmp_path / "build" / "one", figure())
    message = f"{tmp_path / 'build'} is not an edition but holds some: one; name one of them"
    assert refusal(tmp_path / "build") == message


def test_half_an_edition_is_refused(tmp_path):
    folder = write_edition(tmp_path, figure("a"))
    (folder / "figures/a.column.png").unlink()
    assert refusal(folder) == f"edition {folder} is not whole, it lacks figures/a.column.png: make it again"
    (folder / "report.json").unlink()
    assert refusal(folder) == f"edition {folder} is not whole, it lacks report.json: make it again"
    write_edition(folder, figure("a"))
    (folder / "exhibits.json").unlink()
    assert refusal(folder) == f"edition {folder} is not whole, it lacks exhibits.json: make it again"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("{}", "is not of an edition: it should be a list"),
        ("[" * 100_000, "is not JSON: it is nested too deeply"),
        ("[1]", "is not of an edition: each exhibit should be a mapping"),
        ('[{"name": "a"}]', ": exhibit a has no data"),
        ('[{"name": "a", "data": "data/a.csv", "title": 3}]', ": title of exhibit a is not what it should be"),
        ('[{"name": "a", "data": "data/a.csv"}, {"name": "a", "data": "data/a.csv"}]', "tells twice of a"),
    ],
)
def test_a_list_of_exhibits_that_is_none_is_refused(tmp_path, text, message):
    folder = write_edition(tmp_path, figure("a"))
    (folder / "exhibits.json").write_text(text)
    assert refusal(folder).replace("exhibits.json ", "exhibits.json", 1) == f"{folder / 'exhibits.json'}{message}"


@pytest.mark.parametrize("file", ["../secret.txt", "/etc/hostname", "data/../../secret.txt", "C:\\secret.txt"])
def test_no_file_outside_the_edition_is_read(tmp_path, file):
    entry, files = figure("a")
    folder = write_edition(tmp_path / "small", (entry, files))
    (folder / "exhibits.json").write_text(json.dumps([{**entry, "data": file}]))
    message = f"{folder / 'exhibits.json'}: '{file}' of exhibit a leads out of the edition's folder"
    assert refusal(folder) == message


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
@pytest.mark.parametrize("linked", ["data/a.csv", "data"])
def test_no_file_of_an_edition_is_read_through_a_link(tmp_path, linked):
    folder = write_edition(tmp_path / "small", figure("a"))
    edition = open_edition(folder)
    (folder / linked).rename(tmp_path / "elsewhere")
    (folder / linked).symlink_to(tmp_path / "elsewhere")
    assert refusal(folder) == f"edition {folder} holds links: data/a.csv; its files are not read through links"
    with pytest.raises(EditionError, match=r"data/a.csv leads out of the edition's folder; it was not read"):
        edition.read("data/a.csv")


@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_an_edition_may_itself_be_reached_through_a_link(tmp_path):
    write_edition(tmp_path / "small", figure("a"))
    (tmp_path / "link").symlink_to(tmp_path / "small")
    assert open_edition(tmp_path / "link").read("data/a.csv") == open_edition(tmp_path / "small").read("data/a.csv")


def test_an_edition_that_is_being_made_is_not_read(tmp_path):
    edition = write_edition(tmp_path / "made", figure())
    opened = open_edition(edition)
    (edition / UNFINISHED).touch()
    words = (
        f"edition {edition} is being made, or its batch was ended: some of its files are old, some new. Wait for the batch to "
        "end, or run it again"
    )
    for read in (opened.check_unchanged, lambda: open_edition(edition)):
        with pytest.raises(EditionError) as caught:
            read()
        assert str(caught.value) == words


@pytest.mark.parametrize("read", [pack, lambda edition, to: compare_editions(edition, edition, to)])
def test_an_edition_that_was_made_anew_while_it_was_read_is_refused(tmp_path, monkeypatch, read):
    edition = write_edition(tmp_path / "made", figure())
    plain, report = Opened.read, (edition / "report.json").read_text()

    def made_anew(opened, file):
        content = plain(opened, file)
        (edition / "report.json").unlink()
        (edition / "report.json").write_text(f"{report}\n")
        return content

    monkeypatch.setattr(Opened, "read", made_anew)
    with pytest.raises(EditionError, match=r"made was made anew while it was read; start again$"):
        read(edition, tmp_path / "result")
    assert not (tmp_path / "result").exists()
