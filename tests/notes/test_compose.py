import pytest
from note_project import FRONT, STATISTICS, bare_figure, composed, small_edition, statistic

from lnlib.notes.nodes import NoteError, Paragraph, Text


@pytest.fixture
def edition(tmp_path):
    return small_edition(tmp_path / "build" / "small")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.en.md"


def printed(text, edition, path):
    return " ".join(sentence.text for sentence in composed(text, edition, path).sentences)


def refused(text, edition, path):
    with pytest.raises(NoteError) as error:
        composed(text, edition, path)
    return [line.removeprefix(f"{path.as_posix()}:") for line in str(error.value).splitlines()]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("partnerships", "160"),
        ("partnerships | count", "160"),
        ("provinces | words", "three"),
        ("provinces | Words", "Three"),
        ("endings | words", "no"),
        ("partnerships | words", "160"),
        ("shares.last.integrated", "34"),
        ("shares.last.integrated | of", "34 of 83"),
        ("shares.last.integrated | n", "83"),
        ("shares.last.integrated | percent", "41%"),
        ("shares.last.integrated | interval", "31% to 52%"),
        ("shares.last.integrated | sentence", "34 of 83 stood there."),
        ("passage.reached", "43%"),
        ("passage.reached | percent", "43%"),
        ("passage.median", "2.3"),
        ("passage.median | interval", "1.8 to 2.9"),
        ("endings | pronoun", "none"),
        ("endings | Pronoun", "None"),
        ("provinces | Pronoun", "Three"),
        ("period.last", "30 September 2014"),
        ("period.last | month", "September 2014"),
        ("period.last | year", "2014"),
        ("assessments.first | sentence", "The source gives no dates."),
        ('partnerships.hybrid | plural "case was" "cases were"', "case was"),
        ("provinces | plural province provinces", "provinces"),
        ("02-mix.title", "Three of six were low"),
        ("register.title", "Small register"),
    ],
)
def test_a_value_is_written_in_its_form(value, text, edition, path):
    assert printed(f"{{{{{value}}}}}\n", edition, path) == text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("partnershps", "key 'partnershps' is not in the edition; did you mean 'partnerships'?"),
        ("partnerships | percnt", "form of partnerships 'percnt' is not known; did you mean 'percent'? Allowed: number, count, percent, of, words, Words, pronoun, Pronoun, n, interval, sentence, plural and 2 more"),
        ("partnerships | of", "'partnerships' has no denominator, so it has no form 'of'"),
        ("partnerships.hybrid | percent", "'partnerships.hybrid' has no percentage: n is 4, under 5; write 'partnerships.hybrid | of'"),
        ("passage.median | of", "'passage.median' is no count but a number of unit 'years', so it has no form 'of'"),
        ("partnerships | interval", "'partnerships' has no interval: partnerships is 160."),
        ("assessments.first", "key 'assessments.first' has no value in this edition: The source gives no dates."),
        ("partnerships | year", "'partnerships' is no date, so it has no year"),
        ("partnerships | plural x", "'partnerships | plural' takes the word for one and the word for more, such as: plural partnership partnerships"),
        ("partnerships | of x", "form 'of' of 'partnerships' takes no words after it"),
        ("02-mix.title | words", "'02-mix.title' is text and has no forms, but got 'words'"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_written_is_refused_with_its_line(value, message, edition, path):
    assert refused(f"One\n{{{{{value}}}}}\n", edition, path) == [f"12: {message}"]


def test_no_percentage_is_written_where_the_source_gives_an_order(tmp_path, path):
    edition = small_edition(tmp_path / "build" / "small", placed="order")
    output = "'shares.last.integrated' has no percentage: the source gives an order and no dates; write its count"
    assert refused("{{shares.last.integrated | percent}}\n", edition, path) == [f"11: {output}"]


def test_exhibits_are_numbered_in_the_order_of_the_note(edition, path):
    text = "See @fig:who and @tab:02-standing.\n\n![](02-mix)\n\n![](02-standing)\n\n![](03-who){#who width=page}\n"
    note = composed(text, edition, path)
    assert [(one.id, one.label, one.mm) for one in note.exhibits] == [
        ("02-mix", "Figure 1", 85.0),
        ("02-standing", "Table 1", 85.0),
        ("who", "Figure 2", 178.0),
    ]
    assert [piece.label for piece in note.blocks[0].text[1:4:2]] == ["Figure 2", "Table 1"]
    assert note.exhibits[0].pictures == {
        "svg": "figures/02-mix.column.bare.svg",
        "png": "figures/02-mix.column.bare.png",
    }
    assert note.exhibits[1].cells.rows == (("<script>", "4"),)
    assert note.method == ("Ratings are carried forward.",)


def test_an_exhibit_has_the_editions_title_or_the_authors(edition, path):
    text = '![](02-mix)\n\n![](03-who){title="{{shares.last.integrated | of}} moved"}\n'
    assert [one.title for one in composed(text, edition, path).exhibits] == ["Three of six were low", "34 of 83 moved"]


def test_an_unknown_exhibit_is_named_with_the_nearest(edition, path):
    (message,) = refused("![](02-mxi)\n", edition, path)
    assert (
        message
        == "11: exhibit '02-mxi' is not known; did you mean '02-mix'? Allowed: 02-mix, 02-standing (edition 'small')"
    )


def test_a_width_that_is_none_is_reported_with_what_else_is_wrong(edition, path):
    assert refused("![](02-mix){width=two-columns} \n\n{{partnershps}}\n", edition, path) == [
        "11: width 'two-columns' is not known; did you mean 'column'? Allowed: column, page",
        "13: key 'partnershps' is not in the edition; did you mean 'partnerships'?",
    ]


def test_an_exhibit_of_another_edition_is_named_as_such(tmp_path, edition, path):
    small_edition(tmp_path / "build" / "other", bare_figure("09-else"))
    assert refused("![](09-else)\n", edition, path) == ["11: exhibit '09-else' is in edition 'other', not in 'small'"]


def test_a_note_of_another_register_is_refused(edition, path):
    with pytest.raises(NoteError) as error:
        composed("Text.\n", edition, path, front="---\ntitle: A\nedition: small\nregister: other\n---\n")
    output = "the note is about register 'other', but edition 'small' is made from Small register"
    assert str(error.value) == f"{path.as_posix()}:4: {output}"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "None."), (1, "One of 160."), (4, "Few: 4."), (5, "Many: 3%."), (60, "Many: 38%.")]
)
def test_conditions_choose_by_none_one_few_and_many(count, text, tmp_path, path):
    edition = small_edition(tmp_path / "build" / "small", statistics=[statistic("up", count, n=160)])
    source = (
        "::: if up none\nNone.\n:::\n\n::: if up one\n{{up | Words}} of {{up | n}}.\n:::\n\n"
        "::: if up few\nFew: {{up}}.\n:::\n\n::: if up many\nMany: {{up | percent}}.\n:::\n"
    )
    assert printed(source, edition, path) == text
    assert [type(block) for block in composed(source, edition, path).blocks] == [Paragraph]


