"""The words that coded columns may hold, from `data/vocabulary.yml`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from lnlib.errors import ValueNotAllowed
from lnlib.reference import resources
from lnlib.reference.scales import folded

# a partnership that serves both is a hybrid one (Learning Note 17)
HYBRID = frozenset({"service_delivery", "accountability"})


@cache
def _declared() -> dict[str, dict[str, dict[str, object]]]:
    vocabulary: dict[str, dict[str, dict[str, object]]] = resources.declared("data", "vocabulary")
    return vocabulary


@cache
def words(vocabulary: str) -> tuple[str, ...]:
    """Return the words of a vocabulary, in their declared order.

    >>> words("rated_by")
    ('state', 'non_state', 'independent', 'unstated')
    """
    return tuple(_declared()[vocabulary])


@cache
def side_of(kind: str) -> str:
    """Return the side an actor kind is on: `state` or `non_state`.

    >>> side_of("owso")
    'state'
    """
    return str(_declared()["kind"][kind]["side"])


@cache
def aliases(vocabulary: str, word: str) -> tuple[str, ...]:
    """Return what else is read as a word.

    >>> aliases("mechanism", "shared_resources")
    ('resource sharing', 'shared facilities')
    """
    declared = _declared()[vocabulary][word].get("aliases", ())
    assert isinstance(declared, list | tuple)
    return tuple(map(str, declared))


@cache
def _lookup(vocabulary: str) -> dict[str, tuple[str, str]]:
    found = {folded(word): (word, "key") for word in words(vocabulary)}
    for word in words(vocabulary):
        for alias in aliases(vocabulary, word):
            found.setdefault(folded(alias), (word, "alias"))
    return found


@cache
def _khmer(vocabulary: str) -> dict[str, tuple[str, str]]:
    labels = resources.declared("words", "km").get(vocabulary) or {}
    return {folded(label): (word, "alias") for word, label in labels.items() if word in words(vocabulary)}


def find_word(vocabulary: str, text: str) -> tuple[str, str] | None:
    """Return a word and how it was found, as `read_word` does; None where it is neither a word nor an alias.

    >>> find_word("mechanism", "MoU"), find_word("mechanism", "lunch")
    (('mou', 'key'), None)
    """
    plain = folded(text)
    return _lookup(vocabulary).get(plain) or _khmer(vocabulary).get(plain)


def read_word(vocabulary: str, text: str, *, name: str | None = None) -> tuple[str, str]:
    """Read a word, one of its aliases, or its Khmer label.

    Returns
    -------
    tuple of (str, str)
        The word, and how it was found: `key` or `alias`.

    Examples
    --------
    >>> read_word("mechanism", "Memorandum of Understanding")
    ('mou', 'alias')
    """
    found = find_word(vocabulary, text)
    if found is None:
        raise ValueNotAllowed.of(name or vocabulary, text, words(vocabulary))
    return found


def several(vocabulary: str, given: str | Sequence[str] | None, *, name: str | None = None) -> tuple[str, ...]:
    """Read some words of a vocabulary: a sequence, or a text with `;` between them; each once, in declared order.

    Examples
    --------
    >>> several("mechanism", "permission waived; MoU; mou")
    ('mou', 'permission_waived')
    """
    parts = given.split(";") if isinstance(given, str) else list(given or ())
    found = {read_word(vocabulary, str(part).strip(), name=name)[0] for part in parts if str(part).strip()}
    return tuple(word for word in words(vocabulary) if word in found)
