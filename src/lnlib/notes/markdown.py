"""Read a note: CommonMark with front matter, values, cross references, footnotes, boxes and conditions.

markdown-it-py parses; this module turns its tokens into the blocks of `lnlib.notes.nodes` and reports what a note
cannot hold.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.substitution import substitution_plugin

from lnlib.errors import not_allowed
from lnlib.filesystem import read_small
from lnlib.limited_yaml import load_yaml
from lnlib.notes import nodes
from lnlib.notes.nodes import Block, Inline, Note, NoteError, at
from lnlib.text import TURNING
from lnlib.words import languages

WIDTHS = ("column", "page")
PLACES = ("float", "here")
CASES = ("none", "one", "few", "many")
CONTAINERS = ("box", "about", "if")
_EXHIBIT = re.compile(
    r'^!\[(?P<alt>[^\]]*)\]\((?P<name>[^\s()]+)(?:\s+"(?P<title>[^"]*)")?\)(?:\{(?P<rest>.*)\})?$', re.DOTALL
)
_ATTRIBUTE = re.compile(r'\s*(?:#(?P<id>[\w.:-]+)|(?P<key>\w+)=(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+)))(?=\s|$)')
_REFERENCE = re.compile(r"(?<![\w.])@(fig|tab):([\w.-]*\w)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ARGUMENTS = re.compile(r'"([^"]*)"|(\S+)')
LARGEST = 100_000  # bytes of a note, of which two pages hold some ten thousand
_SPANS = {"em_open": "emphasis", "strong_open": "strong", "link_open": "link"}


def read_note(path: Path) -> Note:
    """Read a note's Markdown file."""
    try:
        text = read_small(path, largest=LARGEST).decode("utf-8")
    except FileNotFoundError:
        near = sorted(other.name for other in path.parent.glob("*.md"))
        message = not_allowed("note", path.name, near) if near else f"there is no note {path.name}, and no other"
        raise NoteError(f"{message} in {path.parent}") from None
    except OSError as error:
        raise NoteError(f"cannot read note {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise NoteError(f"cannot read note {path}: {error}") from None
    return parse_note(text, path)


def parse_note(text: str, path: Path) -> Note:
    """Parse a note's text; `path` is named in messages.

    What is wrong with it is kept with the note, so that it is reported together with what its edition does not have.

    Raises
    ------
    NoteError
        Its front matter does not tell of which edition, or of which provinces, it is.
    """
    env: dict[str, Any] = {}
    tokens = _parser().parse(text, env)
    reader = _Reader(path, text.splitlines())
    reader.check_lines(env)
    about = reader.front_matter(tokens[0] if tokens and tokens[0].type == "front_matter" else None)
    reader.tokens = [token for token in tokens if token.type != "front_matter"]
    blocks = reader.blocks()
    problems = (*reader.problems, *reader.unresolved())
    if about is None:
        raise NoteError.of(problems)
    return Note(path, about, tuple(blocks), reader.footnotes, problems)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "typographer": True, "quotes": "“”‘’"})
    parser.enable(["replacements", "smartquotes", "table"])  # tables and HTML are read to be refused by name
    parser.use(front_matter_plugin).use(footnote_plugin).use(substitution_plugin)
    parser.use(container_plugin, "any", validate=lambda *_: True)
    return parser


