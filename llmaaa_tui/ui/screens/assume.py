"""One assumption about what people cost, in one line."""

from __future__ import annotations

from ...core.human_cost import NAMES, checked
from ...core.human_inputs import ANNOTATORS, EACH, PAID_BY, RATE, REVIEW, SECONDS, TARGET, WAGE
from ..cells import safe
from .form import OneLine

MEANS = {
    PAID_BY: "words, item or hour: how people are paid for labelling",
    RATE: "what one annotator is paid for 50 words",
    EACH: "what one annotator is paid for one",
    WAGE: "what an hour of people costs, of labelling and of review",
    SECONDS: "so long one annotator takes for one, from nothing",
    ANNOTATORS: "so many label each",
    REVIEW: "so long one person takes to look at one that is answered",
    TARGET: "what this dev F1 takes is foretold",
}


class AssumeScreen(OneLine):
    """Answers with the figure as it is stored; "" puts the default back."""

    def __init__(self, name: str, value: str, unit: str = "sentence") -> None:
        ends = "" if name in (PAID_BY, TARGET) else "; or three: figure, low, high"
        words = NAMES[name].format(unit=unit)
        super().__init__("What people would cost", f"{words} (empty: the default{ends}):", value)
        self._assumption = name

    def meaning(self, text: str) -> tuple[str, str]:
        """See the base class."""
        try:
            stored = checked(self._assumption, text)
        except ValueError as error:
            raise ValueError(safe(str(error))) from None
        return stored, MEANS[self._assumption] if stored else "back to the default"
