"""What a header means: our own names and their Khmer, other words for them, HXL tags, rounds and periods."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from lnlib.reference import resources, vocabulary
from lnlib.reference.dates import FIRST_YEAR, LAST_YEAR, PartialDate, with_signs
from lnlib.reference.scales import folded
from lnlib.register.schema import TABLES, Column

SHEET = "sheet"  # a sheet with one row per partnership, its actors by name
LAYOUTS = (*TABLES, SHEET)
DATED = ("date", "stage", "rated_by", "evidence", "source", "note", "quote", "passage")  # may repeat round by round
_STAGE = re.compile(r"^(stage|level|rating|ដំណាក់កាល)\b[\s:_/-]*(?:of|in|at)?[\s:_/-]*", re.IGNORECASE)
_ARTICLES = re.compile(r"\b(the|a|an)\s+", re.IGNORECASE)
_ROUND = re.compile(
    r"\b(base[ -]?line|mid[ -]?line|mid[ -]?term|end[ -]?line|initial|final|before|after|pre|post|T\d|follow[ -]?up(?: \d{1,2})?|(?:round|visit|wave|assessment) ?#?\d{1,2}"
    r"|(?:1st|first|2nd|second|3rd|third|4th|fourth|last|latest|previous)(?: (?:round|visit|assessment|rating))?)\b",
    re.IGNORECASE,
)
_OF_ROUND = re.compile(r"^(?:of|at|in|for|during)\s+|\s+(?:of|at|in|for|during|on)(?:\s+the)?$", re.IGNORECASE)
_NUMBERED = re.compile(r"[\s_.#(-]+(\d{1,2})\)?$")
_WITH_PERIOD = (
    re.compile(r"(?P<name>\D+?)\s*(?P<period>\(?(?:\b(?:Q[1-4]|H[12])\s*)?(?:19|20)\d{2}\S*)"),
    re.compile(r"(?P<period>(?:19|20)\d{2}\S*)\s+(?P<name>\D+)"),
)
_DATE_WORDS = re.compile(
    r"\b(date|dates|signed|of|when|since|start|started|set up|established|was|the)\b", re.IGNORECASE
)
_QUESTION_WORDS = re.compile(
    r"\b(is|are|was|were|has|have|had|do|does|did|there|you|they|it|been|any|a|an|the|signed|set up|established|in place|exists?"
    r"|between|with|both|partners?|formal|yes/no|y/n)\b|[()?]",
    re.IGNORECASE,
)
_OR = re.compile(r"\s*(?:[/,;&]|\bor\b|\band\b)\s*", re.IGNORECASE)  # between words for one column
_GROUPS = ("/", ">", "|", ":", "-", ".")  # what survey tools and people write between a group and a question
_CERTAIN_GROUPS = ("/", ">", "|")  # after the others, only our own name is a question
_NUMBER = re.compile(r"(?:q(?:uestion)?\s*)?\d{1,2}(?:[.)]\d{1,2})*[.):]?\s+|q\d{1,2}[.):_-]\s*", re.IGNORECASE)
_HINT = re.compile(  # what a form writes behind a header and does not change it
    r"\s*[(\[](?:(?:in )?full(?: name)?|names?|in english|english|required|optional|mandatory|if any|if known|if applicable"
    r"|d{1,2}[\s/.-]*m{1,3}[\s/.-]*y{2,4}|y{4}(?:[/.-]m{2}(?:[/.-]d{2})?)?|m{2}[/.-]d{2}[/.-]y{4}|\d\s*[-–]\s*\d"
    r"|(?:select|choose|see|use)\b[^()]*|drop-?down[^()]*|free text|text)[)\]]$",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>|\*\*|^\s*#+\s+")  # of labels in a survey form
BOTH_SIDES = (
    "actor",
    "actor_kind",
)  # of a sheet: one column for the actors of both sides, which only a mapping declares
_READ_AS = {
    "actor_kind": "kind",
    "non_state_kind": "kind",
    "state_kind": "kind",
    "mechanism_start": "start",
    "mechanism_end": "end",
}


@dataclass(frozen=True)
class Meaning:
    """What a header means.

    Parameters
    ----------
    column : str
        Our column.
    how : str
        `own` (our name or its Khmer), `alias`, `mapping`, `tag` (HXL), `part` (one option of a select-multiple), `option`
        (a mechanism that is ticked), `option date` (when it was set up), `period` (the stage in it) or `of period` (what
        belongs to that stage).
    word : str
        The period, or the option.
    round : str
        The round of assessment that the header names, such as `baseline`.
    """

    column: str
    how: str
    word: str = ""
    round: str = ""

    @property
    def whole(self) -> bool:
        """Whether the column holds one of our columns, rather than a part of one."""
        return self.how in ("own", "alias", "mapping", "tag")


@cache
def _declared() -> dict[str, dict[str, list[str]]]:
    declared: dict[str, dict[str, list[str]]] = resources.declared("data", "headers")
    return declared


@cache
def columns_of(layout: str) -> tuple[str, ...]:
    """Return the columns of a table, or of a sheet with one row per partnership.

    >>> columns_of("mechanisms")[:2]
    ('partnership', 'mechanism')
    """
    return tuple(TABLES[layout].names) if layout in TABLES else tuple(_declared()[layout])


def column_of(name: str) -> Column | None:
    """Return what a column holds, whichever table it is in; the kinds of both sides are kinds, the dates of mechanisms dates."""
    name = _READ_AS.get(name, name)
    return next((table.column(name) for table in TABLES.values() if name in table.names), None)


@cache
def names_of(layout: str) -> dict[str, Meaning]:
    """Return every header that is known in a layout, folded, with its meaning."""
    own = (name for name in columns_of(layout) if layout != SHEET or name not in BOTH_SIDES)
    known = {folded(name): Meaning(name, "own") for name in own}
    for table in [TABLES[layout]] if layout in TABLES else TABLES.values():
        for column in table.columns:
            if column.name in columns_of(layout) and column.name_km:
                known.setdefault(folded(column.name_km), Meaning(column.name, "own"))
    for name, aliases in _declared()[layout].items():
        for alias in aliases:
            known.setdefault(folded(alias), Meaning(name, "alias"))
    return known


def _plain(header: str) -> str:
    plain = " ".join(_MARKUP.sub(" ", header).split()).rstrip("*:?។៖ ")
    return plain[1:-1].strip() if plain[:1] == "[" and plain[-1:] == "]" else plain


def _name(text: str, layout: str) -> Meaning | None:
    known = names_of(layout)
    bare = _HINT.sub("", _NUMBER.sub("", text, count=1) if _NUMBER.match(text) else text)
    return (
        known.get(folded(text))
        or known.get(folded(_ARTICLES.sub("", text)))
        or known.get(folded(_ARTICLES.sub("", bare)))
    )


@lru_cache(maxsize=8192)
def meaning(header: str, layout: str) -> Meaning | None:
    """Return what a header means in a layout; None where it is not known.

    A group before the name, as survey tools write it (`about/province`, `Where/Province`), does not change it.

    >>> meaning("NGO", "sheet") == meaning("NGO / CBO", "sheet")
    True
    >>> meaning("NGO", "sheet")
    Meaning(column='non_state', how='alias', word='', round='')
    >>> meaning("Q3 2011", "sheet")
    Meaning(column='stage', how='period', word='2011-Q3', round='')
    >>> meaning("**Baseline** stage", "sheet").round, meaning("Joint committee", "sheet").how
    ('baseline', 'option')
    """
    plain = _plain(header)
    if known := _name(plain, layout) or _alternatives(plain, layout):
        return known
    if layout != "actors" and (period := read_period(plain)):
        return Meaning("stage", "period", period) if layout in (SHEET, "assessments") else None
    if part := part_of(plain, layout):
        return part
    for sign in _GROUPS:
        last = plain.rsplit(sign, 1)[-1].strip()
        certain = sign in _CERTAIN_GROUPS or (sign == "." and " " not in plain)
        if last != plain and (known := _name(last, layout)) and (certain or known.how == "own"):
            return _of_mechanism(plain.rsplit(sign, 1)[0].strip(), known, layout) or known
    if layout in (SHEET, "assessments") and (
        known := _round_in_period(plain) or _in_round(plain, layout) or _of_period(plain, layout)
    ):
        return known
    return _option(plain) if layout in (SHEET, "partnerships") else None


def _alternatives(plain: str, layout: str) -> Meaning | None:
    """Return what a header of several words for one column means, such as `NGO / CBO`."""
    known = {_name(word, layout) for word in _OR.split(plain)}
    return known.pop() if len(known) == 1 else None


def _of_mechanism(group: str, known: Meaning, layout: str) -> Meaning | None:
    """Return what a date is that stands behind the name of a mechanism, such as `Letter of support - date`."""
    found = vocabulary.find_word("mechanism", group) if layout in (SHEET, "partnerships") else None
    return Meaning("start", "option date", found[0]) if found and known.column in ("date", "start") else None


def round_of(header: str) -> str:
    """Return the round that a header names; empty where it names none.

    >>> round_of("Baseline date"), round_of("Stage 2"), round_of("Stage")
    ('baseline', '2', '')
    """
    plain = _plain(header)
    if words := _ROUND.search(plain):
        return folded(words[1])
    number = _NUMBERED.search(plain)
    return number[1] if number else ""


def _in_round(plain: str, layout: str) -> Meaning | None:
    if not (label := round_of(plain)):
        return None
    rest = _ROUND.sub(" ", plain) if _ROUND.search(plain) else _NUMBERED.sub("", plain)
    words = " ".join(re.sub(r"[()\[\]:/_-]", " ", rest).split())
    known = _name(words, layout) or _name(_OF_ROUND.sub("", words), layout)
    return replace(known, round=label) if known and known.column in DATED else None


def _round_in_period(plain: str) -> Meaning | None:
    """Return the stage of a round that its header dates, such as `Round 1 (May 2011)`."""
    without, rounds = _ROUND.subn(" ", plain)
    period = read_period(" ".join(without.strip(" ()[]:,/–-").split())) if rounds == 1 else ""
    return Meaning("stage", "period", period) if period else None


def _of_period(plain: str, layout: str) -> Meaning | None:
    """Return what a column is that belongs to the stage of a period, such as `Date 2010` beside `Stage 2010`."""
    for match in (match for pattern in _WITH_PERIOD if (match := pattern.fullmatch(plain))):
        known, word = _name(match["name"].strip(" ()[]:,-–"), layout), read_period(match["period"])
        if known and word and known.column in DATED and known.column != "stage":
            return Meaning(known.column, "of period", word)
    return None


def names_only_round(header: str) -> str:
    """Return the round of a header that names nothing else; empty for all others.

    >>> names_only_round("Assessment 1"), names_only_round("Baseline date")
    ('assessment1', '')
    """
    plain = _plain(header)
    return folded(plain) if _ROUND.fullmatch(plain) else ""


def _option(plain: str) -> Meaning | None:
    """Return the mechanism that a column of yes and no, or of dates, is about."""
    asked = _QUESTION_WORDS.sub(" ", plain)
    for text, how in ((plain, "option"), (_DATE_WORDS.sub(" ", plain), "option date"), (asked, "option")):
        if found := vocabulary.find_word("mechanism", text):
            return Meaning("start" if how == "option date" else "mechanism", how, found[0])
    return None


def part_of(header: str, layout: str, whole: Meaning | None = None) -> Meaning | None:
    """Return the option that a column of a select-multiple stands for, such as `sectors/water`."""
    for sign in ("/", "-", ":"):
        pieces = header.rsplit(sign, 1)
        if len(pieces) < 2 or not pieces[1].strip():
            continue
        question = whole or meaning(pieces[0].strip(), layout)
        column = column_of(question.column) if question and question.whole else None
        word = pieces[1].strip()
        if question and question.column == "mechanism" and question.whole:
            if layout in (SHEET, "partnerships") and (mechanism := vocabulary.find_word("mechanism", word)):
                return Meaning("mechanism", "option", mechanism[0])
            continue
        if question is None or column is None or column.holds != "words":
            continue
        if found := vocabulary.find_word(column.vocabulary, word):
            word = found[0]
        else:
            if sign != "/" or (_name(pieces[1], layout) and whole is None):
                continue
        return Meaning(question.column, "part", word)
    return None


@cache
def _tags() -> dict[str, str]:
    return {tag: column for column, tags in _declared()["hxl"].items() for tag in tags}


def meaning_of_tag(tag: str, layout: str, *, second: bool = False) -> Meaning | None:
    """Return what an HXL tag means; the second organisation of a sheet is the state's where its tag does not say.

    >>> meaning_of_tag("#adm1 +name +en", "sheet")
    Meaning(column='province', how='tag', word='', round='')
    """
    name, *attributes = [part.strip().casefold() for part in tag.split("+")]
    found = ""
    for size in range(len(attributes), -1, -1):
        for start in range(len(attributes) - size + 1):
            found = found or _tags().get("+".join((name, *attributes[start : start + size])), "")
    if second and found == "non_state":
        found = "state"
    return Meaning(found, "tag") if found in columns_of(layout) else None


@lru_cache(maxsize=8192)
def read_period(text: str) -> str:
    """Return a header or the name of a sheet as a period; empty where it is none.

    >>> read_period("Stage 2011"), read_period("Q3 2011"), read_period("2011 (final)"), read_period("1234567")
    ('2011', '2011-Q3', '2011', '')
    """
    plain = re.sub(r"\s*\([^()0-9]*\)$", "", _STAGE.sub("", text.strip())).strip(" ()")
    if not re.search(r"\d{4}|[០-៩]{4}", plain):
        return ""
    date = PartialDate.find(plain)
    return date.text if date and FIRST_YEAR <= date.first.year <= LAST_YEAR else ""


_YEAR = re.compile(
    r"(?<![\w/])(?<!\d[–-])(?:(?:Q[1-4]|H[12]|[A-Z][a-z]{2,8})[\s.,-]*)?(?:19|20)\d{2}(?:[\s-]?[QH][1-4])?(?!\s*[/–-]\s*\d|\d)"
)
_FISCAL = re.compile(r"\b(fy|fiscal|financial)\b", re.IGNORECASE)


def period_in(text: str) -> str:
    """Return the only period that a title names; empty where it names none, several, or a fiscal year.

    >>> period_in("Partnerships in May 2011"), period_in("Report of the 3rd quarter 2012"), period_in("Register 2009-2012")
    ('2011-05', '2012-Q3', '')
    """
    text = with_signs(text)
    if _FISCAL.search(text) or len(re.findall(r"\d{4}", text)) != 1 or not (found := _YEAR.search(text)):
        return ""
    return read_period(found[0]) or read_period(found[0].split()[-1])


@cache
def _kind_words() -> dict[str, tuple[str, str]]:
    known: dict[str, tuple[str, str]] = {}
    for kind, words in _declared()["kind_words"].items():
        for word in words:
            known[word.casefold()] = (kind, vocabulary.side_of(kind))
    return known


@cache
def declared_words(group: str) -> dict[str, list[str]]:
    """Return a group of `data/headers.yml` that lists words."""
    return _declared()[group]


def likely_kind(name: str) -> str:
    """Return the kind that a name makes likely without telling it; empty where it makes none.

    >>> likely_kind("Dept. of Environment"), likely_kind("Fisheries Administration Cantonment"), likely_kind("Sala")
    ('provincial_office', 'provincial_office', '')
    """
    words = set(re.findall(r"[^\W_]+", name.casefold()))
    return next((kind for kind, several in declared_words("likely_kinds").items() if words & {*several}), "")


@lru_cache(maxsize=8192)
def kind_in(text: str, side: str) -> str:
    """Return the actor kind that one of the words of a name or header implies; empty where none does.

    >>> kind_in("Provincial Governor of Pursat", "state"), kind_in("NGO", "non_state"), kind_in("DND", "non_state")
    ('provincial_office', 'ngo', '')
    >>> kind_in("Prov. Dept of Health", "state"), kind_in("PDAFF", "state"), kind_in("Department of Health", "state")
    ('provincial_office', 'provincial_office', '')
    """
    plain = " ".join(text.casefold().split())
    best = ""
    for word, (_, of) in _kind_words().items():
        # Khmer has no spaces between words, so there a word may stand within another
        pattern = r"(?![a-z]).*(?<![a-z])".join(map(re.escape, word.split(" … ")))
        if of == side and len(word) > len(best) and re.search(rf"(?<![a-z]){pattern}(?![a-z])", plain):
            best = word
    return _kind_words()[best][0] if best else ""
