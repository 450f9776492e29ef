"""Publishing a run: its staged files are checked and moved to their place in the edition's folder, and recorded."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from lnlib.batch.build.ledger import Ledger, Record
from lnlib.batch.build.output_folder import UNFINISHED, is_unfinished
from lnlib.batch.job import FileStamp, Job, Outcome
from lnlib.errors import listed
from lnlib.filesystem import is_regular, lies_in, publish, remove_file, remove_tree, write_atomic


class Publisher:
    """Moves staged files into an edition's folder.

    Parameters
    ----------
    out : Path
        The edition's folder.
    stage : Path
        Where its runs stage what they make.
    ledger : Ledger
        The edition's.
    runs : collection of str
        The ids of its runs.
    """

    def __init__(self, out: Path, stage: Path, ledger: Ledger, runs: Collection[str]):
        self._out = out
        self._stage = stage
        self._ledger = ledger
        self._runs = runs

    def checked(self, job: Job, outcome: Outcome) -> tuple[Job, Outcome]:
        """Return what can be published of a run: a failed one's page where it staged none, or something but files."""
        outcome = self._regular_only(job, outcome)
        return (job, outcome) if outcome.files else self._page_of_dead(job, outcome)

    def of_one_owner(self, job: Job, outcome: Outcome) -> tuple[Job, Outcome]:
        """Fail a run whose figures and data have names that another run's have."""
        owners = {name: key for name, key in self._ledger.owners(outcome.files).items() if key in self._runs}
        taken = [name for name in outcome.files if owners.get(name, job.run) != job.run]
        if not taken:
            return job, outcome
        message = f"{taken[0]} is also made by {owners[taken[0]]}; names of exhibits must include notebook and key"
        return self._page_of_dead(job, outcome.failed({"type": "SameName", "message": message}))

    def publish(
        self, job: Job, outcome: Outcome, before: Record | None, *, made_from: dict[str, Any], page_from: str
    ) -> Record:
        """Move a run's staged files to their place and keep its record.

        Files are renamed one by one. A kill in between leaves the record of a run that was begun, with all files it may
        have, so that the next batch makes the run again and nothing is left over; the edition's mark that it is unfinished,
        so that nobody reads it; and no page of the run, which is removed first and published last.
        """
        old = set(before.files) if before else set()
        may_be_there = {**dict.fromkeys(old, FileStamp(0, "", 0)), **outcome.files}
        self._ledger.put(Record.of(id=job.run, state="begun", made_from={}, page_from="", files=may_be_there))
        self.mark_unfinished()
        # of a run whose page alone was made, the other files stay as they are
        names = [name for name in sorted(outcome.files, key=_pages_last) if is_regular(job.made / name)]
        gone = sorted(old - set(outcome.files))
        if len(names) + len(gone) > 1:
            for name in filter(_is_page, [*names, *gone]):  # of a page made alone, no table that is HTML too
                remove_file(self._out / name, within=self._out)
        for name in gone:
            remove_file(self._out / name, within=self._out)
        for name in names:
            publish(name, staged=job.made, target=self._out)
        record = Record.of(
            id=job.run,
            state=outcome.state,
            made_from=made_from,
            page_from=page_from,
            seconds=outcome.seconds,
            peak_memory=outcome.peak_memory,
            error=outcome.error,
            warnings=outcome.warnings,
            exhibits=outcome.exhibits,
            files={name: self._published(name, stamp) for name, stamp in outcome.files.items()},
        )
        self._ledger.put(record)
        return record

    def mark_unfinished(self) -> None:
        """Mark the edition as one whose files are being replaced, so that nobody reads it."""
        if not is_unfinished(self._out):
            write_atomic(self._out / UNFINISHED, "", within=self._out)

    def _published(self, name: str, stamp: FileStamp) -> FileStamp:
        """Return the stamp of a file in its place; when the system noted its last change is known only there."""
        about = (self._out / name).lstat()
        return stamp if about.st_mtime_ns != stamp.changed else stamp._replace(inode_changed=about.st_ctime_ns)

    def _page_of_dead(self, job: Job, outcome: Outcome) -> tuple[Job, Outcome]:
        """Stage the page of a run that could not stage its own, in a folder that holds nothing of it."""
        from lnlib.batch.execute.execute_run import page_of_dead

        remove_tree(Path(job.stage), within=self._stage)
        anew = job.again("page")
        return anew, page_of_dead(anew, outcome)

    def _regular_only(self, job: Job, outcome: Outcome) -> Outcome:
        """Fail a run whose staged files are not there as regular files: it replaced them, or their folder, by links."""
        inside = lies_in(job.made, self._stage) and not job.made.is_symlink()
        wrong = [
            name
            for name in outcome.files
            if not inside or not lies_in(job.made / name, job.made) or not is_regular(job.made / name)
        ]
        if not wrong:
            return outcome
        message = f"its staging folder was changed: {listed(wrong, most=3)} cannot be published"
        return outcome.failed({"type": "UnsafeOutput", "message": message}, files={})


def _is_page(name: str) -> bool:
    return name.endswith(".html")


def _pages_last(name: str) -> tuple[bool, str]:
    return _is_page(name), name
