"""Cues: what a coder found in a document for a criterion of the scale, and the stage that it points to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lnlib.errors import LnlibError, not_allowed
from lnlib.reference.scales import Scale

_CUE = re.compile(r"\s*(?P<criterion>[^:;=]+?)\s*:\s*(?P<text>[^=]+?)\s*(?:=\s*(?P<stage>[^=]+?)\s*)?")


@dataclass(frozen=True)
class Cue:
    """What a document says on one criterion.

    Parameters
    ----------
    criterion : str
        A criterion that the scale declares.
    text : str
        The coder's words.
    stage : str
        Key of the stage that it points to; empty where the coder named none.
    """

    criterion: str
    text: str
    stage: str


def criteria_of(scale: Scale) -> tuple[str, ...]:
    """Return the criteria by which a scale's stages are recognised, in the order declared.

    >>> criteria_of(Scale.load("dfgg"))[:2]
    ('formality', 'permission')
    """
    return tuple(dict.fromkeys(criterion for stage in scale.stages for criterion in stage.criteria))


def read_cues(text: str, scale: Scale) -> tuple[list[Cue], list[str]]:
    """Parse what a coder wrote under `criterion`: `criterion: cue = stage`, separated by semicolons.

    Returns
    -------
    (list of Cue, list of str)
        The cues, and the coder's remarks: every part that is not a cue, as it stands. A cue without a stage has that
        of the criterion in the same words, if there is one.

    Raises
    ------
    LnlibError
        A part has the form of a cue, but its criterion or its stage is not declared in the scale.

    Examples
    --------
    >>> cues, remarks = read_cues("formality: MoU = collaboration; the lower one is coded", Scale.load("dfgg"))
    >>> cues
    [Cue(criterion='formality', text='MoU', stage='collaboration')]
    >>> remarks
    ['the lower one is coded']
    """
    criteria = criteria_of(scale)
    cues: list[Cue] = []
    remarks: list[str] = []
    for part in filter(None, map(str.strip, text.split(";"))):
        match = _CUE.fullmatch(part)
        if match is None or (match["criterion"] not in criteria and match["stage"] is None):
            remarks.append(part)
            continue
        if match["criterion"] not in criteria:
            raise LnlibError(f"'{part}': {not_allowed('criterion', match['criterion'], criteria)}")
        cues.append(Cue(match["criterion"], match["text"], _stage(match, part, scale)))
    return cues, remarks


def _stage(match: re.Match[str], part: str, scale: Scale) -> str:
    if match["stage"] is None:
        return _declared(match["criterion"], match["text"], scale)
    try:
        return scale.read(match["stage"])[0]
    except LnlibError as error:
        raise LnlibError(f"'{part}': {error}") from None


def _declared(criterion: str, text: str, scale: Scale) -> str:
    """Return the one stage whose criterion has these words; empty where none or several do."""
    stages: Sequence[str] = [stage.key for stage in scale.stages if stage.criteria.get(criterion) == text]
    return stages[0] if len(stages) == 1 else ""
