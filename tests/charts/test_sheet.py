import pytest
from figure_contents import THEME, WORDS, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from layout_checks import faults

from lnlib.charts.canvas.line_breaks import shown, words_of
from lnlib.charts.canvas.sheet import PAD, Entry, Heading, Sheet, one_line
from lnlib.errors import ValueNotAllowed

WIDTHS = ["column", "two-columns"]
HEADING = Heading(
    "Figure 3",
    "Collaboration was the most common stage by September 2014: 44 of 107 assessed partnerships",
    "Partnerships by stage at the end of each quarter, all provinces, 2009–2014",
    ("A stage is carried forward for at most 18 months.", "Ratings of both partners count."),
    "Source: A register. Simulated data.",
)


def opened(width, heading=HEADING, body=40.0):
    with THEME.drawn():
        sheet = Sheet(width, THEME, WORDS, heading)
        sheet.open(body)
        return sheet


@pytest.mark.parametrize("width", WIDTHS)
def test_all_words_of_the_heading_are_on_the_figure_and_inside_it(width):
    sheet = opened(width)
    written = " ".join(texts(sheet.figure))
    for words in (f"Figure 3. {HEADING.title}", HEADING.subtitle, " ".join(HEADING.notes), HEADING.source):
        assert " ".join(words.split()) in " ".join(written.split())
    assert faults(sheet.figure) == []


@pytest.mark.parametrize(("width", "mm"), [("column", 85), ("two-columns", 178)])
def test_a_figure_has_its_print_width_and_the_height_that_its_words_and_body_need(width, mm):
    sheet = opened(width)
    assert sheet.figure.get_figwidth() * 25.4 == pytest.approx(mm)
    assert sheet.figure.get_figheight() * 25.4 == pytest.approx(sheet.height_mm)
    assert sheet.body_top - sheet.body_bottom == pytest.approx(40)
    taller = opened(width, body=50.0)
    assert taller.height_mm - sheet.height_mm == pytest.approx(10)


def test_without_words_the_body_takes_the_sheet():
    sheet = opened("column", Heading())
    assert sheet.height_mm == pytest.approx(40 + 2 * PAD)
    assert texts(sheet.figure) == []


def test_a_title_without_a_number_stands_alone():
    assert texts(opened("two-columns", Heading(title="Alone")).figure) == ["Alone"]


def test_dollars_and_tags_are_shown_as_they_are_written():
    sheet = opened("two-columns", Heading(title="$x^2$ & <script>alert(1)</script>", source="100 % $"))
    assert texts(sheet.figure) == ["$x^2$ & <script>alert(1)</script>", "100 % $"]
    with THEME.drawn():  # a formula would be narrower than its signs
        drawn = sheet.figure.texts[0].get_window_extent(sheet.figure.canvas.get_renderer())
    signs = sheet.text_mm("$x^2$ & <script>alert(1)</script>", role="title", weight="bold")
    assert drawn.width / sheet.figure.dpi * 25.4 == pytest.approx(signs, rel=0.03)


def test_a_width_that_is_not_known_is_refused():
    with pytest.raises(ValueNotAllowed) as error:
        Sheet("wide", THEME, WORDS)
    assert str(error.value) == "width 'wide' is not known. Allowed: column, two-columns"


# --- breaking and shortening -----------------------------------------------------------------------------------------

WORD = st.text(alphabet=st.sampled_from("abcmMW—–-/ éß\u200b\n$<"), max_size=60)


@settings(max_examples=60, deadline=None)
@given(text=WORD, width_mm=st.floats(8, 60))
def test_no_line_is_wider_than_the_width_and_nothing_is_lost(text, width_mm):
    sheet = Sheet("column", THEME, WORDS)
    lines = sheet.wrapped(text, width_mm)
    assert max(sheet.text_mm(line) for line in lines) <= width_mm
    assert "".join("".join(lines).split()) == "".join(one_line(text).replace("\u200b", "").split())


def test_lines_break_after_spaces_hyphens_and_slashes():
    sheet = Sheet("column", THEME, WORDS)
    assert sheet.wrapped("one two three four", 14) == ["one two", "three four"]
    assert sheet.wrapped("service-delivery", sheet.text_mm("service-") + 2) == ["service-", "delivery"]
    assert sheet.wrapped("", 20) == [""]
    assert sheet.wrapped("one two three four six", sheet.text_mm("one two three four") + 1) == [
        "one two three",
        "four six",
    ]
    assert sheet.wrapped("fits", 20) == ["fits"]


