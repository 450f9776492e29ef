"""What became of the exhibits of an edition."""

from __future__ import annotations

from dataclasses import dataclass

from lnlib.editions.change_reasons import VERSION
from lnlib.editions.changed_sentences import SentenceChange
from lnlib.editions.csv_changes import DataChange
from lnlib.editions.edition_folder import Entry, Opened


@dataclass(frozen=True)
class Words:
    """Words of an exhibit that changed."""

    what: str  # title, subtitle, notes, …
    pieces: tuple[tuple[str, str], ...]  # same, gone or added, with the text


@dataclass(frozen=True)
class Change:
    """How one exhibit changed."""

    old: Entry
    new: Entry
    words: tuple[Words, ...]
    data: DataChange | None
    pictures: bool  # whether a figure looks other than it did
    files: tuple[str, ...]  # files whose bytes changed, that are gone or were added
    why: tuple[str, ...]

    @property
    def only_metadata(self) -> bool:
        """Whether its files differ in nothing that is shown or read."""
        return not (self.words or self.pictures or self.data) and (self.old.exhibit, set(self.old.files)) == (
            self.new.exhibit,
            set(self.new.files),
        )

    @property
    def only_versions(self) -> bool:
        """Whether that is because of other versions of libraries alone."""
        return self.only_metadata and all(reason.startswith(VERSION) for reason in self.why)


@dataclass(frozen=True)
class RowChange:
    """A row of the register that changed, is gone or was added."""

    table: str
    row: str  # what identifies it
    what: str  # changed, gone, added


@dataclass(frozen=True)
class Comparison:
    """What became of an edition."""

    old: Opened
    new: Opened
    added: tuple[Entry, ...]
    gone: tuple[Entry, ...]
    changed: tuple[Change, ...]
    same: tuple[Entry, ...]
    made_otherwise: tuple[tuple[str, int], ...]  # why exhibits might have changed and did not, with how many
    sentences: tuple[SentenceChange, ...] = ()  # of notes, printed otherwise
    rows: tuple[RowChange, ...] = ()  # of the register
    metadata: tuple[Change, ...] = ()  # exhibits whose files differ in nothing that is shown or read

    @property
    def nothing(self) -> bool:
        """Whether nothing changed."""
        return not (self.added or self.gone or self.changed or self.sentences)

    @property
    def summary(self) -> str:
        """What happened, in one line."""
        if self.nothing:
            if not self.metadata:
                return "Nothing changed"
            versions = all(change.only_versions for change in self.metadata)
            where = f"metadata of the files of {_count(len(self.metadata), 'exhibit')}"
            return f"Nothing changed but {'versions in the ' if versions else ''}{where}"
        counts = {"changed": self.changed, "added": self.added, "gone": self.gone}
        parts = [(len(which), what) for what, which in counts.items() if which]
        summary = [f"{n} {what}" for n, what in parts]
        if parts:
            summary[0] = f"{_count(parts[0][0], 'exhibit')} {parts[0][1]}"
        if self.sentences:
            summary.append(f"{_count(len(self.sentences), 'sentence')} of notes changed")
        return ", ".join(summary)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"
