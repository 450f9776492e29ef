"""Who may use the explorer's page: only those who know its token, on this machine, from its own address."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from lnlib.errors import LnlibError
from lnlib.explorer.allowed_paths import Limits
from lnlib.explorer.guard import Guard
from lnlib.explorer.server import Service, saved
from lnlib.explorer.view_and_filters import Choice
from lnlib.words import Words

ROOT = Path(__file__).parents[2]
SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
KERNEL = "/api/kernels/00000000-0000-4000-8000-000000000000/channels"


class Served:
    """A page that is served, asked by plain HTTP."""

    def __init__(self, url):
        self.port = urlsplit(url).port
        self.token = parse_qs(urlsplit(url).query)["token"][0]
        self.own = f"127.0.0.1:{self.port}"

    def ask(self, path="/static/explorer.js", *, method="GET", token="", host=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Host": self.own if host is None else host,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        if token:
            headers["Cookie"] = f"lnlib-explore-{self.port}={token}"
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def served():
    lnlib = str(Path(sys.executable).with_name("lnlib"))
    server = subprocess.Popen(
        [lnlib, "explore", "demonstration", "--no-browser"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        message = server.stdout.readline()
        yield Served(re.search(r"http://\S+", message)[0])
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
        server.stdout.close()


def test_the_token_opens_the_page_and_is_kept_in_a_strict_cookie(served):
    status, headers, _ = served.ask(f"/?token={served.token}")
    assert status == 200
    (cookie,) = headers.get_all("Set-Cookie")
    assert cookie == f"lnlib-explore-{served.port}={served.token}; HttpOnly; Path=/; SameSite=Strict"
    assert served.ask(token=served.token)[0] == 200
    assert served.ask(token=served.token, host=f"localhost:{served.port}")[0] == 200


@pytest.mark.parametrize(
    "path", ["/", "/?token=", "/?token=guessed", "/static/explorer.js", "/show", "/file/svg", KERNEL, "/login"]
)
@pytest.mark.parametrize("token", ["", "guessed"])
def test_without_the_token_nothing_is_answered(served, path, token):
    status, _, body = served.ask(path, token=token)
    assert (status, body) == (403, "open the address that lnlib explore prints, with its token\n")
    assert served.ask(path, method="POST", token=token)[0] == 403
    assert served.ask(path, token=token, Origin=f"http://{served.own}", **SOCKET)[0] == 403


def test_another_host_name_is_refused_even_with_the_token(served):
    no_hosts = ("", "[", "[::1", "localhost:-1", "localhost:99999999999", f"0.0.0.0:{served.port}")
    strange = ("evil.example", f"evil.example:{served.port}", "127.0.0.1", f"127.0.0.1.evil.example:{served.port}")
    for host in (*strange, *no_hosts):
        status, _, body = served.ask(token=served.token, host=host)
        assert status == 403
        assert body.startswith("the page is served on this machine only")
        assert served.ask(f"/?token={served.token}", host=host)[0] == 403


def test_the_choice_of_an_address_is_kept_when_its_token_is_taken_off(served):
    status, _, body = served.ask(f"/?token={served.token}&view=paths&province=02;12")
    assert status == 200
    assert 'content="0;url=/?view=paths&amp;province=02;12"' in body


def test_no_page_of_another_site_may_hold_the_page_and_no_script_of_another_runs_in_it(served):
    policy = served.ask("/", token=served.token)[1]["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert policy.endswith("frame-ancestors 'none'")


@pytest.mark.parametrize("origin", [{}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
def test_what_saves_must_come_from_the_page_itself(served, origin):
    status, _, body = served.ask("/save/exhibit?view=mix", method="POST", token=served.token, **origin)
    assert (status, body) == (403, "the request comes from another site\n")


def test_a_socket_says_where_it_comes_from(served):
    for origin in ({}, {"Origin": "http://evil.example"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": "null"}):
        status, _, body = served.ask(KERNEL, token=served.token, **SOCKET, **origin)
        assert (status, body) == (403, "the request comes from another site\n")
    # from the page itself it is asked for, and there is no such kernel
    assert served.ask(KERNEL, token=served.token, Origin=f"http://{served.own}", **SOCKET)[0] == 404


@pytest.mark.parametrize("page", ["9" * 5000, "-1", "1.5", "x", "%D9%A2", ""])
def test_a_page_number_that_is_none_shows_the_first(served, page):
    status, _, body = served.ask(f"/table?page={page}", token=served.token)
    assert (status, json.loads(body)["page"]) == (200, 1)


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_page_of_another_site_is_refused(served, method):
    status, _, body = served.ask("/", method=method, token=served.token, Origin="http://evil.example")
    assert (status, body) == (403, "the request comes from another site\n")


@pytest.mark.skipif(not hasattr(os, "setuid") or os.getuid() != 0, reason="only root can be somebody else")
def test_another_user_of_the_machine_does_not_learn_the_token(served):
    """What another user can see: the processes' arguments, and the port."""
    code = f"""
import encodings.idna, glob, http.client, json, os
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
token = {served.token!r}.encode()
read = {{"cmdline": 0, "environ": 0}}
found = 0
for name in read:
    for path in glob.glob(f"/proc/[0-9]*/{{name}}"):
        try:
            content = open(path, "rb").read()
        except OSError:
            continue
        read[name] += 1
        found += token in content
connection = http.client.HTTPConnection("127.0.0.1", {served.port})
connection.request("GET", "/")
print(json.dumps([read["cmdline"] > 1, found, connection.getresponse().status]))
"""
    # the code is given on standard input: among the arguments it would show the token itself
    ran = subprocess.run([sys.executable, "-"], input=code, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout) == [True, 0, 403]


