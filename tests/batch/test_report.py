"""What a report tells of each run: its state, and why it was made; to machines, and in lines to people."""

import datetime
from pathlib import Path

import pytest

from lnlib.batch.build.ledger import Record
from lnlib.batch.build.report import counts_words, make_report, warning_lines, written_report
from lnlib.batch.plan.edition import Edition, Members, Run

STARTED = datetime.datetime(2024, 5, 3, 9, 30, 15, 250_000)
ERROR = {
    "type": "ValueError",
    "message": "no such stage\nat all",
    "cell": 3,
    "line": 2,
    "traceback": "cell 3\n  line 2",
}
KEYS = ("02", "03", "21", "12", "15")


def run(key, label=""):
    return Run("small", "05-province", key, label or f"Province {key}", {"province": key})


def record(key, state, **more):
    return Record.of(id=f"05-province/{key}", state=state, made_from={}, page_from="", files={}, **more)


@pytest.fixture
def report():
    """Five runs: made with a warning, failed, up to date, not made any more after a stop, and never made nor asked for."""
    members = Members("A register", "simulated", [("02", "Battambang"), ("03", "Kampong Cham")], [])
    members.numbers.update({"02": {"n": 5}, "03": {"n": 0}})
    members.rows["actors"] = [["A1", "digest"]]
    edition = Edition(
        "small", Path("params/small.yml"), "A small edition", "small", members, {}, [run(key) for key in KEYS]
    )
    records = [
        record(
            "02", "ok", seconds=1.25, peak_memory=212_000_000, warnings=["UserWarning: no font", "LayoutWarning: cut"]
        ),
        record("03", "failed", seconds=0.5, peak_memory=9_000_000, error={**ERROR, "source": "1 / 0", "count": 7}),
        record("21", "ok", seconds=2.0, peak_memory=950),
        record("12", "ok", seconds=3.0, peak_memory=950),
    ]
    return make_report(
        edition,
        {one.id: one for one in records},
        {
            "05-province/02": "never made",
            "05-province/03": "its parameters changed",
            "05-province/12": "matplotlibrc changed",
        },
        {"05-province/02", "05-province/03"},
        started=STARTED,
        seconds=12.3456,
        workers=2,
        how="forks",
        stopped="stopped: the disk is full",
    )


def test_a_report_tells_what_became_of_every_run(report):
    about = {"notebook": "05-province", "state": "not made", "why": ""}
    runs = [
        about | {"id": f"05-province/{key}", "key": key, "label": f"Province {key}", "parameters": {"province": key}}
        for key in KEYS
    ]
    made = {"state": "ok", "why": "never made", "seconds": 1.25, "peak_memory": 212_000_000}
    runs[0] |= made | {"page": "runs/05-province/02.html", "warnings": ["UserWarning: no font", "LayoutWarning: cut"]}
    failed = {"state": "failed", "why": "its parameters changed", "seconds": 0.5, "peak_memory": 9_000_000}
    runs[1] |= failed | {"page": "runs/05-province/03.html", "error": ERROR}
    runs[2] |= {"state": "up to date", "seconds": 2.0, "peak_memory": 950, "page": "runs/05-province/21.html"}
    runs[3] |= {"why": "matplotlibrc changed"}
    assert report == {
        "edition": "small",
        "title": "A small edition",
        "house": "",
        "exhibits": [],
        "rows": {"actors": [["A1", "digest"]]},
        "empty": {"03": "Kampong Cham"},
        "started": "2024-05-03T09:30:15",
        "seconds": 12.35,
        "workers": 2,
        "executed_by": "forks",
        "stopped": "stopped: the disk is full",
        "counts": {"ok": 1, "up to date": 1, "failed": 1, "not made": 2},
        "warnings": 2,
        "runs": runs,
    }


def test_what_failed_stands_first_for_people_and_then_every_run(report):
    assert written_report(report) == (
        "A small edition (small)\n"
        "2024-05-03T09:30:15: 1 made, 1 up to date, 1 failed, 1 not made, 1 not asked for in 12.3 s\n"
        "stopped: the disk is full\n"
        "\n"
        "05-province/03 (Province 03) failed: ValueError: no such stage (cell 3, line 2)\n"
        "    cell 3\n"
        "      line 2\n"
        "\n"
        "05-province/02 warned: UserWarning: no font\n"
        "05-province/02 warned: LayoutWarning: cut\n"
        "\n"
        "05-province/02  ok             1.25 s    212 MB\n"
        "05-province/03  failed         0.50 s    9.0 MB\n"
        "05-province/21  up to date     2.00 s     950 B\n"
        "05-province/12  not made\n"
        "05-province/15  not made\n"
    )


def test_ids_of_other_lengths_are_aligned_and_an_error_without_a_traceback_has_one_line(report):
    report["runs"] = [
        report["runs"][2],
        {**report["runs"][1], "id": "01/all", "error": {"type": "KernelDied", "message": ""}},
    ]
    report["stopped"] = ""
    assert written_report(report).splitlines()[2:] == [
        "",
        "01/all (Province 03) failed: KernelDied",
        "",
        "05-province/21  up to date     2.00 s     950 B",
        "01/all          failed         0.50 s    9.0 MB",
    ]


def test_a_run_that_failed_before_is_failed_still_where_it_was_not_to_be_made():
    members = Members("A register", "simulated", [], [])
    edition = Edition("small", Path("small.yml"), "Small", "small", members, {}, [run("02"), run("03")])
    records = {one.id: one for one in (record("02", "failed", error=ERROR), record("03", "begun"))}
    made = make_report(edition, records, {}, set(), started=STARTED, seconds=1, workers=1, how="forks")
    assert [(entry["state"], entry["why"]) for entry in made["runs"]] == [("failed", ""), ("not made", "")]
    assert made["stopped"] == ""
    assert made["runs"][0]["error"] == ERROR


def test_an_edition_without_runs_has_a_report():
    members = Members("A register", "simulated", [], [])
    edition = Edition("small", Path("small.yml"), "Small", "small", members, {}, [])
    made = make_report(edition, {}, {}, set(), started=STARTED, seconds=0.04, workers=1, how="kernels")
    assert written_report(made) == "Small (small)\n2024-05-03T09:30:15: no runs in 0.0 s\n\n"
    assert warning_lines(made) == []


def test_counts_that_are_none_are_left_out():
    counts = {"ok": 0, "up to date": 4, "failed": 0, "not made": 1}
    assert counts_words({"counts": counts, "runs": [{"state": "not made", "why": "never made"}]}) == (
        "4 up to date, 1 not made"
    )
