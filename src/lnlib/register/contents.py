"""What the writers and filters of a register need of it, so that they do not import the model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Protocol

import pandas as pd

from lnlib.reference.dates import PartialDate
from lnlib.reference.places import Places
from lnlib.reference.scales import Scale


class Contents(Protocol):
    """The tables and the metadata of a register."""

    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def scale(self) -> Scale: ...  # noqa: D102
    @property
    def places(self) -> Places: ...  # noqa: D102
    @property
    def tables(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102
    @property
    def frame(self) -> str: ...  # noqa: D102
    @property
    def period(self) -> PartialDate | None: ...  # noqa: D102
    @property
    def description(self) -> str: ...  # noqa: D102
    @property
    def licence(self) -> str: ...  # noqa: D102
    @property
    def sources(self) -> tuple[Mapping[str, str], ...]: ...  # noqa: D102
    @property
    def observed(self) -> tuple[dt.date, dt.date]: ...  # noqa: D102
    @property
    def described(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def partnerships(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def mechanisms(self) -> pd.DataFrame: ...  # noqa: D102
