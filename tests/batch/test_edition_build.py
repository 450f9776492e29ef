"""The build of an edition without its notebooks: the jobs it asks for, and what becomes of what they stage."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace

import pytest
from small_project import EDITION, members

from lnlib.batch.build import publishing
from lnlib.batch.build.edition_build import EditionBuild
from lnlib.batch.build.ledger import Record
from lnlib.batch.build.output_folder import UNFINISHED
from lnlib.batch.build.report import make_report
from lnlib.batch.job import FileStamp, Outcome
from lnlib.batch.plan.edition_file import read_edition
from lnlib.filesystem import file_digest, remove_file

RUN, OTHER = "05-province/02", "05-province/03"
PAGE, NOTEBOOK = f"runs/{RUN}.html", f"runs/{RUN}.ipynb"


@pytest.fixture
def open_build(project):
    """Open the build of the small edition, as each batch does."""
    opened = []

    def open_build(*, runs=None, **options):
        edition = read_edition(project.root / "params/small.yml", members)
        if runs is not None:
            edition.runs[:] = [run for run in edition.runs if run.id in runs]
        opened.append(EditionBuild(edition, project, project.build, **options))
        return opened[-1]

    yield open_build
    for one in opened:
        one.close()


def jobs_of(build, why="never made", **limits):
    given = {"seconds": None, "memory": None, **limits}
    return {job.run: job for job in build.jobs({run.id: why for run in build.edition.runs}, **given)}


def staged(job, *names, text="new", **outcome):
    """Stage files as a run does, and return its outcome."""
    stamps = {}
    for name in names:
        path = job.made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text} {name}")
        stamps[name] = FileStamp(path.stat().st_size, file_digest(path), path.stat().st_mtime_ns)
    return Outcome("ok", files=stamps, opened=[], **outcome)


def finish(build):
    started = datetime.datetime(2024, 5, 3, 9, 30)
    about = {"started": started, "seconds": 1.0, "workers": 1, "how": "forks"}
    build.finish(make_report(build.edition, build.records, build.made, build.done, **about))


def published(build):
    return {
        path.relative_to(build.out).as_posix(): path.read_text("utf-8")
        for path in build.out.rglob("*")
        if path.is_file() and path.name != UNFINISHED
    }


def test_a_job_has_what_its_run_is_executed_with(project, open_build):
    build = open_build()
    jobs = jobs_of(build, seconds=7.5, memory=900_000_000)
    assert list(jobs) == [run.id for run in build.edition.runs]
    job = jobs[RUN]
    assert (job.id, job.edition, job.engine, job.uses_library) == (RUN, "small", "lnlib", False)
    assert (job.seconds, job.memory, job.republication) == (7.5, 900_000_000, None)
    assert job.notebook == str(project.notebooks / "05-province.ipynb")
    assert (job.cwd, job.root) == (str(project.notebooks), str(project.root))
    assert (job.register, job.url, job.library) == (build.edition.register, "", "<lnlib>")
    assert job.parameters["province"] == "02"
    assert len({one.stage for one in jobs.values()}) == len(jobs)
    assert all(project.build / ".staging/small" in one.made.parents for one in jobs.values())
    assert not {one.stage for one in jobs.values()} & {one.stage for one in jobs_of(open_build()).values()}


def test_what_was_staged_is_published_and_recorded(project, open_build):
    build = open_build()
    job = jobs_of(build)[RUN]
    told = {"seconds": 2.5, "peak_memory": 7, "exhibits": [{"name": "a"}], "warnings": ["UserWarning: b"]}
    record = build.publish(job, staged(job, PAGE, NOTEBOOK, "data/a.csv", programs=["sort"], **told))
    assert published(build) == {name: f"new {name}" for name in (PAGE, NOTEBOOK, "data/a.csv")}
    assert (record.id, record.state, record.seconds, record.peak_memory) == (RUN, "ok", 2.5, 7)
    assert (record.error, record.exhibits, record.warnings) == (None, [{"name": "a"}], ("UserWarning: b",))
    assert (record.made_from["programs"], record.made_from["seen"]) == (["sort"], True)
    assert build.done == {RUN}
    assert not job.made.exists()
    about = (build.out / PAGE).stat()
    assert record.files[PAGE] == FileStamp(
        about.st_size, file_digest(build.out / PAGE), about.st_mtime_ns, about.st_ctime_ns
    )
    assert build.ledger.records() == {RUN: record}
    stale = open_build().stale()
    assert stale == {run.id: "never made" for run in build.edition.runs if run.id != RUN}


def test_a_run_that_is_made_again_leaves_nothing_of_before(open_build):
    first = open_build()
    job = jobs_of(first)[RUN]
    first.publish(job, staged(job, PAGE, NOTEBOOK, "data/a.csv", "tables/a.html", text="old"))
    second = open_build()
    job = jobs_of(second)[RUN]
    second.publish(job, staged(job, PAGE, NOTEBOOK, "data/b.csv"))
    assert published(second) == {name: f"new {name}" for name in (PAGE, NOTEBOOK, "data/b.csv")}
    assert second.ledger.names() == {PAGE, NOTEBOOK, "data/b.csv"}


@pytest.mark.parametrize("moment", range(4))
def test_a_batch_that_ends_while_it_publishes_leaves_no_page_and_a_record_of_all_it_may_have(
    open_build, monkeypatch, moment
):
    first = open_build()
    job = jobs_of(first)[RUN]
    first.publish(job, staged(job, PAGE, NOTEBOOK, "data/a.csv", text="old"))
    remove_file(first.out / UNFINISHED, within=first.out)  # as a batch that ends well does
    second, left = open_build(), [moment]
    job = jobs_of(second)[RUN]
    outcome = staged(job, PAGE, NOTEBOOK, "data/b.csv")

    def killed(name, **folders):
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return plain(name, **folders)

    plain = publishing.publish
    monkeypatch.setattr(publishing, "publish", killed)
    if moment < 3:
        with pytest.raises(KeyboardInterrupt):
            second.publish(job, outcome)
        assert PAGE not in published(second)
        assert open_build().stale()[RUN] == "the batch that was publishing it was ended"
        assert set(open_build().records[RUN].files) == {PAGE, NOTEBOOK, "data/a.csv", "data/b.csv"}
    else:
        second.publish(job, outcome)
        assert PAGE in published(second)
    assert (second.out / UNFINISHED).exists()


def test_staged_files_that_were_replaced_by_links_fail_their_run_alone(open_build, tmp_path):
    outside = tmp_path / "outside.csv"
    outside.write_text("precious")
    build = open_build()
    job = jobs_of(build)[RUN]
    names = [f"data/{letter}.csv" for letter in "abcd"]
    outcome = staged(job, PAGE, NOTEBOOK, *names, exhibits=[{"name": "a"}])
    for name in names:
        (job.made / name).unlink()
        (job.made / name).symlink_to(outside)
    record = build.publish(job, outcome)
    assert (record.state, record.exhibits) == ("failed", [])
    assert record.error == {
        "type": "UnsafeOutput",
        "message": "its staging folder was changed: data/a.csv, data/b.csv, data/c.csv and 1 more cannot be published",
    }
    assert set(published(build)) == {PAGE, NOTEBOOK}
    assert "This page is not complete" in published(build)[PAGE]
    assert outside.read_text() == "precious"


def test_a_name_that_another_run_has_fails_the_second_run_until_the_first_is_gone(open_build):
    build = open_build()
    jobs = jobs_of(build)
    build.publish(jobs[RUN], staged(jobs[RUN], PAGE, NOTEBOOK, "data/a.csv"))
    record = build.publish(jobs[OTHER], staged(jobs[OTHER], f"runs/{OTHER}.html", "data/a.csv", text="other"))
    message = f"data/a.csv is also made by {RUN}; names of exhibits must include notebook and key"
    assert (record.state, record.error) == ("failed", {"type": "SameName", "message": message})
    assert published(build)["data/a.csv"] == "new data/a.csv"

    without = open_build(runs=[OTHER])
    job = jobs_of(without)[OTHER]
    assert without.publish(job, staged(job, f"runs/{OTHER}.html", "data/a.csv", text="other")).state == "ok"
    assert published(without)["data/a.csv"] == "other data/a.csv"


def test_how_long_a_job_takes_is_what_it_took_the_last_time(open_build):
    build = open_build()
    jobs = jobs_of(build)
    build.publish(jobs[RUN], staged(jobs[RUN], PAGE, seconds=4.5))
    assert build.expected_seconds(jobs[RUN]) == 4.5
    assert build.expected_seconds(jobs[OTHER]) == 0.0
    assert build.expected_seconds(jobs["01-portfolio/all"]) == float("inf")


def test_only_the_page_is_made_again_of_a_run_that_is_up_to_date_and_framed_otherwise(open_build):
    build = open_build()
    job = jobs_of(build)[RUN]
    exhibits = [{"name": "a"}]
    build.publish(job, staged(job, PAGE, NOTEBOOK, seconds=4.5, peak_memory=7, exhibits=exhibits, warnings=["b"]))
    build.edition.path.write_text(EDITION.replace("A small edition", "Another title"))

    again = open_build()
    (page,) = again.jobs({}, seconds=5.0, memory=9)
    assert (page.run, page.seconds, page.memory) == (RUN, 5.0, 9)
    assert (page.republication.state, page.republication.error, page.republication.peak_memory) == ("ok", None, 7)
    assert page.republication.notebook == str(again.out / NOTEBOOK)
    assert page.republication.exhibits == exhibits
    assert again.expected_seconds(page) == 0.0
    assert again.jobs({RUN: "asked for"}, seconds=None, memory=None)[0].republication is None
    record = again.publish(page, replace(staged(page, PAGE, text="newer"), seconds=0.1))
    assert published(again) == {PAGE: f"newer {PAGE}", NOTEBOOK: f"new {NOTEBOOK}"}
    assert (record.seconds, record.exhibits, record.warnings) == (4.5, exhibits, ("b",))
    assert record.made_from == build.records[RUN].made_from
    assert RUN not in open_build().stale()
    assert open_build().jobs({}, seconds=None, memory=None) == []


@pytest.mark.parametrize(
    ("made_from", "says"),
    [
        ({"seen": False}, "has an ordinary kernel; which files it reads is not seen: declare them under reads"),
        (
            {"programs": ["a", "b", "c", "d"]},
            "starts a, b, c and 1 more; what it reads that way is not seen: declare it under reads",
        ),
        ({"programs": []}, None),
    ],
)
def test_what_was_not_seen_is_said_of_a_run_that_declares_nothing(open_build, made_from, says):
    build = open_build()
    for key in (RUN, OTHER):
        build.records[key] = Record.of(id=key, state="ok", made_from=made_from, page_from="", files={})
    declares = next(run for run in build.edition.runs if run.id == OTHER)
    build.edition.runs[build.edition.runs.index(declares)] = replace(declares, reads=("data/**",))
    assert build.unseen() == ({RUN: says} if says else {})


def test_exhibits_are_listed_with_what_they_were_made_from_and_no_folder_of_this_machine(open_build, tmp_path):
    build = open_build()
    (tmp_path / "far.txt").write_text("far")
    files = {"data/notes.txt": "digest", str(tmp_path / "far.txt"): "other"}
    states = {"01-portfolio/all": ("ok", ["a", "b"]), RUN: ("failed", ["c"]), OTHER: ("ok", ["d"])}
    for key, (state, names) in reversed(states.items()):
        exhibits = [{"name": name} for name in names]
        made_from = {"notebook": key, "files": files, "seen": True}
        error = {"type": "ValueError", "message": ""} if state == "failed" else None
        about = {"made_from": made_from, "page_from": "", "files": {}, "exhibits": exhibits, "error": error}
        build.records[key] = Record.of(id=key, state=state, **about)
    finish(build)
    text = (build.out / "exhibits.json").read_text("utf-8")
    assert len(text.splitlines()) == 5  # one a line
    shown = {"data/notes.txt": "digest", "…/far.txt": "other"}
    assert json.loads(text) == [
        {"name": name, "run": run, "made_from": {"notebook": run, "files": shown}}
        for name, run in (("a", "01-portfolio/all"), ("b", "01-portfolio/all"), ("d", OTHER))
    ]
    build.records.clear()
    finish(build)
    assert (build.out / "exhibits.json").read_text() == "[]\n"


def test_runs_that_are_in_the_edition_no_more_are_forgotten_but_not_what_others_have_made_of_their_files(open_build):
    build = open_build()
    jobs = jobs_of(build)
    build.publish(jobs[RUN], staged(jobs[RUN], PAGE, "data/a.csv", "data/b.csv"))
    finish(build)
    assert {"index.html", "style.css", "report.txt", "report.json", "exhibits.json"} < set(published(build))
    assert not (build.out / UNFINISHED).exists()
    without = open_build(runs=[OTHER])
    job = jobs_of(without)[OTHER]
    without.publish(job, staged(job, f"runs/{OTHER}.html", "data/a.csv", text="other"))
    finish(without)
    assert {name for name in published(without) if "/" in name} == {f"runs/{OTHER}.html", "data/a.csv"}
    assert set(without.records) == set(without.ledger.records()) == {OTHER}
    assert without.ledger.names() == {f"runs/{OTHER}.html", "data/a.csv"}
    assert not (without.out / UNFINISHED).exists()


def test_a_build_that_is_closed_leaves_nothing_staged(project, open_build):
    build = open_build()
    job = jobs_of(build)[RUN]
    staged(job, PAGE)
    build.close()
    assert not (project.build / ".staging").exists()


def test_a_build_that_only_looks_writes_nothing(project, open_build):
    build = open_build(read_only=True, url="memory://never-opened")
    assert build.remote is None
    assert set(build.stale().values()) == {"never made"}
    assert not project.build.exists()