@pytest.mark.parametrize(("count", "text"), [(19, ""), (20, "Twenty or more."), (60, "Twenty or more.")])
def test_a_condition_may_name_a_least_number(count, text, tmp_path, path):
    edition = small_edition(tmp_path / "build" / "small", statistics=[statistic("up", count, n=160)])
    assert printed("::: if up 20+\nTwenty or more.\n:::\n", edition, path) == text


def test_a_number_typed_into_a_sentence_that_quotes_a_key_is_warned_of(edition, path):
    text = (
        "Of {{partnerships}} partnerships, 34 moved in 2014, as Note 17 says.\n\n"
        "{{shares.last.integrated | of}}: 34 of 83, 41% ({{shares.last.integrated | percent}}), since 3 May. "
        "There were 12 others. In {{provinces | words}} places, seven moved (95% interval), three back.\n\n"
        "Of {{partnerships}}, 34 were integrated.\n"
    )
    same = (
        "'{}' is typed by hand; if it is {{{{{}}}}}, of the same sentence, write the key, so that both change together"
    )
    assert [line.removeprefix(f"{path.as_posix()}:") for line in composed(text, edition, path).warnings] == [
        "11: '34' is typed by hand in a sentence that quotes partnerships (160), and equals none of them",
        f"13: {same.format('34', 'shares.last.integrated')}",
        f"13: {same.format('83', 'shares.last.integrated | n')}",
        f"13: {same.format('41%', 'shares.last.integrated | percent')}",
        "13: 'seven' is typed by hand in a sentence that quotes provinces (3), and equals none of them",
        f"13: {same.format('three', 'provinces | words')}",
        "15: '34' is typed by hand in a sentence that quotes partnerships (160), and equals none of them; "
        "if it is {{shares.last.integrated}}, write the key",
    ]


