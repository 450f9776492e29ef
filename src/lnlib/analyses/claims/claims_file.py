"""The claims of a note: which exposure is asked about which move, declared in a YAML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lnlib.errors import LnlibError, ValueNotAllowed, listed
from lnlib.reference import vocabulary
from lnlib.reference.yaml_files import read_named, refuse_unknown

MOVES = ("up", "from_lowest", "into_highest", "ended")
ATTRIBUTES = ("tier", "non_state_kind", "state_kind", "hybrid", "multi_sector")
_SPOKEN = ("short", "question", "causal")
_CLAIM_KEYS = ("key", "passage", "reading", *_SPOKEN, "asks")  # passage and reading are for readers of the file
_ASK_KEYS = ("mechanism", "attribute", "is", "compared_with", "move", "brings")


@dataclass(frozen=True)
class Exposure:
    """What partnerships differ by: a mechanism in force, or an attribute.

    Parameters
    ----------
    mechanism : str
        A word of the vocabulary; empty for an attribute.
    attribute : str
        One of `ATTRIBUTES`; empty for a mechanism.
    value : str
        The one word of the attribute that is told from all others; empty for none.
    compared_with : str
        Of an attribute with several words, the one the others are compared with.
    """

    mechanism: str = ""
    attribute: str = ""
    value: str = ""
    compared_with: str = ""

    @property
    def name(self) -> str:
        """Return the name of its column."""
        return self.mechanism or " ".join(filter(None, [self.attribute, self.value]))


@dataclass(frozen=True)
class Ask:
    """One thing asked: whether an exposure changes the rate of a move, or brings a mechanism."""

    exposure: Exposure
    move: str = ""
    brings: str = ""


@dataclass(frozen=True)
class Claim:
    """A claim of the note: its words by language, and what is asked."""

    key: str
    asks: tuple[Ask, ...]
    words: Mapping[str, Mapping[str, str]]

    def in_words(self, what: str, language: str = "en") -> str:
        """Return its `short` name, `question` or `causal` condition; in English where the language has none."""
        texts = self.words[what]
        return texts.get(language) or texts["en"]


@dataclass(frozen=True)
class Claims:
    """The claims of a note.

    Parameters
    ----------
    key, source : str
        What they are called, and the note.
    claims : tuple of Claim
        In the order of the note.
    adjusted : tuple of Exposure
        What is held equal beside them.
    """

    key: str
    source: str
    claims: tuple[Claim, ...]
    adjusted: tuple[Exposure, ...] = ()

    @classmethod
    def load(cls, name: str | Path = "learning-note-17") -> Claims:
        """Load claims that ship with lnlib by name, or your own by the path of their YAML.

        Raises
        ------
        ValueNotAllowed
            No claims of that name ship, or a word in the YAML is not known.
        LnlibError
            The YAML does not declare claims; the message says which key is wrong.

        Examples
        --------
        >>> [claim.key for claim in Claims.load().claims]
        ['formal', 'collaboration', 'tiers', 'hybrid', 'sectors', 'lasting']
        """
        words, place = read_named(name, folder="claims", what="claims")
        return cls.declared(words, place=place)

    @classmethod
    def declared(cls, words: Any, *, place: str = "claims") -> Claims:
        """Build claims from the mapping that their YAML holds."""
        if not isinstance(words, dict) or not isinstance(words.get("claims"), list) or not words["claims"]:
            raise LnlibError(f"{place}: claims are a mapping with keys key, source, adjusted, claims; claims is a list")
        refuse_unknown(words, ("key", "source", "adjusted", "claims"), place=place)
        claims = tuple(_claim(each, f"{place}: claim {number}") for number, each in enumerate(words["claims"], 1))
        keys = [claim.key for claim in claims]
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            raise LnlibError(f"{place}: claim {listed(twice)} stands twice")
        adjusted = tuple(_exposure(each, f"{place}: adjusted") for each in words.get("adjusted") or [])
        result = cls(str(words.get("key", "")), str(words.get("source", "")), claims, adjusted)
        for exposure in result.exposures:
            asked = {ask.move for claim in claims for ask in claim.asks if ask.exposure == exposure}
            if "up" in asked and asked & {"from_lowest", "into_highest"}:
                raise LnlibError(f"{place}: {exposure.name} is asked about up and about a part of it; ask one of them")
        return result

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """Return all that is asked about or held equal, each once."""
        asked = [ask.exposure for claim in self.claims for ask in claim.asks]
        return tuple(dict.fromkeys([*asked, *self.adjusted]))

    @property
    def attributes(self) -> list[str]:
        """Return the attributes of partnerships that are asked about or held equal."""
        return sorted({each.attribute for each in self.exposures if each.attribute})

    def mechanisms(self, move: str) -> tuple[str, ...]:
        """Name the mechanisms that are asked about a move.

        >>> Claims.load().mechanisms("ended")
        ('mou', 'joint_committee')
        """
        asked = [ask.exposure.mechanism for claim in self.claims for ask in claim.asks if ask.move == move]
        return tuple(dict.fromkeys(filter(None, asked)))

    @property
    def all_mechanisms(self) -> tuple[str, ...]:
        """Return every mechanism that a claim names, as an exposure or as what it brings.

        >>> Claims.load().all_mechanisms
        ('mou', 'permission_waived', 'joint_committee', 'shared_resources', 'training')
        """
        named = [
            word for claim in self.claims for ask in claim.asks for word in (ask.exposure.mechanism, ask.brings) if word
        ]
        return tuple(dict.fromkeys(named))

    def moves_of(self, name: str) -> set[str]:
        """Return the moves that a column is asked about."""
        return {ask.move for claim in self.claims for ask in claim.asks if ask.exposure.name == name and ask.move}


def _claim(words: Any, place: str) -> Claim:
    if not isinstance(words, dict) or not words.get("key") or not isinstance(words.get("asks"), list):
        raise LnlibError(f"{place} needs a key, a list asks, and the words {listed(_SPOKEN)}")
    refuse_unknown(words, _CLAIM_KEYS, place=place)
    spoken = {}
    for what in _SPOKEN:
        wording = words.get(what)
        wording = {"en": wording} if isinstance(wording, str) else wording
        if not isinstance(wording, dict) or not wording.get("en"):
            raise LnlibError(f"{place} ('{words['key']}') needs {what} in English (en)")
        spoken[what] = {str(language): str(text) for language, text in wording.items()}
    asks = tuple(_ask(each, f"{place} ('{words['key']}')") for each in words["asks"])
    if not asks:
        raise LnlibError(f"{place} ('{words['key']}') asks nothing")
    return Claim(str(words["key"]), asks, spoken)


def _ask(words: Any, place: str) -> Ask:
    exposure = _exposure(words, place)
    move, brings = str(words.get("move", "")), str(words.get("brings", ""))
    if bool(move) == bool(brings):
        raise LnlibError(f"{place}: an ask names a move or the mechanism it brings, one of the two")
    if move and move not in MOVES:
        raise ValueNotAllowed.of(f"{place}: move", move, MOVES)
    if brings:
        brings = vocabulary.read_word("mechanism", brings, name=f"{place}: brings")[0]
        if not exposure.mechanism:
            raise LnlibError(f"{place}: only a mechanism can be asked what it brings")
    return Ask(exposure, move, brings)


def _exposure(words: Any, place: str) -> Exposure:
    if not isinstance(words, dict):
        raise LnlibError(f"{place}: an exposure is a mapping with keys {listed(_ASK_KEYS)}")
    refuse_unknown(words, _ASK_KEYS, place=place)
    mechanism, attribute = str(words.get("mechanism", "")), str(words.get("attribute", ""))
    if bool(mechanism) == bool(attribute):
        raise LnlibError(f"{place}: an exposure names a mechanism or an attribute, one of the two")
    if mechanism:
        return Exposure(mechanism=vocabulary.read_word("mechanism", mechanism, name=f"{place}: mechanism")[0])
    if attribute not in ATTRIBUTES:
        raise ValueNotAllowed.of(f"{place}: attribute", attribute, ATTRIBUTES)
    levels = {"tier": vocabulary.words("tier")}.get(attribute, vocabulary.words("kind"))
    for key in ("is", "compared_with"):
        if words.get(key) and str(words[key]) not in levels:
            raise ValueNotAllowed.of(f"{place}: {key}", words[key], levels)
    return Exposure(
        attribute=attribute, value=str(words.get("is", "")), compared_with=str(words.get("compared_with", ""))
    )
