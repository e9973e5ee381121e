"""Where two answers differ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from llmaaa_tui.core.difference import difference
from llmaaa_tui.core.document import Span

SPANS = st.lists(
    st.builds(
        lambda start, size, label: Span(start, start + size, label),
        st.integers(0, 5),
        st.integers(1, 3),
        st.sampled_from("AB"),
    )
)


def test_a_span_is_start_end_and_label() -> None:
    rome, ada = Span(4, 8, "LOC"), Span(0, 3, "PER")
    assert difference([rome, ada], [ada, Span(4, 8, "ORG"), Span(4, 9, "LOC")]) == (
        (ada,),
        (rome,),
        (Span(4, 8, "ORG"), Span(4, 9, "LOC")),
    )
    assert difference([], []) == ((), (), ())


@given(SPANS, SPANS)
def test_every_span_is_in_its_place_once(a: list[Span], b: list[Span]) -> None:
    same, only_a, only_b = difference(a, b)
    assert sorted((*same, *only_a)) == sorted(set(a))
    assert sorted((*same, *only_b)) == sorted(set(b))
    assert not set(only_a) & set(only_b)
    assert difference(b, a) == (same, only_b, only_a)
    assert all(list(part) == sorted(part) for part in (same, only_a, only_b))
