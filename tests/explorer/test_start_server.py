import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def explored(*words):
    lnlib = str(Path(sys.executable).with_name("lnlib"))
    return subprocess.run([lnlib, "explore", *words], cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_a_register_that_is_not_there_is_said_before_anything_starts():
    ran = explored("demonstratio", "--no-browser")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.strip() == "lnlib: register 'demonstratio' does not exist; did you mean 'demonstration'?"


def test_a_port_that_is_taken_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = explored("learning-note-17", "--no-browser", "--port", str(port))
    assert ran.returncode == 2
    assert f"port {port} cannot be used" in ran.stderr