def test_of_keys_that_equal_a_typed_number_the_one_of_the_sentences_kind_is_named(tmp_path, path):
    stated = [
        statistic(f"shares.{when}.{stage}", n) for when in ("first", "last") for stage, n in (("low", 2), ("high", 3))
    ]
    stated += [statistic("mechanisms.letter", 2), statistic("endings", 2)]
    edition = small_edition(tmp_path / "build" / "small", statistics=stated)
    (warning,) = composed("{{shares.last.high}} were high and 2 low.\n", edition, path).warnings
    assert warning.endswith("and equals none of them; if it is {{shares.last.low}}, write the key")
    (warning,) = composed("{{shares.last.high}} were high, 2 otherwise.\n", edition, path).warnings
    assert warning.endswith("and equals none of them")


def test_a_number_typed_into_the_title_or_subtitle_of_a_note_is_warned_of(edition, path):
    front = FRONT.replace(
        "title: Partnerships that last", 'title: "{{partnerships}} or 12 things"\nsubtitle: "{{endings}} of 77 ended"'
    )
    made = composed("Text.\n", edition, path, front=front)
    assert (made.title, made.note.about.subtitle) == ("160 or 12 things", "0 of 77 ended")
    assert [line.removeprefix(f"{path.as_posix()}:") for line in made.warnings] == [
        "2: '12' is typed by hand in a sentence that quotes partnerships (160), and equals none of them",
        "3: '77' is typed by hand in a sentence that quotes endings (0), and equals none of them",
    ]


def test_a_title_whose_numbers_no_longer_hold_is_warned_of(edition, path):
    for title, states in (
        ("35 were integrated in 2014", ["35"]),
        ("Of 9 cases, five were low", ["9", "five"]),
        ("Three of six were low, by 2014", []),
    ):
        warnings = composed(f'![](02-mix){{title="{title}"}}\n', edition, path).warnings
        output = [f"states {one}, which '02-mix' does not: Three of six were low" for one in states]
        assert warnings == tuple(f"{path.as_posix()}:11: the title '{title}' {one}" for one in output)


def test_sentences_are_cut_with_their_lines_and_values(edition, path):
    sentences = composed("First {{partnerships}}\nhere. Then *{{provinces}}* “more.” Last\n", edition, path).sentences
    assert [(one.line, one.template, one.text, dict(one.values)) for one in sentences] == [
        (11, "First {{partnerships}} here.", "First 160 here.", {"partnerships": "160"}),
        (12, "Then {{provinces}} “more.”", "Then 3 “more.”", {"provinces": "3"}),
        (12, "Last", "Last", {}),
    ]


def test_an_edition_without_numbers_is_refused(tmp_path, path):
    edition = small_edition(tmp_path / "build" / "small")
    (edition.folder / "data" / "08-inline-statistics.json").unlink()
    with pytest.raises(
        Exception, match=r"^edition 'small' has no data/08-inline-statistics.json, the numbers to quote: "
    ):
        composed("Text.\n", edition, path)


def test_hostile_names_are_text(tmp_path, path):
    name = "<script>alert(1)</script> #set page() $x$\u202e"
    edition = small_edition(tmp_path / "build" / "small", bare_figure(title=name), statistics=STATISTICS)
    note = composed("{{02-mix.title}}\n\n![](02-mix)\n", edition, path)
    shown = "<script>alert(1)</script> #set page() $x$"
    assert note.blocks[0].text == (Text(shown, 11),)
    assert note.exhibits[0].title == shown


