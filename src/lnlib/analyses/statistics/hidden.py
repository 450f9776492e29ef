"""What the hidden-stage model estimates of a register, beside the figures as recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lnlib.errors import LnlibError
from lnlib.history.choices import Choices
from lnlib.history.lives import ratings
from lnlib.measures.panel.hidden import ever_moved, hidden_stage_model, passage
from lnlib.measures.panel.model import PanelFit
from lnlib.register import Register


@dataclass(frozen=True)
class HiddenStage:
    """A fitted hidden-stage model; `fit` is None where a register does not bear one; `why` names the reason, or the fit's problems."""

    fit: PanelFit | None
    why: str = ""

    @classmethod
    def of(cls, register: Register, choices: Mapping[str, Any] | None = None) -> HiddenStage:
        """Fit the model to a register, unless it has no dates, is no sample, or does not bear it.

        Parameters
        ----------
        register : Register
        choices : Choices, optional
            By default those of the register.
        """
        chosen = Choices.of(register, choices)
        if chosen.ordinal or register.counts_only:
            return cls(None, "no dates, or no sample")
        try:
            fit = hidden_stage_model(ratings(register, chosen), until=pd.Timestamp(register.observed[1]))
        except LnlibError as error:
            return cls(None, str(error))
        return cls(fit, "; ".join(fit.problems))

    def beside(self, *, years: float) -> dict[str, Any] | None:
        """Return the shares that truly moved, and reached each stage within so many years; None without a fit.

        Returns
        -------
        dict or None
            `moved`: by `up` and `down`, as from `ever_moved`; `passages`: by stage, as from `passage` at `years`.
        """
        if self.fit is None:
            return None
        stages = [state for state in self.fit.states if state != "ended"]
        return {
            "moved": {move: ever_moved(self.fit, move=move) for move in ("up", "down")},
            "passages": {stage: passage(self.fit, to=stage, over=[years]) for stage in stages[1:]},
        }
