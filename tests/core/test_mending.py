"""Editing spans: what each operation does, and what holds after any sequence of them."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import split_graphemes

from llmaaa_tui.core.document import Span
from llmaaa_tui.core.mending import Mending, Side
from llmaaa_tui.core.tokens import word_offsets

TEXT = "Waziri Kassim Majaliwa alikutana na Kassim wa Arusha , Arusha mjini"


def begin(text: str, *spans: Span) -> Mending:
    graphemes = split_graphemes(text)[0]
    return Mending.begin(text, word_offsets(text), (*(start for start, _, _ in graphemes), len(text)), spans)


def at(state: Mending, word: str, nth: int = 0) -> Mending:
    places = [n for n, (start, end) in enumerate(state.words) if state.text[start:end] == word]
    return state.go(places[nth])


def named(state: Mending) -> list[tuple[str, str]]:
    return [(state.text[s.start : s.end], s.label) for s in state.spans]


def test_the_word_under_the_cursor_gets_the_label() -> None:
    state = at(begin(TEXT), "Arusha").label("LOC")
    assert named(state) == [("Arusha", "LOC")]
    assert state.note == 'LOC "Arusha"'


def test_a_selection_gets_the_label_whichever_way_it_was_made() -> None:
    forward = at(begin(TEXT), "Kassim").select().move(1).label("PER")
    backward = at(begin(TEXT), "Majaliwa").extend(-1).label("PER")
    assert named(forward) == named(backward) == [("Kassim Majaliwa", "PER")]
    assert forward.selection is None


def test_inside_a_span_the_label_relabels_it() -> None:
    state = at(begin(TEXT, Span(7, 22, "ORG")), "Majaliwa").label("PER")
    assert named(state) == [("Kassim Majaliwa", "PER")]
    again = state.label("PER")
    assert again.spans == state.spans
    assert again.past == state.past
    assert "already" in again.note


def test_a_selection_becomes_a_span_beside_those_it_meets() -> None:
    before = begin(TEXT, Span(7, 22, "PER"), Span(46, 52, "LOC"))
    inside = at(before, "Majaliwa").select().label("LOC")
    assert named(inside) == [("Kassim Majaliwa", "PER"), ("Majaliwa", "LOC"), ("Arusha", "LOC")]
    assert inside.note == 'LOC "Majaliwa" inside PER "Kassim Majaliwa"'
    around = at(before, "Waziri").extend(2).label("ORG")
    assert named(around)[:2] == [("Waziri Kassim Majaliwa", "ORG"), ("Kassim Majaliwa", "PER")]
    assert "around PER" in around.note
    across = at(before, "Waziri").extend(1).label("ORG")
    assert named(across)[:2] == [("Waziri Kassim", "ORG"), ("Kassim Majaliwa", "PER")]
    assert "across PER" in across.note
    for state in (inside, around, across):
        assert state.undo().spans == before.spans
        assert state.undo().redo().spans == state.spans


def test_a_selection_on_the_very_borders_of_a_span_relabels_it() -> None:
    state = at(begin(TEXT, Span(7, 22, "PER"), Span(7, 13, "LOC")), "Kassim").extend(1).label("ORG")
    assert named(state) == [("Kassim", "LOC"), ("Kassim Majaliwa", "ORG")]
    assert "replaces PER" in state.note


def test_of_several_spans_on_a_word_the_shortest_is_meant_and_keys_go_on_to_the_others() -> None:
    state = at(begin(TEXT, Span(7, 22, "PER"), Span(7, 13, "LOC"), Span(0, 22, "ORG")), "Kassim")
    assert state.here == Span(7, 13, "LOC")
    assert [span.label for span in state.under] == ["ORG", "LOC", "PER"]
    assert state.next_span(1).here == Span(7, 22, "PER")
    assert named(state.next_span(1).delete()) == [("Waziri Kassim Majaliwa", "ORG"), ("Kassim", "LOC")]
    assert state.next_span(1).label("DATE").here == Span(7, 22, "DATE")


def test_edges_move_by_words_and_by_characters() -> None:
    state = at(begin(TEXT, Span(7, 13, "PER")), "Kassim")
    wider = state.edge(Side.RIGHT, True).edge(Side.LEFT, True)
    assert named(wider) == [("Waziri Kassim Majaliwa", "PER")]
    assert named(wider.edge(Side.RIGHT, False).edge(Side.LEFT, False)) == [("Kassim", "PER")]
    same = state.edge(Side.LEFT, False)
    assert same.spans == state.spans
    assert "cannot be shorter" in same.note
    fine = state.toggle_fine().edge(Side.LEFT, False).edge(Side.RIGHT, False)
    assert named(fine) == [("assi", "PER")]
    assert fine.here == fine.spans[0]


def test_by_characters_no_span_begins_or_ends_with_a_blank() -> None:
    state = at(begin("a  b c", Span(3, 4, "X")), "b").toggle_fine().edge(Side.LEFT, True)
    assert named(state) == [("a  b", "X")]
    assert named(state.edge(Side.LEFT, False)) == [("b", "X")]


def test_edges_never_part_a_mark_from_its_letter() -> None:
    state = at(begin("Jose\u0301 x", Span(0, 5, "PER")), "Jose\u0301").toggle_fine().edge(Side.RIGHT, False)
    assert named(state) == [("Jos", "PER")]
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert len(begin(f"{family} x").words) == 2


def test_split_before_the_word_under_the_cursor() -> None:
    whole = begin(TEXT, Span(0, 22, "PER"))
    state = at(whole, "Majaliwa").split()
    assert named(state) == [("Waziri Kassim", "PER"), ("Majaliwa", "PER")]
    assert state.here == Span(14, 22, "PER")
    assert at(whole, "Waziri").split().spans == whole.spans
    assert len(state.past) == 1


def test_the_same_mention_is_shown_first_and_other_spans_stay() -> None:
    before = at(begin(TEXT, Span(46, 52, "LOC")), "Arusha")
    seen = before.same_mention()
    assert seen.spans == before.spans
    assert seen.preview is not None
    assert seen.preview.places == ((55, 61),)
    assert named(seen.confirm()) == [("Arusha", "LOC"), ("Arusha", "LOC")]
    assert seen.confirm().undo().spans == before.spans
    assert seen.let_go().confirm().spans == before.spans
    taken = at(begin(TEXT, Span(46, 52, "LOC"), Span(55, 67, "ORG")), "Arusha").same_mention()
    assert taken.preview is None
    assert "1 place with other spans left as they are" in taken.note


def test_the_same_mention_is_whole_words_only() -> None:
    state = at(begin("Ana na Anania na Ana", Span(0, 3, "PER")), "Ana").same_mention()
    assert state.preview is not None
    assert state.preview.places == ((17, 20),)


def test_from_span_to_span_and_around() -> None:
    state = begin(TEXT, Span(7, 22, "PER"), Span(36, 42, "PER"), Span(55, 61, "LOC"))
    starts = []
    for _ in range(4):
        assert state.here is not None
        starts.append(state.here.start)
        state = state.next_span(1)
    assert starts == [7, 36, 55, 7]
    between = at(state, "na")
    assert between.next_span(1).here == Span(36, 42, "PER")
    assert between.next_span(-1).here == Span(7, 22, "PER")


def test_two_spans_on_one_word_are_both_reached() -> None:
    state = begin("mbali", Span(0, 2, "A"), Span(2, 5, "B"))
    first, second = state.here, state.next_span(1).here
    assert (first, second) == (state.spans[0], state.spans[1])


def test_every_span_to_begin_with_is_kept() -> None:
    state = begin(TEXT, Span(7, 22, "PER"), Span(7, 13, "ORG"), Span(7, 13, "PER"), Span(14, 30, "LOC"))
    assert len(state.spans) == 4
    assert state.note == ""


def test_a_text_without_words_can_be_walked_through() -> None:
    for text in ("", "   \n"):
        state = begin(text)
        for step in OPERATIONS:
            state = step(state)
        assert state.spans == ()


OPERATIONS: tuple[Callable[[Mending], Mending], ...] = (
    lambda m: m.move(1),
    lambda m: m.move(-3),
    lambda m: m.go(10**6),
    lambda m: m.next_span(1),
    lambda m: m.next_span(-1),
    Mending.select,
    lambda m: m.extend(1),
    lambda m: m.extend(-2),
    Mending.let_go,
    lambda m: m.label("PER"),
    lambda m: m.label("LOC"),
    lambda m: m.edge(Side.LEFT, True),
    lambda m: m.edge(Side.LEFT, False),
    lambda m: m.edge(Side.RIGHT, True),
    lambda m: m.edge(Side.RIGHT, False),
    Mending.toggle_fine,
    Mending.split,
    Mending.delete,
    Mending.delete_all,
    Mending.same_mention,
    Mending.confirm,
    Mending.undo,
    Mending.redo,
)
ALPHABET = "ab Ae\u0301\u0308 ,'東京ا\u064b\u200d\ufe0f\U0001f468\U0001f469\U0001f3fd\t\n\x00\u0e01\u0e33"


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.sampled_from(ALPHABET), max_size=30),
    st.lists(st.tuples(st.integers(0, 32), st.integers(1, 6), st.sampled_from(("PER", "LOC"))), max_size=5),
    st.lists(st.sampled_from(range(len(OPERATIONS))), max_size=40),
)
def test_whatever_is_done_spans_are_sorted_and_on_grapheme_borders(
    text: str, given_spans: list[tuple[int, int, str]], steps: list[int]
) -> None:
    state = begin(text, *(Span(start, start + size, label) for start, size, label in given_spans))
    for number in steps:
        before, state = state, OPERATIONS[number](state)
        borders = set(state.borders)
        for span in state.spans:
            assert 0 <= span.start < span.end <= len(text)
            assert span.start in borders
            assert span.end in borders
        assert list(state.spans) == sorted(set(state.spans))
        assert 0 <= state.cursor < max(1, len(state.words))
        if state.spans != before.spans and len(state.past) > len(before.past):
            assert state.undo().spans == before.spans
            assert state.undo().redo().spans == state.spans
    first = state.past[0][0] if state.past else state.spans
    while state.past:
        state = state.undo()
    assert state.spans == first