def test_a_note_without_a_date_is_warned_of(edition, path):
    warnings = composed("Text.\n", edition, path, front=FRONT.replace("date: 2026-11-28\n", "")).warnings
    assert warnings == (
        f"{path.as_posix()}:1: the front matter has no date, without which the PDF is PDF/UA but not PDF/A",
    )


def test_all_that_is_wrong_is_named_at_once_in_the_order_of_lines(edition, path):
    text = "See @fig:mx: {{partnershps}}.\n\n![](02-mxi){#mix}\n\n{{provnces}}\n"
    assert refused(text, edition, path) == [
        "11: key 'partnershps' is not in the edition; did you mean 'partnerships'?",
        "11: cross reference '@fig:mx' is not known; did you mean '@fig:mix'? Allowed: @fig:02-mxi, @fig:mix",
        "13: exhibit '02-mxi' is not known; did you mean '02-mix'? Allowed: 02-mix, 02-standing (edition 'small')",
        "15: key 'provnces' is not in the edition; did you mean 'provinces'?",
    ]
    assert refused("See @fig:mix.\n", edition, path) == ["11: @fig:mix: the note places no exhibit"]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "See @tab:mix and @fig:02-standing.\n\n![](02-mix){#mix}\n\n![](02-standing)\n",
            [
                "11: '@fig:02-standing' names a table, '02-standing'; write '@tab:02-standing'",
                "11: '@tab:mix' names a figure, '02-mix'; write '@fig:mix'",
            ],
        ),
        (
            "Text (@mix) and *@figure:mix*, a@mix.org, @other.\n\n![](02-mix){#mix}\n",
            [
                "11: '@figure:mix' is no cross reference to '02-mix'; write '@fig:mix'",
                "11: '@mix' is no cross reference to '02-mix'; write '@fig:mix'",
            ],
        ),
        (
            "![](02-mix){#mix}\n\nText.\n\n![](02-mix){#again}\n",
            ["15: exhibit '02-mix' is already placed in line 11; place it once, and refer to it by @fig:mix"],
        ),
        (
            "![](02-mix){#mix}\n\nText.\n\n![](03-who){#mix}\n",
            ["15: #mix already names exhibit '02-mix'; set another #id"],
        ),
        ("Text.\n\n# Last\n", ["13: heading 'Last' has nothing below it; write a text, or take it out"]),
        (
            "# One\n\n# Two\n\nText.\n\n## Three\n\n::: about About\nText.\n:::\n",
            [
                "11: heading 'One' has nothing below it; write a text, or take it out",
                "17: heading 'Three' has nothing below it; write a text, or take it out",
            ],
        ),
        ("# One\n\n### Two\n\nText.\n", ["13: heading 'Two' leaves out a level; begin it with '## '"]),
    ],
)
def test_what_would_read_wrongly_is_refused_with_its_line(text, messages, edition, path):
    assert sorted(refused(text, edition, path)) == messages


def test_a_wrong_block_hides_no_other_mistake(edition, path):
    text = "::: abaut\n{{partnershps}}\n:::\n\n::: if provnces few\n{{endngs}}\n:::\n\n::: if partnerships some\n{{x}}\n:::\n"
    assert refused(text, edition, path) == [
        "11: block ':::' 'abaut' is not known; did you mean 'about'? Allowed: box, about, if",
        "12: key 'partnershps' is not in the edition; did you mean 'partnerships'?",
        "15: key 'provnces' is not in the edition; did you mean 'provinces'?",
        "16: key 'endngs' is not in the edition; did you mean 'endings'?",
        "19: case 'some' is not known. Allowed: none, one, few, many, 20+",
        "20: key 'x' is not in the edition",
    ]


def test_wrong_front_matter_hides_no_other_mistake(edition, path):
    front = FRONT.replace("language: en", "language: kh").replace("pages: 1", "pages: two\nseris: A")
    with pytest.raises(NoteError) as error:
        composed("{{partnershps}}\n", edition, path, front=front)
    assert [line.partition(": ")[2].partition(";")[0].partition(",")[0] for line in str(error.value).splitlines()] == [
        "language 'kh' is not known",
        "pages is a whole number above 0",
        "key 'seris' is not known",
        "key 'partnershps' is not in the edition",
    ]


