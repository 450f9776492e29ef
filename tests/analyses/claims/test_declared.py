"""Claims as declared data: what ships, and what is refused."""

import copy
from importlib import resources

import pytest
import yaml

from lnlib.analyses.claims import Claims
from lnlib.analyses.claims.claims_file import ATTRIBUTES, MOVES
from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.reference import vocabulary
from lnlib.words import languages

SHIPPED = resources.files("lnlib") / "data" / "claims" / "learning-note-17.yml"


def declared(**more):
    words = {
        "key": "own",
        "source": "a note",
        "claims": [
            {
                "key": "one",
                "short": "1 One",
                "question": {"en": "Is it so?"},
                "causal": "If nothing else were.",
                "asks": [{"mechanism": "mou", "move": "up"}],
            }
        ],
    }
    words["claims"][0].update(more)
    return words


def test_the_six_claims_of_the_note_are_asked_as_it_makes_them():
    claims = Claims.load()
    asked = {
        claim.key: [(ask.exposure.name, ask.move or f"brings {ask.brings}") for ask in claim.asks]
        for claim in claims.claims
    }
    assert asked == {
        "formal": [("mou", "brings permission_waived"), ("mou", "into_highest")],
        "collaboration": [
            ("joint_committee", "from_lowest"),
            ("shared_resources", "from_lowest"),
            ("training", "from_lowest"),
        ],
        "tiers": [("tier", "up")],
        "hybrid": [("hybrid", "up")],
        "sectors": [("multi_sector", "up"), ("multi_sector", "ended")],
        "lasting": [("mou", "ended"), ("joint_committee", "ended")],
    }
    assert "92206" in claims.source
    assert all(claim["passage"] and claim["reading"] for claim in yaml.safe_load(SHIPPED.read_text("utf-8"))["claims"])


def test_every_claim_is_said_in_every_language():
    for claim in Claims.load().claims:
        for what in ("short", "question", "causal"):
            assert set(claim.words[what]) == set(languages()), (claim.key, what)
            assert claim.in_words(what, "km") != claim.in_words(what, "en")


def test_a_language_that_is_not_there_is_english():
    assert Claims.declared(declared()).claims[0].in_words("question", "km") == "Is it so?"


def test_they_load_by_path(tmp_path):
    file = tmp_path / "own.yml"
    file.write_text(SHIPPED.read_text("utf-8"), encoding="utf-8")
    assert Claims.load(file) == Claims.load()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"asks": [{"mechanism": "moou", "move": "up"}]}, "mechanism 'moou' is not known; did you mean 'mou'"),
        ({"asks": [{"mechanism": "mou", "move": "upp"}]}, "move 'upp' is not known; did you mean 'up'"),
        ({"asks": [{"attribute": "tiers", "move": "up"}]}, "attribute 'tiers' is not known; did you mean 'tier'"),
        ({"asks": [{"attribute": "tier", "is": "commun", "move": "up"}]}, "is 'commun' is not known; did you mean"),
        ({"asks": [{"mechanism": "mou", "mve": "up"}]}, "key 'mve' is not known; did you mean 'move'"),
        ({"asks": [{"mechanism": "mou"}]}, "an ask names a move or the mechanism it brings, one of the two"),
        ({"asks": [{"mechanism": "mou", "attribute": "tier", "move": "up"}]}, "a mechanism or an attribute, one of"),
        ({"asks": [{"attribute": "hybrid", "brings": "mou"}]}, "only a mechanism can be asked what it brings"),
        ({"asks": []}, "asks nothing"),
        ({"question": ""}, "needs question in English"),
        ({"kee": "one"}, "key 'kee' is not known; did you mean 'key'"),
        (
            {"asks": [{"mechanism": "mou", "move": "up"}, {"mechanism": "mou", "move": "from_lowest"}]},
            "mou is asked about up and about a part of it; ask one of them",
        ),
    ],
)
def test_what_is_wrong_is_named(more, message):
    with pytest.raises(LnlibError, match=message):
        Claims.declared(declared(**more))


def test_a_claim_stands_once():
    words = declared()
    words["claims"] += copy.deepcopy(words["claims"])
    with pytest.raises(LnlibError, match="claim one stands twice"):
        Claims.declared(words)


def test_claims_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(
        ValueNotAllowed, match="claims 'learning-note-16' is not known; did you mean 'learning-note-17'"
    ):
        Claims.load("learning-note-16")
    with pytest.raises(LnlibError, match="does not exist"):
        Claims.load(tmp_path / "no.yml")
    (tmp_path / "bad.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(LnlibError, match=r"bad\.yml: line 1: a bracket or quote is opened and not closed"):
        Claims.load(tmp_path / "bad.yml")
    with pytest.raises(LnlibError, match="claims is a list"):
        Claims.declared({"claims": {}})


def test_the_file_names_only_what_is_known():
    words = yaml.safe_load(SHIPPED.read_text("utf-8"))
    for claim in words["claims"]:
        for ask in claim["asks"]:
            assert ask.get("move", "up") in MOVES
            assert ask.get("mechanism", "mou") in vocabulary.words("mechanism")
            assert ask.get("attribute", "tier") in ATTRIBUTES
