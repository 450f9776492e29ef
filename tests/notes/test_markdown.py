from pathlib import Path

import pytest

from lnlib.notes.markdown import parse_note, read_note
from lnlib.notes.nodes import (
    Box,
    Bullets,
    FootnoteMark,
    FrontMatter,
    Heading,
    NoteError,
    Paragraph,
    Placed,
    Quote,
    Reference,
    Styled,
    Text,
    Value,
    When,
)

FRONT = "---\ntitle: A note\nedition: small\n---\n"
PATH = Path("notes/a.en.md")


def blocks(text):
    return parse_note(FRONT + text, PATH).blocks


def refused(text, front=FRONT):
    try:
        return str(NoteError.of(parse_note(front + text, PATH).problems)).splitlines()
    except NoteError as error:
        return str(error).splitlines()


def test_front_matter_is_read_with_its_defaults():
    text = "---\ntitle: A\nedition: small\nnumber: 3\ndate: 2026-11-28\nauthors: [B, C]\npages: 2\n---\n"
    about = parse_note(text, PATH).about
    assert about == FrontMatter("A", "small", number="3", date="2026-11-28", authors=("B", "C"), pages=2)


def test_headings_paragraphs_and_lists():
    read = blocks("# One\n\nText *with **both***.\n\n- a\n- b\n\n1. c\n")
    assert read[0] == Heading(1, (Text("One", 5),), 5)
    inner = (Text("with ", 7), Styled("strong", (Text("both", 7),)))
    assert read[1] == Paragraph((Text("Text ", 7), Styled("emphasis", inner), Text(".", 7)), 7)
    assert [bullets.ordered for bullets in read[2:]] == [False, True]
    assert isinstance(read[2], Bullets)
    assert blocks("4. d\n5. e\n")[0].start == 4
    assert read[2].items == ((Paragraph((Text("a", 9),), 9),), (Paragraph((Text("b", 10),), 10),))


def test_a_value_knows_key_form_arguments_and_line():
    (paragraph,) = blocks('There are\n{{partnerships | plural "one partnership" partnerships}}.\n')
    value = Value("partnerships", "plural", ("one partnership", "partnerships"), 6)
    assert paragraph.text == (Text("There are", 5), Text(" ", 6), value, Text(".", 6))


def test_an_exhibit_has_id_width_and_a_title_with_values():
    (placed,) = blocks('![Own alt](02-mix){#fig:mix width=page title="{{shares.last | of}} moved"}\n')
    title = (Value("shares.last", "of", (), 5), Text(" moved", 5))
    assert placed == Placed("02-mix", "mix", "page", title, "Own alt", 5)


def test_cross_references_name_an_id_or_an_exhibit():
    paragraph = blocks("See @fig:mix, or @tab:02-mix.\n\n![](02-mix){#mix}\n")[0]
    assert paragraph.text[1] == Reference("mix", 5)
    assert paragraph.text[3] == Reference("02-mix", 5, kind="tab")
    assert paragraph.text[4] == Text(".", 5)


def test_footnotes_stand_apart():
    note = parse_note(FRONT + "Text.[^a]\n\n[^a]: Said {{key}}.\n", PATH)
    assert note.blocks == (Paragraph((Text("Text.", 5), FootnoteMark("a")), 5),)
    assert note.footnotes == {"a": (Text("Said ", 7), Value("key", "", (), 7), Text(".", 7))}


def test_a_pull_quote_has_its_attribution():
    (quote,) = blocks('> No "permission" needed.\n> — Learning Note 17\n')
    assert quote == Quote((Paragraph((Text("No “permission” needed.", 5),), 5),), (Text("Learning Note 17", 6),))


def test_boxes_and_conditions():
    box, when = blocks("::: box How to read\nText.\n:::\n\n::: if partnerships one few\nFew.\n:::\n")
    assert box == Box("box", (Text("How to read", 5),), (Paragraph((Text("Text.", 6),), 6),))
    assert when == When("partnerships", ("one", "few"), (Paragraph((Text("Few.", 10),), 10),), 9)


