"""Making one edition: which runs are stale, the jobs that make them, and the pages around them."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import math
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lnlib.batch.build.ledger import Ledger, Record
from lnlib.batch.build.output_folder import UNFINISHED, check_own, is_unfinished
from lnlib.batch.build.publishing import Publisher
from lnlib.batch.build.remote_copy import RemoteCopy
from lnlib.batch.build.report import Report, written_report
from lnlib.batch.build.staleness import Sources, not_whole
from lnlib.batch.execute.dependencies import library_name
from lnlib.batch.job import Job, Outcome, Republication, State
from lnlib.batch.plan.edition import Edition, Run
from lnlib.batch.plan.project import Project
from lnlib.batch.site import index as site
from lnlib.batch.site.pages import page_code_digest, stylesheet
from lnlib.batch.site.site_digest import WRITTEN, file_stamps, site_digest
from lnlib.errors import EditionError, listed
from lnlib.filesystem import is_regular, remove_file, remove_parts, remove_tree, write_atomic
from lnlib.storage import copy_of, is_url, short_digest


class EditionBuild:
    """One edition while it is made. Use it under the edition's lock.

    Parameters
    ----------
    edition : Edition
        What to make.
    project : Project
        Where notebooks and data are.
    build : Path
        The folder of all editions; this one is made in `build/<its name>`.
    url : str
        Where it is put as well; nowhere if empty.
    read_only : bool
        Only look at what was made: no file is written and the URL is not opened.
    """

    def __init__(self, edition: Edition, project: Project, build: Path, url: str = "", *, read_only: bool = False):
        self.edition = edition
        self.out = build / edition.name
        self._build = build
        self.stage = build / ".staging" / edition.name
        path = build / ".ledger" / f"{edition.name}.sqlite"
        self.ledger = Ledger.read_only(path) if read_only else Ledger(path)
        self.remote = RemoteCopy(url, edition.name, self.out, self.ledger) if url and not read_only else None
        self.sources = Sources(edition, project.root)
        self.records = self.ledger.records()
        self.made: dict[str, str] = {}  # why each run is made, by id
        self.done: set[str] = set()  # what this batch has made so far
        self._project = project
        self._runs = {run.id: run for run in edition.runs}
        self.publisher = Publisher(self.out, self.stage, self.ledger, self._runs)
        self._pages = site.contexts(edition)
        self._style = ""
        # what an earlier batch staged, and nobody could remove, is in nobody's way
        self._attempt = secrets.token_hex(4)

    def check_own(self) -> None:
        """Raise EditionError if the edition's folder, here or at its URL, holds other things than this edition."""
        check_own(self.out, self.edition.name, self.ledger.names())
        if self.remote is not None:
            self.remote.check_own(self.edition.name)

    def stale(self) -> dict[str, str]:
        """Return for each run that is not up to date why it is not, by id."""
        found = {
            run.id: self.sources.why_stale(run, self.records.get(run.id), self.out) or self._frame_changed(run)
            for run in self.edition.runs
        }
        return {key: why for key, why in found.items() if why}

    def unseen(self) -> dict[str, str]:
        """Return for each run whose reads were not all seen, and that declares none, why they were not."""
        found = {}
        for run in self.edition.runs:
            record = self.records.get(run.id)
            if record is None or run.reads:
                continue
            made_from = record.made_from
            if not made_from.get("seen", True):
                found[run.id] = "has an ordinary kernel; which files it reads is not seen: declare them under reads"
            elif programs := made_from.get("programs"):
                words = f"starts {listed(programs, most=3)}; what it reads that way is not seen"
                found[run.id] = f"{words}: declare it under reads"
        return found

    def _frame_changed(self, run: Run) -> str:
        """Return whether the frames of a run's story pages changed, so that they are to be written again."""
        record = self.records.get(run.id)
        if record is None or not self.edition.notebooks[run.notebook].tells_stories:
            return ""
        return "the pages around its stories changed" if record.page_from != self._page_from(run) else ""

    def jobs(self, why: dict[str, str], *, seconds: float | None, memory: int | None) -> list[Job]:
        """Return the runs to make as jobs, and the pages to make again of runs that are up to date."""
        remove_tree(self.stage, within=self._build)
        remove_parts(self.out)
        self.made = why
        jobs = [self._job(run, seconds, memory) for run in self.edition.runs if run.id in why]
        for run in self.edition.runs:
            record = self.records.get(run.id)
            if self._frame_changed(run):
                continue  # its stories can only be framed when they are told: by a batch that makes this run
            if (
                run.id not in why
                and record is not None
                and record.has_page
                and record.page_from != self._page_from(run)
                and not not_whole(record.files, self.out)  # a batch that makes this run makes its page, too
            ):
                notebook = str(self.out / "runs" / f"{run.id}.ipynb")
                state: State = "ok" if record.state == "ok" else "failed"
                published = Republication(notebook, state, record.error, record.peak_memory, record.exhibits)
                jobs.append(replace(self._job(run, seconds, memory), republication=published))
        return jobs

    def expected_seconds(self, job: Job) -> float:
        """Return how long a job takes: as long as its run took the last time; of a run never made, longest where it is of all."""
        if job.republication is not None:
            return 0.0
        record = self.records.get(job.run)
        if record is not None and record.seconds:
            return record.seconds
        return 0.0 if self._runs[job.run].over else math.inf

    def publish(self, job: Job, outcome: Outcome) -> Record:
        """Publish a run and keep its record: one that ended as `outcome` says, or of which the page alone was made again."""
        run = self._runs[job.run]
        job, outcome = self.publisher.checked(job, outcome)
        before = self.records.get(run.id)
        if job.republication is not None:
            assert before is not None
            files = {**before.files, **outcome.files}
            outcome = replace(
                outcome, seconds=before.seconds, exhibits=before.exhibits, warnings=before.warnings, files=files
            )
            made_from = before.made_from
        else:
            job, outcome = self.publisher.of_one_owner(job, outcome)
            made_from = self.sources.made_from(run, outcome.reads, outcome.opened, executed=True)
            made_from["programs"] = list(outcome.programs)
            made_from["seen"] = outcome.opened is not None
        record = self.publisher.publish(job, outcome, before, made_from=made_from, page_from=self._page_from(run))
        if self.remote is not None:
            self.remote.put(sorted(outcome.files))
        self.records[run.id] = record
        self.done.add(run.id)
        remove_tree(Path(job.stage), within=self.stage)
        return record

    def rehearse(self) -> None:
        """Load what the pages around the runs are made with, while something else takes time."""
        site.rehearse()
        self._style = self._stylesheet()

    def finish(self, report: Report) -> None:
        """Write what stands around the runs: index, exhibits, report; forget runs that are in the edition no more."""
        gone = [record for key, record in self.records.items() if key not in self._runs]
        made_from = site_digest(self.edition, self._pages, self.records, report["runs"], self.out)
        if gone or is_unfinished(self.out) or self.ledger.site() != self._site(made_from):
            self._write_site(report, gone, made_from)
        else:
            self._write_report(report)
        if self.remote is not None:
            self.remote.finish()

    def _write_site(self, report: Report, gone: list[Record], made_from: str) -> None:
        """Write the pages around the runs, with what they are made from."""
        self.publisher.mark_unfinished()
        for record in gone:
            for name, owner in self.ledger.owners(record.files).items():
                if owner == record.id:
                    remove_file(self.out / name, within=self.out)
            del self.records[record.id]
        self.ledger.drop(gone)
        self._write("style.css", [self._style or self._stylesheet()])
        self._write("exhibits.json", self._exhibits())
        self._write_report(report)
        self._write("index.html", [site.index_page(self.edition, self.records, report, self.out)])
        self.ledger.put_site(self._site(made_from))
        remove_file(self.out / UNFINISHED, within=self.out)

    def _stylesheet(self) -> str:
        style = self.out / "style.css"
        before = style.read_text(encoding="utf-8") if is_regular(style) else ""
        return stylesheet(self.edition.members.fonts, before=before)

    def _write_report(self, report: Report) -> None:
        self._write("report.json", [json.dumps(report, ensure_ascii=False), "\n"])  # indented by slow code
        self._write("report.txt", [written_report(report)])

    def _site(self, made_from: str) -> str:
        """Return what the pages around the runs are made from, and how they stand on the disk."""
        return f"{made_from} {file_stamps(self.out / name for name in WRITTEN)}"

    def close(self) -> None:
        """Leave nothing open and nothing staged."""
        self.ledger.close()
        remove_tree(self.stage, within=self._build)
        with contextlib.suppress(OSError):
            self.stage.parent.rmdir()

    @functools.cached_property
    def _register(self) -> str:
        """The register that runs read; of one at a URL a copy, made once for all of them."""
        if not is_url(self.edition.register):
            return self.edition.register
        copy = copy_of(self.edition.register)
        if copy.stamp != self.edition.members.stamp:
            raise EditionError(f"{self.edition.register} changed while the batch was started; start it again")
        return str(copy.path)

    def _job(self, run: Run, seconds: float | None, memory: int | None) -> Job:
        notebook = self.edition.notebooks[run.notebook]
        return Job(
            id=run.id,
            run=run.id,
            edition=self.edition.name,
            notebook=str(notebook.path),
            parameters=run.parameters,
            cwd=str(self._project.notebooks),
            root=str(self._project.root),
            register=self._register,
            url=self.edition.register if is_url(self.edition.register) else "",
            library=library_name(self._project.root),
            uses_library=notebook.uses_library,
            stage=str(self.stage / f"{short_digest(run.id)}-{self._attempt}"),
            page=self._pages[run.id],
            seconds=seconds,
            memory=memory,
            engine=run.engine,
        )

    def _page_from(self, run: Run) -> str:
        about = json.dumps(self._pages[run.id], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256((page_code_digest() + about).encode()).hexdigest()

    def _exhibits(self) -> Iterator[str]:
        """Write all exhibits, a line each, run by run: of many runs they are more than one would hold in memory."""
        between = "[\n"
        for run in self.edition.runs:
            record = self.records.get(run.id)
            if record is None or record.state != "ok":
                continue
            made_from = _without_folders(record.made_from)
            for exhibit in record.exhibits:
                # what it was made from says, when editions are compared, why it is not what it was
                entry = {**exhibit, "run": record.id, "made_from": made_from}
                yield between + json.dumps(entry, ensure_ascii=False)  # what is indented is written by slow code
                between = ",\n"
        yield "[]\n" if between == "[\n" else "\n]\n"

    def _write(self, name: str, parts: Iterable[str]) -> None:
        content = (part.encode() for part in parts)
        write_atomic(self.out / name, content, keep_same=True, within=self.out)


def _without_folders(made_from: dict[str, Any]) -> dict[str, Any]:
    """Return what a run was made from without what is of this machine: folders of files elsewhere, whether reads were seen."""
    files = made_from.get("files", {})
    shown = {f"…/{Path(name).name}" if Path(name).is_absolute() else name: digest for name, digest in files.items()}
    return {name: value for name, value in {**made_from, "files": shown}.items() if name != "seen"}
