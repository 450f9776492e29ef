from __future__ import annotations

import pytest

from lnlib.errors import ValueNotAllowed
from lnlib.reference import vocabulary
from lnlib.reference.scales import folded

NAMES = tuple(vocabulary._declared())


@pytest.mark.parametrize("name", NAMES)
def test_no_alias_is_read_as_two_words(name):
    owners: dict[str, set[str]] = {}
    for word, entry in vocabulary._declared()[name].items():
        for spelling in (word, *entry.get("aliases", ())):
            owners.setdefault(folded(spelling), set()).add(word)
    assert {spelling: words for spelling, words in owners.items() if len(words) > 1} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_word_and_alias_is_read(name):
    for word, entry in vocabulary._declared()[name].items():
        assert vocabulary.read_word(name, word.upper().replace("_", " ")) == (word, "key")
        for alias in entry.get("aliases", ()):
            assert vocabulary.read_word(name, alias)[0] == word


def test_every_kind_of_actor_has_a_side():
    assert {vocabulary.side_of(kind) for kind in vocabulary.words("kind")} == {"state", "non_state"}


def test_a_word_that_is_not_there_is_named_by_its_column():
    with pytest.raises(ValueNotAllowed) as error:
        vocabulary.read_word("rated_by", "states", name="rater")
    assert str(error.value) == (
        "rater 'states' is not known; did you mean 'state'? Allowed: state, non_state, independent, unstated"
    )


def test_hybrid_functions_are_functions():
    assert set(vocabulary.words("function")) >= vocabulary.HYBRID
