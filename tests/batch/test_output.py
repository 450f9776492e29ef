"""What a notebook's process writes, cut at the marks of its messages."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("fcntl")
from lnlib.batch.execute.output import Output, mark, output_pipe

TOKEN = "ab" * 16


@pytest.fixture
def pipe():
    reading, writing = output_pipe()
    output = Output("stdout", reading, TOKEN)
    yield output, writing
    output.close()


def test_text_is_cut_at_marks_however_it_is_read(pipe):
    output, writing = pipe
    data = "é before".encode() + mark(TOKEN, 1) + b"between" + mark(TOKEN, 2) + b"after"
    pieces: list[str] = []
    for at in range(len(data)):  # a byte at a time: a character and a mark arrive in parts
        os.write(writing, data[at : at + 1])
        output.read()
    assert "".join(output.until()) == "é before"
    assert list(output.until()) == []  # not beyond a mark that was not asked for
    assert list(output.until(1)) == []
    pieces += output.until(2)
    assert "".join(pieces) == "between"
    assert "".join(output.until()) == "after"


def test_what_looks_like_a_mark_of_another_process_stays_text(pipe):
    output, writing = pipe
    os.write(writing, b"\x1e" + mark("cd" * 16, 1))
    os.close(writing)
    output.read()
    assert "".join(output.rest()) == "\x1e\x1e" + "cd" * 16 + ":1\x1e"
    assert output.ended


def test_the_rest_of_a_process_that_died_is_read_across_marks(pipe):
    output, writing = pipe
    os.write(writing, b"one" + mark(TOKEN, 1) + b"two \xff")
    os.close(writing)
    assert "".join(output.rest()) == "onetwo \ufffd"
