"""What the page Open a register may reach, and that its answers make the mapping of `lnlib import --ask`."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lnlib.errors import LnlibError
from lnlib.explorer.import_questions import ImportWords
from lnlib.explorer.importing import MOST_KEPT, MOST_UPLOADED, Imports
from lnlib.intake import open_register
from lnlib.intake.guided_import import ANOTHER, EACH, EMPTY, SAME, UNDECIDED, Question, stage_definitions
from lnlib.intake.terminal_guide import ask
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale
from lnlib.words import Words

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "registers" / "cases"
S1 = CASES / "s1.xlsx"


@pytest.fixture
def private(tmp_path):
    folder = tmp_path / "private"
    folder.mkdir()
    return folder


def likeliest(imports, key):
    """Answer every question with the likeliest, round by round."""
    answers = {}
    while pending := imports.interview(key, answers).pending:
        answers |= {question.key: question.likely for question in pending}
    return answers


@pytest.mark.parametrize("file", ["s1.xlsx", "a-labels-en.xlsx", "32-yesno.xlsx"])
def test_the_answers_are_the_mapping_of_ask_byte_for_byte(private, tmp_path, file):
    imports = Imports(private, (str(CASES / file),), tmp_path / "registers")
    key = imports.choose(str(CASES / file))
    account = imports.import_(key, likeliest(imports, key), name="out")
    other = ask(CASES / file, tmp_path / "asked" / "out", answer=lambda question, allowed, likely: likely, show=str)
    here, there = tmp_path / "registers", tmp_path / "asked"
    assert (here / "out.mapping.yml").read_bytes() == (there / "out.mapping.yml").read_bytes()
    names = sorted(path.name for path in (there / "out").iterdir())
    assert names == sorted(path.name for path in (here / "out").iterdir())
    same = [name for name in names if not name.endswith(".xlsx")]  # a workbook holds the time of its making
    assert [(here / "out" / n).read_bytes() for n in same] == [(there / "out" / n).read_bytes() for n in same]
    assert account.counts == other.counts


def test_going_again_imports_with_the_changed_answer(private, tmp_path):
    imports = Imports(private, (str(S1),), tmp_path)
    key = imports.choose(str(S1))
    answers = likeliest(imports, key)
    sheet = ("sheet", "Rounds")
    assert imports.import_(key, answers | {sheet: "skip"}, name="out").accepted["assessments"] == 0
    assert imports.import_(key, answers, name="out").accepted["assessments"] == 2
    assert len(open_register(tmp_path / "out").assessments) == 2


def test_a_mapping_of_an_earlier_import_leaves_nothing_to_ask(private, tmp_path):
    imports = Imports(private, (str(S1),))
    first = imports.choose(str(S1))
    imports.import_(first, likeliest(imports, first) | {("data",): "coded"})
    text = (imports.target(first).parent / "s1.mapping.yml").read_text("utf-8")
    second = imports.choose(str(S1))
    imports.use_mapping(second, text, "s1.mapping.yml")
    assert imports.interview(second, {}).pending == ()


def test_only_files_that_were_named_are_chosen(private):
    with pytest.raises(LnlibError) as caught:
        Imports(private, (str(S1),)).choose("/etc/passwd")
    assert str(caught.value) == f"file '/etc/passwd' is not known. Allowed: {S1}"


@pytest.mark.parametrize("name", ["../../x.xlsx", "..\\..\\x.xlsx", "/x.xlsx", "a/../x.xlsx", "x\n.xlsx"])
def test_an_upload_lies_in_a_folder_of_its_own_whatever_its_name(private, name):
    _, path = Imports(private).uploaded(name)
    assert path.name == "x.xlsx"
    assert path.parent.parent.parent == private


@pytest.mark.parametrize("name", ["", "..", "a/", "x" * 201])
def test_a_name_that_is_none_is_refused(private, name):
    with pytest.raises(LnlibError, match="is no name of a file"):
        Imports(private).uploaded(name)


@pytest.mark.parametrize("name", ["../out", "a/b", ".hidden", "out.", "x" * 81, "a\\b", "C:x"])
def test_a_register_is_written_in_the_folder_that_was_named(private, tmp_path, name):
    imports = Imports(private, (str(S1),), tmp_path)
    with pytest.raises(LnlibError, match="cannot be the name of a register"):
        imports.target(imports.choose(str(S1)), name)


@pytest.mark.parametrize("name", ["out", "out.mapping.yml"])
def test_a_link_out_of_the_folder_is_not_followed(private, tmp_path, name):
    (tmp_path / name).symlink_to(tmp_path.parent / "elsewhere")
    imports = Imports(private, (str(S1),), tmp_path)
    key = imports.choose(str(S1))
    with pytest.raises(LnlibError) as caught:
        imports.import_(key, {}, name="out")
    assert str(caught.value) == f"{name} is a link that leads elsewhere; choose another name"


def test_the_register_of_another_file_and_its_mapping_stay_as_they_are(private, tmp_path):
    imports = Imports(private, (str(S1), str(CASES / "32-yesno.xlsx")), tmp_path)
    first = imports.choose(str(S1))
    imports.import_(first, likeliest(imports, first), name="out")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(LnlibError, match=r"holds the register imported from 's1\.xlsx'"):
        imports.import_(imports.choose(str(CASES / "32-yesno.xlsx")), {}, name="out")
    assert {path: path.read_bytes() for path in before} == before


def test_an_answer_that_is_not_allowed_is_refused(private):
    imports = Imports(private, (str(S1),))
    with pytest.raises(LnlibError, match="answer 'assesments' is not known"):
        imports.interview(imports.choose(str(S1)), {("sheet", "Rounds"): "assesments"})


def test_a_mapping_does_not_reach_other_files(private):
    imports = Imports(private, (str(S1),))
    with pytest.raises(LnlibError) as caught:
        imports.use_mapping(imports.choose(str(S1)), "register: {scale: ../secret.yml}", "my.yml")
    assert (
        str(caught.value)
        == "my.yml: scale '../secret.yml' is a file, which this page does not read; use `lnlib import`"
    )


def test_a_broken_upload_is_named_by_its_name(private):
    imports = Imports(private)
    key, path = imports.uploaded("tracker.xlsx")
    path.write_bytes(b"PK no zip")
    with pytest.raises(LnlibError) as caught:
        imports.interview(key, {})
    assert str(caught.value).startswith("tracker.xlsx ")
    assert str(private) not in str(caught.value)


def test_the_oldest_uploads_are_removed(private):
    imports = Imports(private)
    paths = []
    for number in range(MOST_KEPT + 1):
        key, path = imports.uploaded(f"{number}.csv")
        path.touch()
        paths.append(path)
    assert [path.exists() for path in paths] == [False] + [True] * MOST_KEPT
    imports.opened(key)


def test_the_zip_holds_the_register_and_its_mapping(private):
    imports = Imports(private, (str(S1),))
    key = imports.choose(str(S1))
    with pytest.raises(LnlibError, match="nothing was imported of this file yet"):
        imports.archive(key)
    imports.import_(key, likeliest(imports, key), name="grants 2011")
    name, content = imports.archive(key)
    with zipfile.ZipFile(BytesIO(content)) as archive:
        held = archive.namelist()
    assert name == "grants 2011.zip"
    assert {"grants 2011/datapackage.json", "grants 2011/refused.csv", "grants 2011.mapping.yml"} <= set(held)


def test_questions_and_answers_have_words_in_both_languages():
    scale, places = Scale.load("dfgg"), Places.load("cambodia")
    stage = Question("value", ("stage", "good"), "", ("coalition", "undecided"), "undecided")
    english, khmer = (ImportWords(Words.load(code), scale, places) for code in ("en", "km"))
    assert english.question(stage) == "“good” is not known as stage. What does it stand for?"
    assert list(english.answers(stage)) == [("undecided", "Undecided"), ("coalition", "Coalition")]
    assert khmer.column("stage 2011") == "ដំណាក់កាល 2011"
    assert [label for _, label in khmer.answers(stage)] == ["មិនទាន់សម្រេច", scale.labels("km")["coalition"]]
    of_scale = Question("scale", (), "", ("dfgg", "frey"), "dfgg", ("good", "bad"))
    kinds = Question("assume", ("state_kind",), "", ("owso", EACH, UNDECIDED), EACH, ("Sala", "Khum"))
    kind = Question("kind", ("state_kind", "Sala"), "", ("owso", UNDECIDED), UNDECIDED)
    assert [english.question(one) for one in (of_scale, kinds, kind)] == [
        "The stages in the file, such as “good” and “bad”, are not all known. Of which scale are they?",
        "The file does not give state kind of some actors, such as Sala and Khum. What holds?",
        "What kind of actor is “Sala”?",
    ]
    assert next(english.answers(of_scale)) == ("dfgg", "Coalition, Collaboration and Integrated (likeliest)")
    assert next(english.answers(kinds))[1] == "Another for each; ask one by one (likeliest)"
    assert list(english.answers(kind))[1] == ("owso", english.words.group("kind")["owso"])
    alike = Question("alike", ("non_state", "River Gaurd", "River Guard"), "", (SAME, ANOTHER, UNDECIDED), SAME)
    none = Question("value", ("stage", "None"), "", ("coalition", EMPTY), EMPTY, explained=stage_definitions(scale))
    data = Question("data", (), "", ("field", "coded"), "field", explained=("field: …", "coded: …"))
    assert [english.question(one) for one in (alike, none, data)] == [
        "“River Gaurd” is much like “River Guard”. Are they the same actor?",
        "“None” is read as a stage that was not rated, unless it stands for one. What does it stand for?",
        "What kind of data is it? Every figure says so.",
    ]
    assert [label for _, label in english.answers(alike)] == [
        "Yes, the same actor (likeliest)",
        "No, another actor",
        "Undecided",
    ]
    assert [label for _, label in english.answers(data)] == [
        "Field data (likeliest)",
        "Coded from documents, not a sample",
    ]
    assert english.explained(none)[0] == (
        "Coalition: none, or a letter per activity; asked each time; partners inform each other"
    )
    assert khmer.explained(none)[0].startswith(f"{scale.labels('km')['coalition']}: ")
    assert english.explained(data)[2] == "Simulated data: made up, to try things out"


# --- served ---------------------------------------------------------------------------------------------------------
class Served:
    """An explorer that is served, asked by plain HTTP."""

    def __init__(self, *words, temporary):
        lnlib = str(Path(sys.executable).with_name("lnlib"))
        self.process = subprocess.Popen(
            [lnlib, "explore", *words, "--no-browser"],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.line = self.process.stdout.readline()
        self.port, self.token = re.search(r"127\.0\.0\.1:(\d+)/\?token=([\w-]+)", self.line).groups()

    def ask(self, path, body=None, *, origin=True, token=True):
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", int(self.port), timeout=60)
        own = f"127.0.0.1:{self.port}"
        headers = {"Host": own, **({"Origin": f"http://{own}"} if origin else {})}
        if token:
            headers["Cookie"] = f"lnlib-explore-{self.port}={self.token}"
        try:
            connection.request("GET" if body is None else "POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def end(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(timeout=30)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """An explorer for the tests that it refuses something."""
    started = Served(temporary=tmp_path_factory.mktemp("served"))
    yield started
    started.end()


def test_an_explorer_without_a_register_opens_one_and_leaves_nothing_behind(tmp_path):
    served = Served(temporary=tmp_path)
    try:
        assert served.line.startswith("Open a register at http://127.0.0.1:")
        status, headers, _ = served.ask("/", origin=False)
        assert (status, headers["Location"]) == (302, "/open?")
        status, _, body = served.ask("/open/upload?name=s1.xlsx", S1.read_bytes())
        assert status == 200
        file = json.loads(body)["file"]
        sent = json.loads(served.ask("/open/step", json.dumps({"file": file, "answers": []}))[2])
        assert (sent["name"], sent["pending"], sent["account"]) == ("s1", 1, "")
        (private,) = tmp_path.glob("lnlib-explore-*")
        assert private.stat().st_mode & 0o077 == 0
        done = json.loads(served.ask("/open/import", json.dumps({"file": file, "answers": [], "name": ""}))[2])
        assert "Columns of the file: 10 = 5 read + 0 left out + 5 NOT READ." in done["account"]
        register = str(next(private.rglob("s1/datapackage.json")).parent)
        shown = json.loads(served.ask(f"/show?{urlencode({'register': register})}", origin=False)[2])
        assert shown["shown"][0]["n"] == 1
        status, headers, content = served.ask(f"/open/zip?{urlencode({'file': file})}", origin=False)
        assert (status, headers["Content-Type"]) == (200, "application/zip")
        assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''s1.zip"
        assert zipfile.is_zipfile(BytesIO(content))
    finally:
        served.end()
    assert list(tmp_path.glob("lnlib-explore-*")) == []


def test_only_the_page_with_its_token_uploads_and_not_without_limit(served):
    assert served.ask("/open/upload?name=a.csv", b"a", token=False)[0] == 403
    assert served.ask("/open/upload?name=a.csv", b"a", origin=False)[0] == 403
    assert json.loads(served.ask("/open/step", b"[]")[2])["reason"] == "the request is none of this page's"
    status, _, body = served.ask("/open/step", json.dumps({"file": "/etc/passwd", "named": True, "answers": []}))
    assert (status, json.loads(body)["reason"]) == (200, "file '/etc/passwd' is not known. Allowed: ")


def test_an_upload_beyond_the_limit_is_refused_before_it_arrives(served):
    own = f"127.0.0.1:{served.port}"
    headers = {
        "Host": own,
        "Origin": f"http://{own}",
        "Cookie": f"lnlib-explore-{served.port}={served.token}",
        "Content-Length": MOST_UPLOADED + 1,
    }
    lines = ["POST /open/upload?name=a.csv HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    with socket.create_connection(("127.0.0.1", int(served.port)), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