def test_a_comment_is_left_out_and_a_sign_is_text():
    (paragraph,) = blocks("<!-- to do:\nmore -->\n\nn < 5 <!-- why? -->\n")
    assert paragraph.text == (Text("n < 5 ", 8),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("![](02-mix){widht=page}\n", "5: attribute 'widht' is not known; did you mean 'width'? Allowed: width, title, place, #id"),
        ("![](02-mix){place=there}\n", "5: place 'there' is not known; did you mean 'here'? Allowed: float, here"),
        ("![](02-mix){width=page place=here}\n", "5: an exhibit over both columns floats; place=here needs width=column"),
        ("![](02-mix){width=wide}\n", "5: width 'wide' is not known. Allowed: column, page"),
        ("![](02-mix){title=\"a\n", "5: an exhibit stands alone, as in ![](02-over-time-mix){width=page title=\"…\"}"),
        ("- One\n\n  ![](02-mix)\n", "7: an exhibit stands between paragraphs, not in a list; place it before or after"),
        ("::: box\n![](02-mix)\n:::\n", "6: an exhibit stands between paragraphs, not in a box; place it before or after"),
        ("Text.\n\n#\n", "7: a heading without words; write some, or take it out"),
        ("<script>alert(1)</script>\n", "5: a note cannot hold HTML"),
        ("A <b>word</b>.\n", "5: a note cannot hold HTML"),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "5: a note cannot hold a table of Markdown; place one of the edition: ![](name)"),
        ("Up \u202eand down\n", "5: character U+202E is not seen and turns the letters after it; take it out"),
        ("Up.\n\n[^1]: Down.\n", "7: footnote [^1] has no mark in the text"),
        ("::: box Up\n\nDown.\n", "5: block '::: box' has no end; close it with a line ':::'"),
        ("Text ![](02-mix)\n", "5: an exhibit stands in a paragraph of its own"),
        ("One\n{{two words}}.\n", "6: '{{two words}}' is not {{key}} or {{key | form}}"),
        ("One {{key}.\n", "5: 'One {{key}.': a value is written {{key}} or {{key | form}}, on one line"),
        ("::: bx\nText.\n:::\n", "5: block ':::' 'bx' is not known; did you mean 'box'? Allowed: box, about, if"),
        ("::: box\n::: if endings none\nText.\n:::\n:::\n", "9: line ':::' closes no block; one that holds another begins and ends with '::::'"),
        ("::: if partnerships\nText.\n:::\n", "5: a condition names a key and what its number may be: '::: if partnerships one few'"),
        ("::: if partnerships some\nText.\n:::\n", "5: case 'some' is not known. Allowed: none, one, few, many, 20+"),
        ("Text `code`.\n", "5: a note cannot hold code"),
        ("```\nx\n```\n", "5: a note cannot hold a block of code"),
        ("Text.[^b]\n", "5: footnote [^b] has no text; write '[^b]: …' below"),
    ],
)  # fmt: skip
def test_what_a_note_cannot_hold_is_refused_with_its_line(text, message):
    assert refused(text) == [f"notes/a.en.md:{message}"]


@pytest.mark.parametrize(
    ("front", "messages"),
    [
        ("", ["1: a note begins with front matter between two lines '---': title, edition, language, …"]),
        ("---\ntitle: A\ntitle: B\nedition: e\n---\n", ["3: key 'title' is already in line 2"]),
        ("---\nedition: small\n---\n", ["1: key 'title' is missing in the front matter"]),
        (
            "---\ntitle: A\nedition: e\nlanguage: kh\n---\n",
            ["4: language 'kh' is not known; did you mean 'km'? Allowed: en, km"],
        ),
        ("---\ntitle: A\nedition: e\npages: two\n---\n", ["4: pages is a whole number above 0, but got 'two'"]),
        ("---\ntitle: A\nedition: e\ndate: May\n---\n", ["4: date is a day such as 2026-01-31, but got 'May'"]),
        ("---\ntitle: A\nedition: e\ndraft: perhaps\n---\n", ["4: draft is true or false, but got 'perhaps'"]),
        ("---\ntitle: [A\nedition: e\n---\n", ["3: front matter is not YAML: expected ',' or ']', but got ':'"]),
    ],
)
def test_wrong_front_matter_is_refused_with_its_line(front, messages):
    assert refused("Text.\n", front) == [f"notes/a.en.md:{message}" for message in messages]


def test_every_problem_is_listed():
    assert len(refused("See @fig:x.\n\n::: bx\n`code`\n:::\n")) == 3


def test_a_note_that_is_not_there_is_named_with_the_nearest(tmp_path):
    (tmp_path / "small.en.md").write_text(FRONT, "utf-8")
    with pytest.raises(NoteError) as error:
        read_note(tmp_path / "smal.en.md")
    hint = "did you mean 'small.en.md'? Allowed: small.en.md"
    assert str(error.value) == f"note 'smal.en.md' is not known; {hint} in {tmp_path}"
