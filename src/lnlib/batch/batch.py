"""One call of `lnlib run`: the runs of all its editions in one pool, published as they end, and its reports."""

from __future__ import annotations

import datetime
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from lnlib.batch.build.edition_build import EditionBuild
from lnlib.batch.build.progress import BatchProgress
from lnlib.batch.build.report import counts_words, make_report, warning_lines
from lnlib.batch.execute.executor_choice import EarlyStart, execute
from lnlib.batch.execute.interrupts import InterruptHandler
from lnlib.batch.execute.job_queue import Stopped, longest_first, run_jobs
from lnlib.batch.execute.limits import free_memory
from lnlib.batch.job import Job, Outcome
from lnlib.batch.plan.project import Project
from lnlib.batch.site.index import error_words
from lnlib.filesystem import from_here

if TYPE_CHECKING:
    from lnlib.batch.dask.cluster import Cluster


_WARNINGS = 5  # of an edition that are printed at its end; its report has all


class Batch:
    """One call of `lnlib run`: the runs of all its editions in one pool."""

    def __init__(  # noqa: PLR0913 - what a batch is made with
        self,
        builds: list[EditionBuild],
        workers: int,
        console: Console,
        *,
        dask: str,
        project: Project,
        build: Path,
        early: EarlyStart,
        interrupts: InterruptHandler | None,
    ):
        self._builds = {edition_build.edition.name: edition_build for edition_build in builds}
        self._workers = workers
        self._console = console
        self._dask = dask
        self._project = project
        self._build = build
        self._early = early
        self._stopper = interrupts
        self._progress = BatchProgress(0, console)

    def make(self, why: list[dict[str, str]], seconds: float, memory: int | None) -> int:
        """Make runs, by edition those that `why` gives reasons for, each within limits; return the exit status."""
        started, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
        if memory is None and not self._dask and (free := free_memory()):
            memory = max(500_000_000, int(free * 0.9 / self._workers))
        jobs: list[Job] = []
        for edition_build, reasons in zip(self._builds.values(), why, strict=True):
            jobs += edition_build.jobs(reasons, seconds=seconds, memory=memory)
        if len(self._builds) > 1:
            jobs = [replace(job, id=f"{job.edition}/{job.run}") for job in jobs]
        jobs = longest_first(jobs, lambda job: self._builds[job.edition].expected_seconds(job))
        modules = self._imported(jobs)
        if self._early.begun:
            self._early.prepare(modules=modules)
            for edition_build in self._builds.values():
                edition_build.rehearse()  # the fork server imports meanwhile
        cluster = self._cluster(jobs, modules) if self._dask and jobs else None
        self._print_start(why)
        stopped: Stopped | None = None
        how = "nothing"
        self._progress = BatchProgress(len(jobs), self._console)
        with self._progress:
            try:
                if cluster is None:
                    how = execute(
                        jobs,
                        workers=self._workers,
                        modules=modules,
                        events=self,
                        early=self._early,
                        interrupts=self._stopper,
                    )
                else:
                    run_jobs(jobs, cluster, self, self._stopper)
                    how = cluster.how
            except Stopped as error:
                stopped = error
        bad = False
        for edition_build in self._builds.values():
            report = make_report(
                edition_build.edition,
                edition_build.records,
                edition_build.made,
                edition_build.done,
                started=started,
                seconds=time.monotonic() - clock,
                workers=self._workers,
                how=how,
                stopped=str(stopped or ""),
            )
            edition_build.finish(report)
            bad = bad or bool(report["counts"]["failed"])
            self._print_end(edition_build, report)
        if stopped is not None:
            self._console.print(f"[red]{escape(str(stopped))}[/]", highlight=False, soft_wrap=True)
            return stopped.status
        return int(bad)

    def _imported(self, jobs: list[Job]) -> list[str]:
        """List the modules to import before the first of some runs."""
        wanted = {job.notebook for job in jobs}
        if not wanted:
            return []
        from lnlib.batch.execute.forkserver import imported_by

        notebooks = [nb for edition_build in self._builds.values() for nb in edition_build.edition.notebooks.values()]
        imported = (imported_by(nb.code) for nb in notebooks if str(nb.path) in wanted)
        return list(dict.fromkeys(module for names in imported for module in names))

    def _cluster(self, jobs: list[Job], modules: list[str]) -> Cluster:
        from lnlib.batch.dask.cluster import Cluster

        cluster = Cluster(
            self._dask,
            jobs=jobs,
            project=self._project,
            build=self._build,
            modules=modules,
            notify=self.message,
        )
        self._workers = cluster.slots
        return cluster

    # --- events of the pool

    def started(self, job: Job) -> None:
        """Show a run that started."""
        self._progress.started(job)

    def finished(self, job: Job, outcome: Outcome) -> None:
        """Publish a run that ended, and show it."""
        record = self._builds[job.edition].publish(job, outcome)
        self._progress.ended(job, error_words(record.error) if record.error and job.republication is None else "")

    def message(self, text: str) -> None:
        """Show what the place says in which runs are executed."""
        self._progress.line(escape(text))

    def _print_start(self, why: list[dict[str, str]]) -> None:
        for edition_build, reasons in zip(self._builds.values(), why, strict=True):
            name, total = edition_build.edition.name, len(edition_build.edition.runs)
            if reasons:
                words = f"{len(reasons)} of {total} runs to make, {self._workers} at once"
                self._console.print(f"[bold]{escape(name)}[/]: {words}", highlight=False)

    def _print_end(self, edition_build: EditionBuild, report: dict[str, Any]) -> None:
        words = f"{counts_words(report)} in {report['seconds']:.1f} s"
        self._console.print(f"[bold]{escape(edition_build.edition.name)}[/]: {words}", highlight=False, soft_wrap=True)
        if report["counts"]["failed"]:
            self._console.print(
                f"  why runs failed: {from_here(edition_build.out / 'report.txt')}", highlight=False, soft_wrap=True
            )
        warned = warning_lines(report)
        for line in warned[:_WARNINGS]:
            self._console.print(f"  [yellow]{escape(line)}[/]", highlight=False, soft_wrap=True)
        if len(warned) > _WARNINGS:
            where = from_here(edition_build.out / "report.txt")
            words = f"{len(warned) - _WARNINGS} more warnings: {where}"
            self._console.print(f"  {escape(words)}", highlight=False, soft_wrap=True)
        where = (
            f"{edition_build.remote.url}/index.html"
            if edition_build.remote
            else from_here(edition_build.out / "index.html")
        )
        self._console.print(f"  look at {escape(where)}", highlight=False, soft_wrap=True)
