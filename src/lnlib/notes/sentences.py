"""The sentences of a text, each with the keys it quotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lnlib.notes.composed import Sentence
from lnlib.notes.source import Break, Inline, Reference, Styled, Text, Value

# a sentence ends with its stop and what closes it, before a space; Khmer writes none after ។
_END = re.compile(r"([.!?][”’\")\]]*)\s+(?=[A-Z“‘\"(\ue000-\uf8ff])|([។៕])\s*")
_FIRST = 0xE000  # values stand in the text as private characters while it is cut


def sentences_of(
    text: Sequence[Inline], written: Callable[[Value], str], labelled: Callable[[Reference], str]
) -> list[Sentence]:
    """Cut a text into sentences; `written` writes a value, `labelled` a cross reference."""
    values: list[Value] = []
    lines: list[tuple[int, int]] = []  # offset in the flat text, line
    flat = ""
    for piece, line in _flat(text, labelled):
        lines.append((len(flat), line))
        if isinstance(piece, Value):
            flat += chr(_FIRST + len(values))
            values.append(piece)
        else:
            flat += piece
    found, start = [], 0
    for end in [*_END.finditer(flat), None]:
        stop = end.end(end.lastindex or 0) if end else len(flat)
        sentence = flat[start:stop].strip()
        if sentence:
            own = {char: values[ord(char) - _FIRST] for char in sentence if _FIRST <= ord(char) < _FIRST + len(values)}
            line = next((line for offset, line in reversed(lines) if offset <= start and line), 0)
            template, filled = sentence, sentence
            for char, value in own.items():
                template = template.replace(char, f"{{{{{_source(value)}}}}}")
                filled = filled.replace(char, written(value))
            quoted = {_source(value): written(value) for value in own.values()}
            found.append(Sentence(line, template, filled, quoted))
        start = end.end() if end else stop
    return found


def _source(value: Value) -> str:
    return " | ".join(filter(None, [value.key, " ".join([value.form, *value.arguments])]))


def _flat(text: Sequence[Inline], labelled: Callable[[Reference], str]) -> Iterator[tuple[str | Value, int]]:
    for inline in text:
        if isinstance(inline, Text):
            yield inline.text, inline.line
        elif isinstance(inline, Value):
            yield inline, inline.line
        elif isinstance(inline, Styled):
            yield from _flat(inline.children, labelled)
        elif isinstance(inline, Reference):
            yield labelled(inline), inline.line
        elif isinstance(inline, Break):
            yield " ", 0
