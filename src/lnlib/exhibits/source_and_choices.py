"""What figures and tables say of their data: the source, what the register was narrowed to, and what was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lnlib.history.choices import is_ordinal
from lnlib.reference import vocabulary
from lnlib.register import Register
from lnlib.words import Words

METHOD_MIME = "text/vnd.lnlib.method"  # the choices behind an exhibit, a line each, which a page states once
_SHARED = ("carried", "rater.any", "least_n")


def context(register: Register, words: Words, choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that subtitles and notes may use: place, years, period and the months a rating is carried forward."""
    first, last = register.observed
    ordinal = choices.get("placed") == "order"
    return {
        "place": ", ".join(narrowed_to(register, words)) or words("place.all"),
        "from": words("told.first") if ordinal else words.date(first, precision="year"),
        "to": words("told.last") if ordinal else words.date(last, precision="year"),
        "period": words(f"periods.{choices.get('every', 'quarter')}"),
        "months": choices.get("carried", ""),
        "least": choices.get("least_n", ""),
    }


def narrowed_to(register: Register, words: Words) -> list[str]:
    """Return what a register was narrowed to, a phrase for each filter."""
    sentences = []
    for what, value in register.filters:
        if what == "province":
            names = [register.unit(code).name(words.language) for code in value.split(";")]
            sentences.append(words("narrowed_to.or").join(names))
        elif what == "actor":
            actors = register.actors
            if value not in set(actors["actor"]):  # narrowed further: in whole registers a batch counts every row
                actors = (register.whole or register).actors
            sentences.append(str(actors.loc[actors["actor"] == value, "name"].iat[0]))
        elif what == "kind":
            sentences.append(_kinds(value.split(";"), words))
        else:
            labels = words.group("mechanism" if what == "in_force" else what)
            either = words("narrowed_to.or").join(_within(labels.get(key, key), words) for key in value.split(";"))
            sentences.append(words(f"narrowed_to.{what}", words=either))
    return sentences


def province_names(register: Register) -> tuple[str, ...]:
    """Return the names and spellings of the one province that a register was narrowed to; none of two together."""
    codes = [value for what, value in register.filters if what == "province"]
    places = register.unit(codes[-1]).places if codes and ";" not in codes[-1] else ()
    return tuple(filter(None, (*places[0].names, *places[0].spellings))) if len(places) == 1 else ()


def _kinds(kinds: Iterable[str], words: Words) -> str:
    """Return the kinds asked for: of one side any is enough, and of both sides one of each is needed."""
    labels = words.group("kind")
    sides: dict[str, list[str]] = {}
    for kind in kinds:
        sides.setdefault(vocabulary.side_of(kind), []).append(_within(labels.get(kind, kind), words))
    either = [words("narrowed_to.or").join(names) for _, names in sorted(sides.items())]
    return words("narrowed_to.kind", words=words("narrowed_to.and").join(either))


def _within(label: str, words: Words) -> str:
    """Write a label as it stands within a sentence."""
    return words("narrowed_to.label", label=label)


def choice_notes(choices: Mapping[str, Any], register: Register | None = None) -> list[str]:
    """Return the keys of the sentences that name what was chosen; of a register, also that its order was overruled."""
    rater, evidence = choices.get("rater", "any"), choices.get("evidence", "any")
    restricted = ["evidence_counted.verifiable"] * (evidence == "verifiable")
    if choices.get("placed") == "order":
        # nothing is carried in an order; that all ratings count needs no saying where the source is the only rater
        return ["placed.order", *[f"rater.{rater}"] * (rater != "any"), *restricted]
    notes = ["carried"] * ("carried" in choices)
    notes += [f"{name}.{choices[name]}" for name in ("placed", "rater") if name in choices]
    forced = "placed" in choices and register is not None and is_ordinal(register)
    return [*notes, *restricted, *["placed.forced"] * forced]


def method_notes(notes: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the notes that an exhibit alone needs, and those on method, which a page or note states once.

    That the source's order is overruled, or that some ratings are left out, is not shared by other exhibits.

    >>> method_notes(["carried", "placed.middle", "rater.state", "An own sentence."])
    (['rater.state', 'An own sentence.'], ['carried', 'placed.middle'])
    """
    notes = list(notes)
    shared = [
        note
        for note in notes
        if note in _SHARED or (note.startswith(("placed.", "method.")) and note != "placed.forced" and " " not in note)
    ]
    return [note for note in notes if note not in shared], shared


def source_line(register: Register, words: Words) -> str:
    """Return the source line of an exhibit, with the kind of data unless the title states it."""
    kind = words(f"register_kind.{register.kind}")
    named = kind.casefold() in register.title.casefold()
    return words("source_alone" if named else "source", title=register.title, kind=kind)