def test_the_guard_compares_whole_tokens():
    guard = Guard("abc", 80)
    assert guard._equals("abc")
    assert not guard._equals("ab")
    assert not guard._equals("")
    assert not guard._equals("ខ្មែរ")


@pytest.fixture
def limited(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "linked").symlink_to(tmp_path / "outside")
    return Service(Limits(("demonstration", "learning-note-17"), tmp_path / "saved", tmp_path / "params"))


@pytest.mark.parametrize(
    "register", ["../private", "/etc/passwd", "http://127.0.0.1:1/", "s3://bucket/register", "tests/registers/small"]
)
def test_a_served_explorer_opens_only_registers_that_were_named(limited, register):
    with pytest.raises(LnlibError) as error:
        limited.choices({"register": register})
    assert str(error.value).startswith(f"register '{register}' is not known")
    assert str(error.value).endswith("demonstration, learning-note-17")
    # nor beside one that was
    first, second = limited.choices({"beside": "yes", "b.register": register})
    assert (first.register, second.register) == ("demonstration", "demonstration")
    assert limited.choices({"register": "learning-note-17"}) == [Choice(register="learning-note-17")]


@pytest.mark.parametrize("folder", ["/tmp", ".", "..", "saved/..", "saved/linked", "saved/linked/deeper", "savedtoo"])
def test_a_served_explorer_saves_only_where_it_was_told_to(limited, tmp_path, monkeypatch, folder):
    monkeypatch.chdir(tmp_path)
    selection = limited.selections.select(Choice(register=str(ROOT / "data" / "learning-note-17")))
    before = sorted(tmp_path.rglob("*"))
    for what, path in (("exhibit", folder), ("run", f"{folder}/x.yml")):
        with pytest.raises(LnlibError, match="lies outside"):
            saved(what, path, selection, limited.limits, Words.load())
    assert sorted(tmp_path.rglob("*")) == before
    saved("exhibit", "saved/inner", selection, limited.limits, Words.load())
    assert (tmp_path / "saved/inner/data/explored-mix.csv").is_file()


@pytest.mark.parametrize(("what", "kind"), [("exhibit", "exhibit explored-mix"), ("run", "run file")])
def test_a_folder_of_a_name_that_is_too_long_is_one_sentence(tmp_path, what, kind):
    for part in ("notebooks", "data"):
        (tmp_path / part).mkdir()
    (tmp_path / "notebooks/10-view.ipynb").write_text("{}")
    service = Service(Limits(("learning-note-17",), tmp_path, tmp_path))
    selection = service.selections.select(Choice(register=str(ROOT / "data" / "learning-note-17")))
    folder = tmp_path / ("x" * 300)
    with pytest.raises(LnlibError, match=rf"^{kind} .*cannot be written.*: File name too long$"):
        saved(what, str(folder if what == "exhibit" else folder / "x.yml"), selection, service.limits, Words.load())
