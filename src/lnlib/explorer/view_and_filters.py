"""What is chosen in the explorer: register, period, filters, view; and as the query of a page's address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from lnlib.errors import ValueNotAllowed
from lnlib.history.choices import CARRIED_MONTHS, raters
from lnlib.reference import vocabulary
from lnlib.reference.dates import PLACINGS
from lnlib.register import Register
from lnlib.words import Words

VIEWS = ("mix", "flows", "paths", "pace", "provinces", "actors", "agreement")
# several words may be chosen of each; the last two are one control, of which the second is for the end of the period
WORDS = {"kind": "kind", "tier": "tier", "function": "function", "sector": "sector", "mechanism": "mechanism"}
SCALES = ("count", "share")
EVERY = ("", "quarter", "half", "year")
STATES = ("not_assessed", "ended")  # that a chart of stages may leave out


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
    province : tuple of str
        Codes of units, or several in one text separated by `;`; empty for all.
    actor : str
        Key of an actor; empty for all.
    period_from, period_to : str
        First and last date observed; empty for the register's own.
    kind, tier, function, sector, mechanism : tuple of str
        Words of the vocabulary, of which a partnership has one; empty for all.
    in_force : bool
        Whether the mechanism is in force at the end, instead of ever set up.
    rater, placed : str
        As `lnlib.history.spells.spells` takes them; `placed` is empty for the register's own.
    scale : str
        Whether the mix and the provinces are drawn as `count` or `share`.
    every : str
        Period of the mix and the provinces, one of `EVERY`; empty for the view's own.
    stage : str
        That the pace, and shares of provinces, are about; empty for the second of the register's scale.
    hide : tuple of str
        Of `STATES`, those that the mix and the provinces leave out.

    Raises
    ------
    LnlibError
        The view, a word, the rater, the placing or the language is not known.
    """

    register: str = "demonstration"
    frame: str = ""
    view: str = VIEWS[0]
    province: tuple[str, ...] = ()
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
    placed: str = ""
    scale: str = SCALES[0]
    every: str = ""
    stage: str = ""
    hide: tuple[str, ...] = ()
    language: str = "en"

    def __post_init__(self) -> None:
        Words.load(self.language)
        for name, value, allowed in (
            ("view", self.view, VIEWS),
            ("rater", self.rater, raters()),
            ("placed", self.placed, ("", *PLACINGS, "order")),
            ("scale", self.scale, SCALES),
            ("every", self.every, EVERY),
        ):
            if value not in allowed:
                raise ValueNotAllowed.of(name, value, [word for word in allowed if word])
        for name in ("province", "hide"):
            object.__setattr__(self, name, _several(getattr(self, name)))
        for state in self.hide:
            if state not in STATES:
                raise ValueNotAllowed.of("hide", state, STATES)
        object.__setattr__(self, "hide", tuple(state for state in STATES if state in self.hide))
        for name, words in WORDS.items():
            object.__setattr__(self, name, vocabulary.several(words, getattr(self, name), name=name))

    @property
    def filters_elsewhere(self) -> dict[str, Any]:
        """The arguments of `Register.where` without the province: what the tiles of the map count."""
        chosen: dict[str, Any] = {"actor": self.actor}
        for name in WORDS:
            words = getattr(self, name)
            chosen["in_force" if name == "mechanism" and self.in_force else name] = list(words)
        return {name: value for name, value in chosen.items() if value}

    @property
    def filters(self) -> dict[str, Any]:
        """The arguments of `Register.where`, without those that are empty."""
        codes = self.province[0] if len(self.province) == 1 else list(self.province)
        return ({"province": codes} if codes else {}) | self.filters_elsewhere

    @property
    def history(self) -> dict[str, Any]:
        """The choices of `lnlib.history`: `placed`, `rater`, `carried`."""
        return {"placed": self.placed, "rater": self.rater, "carried": CARRIED_MONTHS}

    @property
    def drawing(self) -> dict[str, Any]:
        """The arguments of `lnlib.explorer.view` that differ from its defaults."""
        chosen: dict[str, Any] = {"scale": self.scale if self.scale != SCALES[0] else "", "every": self.every}
        chosen |= {"stage": self.stage, "hide": self.hide}
        return {name: value for name, value in chosen.items() if value}

    @property
    def undrawn(self) -> Choice:
        """The same partnerships and raters in the first view, drawn as by default: what the table rests on."""
        return replace(self, view=VIEWS[0], scale=SCALES[0], every="", stage="", hide=())

    @property
    def period(self) -> dict[str, str]:
        """The chosen ends of the period: `period_from`, `period_to`; nothing where no dates are told."""
        chosen = {} if self.placed == "order" else {"period_from": self.period_from, "period_to": self.period_to}
        return {name: value for name, value in chosen.items() if value}

    @property
    def opening(self) -> dict[str, str]:
        """The arguments of `open_register` beside the register's path."""
        return ({"frame": self.frame} if self.frame else {}) | self.period

    @property
    def name(self) -> str:
        """The name of the exhibit: the view, provinces and actor, and a digest where more was chosen."""
        plain = Choice(self.register, view=self.view, province=self.province, actor=self.actor, placed=self.placed)
        parts = ["explored", self.view, *self.province, self.actor]
        if plain != self:
            chosen = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
            parts.append(hashlib.sha256(chosen.encode()).hexdigest()[:6])
        return "-".join(part for part in parts if part)

    @property
    def query(self) -> str:
        """The choice as the query of an address: the register, and what is not as by default."""
        plain = Choice()
        chosen = {name: getattr(self, name) for name in chosen_names()}
        changed = {name: v for name, v in chosen.items() if name == "register" or v != getattr(plain, name)}
        written = {name: ";".join(value) if isinstance(value, tuple) else value for name, value in changed.items()}
        return urlencode({name: "yes" if value is True else value for name, value in written.items()}, safe=";")

    @classmethod
    def of_query(cls, query: Mapping[str, str], **defaults: Any) -> Choice:
        """Return the choice that an address holds.

        Parameters
        ----------
        query : mapping of str to str
            As `query` writes them.
        **defaults
            Fields that an address need not hold.

        Raises
        ------
        ValueNotAllowed
            Something is not known; the message has the nearest that is.
        """
        known = chosen_names()
        for name in query:
            if name not in known:
                raise ValueNotAllowed.of("choice", name, known)
        given: dict[str, Any] = {name: value for name, value in query.items() if value}
        if "in_force" in given:
            if given["in_force"] not in ("yes", "no"):
                raise ValueNotAllowed.of("in_force", given["in_force"], ("yes", "no"))
            given["in_force"] = given["in_force"] == "yes"
        return cls(**{**defaults, **given})

    @classmethod
    def of(cls, register: Register, **chosen: Any) -> Choice:
        """Return the choice that a register was narrowed to."""
        given: dict[str, Any] = {"register": str(register.path or ""), "frame": register.frame}
        for what, value in register.filters:
            given |= {"mechanism": value, "in_force": True} if what == "in_force" else {what: value}
        return cls(**{**given, **chosen})


def chosen_names() -> tuple[str, ...]:
    """Return the name of everything that can be chosen."""
    return tuple(field.name for field in fields(Choice))


def _several(given: str | Sequence[str]) -> tuple[str, ...]:
    parts = given.split(";") if isinstance(given, str) else given
    return tuple(dict.fromkeys(str(part).strip() for part in parts if str(part).strip()))
