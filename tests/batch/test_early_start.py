"""What the fork server does while a batch still reads its editions."""

import sys
from types import SimpleNamespace

from lnlib.batch.execute import forkserver
from lnlib.batch.execute.executor_choice import EarlyStart
from lnlib.batch.execute.forkserver import ForkServer


def test_what_is_known_early_is_passed_on_to_the_server_that_was_started():
    early, passed = EarlyStart(), []
    early.prepare(modules=["json"])  # none was started
    early._server = SimpleNamespace(prepare=lambda modules, registers: passed.append((modules, registers)))
    early.prepare(registers=["data/demonstration"])
    early.prepare(modules=["json", "csv"])
    assert passed == [((), ["data/demonstration"]), (["json", "csv"], ())]


def test_a_server_that_has_ended_is_noticed_when_it_is_to_be_ready():
    server = ForkServer()
    server.close(at_once=True)
    server.prepare(["json"])
    assert server.ready(["json"]) is None


def test_each_module_rehearses_once_as_soon_as_it_is_imported(monkeypatch):
    rehearsed = []

    def module(name):
        return SimpleNamespace(rehearse=lambda: rehearsed.append(name))

    def failing():
        rehearsed.append("charts")
        raise OSError("no font")

    monkeypatch.setitem(sys.modules, forkserver._PAGES, module("pages"))
    monkeypatch.delitem(sys.modules, forkserver._ENGINE, raising=False)
    monkeypatch.delitem(sys.modules, forkserver._CHARTS, raising=False)
    done = set()
    forkserver._rehearse(done)
    assert rehearsed == ["pages"]
    monkeypatch.setitem(sys.modules, forkserver._ENGINE, module("engine"))
    monkeypatch.setitem(sys.modules, forkserver._CHARTS, SimpleNamespace(rehearse=failing))
    forkserver._rehearse(done)
    forkserver._rehearse(done)
    assert sorted(rehearsed) == ["charts", "engine", "pages"]
