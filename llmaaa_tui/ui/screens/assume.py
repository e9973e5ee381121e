"""One assumption about what people cost, in one line."""

from __future__ import annotations

from ...core.human_cost import NAMES, checked
from ..cells import safe
from .form import OneLine

MEANS = {
    "human.usd_per_50_words": "what one annotator is paid for 50 words",
    "human.annotators_low": "so many label each {unit} at the low end",
    "human.annotators_high": "so many label each {unit} at the high end",
    "human.usd_per_hour": "people are paid by the hour, for the seconds a {unit} takes",
    "human.seconds_per_item": "so long one annotator takes for a {unit}",
}


class AssumeScreen(OneLine):
    """Answers with the figure as it is stored; "" puts the default back. `unit` is what an item is called."""

    def __init__(self, name: str, value: str, unit: str) -> None:
        super().__init__("What people would cost", f"{NAMES[name].format(unit=unit)} (empty: the default):", value)
        self._assumption, self._unit = name, unit

    def meaning(self, text: str) -> tuple[str, str]:
        """See the base class."""
        try:
            stored = checked(self._assumption, text)
        except ValueError as error:
            raise ValueError(safe(str(error))) from None
        return stored, MEANS[self._assumption].format(unit=self._unit) if stored else "back to the default"
