import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lnlib import cli

ROOT = Path(__file__).parents[2]


def test_a_register_that_is_not_there_is_said_before_anything_starts(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["lnlib", "explore", "demonstratio", "--no-browser"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    assert printed.err.strip() == "lnlib: register 'demonstratio' does not exist; did you mean 'demonstration'?"


def test_a_port_that_is_taken_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [str(Path(sys.executable).with_name("lnlib")), "explore", "learning-note-17", "--no-browser"]
        ran = subprocess.run([*command, "--port", str(port)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 2
    assert f"port {port} cannot be used" in ran.stderr
