"""What is chosen in the explorer: register, period, filters, view. Nothing here knows a widget."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from lnlib.errors import ValueNotAllowed
from lnlib.history.choices import CARRIED_MONTHS, raters
from lnlib.reference import vocabulary
from lnlib.reference.dates import PLACINGS
from lnlib.register import Register

VIEWS = ("mix", "flows", "paths", "provinces", "actors", "agreement")
# several words may be chosen of each; the last two are one control, of which the second says when
WORDS = {"kind": "kind", "tier": "tier", "function": "function", "sector": "sector", "mechanism": "mechanism"}


@dataclass(frozen=True)
class Choice:
    """Everything that decides what is shown.

    Parameters
    ----------
    register : str
        Path, or bare name in a `data` folder.
    frame : str
        Number of units provinces are counted in; empty for the register's own.
    view : str
        One of `VIEWS`.
    province, actor : str
        Code of a unit, key of an actor; empty for all.
    period_from, period_to : str
        First and last date observed; empty for the register's own.
    kind, tier, function, sector, mechanism : tuple of str
        Words of the vocabulary, of which a partnership has one; empty for all.
    in_force : bool
        Whether the mechanism is in force at the end, instead of ever set up.
    rater, placed : str
        As `lnlib.history.spells.spells` takes them.
    language : str

    Raises
    ------
    ValueNotAllowed
        The view, a word, the rater or the placing is not known.
    """

    register: str = "demonstration"
    frame: str = ""
    view: str = VIEWS[0]
    province: str = ""
    actor: str = ""
    period_from: str = ""
    period_to: str = ""
    kind: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    function: tuple[str, ...] = ()
    sector: tuple[str, ...] = ()
    mechanism: tuple[str, ...] = ()
    in_force: bool = False
    rater: str = "any"
    placed: str = "middle"
    language: str = "en"

    def __post_init__(self) -> None:
        for name, value, allowed in (
            ("view", self.view, VIEWS),
            ("rater", self.rater, raters()),
            ("placed", self.placed, (*PLACINGS, "order")),
        ):
            if value not in allowed:
                raise ValueNotAllowed.of(name, value, allowed)
        for name, words in WORDS.items():
            object.__setattr__(self, name, vocabulary.several(words, getattr(self, name), name=name))

    @property
    def elsewhere(self) -> dict[str, Any]:
        """What `Register.where` is asked, but for the province: what the tiles of the map count."""
        asked: dict[str, Any] = {"actor": self.actor}
        for name in WORDS:
            words = getattr(self, name)
            asked["in_force" if name == "mechanism" and self.in_force else name] = list(words)
        return {name: value for name, value in asked.items() if value}

    @property
    def asked(self) -> dict[str, Any]:
        """What `Register.where` is asked; only what is."""
        return ({"province": self.province} if self.province else {}) | self.elsewhere

    @property
    def told(self) -> dict[str, Any]:
        """How histories are told: `placed`, `rater`, `carried`."""
        return {"placed": self.placed, "rater": self.rater, "carried": CARRIED_MONTHS}

    @property
    def period(self) -> dict[str, str]:
        """What of the period is chosen: `period_from`, `period_to`; nothing where no dates are told."""
        chosen = {} if self.placed == "order" else {"period_from": self.period_from, "period_to": self.period_to}
        return {name: value for name, value in chosen.items() if value}

    @property
    def opened(self) -> dict[str, str]:
        """What `open_register` is given beside the register's path."""
        return ({"frame": self.frame} if self.frame else {}) | self.period

    @property
    def name(self) -> str:
        """The name of the exhibit: the view, province and actor, and a digest where more was chosen."""
        plain = Choice(self.register, view=self.view, province=self.province, actor=self.actor, placed=self.placed)
        parts = ["explored", self.view, self.province, self.actor]
        if plain != self:
            chosen = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
            parts.append(hashlib.sha256(chosen.encode()).hexdigest()[:6])
        return "-".join(part for part in parts if part)

    @classmethod
    def of(cls, register: Register, **chosen: Any) -> Choice:
        """Return the choice that a register was narrowed to."""
        given: dict[str, Any] = {"register": str(register.path or ""), "frame": register.frame}
        for what, value in register.filters:
            given |= {"mechanism": value, "in_force": True} if what == "in_force" else {what: value}
        return cls(**{**given, **chosen})


def chosen_names() -> tuple[str, ...]:
    """Name everything that can be chosen."""
    return tuple(field.name for field in fields(Choice))
