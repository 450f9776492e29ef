"""An executor on a Dask cluster: jobs are sent to its workers, files come back as bytes and are published from here.

Workers need the same library and versions, and a scheduler that can be reached; they need no shared files. A run whose
worker died is run again by the scheduler, on another worker, until `distributed.scheduler.allowed-failures` workers
have died under it.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import platform
import queue
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from lnlib.batch.dask.payload import Payload, differences, fingerprint, pack_project
from lnlib.batch.execute.executor_choice import registers_opened
from lnlib.batch.execute.job_queue import Stopped, failed_outcome
from lnlib.batch.job import FileStamp, Job, Outcome
from lnlib.batch.plan.project import Project
from lnlib.errors import LnlibError, listed
from lnlib.filesystem import below, file_digest, write_atomic

_CONNECTING = 5.0  # seconds
_FETCHING = 30.0  # seconds that one try to fetch a run's files may take
_COUNTING = 2.0  # seconds between two looks at how many workers there are


class ClusterError(LnlibError):
    """A cluster that cannot be used: no library, no scheduler, no workers, or others than are here."""


def _distributed() -> ModuleType:
    try:
        import distributed
    except ImportError:
        raise ClusterError("--dask needs Dask: pip install 'lnlib[dask]'") from None
    return distributed


class Cluster:
    """A executor for runs on a cluster.

    Parameters
    ----------
    scheduler : str
        Its address, such as `tcp://scheduler:8786`.
    specs : sequence of dict
        The runs to be made.
    project : Project
        Project whose files the workers get.
    build : Path
        Where editions are made; left out of the payload.
    modules : list of str
        What workers import before the first run is forked.
    say : callable
        Called with messages about the cluster.

    Raises
    ------
    ClusterError
        If Dask is not installed, the scheduler does not answer, there are no workers, or a worker's library or
        versions differ.
    """

    def __init__(
        self,
        scheduler: str,
        *,
        jobs: Sequence[Job],
        project: Project,
        build: Path,
        modules: list[str],
        notify: Callable[[str], None],
    ):
        distributed = _distributed()
        if "://" not in scheduler:
            raise ClusterError(f"--dask takes an address such as tcp://scheduler:8786, but got '{scheduler}'")
        # What happens to workers is told by the batch in its own words.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self.how = "dask"
        self._scheduler = scheduler
        self._project = project
        self._notify = notify
        self._over: queue.SimpleQueue[tuple[Job, Any]] = queue.SimpleQueue()
        self._futures: dict[str, Any] = {}
        self._counted = 0.0
        self._slots = 0
        names = {job.edition for job in jobs}
        whose = [platform.node(), str(project.root), str(build), *sorted(names)]
        # A batch holds its editions, so that a keeper of this name was left behind by one that was killed.
        self._keeper = f"lnlib-{hashlib.sha256(repr(whose).encode()).hexdigest()[:12]}"
        self._client = self._connect(distributed)
        try:
            self._check_workers()
            self._send_payload(jobs, build, modules)
        except BaseException:
            self._client.close()
            raise

    def _connect(self, distributed: ModuleType) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions: those that matter are compared here
                return distributed.Client(self._scheduler, timeout=_CONNECTING, set_as_default=False)
        except (OSError, ValueError, RuntimeError) as error:  # a time out is an OSError
            message = (str(error) or type(error).__name__).splitlines()[0]
            raise ClusterError(f"no Dask scheduler answers at {self._scheduler}: {message}") from None

    def _check_workers(self) -> None:
        with contextlib.suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=_CONNECTING)
        there = self._client.run(fingerprint, on_error="return")
        if not there:
            raise ClusterError(f"the Dask scheduler at {self._scheduler} has no workers")
        here = fingerprint()
        problems = []
        for address, message in sorted(there.items()):
            if isinstance(message, BaseException):
                problems.append(f"{address}: {type(message).__name__}: {message}")
            elif different := differences(message, here):
                problems.append(f"{address}: {different}")
        if problems:
            raise ClusterError(
                "workers must have the same lnlib and versions as this machine:\n  "
                + listed(problems, most=5).replace(", tcp://", "\n  tcp://")
            )

    def _send_payload(self, jobs: Sequence[Job], build: Path, modules: list[str]) -> None:
        from lnlib.batch.dask.worker import Keeper

        registers = [Path(register) for register in sorted({job.register for job in jobs})]
        payload: Payload = pack_project(self._project.root, registers, without=[build, self._project.build])
        keeper = Keeper(
            self._keeper,
            payload,
            fingerprint=fingerprint(),
            modules=modules,
            registers=[self._inner(register) for register in registers_opened(jobs)],
        )
        self._client.register_plugin(keeper, name=self._keeper)

    @property
    def slots(self) -> int:
        """How many runs it executes at once: the threads of all workers there are now."""
        if time.monotonic() > self._counted + _COUNTING:
            self._counted = time.monotonic()
            slots = sum(self._asked(self._client.nthreads).values())
            if not slots and self._slots:
                self._notify("The cluster has no workers left; waiting for one")
            self._slots = slots
        return max(1, self._slots)

    def start(self, job: Job) -> None:
        """Send a run to the cluster."""
        from lnlib.batch.dask.worker import run_there

        published = None
        if job.republication is not None:
            published = job.republication.files()
        future = self._client.submit(
            run_there,
            self._keeper,
            self._named(job),
            published,
            key=f"{job.id}-{uuid.uuid4().hex}",
            pure=False,
        )
        self._futures[job.id] = future
        future.add_done_callback(lambda done: self._over.put((job, done)))

    def finished(self, seconds: float) -> Iterator[tuple[Job, Outcome]]:
        """Yield the runs that came back.

        Raises
        ------
        Stopped
            If the scheduler is gone, or a worker that came later differs.
        """
        try:
            job, future = self._over.get(timeout=seconds)
        except queue.Empty:
            self._asked(lambda: None)
            return
        outcome = self._outcome(job, future)
        if outcome is None:
            self._over.put((job, future))
            return
        del self._futures[job.id]
        yield job, outcome
        future.release()

    def close(self) -> None:
        """Cancel running jobs and leave nothing on the workers."""
        with contextlib.suppress(
            OSError, TimeoutError, RuntimeError
        ):  # a scheduler that is gone has nothing to take back
            if self._client.status == "running":
                self._client.cancel(list(self._futures.values()), force=True)
                self._client.unregister_worker_plugin(self._keeper)
        with contextlib.suppress(Exception):  # nor anybody to part from
            self._client.close(timeout=_CONNECTING)

    def _asked(self, question: Callable[[], Any]) -> Any:
        """Ask the scheduler, if it is still there."""
        if self._client.status == "running":
            with contextlib.suppress(OSError):
                return question()
        raise Stopped(f"stopped: the Dask scheduler at {self._scheduler} is gone")

    def _outcome(self, job: Job, future: Any) -> Outcome | None:
        from distributed import KilledWorker

        from lnlib.batch.dask.worker import WorkerDiffers

        self._asked(lambda: None)
        try:
            answer = future.result(timeout=_FETCHING)
        except TimeoutError:
            return None  # its worker died with it; it is being made again
        except WorkerDiffers as error:
            raise Stopped(f"stopped: {error}") from None
        except KilledWorker as error:
            lost = error.allowed_failures + 1
            return failed_outcome(f"{lost} workers died under it" if lost > 1 else "its worker died")
        except Exception as error:  # noqa: BLE001 - whatever the worker raised comes here, and fails its run alone
            self._asked(lambda: None)
            return failed_outcome(f"{type(error).__name__}: {error}")
        if answer.how and self.how == "dask":
            self.how = f"dask, kernels: {answer.how}"
            self._notify(f"Runs use ordinary kernels on workers: {answer.how}")
        return _landed(job, answer.outcome, answer.made)

    def _named(self, job: Job) -> Job:
        """Name paths from the project's folder, for another machine."""
        return replace(
            job,
            notebook=self._inner(job.notebook),
            cwd=self._inner(job.cwd),
            register=self._inner(job.register),
            root="",
            stage=Path(job.stage).name,
        )

    def _inner(self, path: str) -> str:
        return Path(os.path.relpath(path, self._project.root)).as_posix()


def _landed(job: Job, outcome: Outcome, made: dict[str, bytes]) -> Outcome:
    """Stage what came from a worker, as a run here would have."""
    files = {}
    for name, content in made.items():
        path = below(job.made, name)
        write_atomic(path, content, within=Path(job.stage))
        size, digest, *_ = outcome.files[name]
        if len(content) != size or file_digest(path) != digest:
            return failed_outcome(f"{name} did not come back from its worker as it was made")
        files[name] = FileStamp(size, digest, path.stat().st_mtime_ns)
    return replace(outcome, files=files)