def test_what_this_note_leaves_out_is_checked_too(edition, path):
    text = ":::: if endings many\n- {{endngs}} ended ({{endings | percnt}}).\n\n  ::: if provnces one\n  One.\n  :::\n::::\n\nText.\n"
    assert [line.partition(";")[0] for line in refused(text, edition, path)] == [
        "12: key 'endngs' is not in the edition",
        "12: form of endings 'percnt' is not known",
        "14: key 'provnces' is not in the edition",
    ]


def test_an_exhibit_may_stand_in_either_of_two_conditions(edition, path):
    text = "::: if endings none\n![](02-mix)\n:::\n\n::: if endings one few many\n![](02-mix)\n:::\n"
    assert [one.name for one in composed(text, edition, path).exhibits] == ["02-mix"]


def test_a_condition_may_stand_in_a_list(edition, path):
    text = "- One\n\n  ::: if endings none\n  None.\n  :::\n\n  ::: if endings many\n  Many.\n  :::\n"
    assert printed(text, edition, path) == "One None."


@pytest.mark.parametrize(
    ("typed", "warned"),
    [
        ("Fifteen of {{partnerships}} ended.", "'Fifteen'"),
        ("Half of {{partnerships}} ended.", "'Half'"),
        ("Two thirds of {{partnerships}} ended.", "'Two thirds'"),
        ("A quarter of {{partnerships}} ended.", "'A quarter'"),
        ("A hundred and seventy of {{partnerships}} ended.", "'A hundred and seventy'"),
        ("Of a dozen, {{partnerships}} ended.", "'a dozen'"),
        ("A hundred and sixty is {{partnerships}}.", "'A hundred and sixty'"),
        ("Two fifths, {{shares.last.integrated | of}}, were.", "'Two fifths'"),
        ("{{partnerships.hybrid | of}}, a quarter of them, were.", ""),
        ("Half had ended after {{passage.median}} years.", ""),
        ("In the first half of 2012 there were {{partnerships}}, each rated in the same half-year.", ""),
        ("In the last quarter the third of {{partnerships}} ended, and both of one or two.", ""),
    ],
)
def test_numbers_in_words_and_parts_are_recognised(typed, warned, edition, path):
    warnings = composed(f"{typed}\n", edition, path).warnings
    assert [one.removeprefix(f"{path.as_posix()}:11: ").partition(" is typed")[0] for one in warnings] == (
        [warned] if warned else []
    )


@pytest.mark.parametrize(
    ("typed", "warned"),
    [
        ("ភាពជាដៃគូ {{partnerships}} ក្នុងនោះ១៥បានបញ្ចប់។", "'១៥'"),
        ("ភាពជាដៃគូ {{partnerships}} ក្នុងនោះ សាមសិបបួន។", "'សាមសិបបួន'"),
        ("ពាក់កណ្តាលនៃ {{partnerships}}។", "'ពាក់កណ្តាល'"),
        ("ពីរភាគបីនៃ {{partnerships}}។", "'ពីរភាគបី'"),
        ("ឆ្នាំ២០១៤ មាន {{partnerships}}។", ""),
        ("ភាពជាដៃគូ {{partnerships}} ឬមួយរយហុកសិប។", "'មួយរយហុកសិប'"),
        ("ភាពជាដៃគូ {{partnerships}} ឬ ១៦០។", "'១៦០'"),
    ],
)
def test_khmer_numerals_and_words_are_recognised(typed, warned, tmp_path, path):
    edition = small_edition(tmp_path / "build" / "small", bare_figure(language="km"))
    front = FRONT.replace("language: en", "language: km")
    warnings = composed(f"{typed}\n", edition, path, front=front).warnings
    assert [one.removeprefix(f"{path.as_posix()}:11: ").partition(" is typed")[0] for one in warnings] == (
        [warned] if warned else []
    )
