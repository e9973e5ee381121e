"""One sentence with everything known about it."""

from __future__ import annotations

from llmaaa_tui.core.annotation import GroundedSpan
from llmaaa_tui.core.catalogue import Sentence, Status
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.review import Layer, ReviewItem
from llmaaa_tui.core.states import State
from llmaaa_tui.ui.layers import describe
from llmaaa_tui.ui.view import View


def test_a_failed_answer_is_not_drawn_as_one_that_found_nothing() -> None:
    text = "Ada spoke ."
    student = Layer(2, "student", "student-1", State.LABELLED, (GroundedSpan(Span(0, 3, "PER")),))
    for state, failure, drawn in ((State.FAILED, "not_json", False), (State.EMPTY, None, True)):
        item = ReviewItem(
            1, text, ((0, 3), (4, 9), (10, 11)), llm=Layer(1, "llm", "m", state, failure=failure), student=student
        )
        sentence = Sentence(1, text, Status.FAILED if failure else Status.EMPTY, 1, state, ())
        page = "\n".join(line.plain for line in describe(sentence, item, "pool", View(), 80))
        assert ("– nothing" in page) is drawn
        assert ("not JSON, neither labelled nor trained" in page) is not drawn
