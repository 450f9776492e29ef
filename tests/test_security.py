"""What SECURITY.md promises is held by tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_each_promise_names_the_tests_that_hold_it():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+) \| (.+) \|$", text, re.MULTILINE)[1:]
    assert len(rows) >= 9
    for promise, tests in rows:
        named = re.findall(r"`(tests/[^`]+\.py)`", tests)
        assert named, promise
        for name in named:
            assert re.search(r"^def test_", (ROOT / name).read_text("utf-8"), re.MULTILINE), name
