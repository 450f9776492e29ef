"""How a register is read as histories: the choices that every page of an edition shares, validated in one place."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Any, Protocol

import pandas as pd

from lnlib.errors import LnlibError, ValueNotAllowed
from lnlib.reference import vocabulary
from lnlib.reference.dates import PLACINGS
from lnlib.register import Register
from lnlib.register.derived_frames import kept

CARRIED_MONTHS = 18
DIFFER = ("lower", "higher")
EVIDENCE = ("any", "verifiable")


def raters() -> tuple[str, ...]:
    """Return what `rater` may be: `any`, or one of the words of `rated_by`."""
    return ("any", *vocabulary.words("rated_by"))


def is_ordinal(register: Register) -> bool:
    """Return whether a register gives the order of its assessments and no date to within a year."""
    rated = register.assessments
    if rated.empty or not rated["step"].notna().any():
        return False
    days = (rated["date_last"] - rated["date_first"]).dt.days
    return bool(((days > 366) | days.isna()).all())


@dataclass(frozen=True)
class Choices(Mapping[str, Any]):
    """The choices that a history rests on; a mapping of their names to their values.

    Parameters
    ----------
    placed : str
        Where a partial date is set: at the `middle`, `start` or `end` of its interval; or `order`, where time is the
        number of the assessment.
    rater : str
        Whose ratings count: `any`, `state`, `non_state`, `independent` or `unstated`.
    differ : str
        Which of two ratings on one date counts: the `lower` or the `higher`.
    carried : float
        Months a rating is carried forward; `inf` for always.
    evidence : str
        On what evidence a rating counts: `any`, or `verifiable` (it rests on a document, or its rater is independent).

    Raises
    ------
    ValueNotAllowed, LnlibError
        A choice is not known, or `carried` is not a number of months.

    Examples
    --------
    >>> {**Choices(rater="state"), "every": "half"}["rater"]
    'state'
    """

    placed: str = "middle"
    rater: str = "any"
    differ: str = "lower"
    carried: float = CARRIED_MONTHS
    evidence: str = "any"

    def __post_init__(self) -> None:
        for name, allowed in (
            ("placed", (*PLACINGS, "order")),
            ("rater", raters()),
            ("differ", DIFFER),
            ("evidence", EVIDENCE),
        ):
            value = getattr(self, name)
            if value not in allowed:
                raise ValueNotAllowed.of(name, value, allowed)
        if isinstance(self.carried, bool) or not isinstance(self.carried, int | float) or not self.carried >= 0:
            raise LnlibError(f"carried must be a number of months, 0 or more, but is {self.carried!r}")

    @classmethod
    def of(cls, register: Register, choices: Mapping[str, Any] | None = None, **options: Any) -> Choices:
        """Return validated choices for a register; an empty `placed` is the register's own.

        Parameters
        ----------
        register : Register
            Where its assessments have no dates, time is their order unless another placing is asked for.
        choices : mapping, optional
            Choices already made; entries that are no choice of a history, such as `every`, are left out.
        **options
            Single choices, over those of `choices`.
        """
        known = [field.name for field in fields(cls)]
        for name in options:
            if name not in known:
                raise ValueNotAllowed.of("choice", name, known)
        made = {name: value for name, value in (choices or {}).items() if name in known} | options
        if not made.get("placed"):
            made["placed"] = "order" if is_ordinal(register) else "middle"
        return cls(**made)

    @property
    def ordinal(self) -> bool:
        """Whether time is the order of the assessments."""
        return self.placed == "order"

    def __getitem__(self, name: str) -> Any:
        if name not in set(self):
            raise KeyError(name)
        return getattr(self, name)

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self))

    def __len__(self) -> int:
        return len(fields(self))

    def but(self, **options: Any) -> Choices:
        """Return these choices with some of them replaced."""
        return replace(self, **options)


class _History(Protocol):
    """A frame of a register's histories."""

    def __call__(
        self, register: Register, choices: Mapping[str, Any] | None = None, **options: Any
    ) -> pd.DataFrame: ...


def history(*rests_on: str) -> Callable[[Callable[[Register, Choices], pd.DataFrame]], _History]:
    """Decorate a function of a register and its choices: choices are validated, its frame cached per register.

    The decorated function is called with `Choices` (or any mapping that holds them), with single choices by name, or
    with none: then they are `Choices.of(register)`.

    Parameters
    ----------
    *rests_on : str
        The choices that its frame rests on; those that differ in others alone share one. All if none is named.
    """
    others = {one.name: one.default for one in fields(Choices) if rests_on and one.name not in rests_on}

    def decorate(work: Callable[[Register, Choices], pd.DataFrame]) -> _History:
        cached = kept(work)

        @wraps(work)
        def by_choices(register: Register, choices: Mapping[str, Any] | None = None, **options: Any) -> pd.DataFrame:
            return cached(register, Choices.of(register, choices, **options).but(**others))

        by_choices.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [*inspect.signature(_History.__call__).parameters.values()][1:], return_annotation="pd.DataFrame"
        )
        return by_choices

    return decorate
