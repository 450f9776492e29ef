"""What a new chart measures and says: its value, its words, and the code and sentences that follow from them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lnlib.errors import ValueNotAllowed

TIMES = {
    "origin": "the start",
    "first_assessed": "the first assessment",
    "last_assessed": "the last assessment",
    "end": "the end of the period",
}
# each with its words, and what the notebook measures it with from `status`
COUNTS = {
    "assessments": ("Assessments", 'status["assessments"]'),
    "dates": ("Dates of assessments", 'status["dates"]'),
    "up": ("Moves to a higher stage", 'status["up"]'),
    "down": ("Moves to a lower stage", 'status["down"]'),
    "mechanisms": ("Kinds of mechanisms used", 'status["mechanisms"].str.findall("[^;]+").str.len()'),
}
SHARES = {
    "share_up": ("Share that moved up, in percent", '100 * (status["up"] > 0)'),
    "share_highest": ("Share at the highest stage, in percent", '100 * (status["stage"] == whole.scale.keys[-1])'),
    "share_mou": (
        "Share with an MoU, in percent",
        '100 * status["mechanisms"].str.split(";").map(lambda used: "mou" in used)',
    ),
}
LISTED = {**COUNTS, **SHARES}
OF_WHOM = {"share_up": "partnerships assessed again", "share_highest": "partnerships at a stage at the end"}
AT_PRESENT = "at_present"  # months that the stage of the end of the period has been held
OTHER = "other"  # a value that is in no list: the notebook says where it goes
TWO = "two"  # two values, each on its side of zero
# of two values, unless they are named otherwise
SIDES = ("Moved back", "Moved up")
WHOM = "Partnerships assessed again"
VALUES = (
    *(f"{one}..{two}" for one in TIMES for two in list(TIMES)[list(TIMES).index(one) + 1 :]),
    AT_PRESENT,
    *COUNTS,
    *SHARES,
    TWO,
    OTHER,
)
OF_PROVINCES = (*SHARES, TWO)
ROWS = {
    "provinces": "a province: all of them in one figure",
    "partnerships": "a partnership: a figure for each province",
}
# what only its author knows; while it stands there, `make chart` names it
READING = "A partnership of which nothing was recorded has no mark, which is not the same as 0."
OWN_VALUE = "  # in place of the assessments: your value"
OWN_TWO = "# put yours in place of these three lines and delete this one: whom you count; left and right, each true or false\n"


@dataclass(frozen=True)
class Measured:
    """What a new chart shows: a row for each province or partnership, with a duration, a count, a share or two counts.

    Parameters
    ----------
    rows : str
        `provinces`, in one figure, or `partnerships`, in one figure for each province.
    value : str
        A duration in months, such as `last_assessed..end`, a count, such as `up`, or of provinces a share, such as `share_up`,
        or `two` counts; one of `VALUES`.
    what : str
        The value in words, as an axis or a subtitle begins, or both sides with a `/` between; left empty, those of the value.
    whom : str
        Of two values, who is counted, as a subtitle begins; left empty, partnerships assessed again.
    finding : str
        The title, a sentence around `{low}` and `{high}`, or around `{left}`, `{right}` and `{n}`; left empty, the words and the
        numbers.
    question : str
        What the notebook answers, which is its heading; left empty, how provinces differ.
    reading : str
        How the figure could mislead; left empty, what is true of all of them.
    """

    rows: str = "provinces"
    value: str = "first_assessed..last_assessed"
    what: str = ""
    whom: str = ""
    finding: str = ""
    question: str = ""
    reading: str = ""

    def __post_init__(self) -> None:
        """Check every choice, and leave out spaces around words."""
        for name in ("what", "whom", "finding", "question", "reading"):
            object.__setattr__(self, name, getattr(self, name).strip())
        for name, given, allowed in (("rows", self.rows, list(ROWS)), ("value", self.value, VALUES)):
            if given not in allowed:
                raise ValueNotAllowed.of(name, given, allowed)
        if self.value in OF_PROVINCES and self.rows != "provinces":
            raise ValueNotAllowed(f"the value '{self.value}' counts a province's partnerships: --rows provinces")
        signs = {"words": (self.what, '"\\{}'), "title": (self.finding, '"\\')}
        signs |= {"subtitle": (self.whom, '"\\{}'), "question": (self.question, '"\\{}')}
        for name, (given, forbidden) in signs.items():
            if found := next((sign for sign in given if sign in forbidden or not sign.isprintable()), ""):
                raise ValueNotAllowed(f"the {name} {given!r} may not hold {found!r}: they stand in en.yml")
        numbers = sorted(re.findall(r"\{.*?\}|[{}]", self.finding))
        if self.finding and numbers not in self._numbers:
            meant = (
                "{left} and {right}, and may have {n}"
                if self.value == TWO
                else "{low} and {high}, the least and the greatest value"
            )
            raise ValueNotAllowed(f"the title {self.finding!r} needs once each {meant}")
        if self.value == OTHER and not self.what:
            raise ValueNotAllowed("the value 'other' needs its words: --what 'Moves up and down'")
        if (
            self.is_time
            and self.value != OTHER
            and re.search(r"\byears?\b", self.what + " " + self.finding, re.IGNORECASE)
        ):
            raise ValueNotAllowed(f"the value '{self.value}' is in months: speak of months")
        if self.value == TWO and not all(self.sides):
            raise ValueNotAllowed(
                f"the words {self.what!r} need a side left and right of a /: --what 'Moved back / Moved up'"
            )

    @property
    def _numbers(self) -> list[list[str]]:
        """What a title has to name, in each way that is allowed."""
        return [["{left}", "{right}"], ["{left}", "{n}", "{right}"]] if self.value == TWO else [["{high}", "{low}"]]

    @property
    def sides(self) -> tuple[str, str]:
        """The two values in words, left and right of zero."""
        left, _, right = self.what.partition("/")
        return (left.strip(), right.strip()) if self.what else SIDES

    @property
    def words(self) -> str:
        """The value in words."""
        if self.value == TWO:
            return self.whom or WHOM
        return self.what or words_of(self.value)

    @property
    def is_time(self) -> bool:
        """Whether the value is a time, which a register that tells an order has none of."""
        return ".." in self.value or self.value == AT_PRESENT or self.words.startswith(("Months ", "Years "))

    @property
    def axis(self) -> str:
        """The name of the axis, short enough for one column."""
        if self.value in OF_PROVINCES:
            return "Percent" if self.value in SHARES else "Partnerships"
        if self.is_time:
            return self.words.partition(" ")[0] if self.value == OTHER else "Months"
        return self.words

    @property
    def measure(self) -> str:
        """The code that measures the value of each partnership that had begun, as the column `value` of `status`."""
        whose = "here" if self.rows == "partnerships" else "whole"
        first, _, last = self.value.partition("..")
        status = f"status = ln.current_status({whose}, choices).dropna(subset='status')"  # without those not yet begun
        if last == "end":
            status += '.assign(end=ln.grid(whole, choices, every="year")[-1])'
        if {first, last} == {"first_assessed", "last_assessed"}:
            status += '.query("dates >= 2")  # assessed on two dates or more'
        moved = '.query("compared > 0")  # those of whom a move can be seen within the period'
        if first == TWO:
            own = OWN_TWO * bool(self.what or self.whom)
            return f'{status}\n{own}status = status{moved}\nstatus["left"] = status["down"] > 0\nstatus["right"] = status["up"] > 0'
        if first in ("up", "down", "share_up"):
            status += moved
        if first == "share_highest":
            status += ".query(\"status == 'assessed'\")  # those at a stage at the end of the period"
        if first == AT_PRESENT:
            held = f"ln.spells({whose}, choices).query(\"status == 'assessed' and outcome == 'censored'\")"
            status = f'held = {held}  # at the end of the period\n{status}.merge(held[["partnership", "start", "end"]], on="partnership")'
            first, last = "start", "end"
        if last:
            return f'{status}\nstatus["value"] = 12 * years_between(status["{first}"], status["{last}"])'
        value = LISTED[first][1] if first in LISTED else COUNTS["assessments"][1] + OWN_VALUE
        return f'{status}\nstatus["value"] = {value}'

    @property
    def by_unit(self) -> str:
        """The code that puts together the partnerships of each province."""
        if self.value == TWO:
            return 'by = status.groupby("unit").agg(left=("left", "sum"), right=("right", "sum"), n=("right", "size")).reset_index()'
        share = self.value in SHARES
        by = 'by = status.dropna(subset="value").groupby("unit")["value"]'
        by += f'.agg(value="{"mean" if share else "median"}", n="size").reset_index()'
        return by + '.query("n >= 5")  # no percentage of fewer' * share

    @property
    def filling(self) -> dict[str, str]:
        """What stands for each placeholder of the template."""
        share, measure, within = self.value in SHARES, self.measure, _within(self.words)
        whom = "the partnerships of this province" if self.rows == "partnerships" else "provinces"
        left, right = self.sides
        asked = f"How do {whom} differ in {within}"
        if self.value == TWO:
            within += f". Left of zero: {_within(left)}; right of it: {_within(right)}"
            asked = f"{left} or {_within(right)}: how do provinces differ"
        finding = self.finding.rstrip(". ") or default_finding(self.words if self.value != TWO else self.sides)
        return {
            "IMPORTS": "from lnlib.measures.columns import years_between" if "years_between" in measure else "",
            "MEASURE": measure,
            "BY_UNIT": self.by_unit,
            "SUMMARY": "" if share else " (median)",
            "STATISTIC": "share" if share else "median",
            "OF_WHOM": OF_WHOM.get(self.value, "partnerships"),
            "FEWER": " Provinces with fewer than five are left out." if share else "",
            "COMMENT": "# of a register that tells an order and no dates there are no months\n" if self.is_time else "",
            "ENDING": " if not choices.ordinal else None" if self.is_time else "",
            "READING": self.reading or READING,
            "QUESTION": self.question.rstrip("?. ") or asked,
            "IN_SENTENCE": within,
            "AXIS": self.axis,
            "TITLED": finding.format(low=6, high=30, left=6, right=13, n=18),
            "FINDING": finding,
            "ON_LEFT": left,
            "ON_RIGHT": right,
            "WHAT": self.words,
        }


def default_finding(words: str | tuple[str, str]) -> str:
    """Return the title of a value, or of the two sides, while its author has written none."""
    if isinstance(words, str):
        return f"{words}: {{low}} to {{high}}"
    left, right = words
    return f"{left}: {{left}}; {_within(right)}: {{right}}; of {{n}}"


def _within(words: str) -> str:
    """Return words as they stand within a sentence; an abbreviation stays as it is."""
    return words[0].lower() + words[1:] if words[1:2].islower() else words


def words_of(value: str) -> str:
    """Return a value of `VALUES` but `OTHER` in words."""
    first, _, last = value.partition("..")
    if last:
        return f"Months from {TIMES[first]} to {TIMES[last]}"
    return "Months at the present stage" if value == AT_PRESENT else LISTED[value][0]
