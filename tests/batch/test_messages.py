from __future__ import annotations

import os

from lnlib.batch.execute.messages import Link, pair


def test_messages_arrive_whole_and_in_order():
    ours, theirs = (Link(sock) for sock in pair())
    ours.send({"text": "ថ្ងៃ \ud800"})
    ours.send({"number": 2})
    assert theirs.receive() == {"text": "ថ្ងៃ \ud800"}
    assert theirs.receive() == {"number": 2}
    ours.close()
    assert theirs.receive() is None
    theirs.close()


def test_open_files_travel_with_a_message(tmp_path):
    ours, theirs = (Link(sock) for sock in pair())
    with (tmp_path / "file").open("w") as file:
        ours.send({"do": "write"}, [file.fileno()])
        assert theirs.receive() == {"do": "write"}
        (handle,) = theirs.passed()
        os.write(handle, b"seen")
        os.close(handle)
    assert (tmp_path / "file").read_text() == "seen"
    ours.close()
    theirs.close()
