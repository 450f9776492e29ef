"""The sentences of a text, each with the keys it quotes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from lnlib.notes.composed_note import Sentence
from lnlib.notes.nodes import Break, Inline, Reference, Styled, Text, Value

# a sentence ends with its stop and what closes it, before a space; Khmer writes none after ។
_END = re.compile(r"([.!?][”’\")\]]*)\s+(?=[A-Z“‘\"(\ue000-\uf8ff])|([។៕])\s*")
_FIRST = 0xE000  # values stand in the text as private characters while it is cut


def sentences_of(
    text: Sequence[Inline], written: Callable[[Value], str], labelled: Callable[[Reference], str]
) -> list[Sentence]:
    """Cut a text into sentences; `written` writes a value, `labelled` a cross reference."""
    pieces: list[Value | Reference] = []
    lines: list[tuple[int, int]] = []  # offset in the flat text, line
    flat = ""
    for piece, line in _flat(text):
        lines.append((len(flat), line))
        if isinstance(piece, str):
            flat += piece
        else:
            flat += chr(_FIRST + len(pieces))
            pieces.append(piece)
    found, start = [], 0
    for end in [*_END.finditer(flat), None]:
        stop = end.end(end.lastindex or 0) if end else len(flat)
        sentence = flat[start:stop].strip()
        if sentence:
            own = {char: pieces[ord(char) - _FIRST] for char in sentence if _FIRST <= ord(char) < _FIRST + len(pieces)}
            line = next((line for offset, line in reversed(lines) if offset <= start and line), 0)
            template, filled, quoted = sentence, sentence, {}
            for char, piece in own.items():
                if isinstance(piece, Value):
                    quoted[_source(piece)] = written(piece)
                    template = template.replace(char, f"{{{{{_source(piece)}}}}}")
                    filled = filled.replace(char, written(piece))
                else:
                    template = template.replace(char, f"@{piece.target}")
                    filled = filled.replace(char, labelled(piece))
            found.append(Sentence(line, template, filled, quoted))
        start = end.end() if end else stop
    return found


def _source(value: Value) -> str:
    return " | ".join(filter(None, [value.key, " ".join([value.form, *value.arguments])]))


def _flat(text: Sequence[Inline]) -> Iterator[tuple[str | Value | Reference, int]]:
    for inline in text:
        if isinstance(inline, Text):
            yield inline.text, inline.line
        elif isinstance(inline, Value | Reference):
            yield inline, inline.line
        elif isinstance(inline, Styled):
            yield from _flat(inline.children)
        elif isinstance(inline, Break):
            yield " ", 0