def test_no_word_is_cut_to_keep_the_last_line_from_being_short():
    sheet = Sheet("column", THEME, WORDS)
    whole = sheet.text_mm("Responsibility")
    assert sheet.wrapped("Responsibility to", whole + 0.1) == ["Responsibility", "to"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("No assessment in 239 half-years", "No assessment in"),
        ("All 7 partnerships are in 3 provinces", "All 7 partnerships are in"),
        ("Cases of Learning Note 17", "Cases of Learning"),
        ("Of all partnerships some moved up", "Of all partnerships some"),
        ("A commune council 13 (Phnom Penh)", "A commune"),
    ],
)
def test_a_number_stays_with_what_it_counts_or_names(text, first):
    sheet = Sheet("two-columns", THEME, WORDS)
    after = text[len(first) :].split()[0]  # one word more has room, and the number does not go there alone
    assert sheet._filled(text, sheet.text_mm(f"{first} {after}") + 0.1, "text", "normal")[0] == first


@pytest.mark.parametrize("part", ["42 of 239", "83% of 12", "(2 of 7"])
def test_a_part_stays_with_what_it_is_of(part):
    sheet = Sheet("two-columns", THEME, WORDS)
    for room in (f"The share was {part.split()[0]}", f"The share was {' '.join(part.split()[:2])}"):
        lines = sheet._filled(f"The share was {part} in June", sheet.text_mm(room) + 0.1, "text", "normal")
        assert lines[0] == "The share was"


def test_khmer_words_for_all_state_and_most_stay_with_the_word_before_them():
    parts = words_of("ខេត្ត\u200bទាំង\u200bអស់ តួអង្គ\u200bមិន\u200bមែន\u200bរដ្ឋ ច្រើន\u200bជាង\u200bគេ")
    assert [shown(part) for part in parts] == ["ខេត្តទាំងអស់ ", "តួអង្គ", "មិន", "មែនរដ្ឋ ", "ច្រើន", "ជាងគេ"]


def test_line_breaks_and_signs_that_cannot_be_drawn_become_spaces():
    sheet = Sheet("two-columns", THEME, WORDS)
    assert one_line("One\r\nTwo\tThree\x01Four\u2028Five") == "One Two Three Four Five"
    assert sheet.wrapped("One\nTwo", 60) == ["One Two"]


def test_a_word_longer_than_a_line_is_cut():
    sheet = Sheet("column", THEME, WORDS)
    lines = sheet.wrapped("a" * 80, 30)
    assert len(lines) > 1
    assert "".join(lines) == "a" * 80


# --- axes and key ----------------------------------------------------------------------------------------------------


def test_axes_stand_in_the_body_with_their_margins_in_mm():
    sheet = opened("two-columns")
    ax = sheet.axes(left=10, right=20, bottom=5, top=4, bare=True)
    box = ax.get_position()
    mm = (box.x0 * 178, (1 - box.x1) * 178, box.y0 * sheet.height_mm, box.y1 * sheet.height_mm)
    assert mm == pytest.approx((PAD + 10, PAD + 20, sheet.body_bottom + 5, sheet.body_top - 4))
    assert (ax.get_xlim(), ax.get_ylim()) == (pytest.approx((0, 178 - 2 * PAD - 30)), pytest.approx((0, 40 - 9)))
    assert not ax.axison


ENTRIES = [
    Entry("Coalition", "#f4c95d"),
    Entry("A much longer name of a stage, in words", "#3f9c8f"),
    Entry("Integrated", "#1b2a5c"),
    Entry("Ended", "#ffffff", "////"),
    Entry("Assessment", mark="×"),
]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_key_flows_in_rows_that_fit_and_names_every_entry(width):
    sheet = opened(width, Heading())
    inner = sheet.width_mm - 2 * PAD
    ax = sheet.axes(left=0, right=0, bare=True)
    with THEME.drawn():
        took = sheet.key(ax, ENTRIES, y=38, width_mm=inner)
    rows = round(took / sheet.line_mm())
    assert took == pytest.approx(sheet.key_mm(ENTRIES, inner))
    assert rows == {"column": 2, "two-columns": 1}[width]
    assert [text for text in texts(sheet.figure) if text != "×"] == [entry.label for entry in ENTRIES]
    assert faults(sheet.figure) == []
    assert [patch.get_hatch() for patch in ax.patches] == [None, None, None, "////"]


def test_no_key_takes_no_room():
    assert Sheet("column", THEME, WORDS).key_mm([], 80) == 0
