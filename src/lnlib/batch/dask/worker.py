"""What a worker of a Dask cluster keeps for one batch: the project's files, and a executor where runs are forked.

Dask's own threads only wait here. A run is a process forked from a fork server, as on one machine, so that no state passes
from run to run, and a run that dies does not take the worker with it.
"""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from lnlib.batch.dask.payload import Payload, differences, fingerprint
from lnlib.batch.execute.executor_choice import local_executor
from lnlib.batch.execute.job_queue import Executor
from lnlib.batch.execute.limits import free_memory
from lnlib.batch.job import Job, Outcome
from lnlib.errors import LnlibError
from lnlib.filesystem import remove_tree

_LEAST_MEMORY = 500_000_000


class WorkerDiffers(LnlibError):
    """A worker whose library or versions are not those of the machine that asks."""


@dataclass
class Answer:
    """What a worker gives back of a run."""

    outcome: Outcome
    made: dict[str, bytes] = field(repr=False)  # every file it staged
    how: str  # why not by forks; empty if by forks


class Keeper(WorkerPlugin):
    """Keeps a batch's files and its executor on a worker.

    Parameters
    ----------
    name : str
        Of the plugin.
    payload : Payload
        The project.
    fingerprint : dict
        Of the machine that asks.
    modules : list of str
        What is imported before the first run is forked.
    registers : list of str
        Registers that are opened before the first run is forked, named from the project's folder.
    """

    def __init__(
        self, name: str, payload: Payload, *, fingerprint: dict[str, str], modules: list[str], registers: list[str]
    ):
        self.name = name
        self._payload = payload
        self._fingerprint = fingerprint
        self._modules = modules
        self._registers = registers
        self._folder: Path
        self._room: _Room
        self._differs = ""

    def setup(self, worker: Worker) -> None:
        """Unpack the project's files; the executor is opened with the first run."""
        self._differs = differences(fingerprint(), self._fingerprint)
        self._address = worker.address
        self._folder = Path(worker.local_directory) / f"{self.name}-{self._payload.digest[:12]}"
        remove_tree(self._folder, within=self._folder.parent)
        self._root = self._payload.unpack(self._folder / "project")
        threads = worker.state.nthreads
        free = min(filter(None, (worker.memory_manager.memory_limit, free_memory())), default=0)
        self._memory = max(_LEAST_MEMORY, int(free * 0.9 / threads)) if free else None
        registers = [str((self._root / register).resolve()) for register in self._registers]
        self._room = _Room(self._modules, registers, threads)

    def teardown(self, worker: Worker) -> None:
        """End what goes on, and leave no file."""
        del worker
        self._room.close()
        remove_tree(self._folder, within=self._folder.parent)

    def run(self, job: Job, published: dict[str, bytes] | None) -> Answer:
        """Execute a run here.

        Parameters
        ----------
        job : Job
            As the asking machine has it, but for its paths, which are named from the project's folder.
        published : dict of str to bytes or None
            What the page is made of, by path in the edition; the notebook first, if only its page is to be made.

        Raises
        ------
        WorkerDiffers
            If library or versions differ from those of the asking machine.
        """
        if self._differs:
            raise WorkerDiffers(f"the worker {self._address} differs: {self._differs}")
        stage = self._folder / "build" / ".staging" / job.edition / job.stage
        remove_tree(stage, within=self._folder)  # of an attempt on this worker that was given up
        job = replace(
            job,
            notebook=str((self._root / job.notebook).resolve()),
            cwd=str((self._root / job.cwd).resolve()),
            register=str((self._root / job.register).resolve()),
            root=str(self._root.resolve()),
            stage=str(stage),
            memory=job.memory or self._memory,
        )
        if published is not None and job.republication is not None:
            there = stage.with_name(f"{stage.name}.published")
            for name, content in published.items():
                (there / name).parent.mkdir(parents=True, exist_ok=True)
                (there / name).write_bytes(content)
            job = replace(job, republication=replace(job.republication, notebook=str(there / next(iter(published)))))
        try:
            outcome, how = self._room.run(job)
            files = {name: (job.made / name).read_bytes() for name in outcome.files}
            return Answer(outcome, files, how)
        finally:
            remove_tree(stage, within=self._folder)
            remove_tree(stage.with_name(f"{stage.name}.published"), within=self._folder)


class _Room:
    """A executor for runs that many threads ask at once.

    Parameters
    ----------
    modules : list of str
        What is imported before the first run is forked.
    registers : list of str
        Registers that are opened before that.
    threads : int
        How many ask at once.
    """

    def __init__(self, modules: list[str], registers: list[str], threads: int):
        self._modules = modules
        self._registers = registers
        self._threads = threads
        self._opening = threading.Lock()
        self._executor: Executor | None = None
        self._how = ""
        self._ends: dict[str, concurrent.futures.Future[Outcome]] = {}
        self._closed = False

    def run(self, job: Job) -> tuple[Outcome, str]:
        """Execute a run; its result, and why it was not forked."""
        end: concurrent.futures.Future[Outcome] = concurrent.futures.Future()
        with self._opening:
            if self._executor is None:
                warn = logging.getLogger(__name__).warning
                self._executor, self._how = local_executor(
                    self._modules, self._threads, warn, registers=self._registers
                )
                threading.Thread(target=self._listen, args=(self._executor,), daemon=True).start()
            self._ends[job.id] = end
            self._executor.start(job)
        return end.result(), self._how

    def close(self) -> None:
        """End what goes on."""
        self._closed = True

    def _listen(self, executor: Executor) -> None:
        try:
            while not self._closed:
                for job, outcome in executor.finished(0.2):
                    self._ends.pop(job.id).set_result(outcome)
        except BaseException as error:  # noqa: BLE001 - whoever waits for an outcome must be told, however this thread ends
            message = str(error)
        else:
            message = "the batch was stopped"
        with self._opening:
            executor.close()
            self._executor = None
            ends, self._ends = self._ends, {}
        for end in ends.values():
            end.set_exception(LnlibError(message))


def run_there(keeper: str, job: Job, published: dict[str, bytes] | None) -> Answer:
    """Execute a run on the worker that this is called on."""
    kept: Any = get_worker().plugins[keeper]
    answer: Answer = kept.run(job, published)
    return answer
