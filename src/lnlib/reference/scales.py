"""Scales: the ordered stages a partnership can be at. Stages are declared in YAML; no code names one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from lnlib.errors import LnlibError, ValueNotAllowed, listed, not_allowed, shortened
from lnlib.reference.yaml_files import read_named, refuse_unknown

_STAGE_KEYS = ("key", "label", "in_sentence", "aliases", "criteria")
MOST_STAGES = 50
_SCALE_KEYS = ("key", "title", "source", "mechanisms", "cues", "stages")


def folded(text: str) -> str:
    """Fold case, spacing, hyphens and Unicode form, so that one name typed two ways compares equal.

    In Khmer a subscript ដ looks like a subscript ត and is typed for it.

    >>> folded("Coalition-Building") == folded("coalition  building")
    True
    """
    plain = re.sub(r"[\s_\-‐‑–—\u200b-\u200d\ufeff]+", "", unicodedata.normalize("NFC", text)).casefold()
    return plain.replace("\u17d2\u178a", "\u17d2\u178f") if "\u17d2" in plain else plain


@dataclass(frozen=True)
class Stage:
    """One step of a scale.

    Parameters
    ----------
    key : str
        The word used in registers.
    label : mapping of str to str
        What charts print, by language (`en` at least).
    in_sentence : mapping of str to str
        What stands after "partnerships were", by language, such as `in coalition`.
    aliases : tuple of str
        Other spellings that are read as this stage.
    criteria : mapping of str to str
        By what cue the stage is recognised.
    """

    key: str
    label: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    criteria: Mapping[str, str] = field(default_factory=dict)
    in_sentence: Mapping[str, str] = field(default_factory=dict)

    def name(self, language: str = "en") -> str:
        """Return the label in a language, in English where that language has none."""
        return self.label.get(language, self.label["en"])


@dataclass(frozen=True)
class Scale:
    """An ordered scale of stages, lowest first.

    Parameters
    ----------
    key : str
        Name of the scale.
    stages : tuple of Stage
        The steps in order, at least two.
    title : mapping of str to str
        Name in words, by language.
    source : str
        Where the scale comes from.
    mechanisms : mapping of str to tuple of str
        Mechanisms that the criteria of its stages name, with the keys of those criteria: rated by them, a partnership stands
        higher because the mechanism is there.
    cues : mapping of str to mapping of str to str
        By language, what the words of its criteria, or of coders, are in it.
    """

    key: str
    stages: tuple[Stage, ...]
    title: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    mechanisms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cues: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def load(cls, name: str | Path) -> Scale:
        """Load a scale that ships with lnlib by its name, or one of your own by the path of its YAML.

        Raises
        ------
        ValueNotAllowed
            No scale of that name ships.
        LnlibError
            The YAML is not a scale; the message says which key is wrong.

        Examples
        --------
        >>> Scale.load("dfgg").keys
        ('coalition', 'collaboration', 'integrated')
        """
        words, place = read_named(name, folder="scales", what="scale")
        return cls.declared(words, place=place)

    @classmethod
    def declared(cls, words: Any, *, place: str) -> Scale:
        """Build a scale from the mapping that its YAML or a register's `datapackage.json` holds.

        Raises
        ------
        LnlibError
            A key is unknown or missing, a stage is named twice, or an alias would be read as two stages.
        """
        if not isinstance(words, dict) or not isinstance(words.get("stages"), list):
            raise LnlibError(f"{place}: a scale is a mapping with keys {listed(_SCALE_KEYS)}; stages is a list")
        refuse_unknown(words, _SCALE_KEYS, place=place)
        if len(words["stages"]) > MOST_STAGES:
            raise LnlibError(f"{place}: a scale has at most {MOST_STAGES} stages, but got {len(words['stages']):,}")
        stages = []
        for number, stage in enumerate(words["stages"], 1):
            at = f"{place}: stage {number}"
            if not isinstance(stage, dict) or stage.get("key") in (None, ""):
                raise LnlibError(f"{at} needs a key and a label")
            refuse_unknown(stage, _STAGE_KEYS, place=at)
            if isinstance(stage["key"], bool):
                raise LnlibError(f"{at}: YAML reads its key as {stage['key']}; put it in quotes")
            of_stage = f"{at} ('{shortened(stage['key'])}')"
            label = _texts(stage.get("label", stage["key"]), place=f"{of_stage}: label")
            if not label.get("en"):
                raise LnlibError(f"{of_stage} needs an English label (en)")
            aliases, criteria = stage.get("aliases") or [], stage.get("criteria") or {}
            if not isinstance(aliases, list) or not isinstance(criteria, dict):
                raise LnlibError(f"{of_stage}: aliases are a list, criteria a mapping")
            criteria = _texts(criteria, place=f"{of_stage}: criterion")
            wording = _texts(stage.get("in_sentence") or {}, place=f"{of_stage}: in_sentence")
            names = tuple(str(alias) for alias in aliases)
            stages.append(Stage(str(stage["key"]), label, names, criteria, wording))
        if len(stages) < 2:
            raise LnlibError(f"{place}: a scale has at least two stages")
        keys = [stage.key for stage in stages]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise LnlibError(f"{place}: stage {listed(twice)} stands twice")
        title = _texts(words.get("title") or {}, place=f"{place}: title")
        mechanisms = _mechanisms(words.get("mechanisms") or {}, stages, place=place)
        cues = _cues(words.get("cues") or {}, place=place)
        scale = cls(str(words.get("key", "")), tuple(stages), title, str(words.get("source", "")), mechanisms, cues)
        scale._lookup  # noqa: B018  an ambiguous alias is an error now, not at the first reading
        return scale

    def as_declared(self) -> dict[str, Any]:
        """Return the mapping that `declared` reads, for `datapackage.json`."""
        stages: list[dict[str, Any]] = []
        for stage in self.stages:
            entry: dict[str, Any] = {"key": stage.key, "label": dict(stage.label)}
            if stage.in_sentence:
                entry["in_sentence"] = dict(stage.in_sentence)
            if stage.aliases:
                entry["aliases"] = list(stage.aliases)
            if stage.criteria:
                entry["criteria"] = dict(stage.criteria)
            stages.append(entry)
        found: dict[str, Any] = {"key": self.key, "title": dict(self.title), "source": self.source}
        if self.mechanisms:
            found["mechanisms"] = {word: list(criteria) for word, criteria in self.mechanisms.items()}
        if self.cues:
            found["cues"] = {language: dict(words) for language, words in self.cues.items()}
        return {**found, "stages": stages}

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The stage keys, lowest first."""
        return tuple(stage.key for stage in self.stages)

    @cached_property
    def dtype(self) -> pd.CategoricalDtype:
        """The ordered categorical that carries this scale through every frame."""
        return pd.CategoricalDtype(list(self.keys), ordered=True)

    def labels(self, language: str = "en") -> dict[str, str]:
        """Return what to print for each stage key."""
        return {stage.key: stage.name(language) for stage in self.stages}

    def in_sentence(self, language: str = "en") -> dict[str, str]:
        """Return what stands after "partnerships were" for each stage that has such a wording in the language.

        >>> Scale.load("dfgg").in_sentence()["coalition"]
        'in coalition'
        """
        return {stage.key: stage.in_sentence[language] for stage in self.stages if language in stage.in_sentence}

    @cached_property
    def _lookup(self) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for how in ("key", "label", "alias"):
            for stage in self.stages:
                words = {"key": [stage.key], "label": list(stage.label.values()), "alias": list(stage.aliases)}[how]
                for word in words:
                    other = found.setdefault(folded(word), (stage.key, how))
                    if other[0] != stage.key:
                        raise LnlibError(f"scale '{self.key}': '{word}' would be read as {other[0]} and as {stage.key}")
        return found

    def read(self, text: str) -> tuple[str, str]:
        """Read a stage by its key, label or alias.

        Returns
        -------
        tuple of (str, str)
            The key, and how it was found: `key`, `label`, `alias`, or `number` (a spreadsheet wrote 1 as 1.0).

        Examples
        --------
        >>> Scale.load("dfgg").read("Coalition building")
        ('coalition', 'alias')
        """
        if found := self.find(text):
            return found
        raise ValueNotAllowed.of("stage", text, self.keys)

    def find(self, text: str) -> tuple[str, str] | None:
        """Return a stage as `read` does; None where the text names none."""
        number = str(text).strip().removesuffix(".0")
        return self._lookup.get(folded(str(text))) or ((number, "number") if number in self.keys else None)