class _Reader:
    """Turns tokens into blocks, and collects problems."""

    def __init__(self, path: Path, lines: Sequence[str]):
        self.path = path
        self.lines = lines
        self.tokens: Sequence[Token] = []
        self.place = 0
        self.problems: list[str] = []
        self.footnotes: dict[str, tuple[Inline, ...]] = {}
        self.targets: dict[str, int] = {}
        self._references: list[nodes.Reference] = []
        self._within: list[str] = []  # the lists, quotes and boxes that are being read

    def problem(self, line: int, message: str) -> None:
        self.problems.append(at(self.path, line, message))

    def unresolved(self) -> Iterator[str]:
        """Return what is wrong with cross references, once all exhibits are known."""
        for reference in self._references:
            known = [f"@{reference.kind}:{name}" for name in sorted(self.targets)]
            if reference.target not in self.targets:
                target = f"@{reference.kind}:{reference.target}"
                nothing = f"{target}: the note places no exhibit"
                yield at(self.path, reference.line, not_allowed("cross reference", target, known) if known else nothing)

    def check_lines(self, env: Mapping[str, Any]) -> None:
        """Report what the parser would leave out without a word: turned letters, footnotes without a mark."""
        for number, line in enumerate(self.lines, 1):
            if found := TURNING.search(line):
                code = f"U+{ord(found[0]):04X}"
                self.problem(number, f"character {code} is not seen and turns the letters after it; take it out")
        marked = env.get("footnotes", {}).get("refs", {})
        for number, line in enumerate(self.lines, 1):
            label = re.match(r"\[\^([^\]]+)\]:", line)
            if label and marked.get(f":{label[1]}", -1) < 0:
                self.problem(number, f"footnote [^{label[1]}] has no mark in the text")

    # --- front matter

    def front_matter(self, token: Token | None) -> nodes.FrontMatter | None:
        if token is None:
            self.problem(1, "a note begins with front matter between two lines '---': title, edition, language, …")
            return None
        try:
            given = load_yaml(token.content) or {}
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            message = getattr(error, "problem", "") or str(error)
            self.problem(2 + (mark.line if mark else 0), f"front matter is not YAML: {message}")
            return None
        if not isinstance(given, dict):
            self.problem(2, "front matter is a mapping, such as 'title: Partnerships'")
            return None
        lines = self._lines_of_keys(token.content)
        allowed = [one.name for one in fields(nodes.FrontMatter) if one.name != "lines"]
        values: dict[str, Any] = {}
        for key, value in given.items():
            line = lines.get(str(key), 2)
            if key not in allowed:
                self.problem(line, not_allowed("key", key, allowed))
            elif value is not None:
                values[key] = self._about(str(key), value, line)
        for key in ("title", "edition"):
            if not values.get(key):
                self.problem(1, f"key '{key}' is missing in the front matter")
        if not values.get("edition") or values.get("for_each") == {}:
            return None
        return nodes.FrontMatter(**{"title": "", **values, "lines": lines})

    def _lines_of_keys(self, front: str) -> dict[str, int]:
        """Return the line of each key of the front matter, and report those that are given twice."""
        lines: dict[str, int] = {}
        for number, written in enumerate(front.splitlines(), 2):
            if found := re.match(r"([A-Za-z_]+)\s*:", written):
                if found[1] in lines:
                    self.problem(number, f"key '{found[1]}' is already in line {lines[found[1]]}")
                lines.setdefault(found[1], number)
        return lines

    def _about(self, key: str, value: Any, line: int) -> Any:
        """Return a value of the front matter; in place of a wrong one, which is reported, one that the note can be read with."""
        if key == "authors":
            return tuple(map(str, value)) if isinstance(value, list) else (str(value),)
        if key == "pages":
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                self.problem(line, f"pages is a whole number above 0, but got {value!r}")
                return 0
            return value
        if key == "draft":
            if not isinstance(value, bool):
                self.problem(line, f"draft is true or false, but got {value!r}")
            return bool(value)
        if key == "language" and value not in languages():
            self.problem(line, not_allowed("language", value, languages()))
            return "en"
        if key == "date":
            return self._date(value, line)
        if key == "for_each":
            return self._for_each(value, line)
        if isinstance(value, dict | list):
            self.problem(line, f"{key} is text, but got {value!r}")
            return ""
        return str(value)

    def _date(self, value: Any, line: int) -> str:
        try:
            return (value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))).isoformat()[:10]
        except ValueError:
            self.problem(line, f"date is a day such as 2026-01-31, but got {value!r}")
            return ""

    def _for_each(self, value: Any, line: int) -> dict[str, str | tuple[str, ...]]:
        if not isinstance(value, dict) or set(value) != {"province"}:
            self.problem(line, f"for_each is {{province: all}} or {{province: [codes or names]}}, but got {value!r}")
            return {}
        wanted = value["province"]
        if wanted == "all":
            return {"province": "all"}
        if isinstance(wanted, list) and wanted:
            return {"province": tuple(f"{one:02d}" if isinstance(one, int) else str(one) for one in wanted)}
        self.problem(line, f"for_each province is 'all' or a list, but got {wanted!r}")
        return {}

    # --- blocks

    def blocks(self, until: str = "") -> list[Block]:
        """Read blocks to the token that closes what they stand in."""
        read: list[Block] = []
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            self.place += 1
            if token.type == until:
                break
            method: Callable[[Token], Iterator[Block]] | None = getattr(self, f"_{token.type}", None)
            if method is None:
                self.problem(_line(token), f"a note cannot hold {_NAMES.get(token.type, token.type)}")
                continue
            read += method(token)
        return read

    def _blocks_within(self, what: str, until: str) -> list[Block]:
        """Read the blocks of a list's item, a quote or a box."""
        self._within.append(what)
        read = self.blocks(until)
        self._within.pop()
        return read

    def _inline_of(self, closing: str) -> Token:
        inline = self.tokens[self.place]
        while self.tokens[self.place].type != closing:  # the anchor of a footnote stands between
            self.place += 1
        self.place += 1
        return inline

    def _heading_open(self, token: Token) -> Iterator[Block]:
        inline = self._inline_of("heading_close")
        text = self.inlines(inline)
        if not text:
            self.problem(_line(token), "a heading without words; write some, or take it out")
        yield nodes.Heading(int(token.tag[1]), text, _line(token))

    def _paragraph_open(self, token: Token) -> Iterator[Block]:
        inline = self._inline_of("paragraph_close")
        children = inline.children or []
        if children and children[0].type == "image":
            if placed := self._exhibit(inline.content.strip(), _line(token)):
                yield placed
            return
        yield nodes.Paragraph(self.inlines(inline), _line(token))

    def _exhibit(self, source: str, line: int) -> nodes.Placed | None:
        found = _EXHIBIT.match(source)
        if found is None:
            self.problem(line, 'an exhibit stands alone, as in ![](02-over-time-mix){width=page title="…"}')
            return None
        given = {"title": found["title"] or ""}
        rest = found["rest"] or ""
        at_ = 0
        while rest[at_:].strip():
            attribute = _ATTRIBUTE.match(rest, at_)
            if attribute is None:
                self.problem(
                    line, f"cannot read the attributes of exhibit '{found['name']}' from '{rest[at_:].strip()}'"
                )
                return None
            at_ = attribute.end()
            key = "id" if attribute["id"] else attribute["key"]
            given[key] = attribute["id"] or attribute["quoted"] or attribute["bare"] or ""
        for key in given:
            if key not in ("id", "width", "title", "place"):
                self.problem(line, not_allowed("attribute", key, ("width", "title", "place", "#id")))
        width = given.get("width", "column")
        if width not in WIDTHS:
            self.problem(line, not_allowed("width", width, WIDTHS))
            width = "column"  # so that the note is read on
        place = given.get("place", "float")
        if place not in PLACES:
            self.problem(line, not_allowed("place", place, PLACES))
        elif place == "here" and width == "page":
            self.problem(line, "an exhibit over both columns floats; place=here needs width=column")
        target = given.get("id", found["name"]).removeprefix("fig:").removeprefix("tab:")
        if self._within:
            self.problem(
                line, f"an exhibit stands between paragraphs, not in {self._within[-1]}; place it before or after"
            )
        self.targets[target] = self.targets[found["name"]] = line
        return nodes.Placed(
            found["name"], target, width, self.inlines_of(given["title"], line), found["alt"], line, place != "here"
        )

    def _bullet_list_open(self, token: Token, *, ordered: bool = False) -> Iterator[Block]:
        items = []
        closing = token.type.replace("_open", "_close")
        while self.tokens[self.place].type != closing:
            self.place += 1  # list_item_open
            items.append(tuple(self._blocks_within("a list", "list_item_close")))
        self.place += 1
        yield nodes.Bullets(tuple(items), ordered, int(token.attrs.get("start", 1)))

    def _ordered_list_open(self, token: Token) -> Iterator[Block]:
        yield from self._bullet_list_open(token, ordered=True)

    def _blockquote_open(self, token: Token) -> Iterator[Block]:
        blocks = self._blocks_within("a quote", "blockquote_close")
        last = blocks[-1] if blocks else None
        if not isinstance(last, nodes.Paragraph):
            self.problem(_line(token), "a pull quote is text, with a last line '— who said it'")
            return
        text, attribution = _attributed(last.text)
        blocks[-1:] = [nodes.Paragraph(text, last.line)] if text else []
        yield nodes.Quote(tuple(blocks), attribution)

    def _container_any_open(self, token: Token) -> Iterator[Block]:
        line = _line(token)
        name, _, rest = token.info.strip().partition(" ")
        closing = "container_any_close"
        if not name:
            self.problem(
                line, f"line '{token.markup}' closes no block; one that holds another begins and ends with '::::'"
            )
            yield from self.blocks(closing)
            return
        blocks = tuple(self._blocks_within("a box", closing) if name in ("box", "about") else self.blocks(closing))
        end = token.map[1] if token.map else len(self.lines)
        if end >= len(self.lines) or not self.lines[end].strip().startswith(":::"):
            self.problem(line, f"block '::: {name}' has no end; close it with a line '{token.markup}'")
        if name not in CONTAINERS:
            self.problem(line, not_allowed("block ':::'", name, CONTAINERS))
            yield from blocks  # so that what is wrong within is found too
        elif name == "if":
            key, *cases = rest.replace(",", " ").split() or [""]
            wrong = [case for case in cases if case not in CASES and not re.fullmatch(r"[1-9]\d*\+", case)]
            if not key or not cases:
                self.problem(line, "a condition names a key and what its number may be: '::: if partnerships one few'")
                yield from blocks
            elif wrong:
                self.problem(line, not_allowed("case", wrong[0], (*CASES, "20+")))
                yield from blocks
            else:
                yield nodes.When(key, tuple(cases), blocks, line)
        else:
            yield nodes.Box(name, self.inlines_of(rest.strip(), line), blocks)

    def _table_open(self, token: Token) -> Iterator[Block]:
        self.problem(_line(token), f"a note cannot hold {_NAMES['table']}; place one of the edition: ![](name)")
        while self.tokens[self.place].type != "table_close":
            self.place += 1
        self.place += 1
        yield from ()

    def _html_block(self, token: Token) -> Iterator[Block]:
        if not _COMMENT.fullmatch(token.content.strip()):
            self.problem(_line(token), f"a note cannot hold {_NAMES['html_block']}")
        yield from ()

    def _substitution_block(self, token: Token) -> Iterator[Block]:
        value = self._value(token.content, _line(token))
        yield nodes.Paragraph((value,) if value else (), _line(token))

    def _footnote_block_open(self, token: Token) -> Iterator[Block]:
        del token
        yield from ()
        while (opened := self.tokens[self.place]).type != "footnote_block_close":
            self.place += 1
            blocks = self.blocks("footnote_close")
            text = [block.text if isinstance(block, nodes.Paragraph) else () for block in blocks]
            if len(text) != 1 or not text[0]:
                self.problem(0, f"footnote [^{opened.meta['label']}] is one paragraph of text")
            else:
                self.footnotes[opened.meta["label"]] = text[0]
        self.place += 1

    # --- inline

    def inlines_of(self, source: str, line: int) -> tuple[Inline, ...]:
        """Read inline text that stands in an attribute or a box's title."""
        if not source:
            return ()
        (inline,) = _parser().parseInline(source)
        return self.inlines(inline, line)

    def inlines(self, inline: Token, line: int = 0) -> tuple[Inline, ...]:
        """Read the children of an inline token."""
        self._at = line or _line(inline)
        self._children = iter(inline.children or ())
        return tuple(self._inlines(""))

    def _inlines(self, until: str) -> Iterator[Inline]:
        for token in self._children:
            if token.type == until:
                return
            if token.type == "text":
                yield from self._text(token.content)
            elif token.type == "softbreak":
                self._at += 1
                yield nodes.Text(" ", self._at)
            elif token.type == "hardbreak":
                self._at += 1
                yield nodes.Break()
            elif token.type == "substitution_inline":
                if value := self._value(token.content, self._at):
                    yield value
            elif token.type in _SPANS:
                children = tuple(self._inlines(token.type.replace("_open", "_close")))
                yield nodes.Styled(_SPANS[token.type], children, str(token.attrs.get("href", "")))
            elif token.type == "footnote_ref":
                yield nodes.FootnoteMark(token.meta["label"])
            elif token.type == "html_inline" and _COMMENT.fullmatch(token.content):
                continue
            elif token.type == "image":
                self.problem(self._at, "an exhibit stands in a paragraph of its own")
            else:
                self.problem(self._at, f"a note cannot hold {_NAMES.get(token.type, token.type)}")

    def _text(self, text: str) -> Iterator[Inline]:
        place = 0
        for found in _REFERENCE.finditer(text):
            if found.start() > place:
                yield nodes.Text(text[place : found.start()], self._at)
            reference = nodes.Reference(found[2], self._at, kind=found[1])
            self._references.append(reference)
            yield reference
            place = found.end()
        if "{{" in text[place:] or "}}" in text[place:]:
            self.problem(
                self._at, f"'{text[place:].strip()}': a value is written {{{{key}}}} or {{{{key | form}}}}, on one line"
            )
        if unknown := re.search(r"\[\^([^\]]+)\]", text[place:]):
            self.problem(self._at, f"footnote {unknown[0]} has no text; write '{unknown[0]}: …' below")
        if text[place:]:
            yield nodes.Text(text[place:], self._at)

    def _value(self, content: str, line: int) -> nodes.Value | None:
        key, bar, rest = (part.strip() for part in content.partition("|"))
        words = tuple(quoted or bare for quoted, bare in _ARGUMENTS.findall(rest))
        spaced = " " in key and not key.startswith("province.")  # of a province's name: its right form is known later
        if not key or spaced or (bar and not words):
            self.problem(line, f"'{{{{{content}}}}}' is not {{{{key}}}} or {{{{key | form}}}}")
            return None
        return nodes.Value(key, words[0] if words else "", words[1:], line)


_NAMES = {
    "fence": "a block of code",
    "code_block": "a block of code",
    "code_inline": "code",
    "hr": "a rule",
    "table": "a table of Markdown",
    "html_block": "HTML",
    "html_inline": "HTML",
}


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 0


def _attributed(text: tuple[Inline, ...]) -> tuple[tuple[Inline, ...], tuple[Inline, ...]]:
    """Split a quote's last paragraph into text and attribution, which begins on its own line with a dash."""
    for place, inline in enumerate(text):
        before = text[place - 1] if place else nodes.Break()
        begins = isinstance(before, nodes.Break) or before == nodes.Text(" ", getattr(before, "line", 0))
        if begins and isinstance(inline, nodes.Text) and re.match(r"[—–-]+\s", inline.text):
            first = nodes.Text(re.sub(r"^[—–-]+\s*", "", inline.text), inline.line)
            return text[: max(place - 1, 0)], (first, *text[place + 1 :])
    return text, ()