def _mechanisms(words: Any, stages: list[Stage], *, place: str) -> dict[str, tuple[str, ...]]:
    """Return the mechanisms that criteria name, checked against the criteria (`vocabulary` knows the mechanisms)."""
    if not isinstance(words, dict):
        raise LnlibError(f"{place}: mechanisms are a mapping of a mechanism to the criteria that name it")
    criteria = list(dict.fromkeys(criterion for stage in stages for criterion in stage.criteria))
    found = {}
    for word, named in words.items():
        for criterion in named if isinstance(named, list) else [named]:
            if criterion not in criteria:
                raise LnlibError(f"{place}: mechanism '{word}': {not_allowed('criterion', criterion, criteria)}")
        found[str(word)] = tuple(named if isinstance(named, list) else [named])
    return found


def _cues(words: Any, *, place: str) -> dict[str, dict[str, str]]:
    """Return the words of cues by language."""
    if not isinstance(words, dict) or not all(isinstance(given, dict) for given in words.values()):
        raise LnlibError(f"{place}: cues are a mapping of a language to the words of cues in it")
    return {str(language): _texts(given, place=f"{place}: cue") for language, given in words.items()}


def _texts(given: Any, *, place: str) -> dict[str, str]:
    """Return texts by language or criterion; a word that stands alone is English.

    Raises
    ------
    LnlibError
        One of them is not text.
    """
    words = given if isinstance(given, dict) else {"en": str(given)}
    for name, text in words.items():
        if not isinstance(name, str) or not isinstance(text, str):
            raise LnlibError(f"{place} {shortened(name)} must be text, but is {shortened(text)}; put it in quotes")
    return dict(words)
