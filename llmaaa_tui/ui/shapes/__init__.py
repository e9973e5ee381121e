"""What the screens do otherwise for labels of another shape: one object a shape, behind one protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from textual.content import Content

from ...core.document import Labels, Offsets, Pair
from ...core.review import ReviewItem, Said
from ...core.tasks import Shape

if TYPE_CHECKING:
    from ..over import Over
    from ..view import View

Layers = Sequence[tuple[str, Said]]
"""(name, what it says) of each answer, from top to bottom; a name may be ""."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A person's labels for one item, none for "nothing here", and how long it took."""

    labels: Labels
    seconds: float


class Page(Protocol):
    """An item with its answers, laid out for a width; only lines in sight are drawn."""

    @property
    def height(self) -> int: ...

    def lines(self, first: int = 0, height: int | None = None) -> list[Content]:
        """The lines from `first` on, at most `height` of them."""
        ...

    def block_of(self, offset: int) -> tuple[int, int]:
        """The first line that belongs to a code point's line of text, and how many do."""
        ...


class Kind(Protocol):
    """What is otherwise for labels of one shape.

    Attributes:
        first_labels: whether the ten first labels are to be seen with their digits while an item is judged.
    """

    @property
    def first_labels(self) -> bool: ...

    def page(
        self, text: str, tokens: Sequence[Offsets], pair: Pair | None, layers: Layers, width: int, view: View
    ) -> Page:
        """An item with its answers in lines of at most `width` cells."""
        ...

    def at_once(self, label: str) -> Labels | None:
        """What the key of a label says all by itself; None where it opens the editor with that label."""
        ...

    def editor(
        self,
        item: ReviewItem,
        labels: tuple[str, ...],
        view: View,
        *,
        begin: Labels,
        blind: bool = False,
        heading: str = "",
        label: str = "",
    ) -> Over[Mended | None]:
        """The screen in which a person labels an item.

        Args:
            begin: the labels it begins with; none where it is blind.
            blind: nobody's answers are shown.
            heading: the words of its first line, by default the item's name.
            label: the one whose key opened it, or "".
        """
        ...


def kind_of(shape: Shape) -> Kind:
    """The object of a shape."""
    from . import classes, spans

    known: dict[Shape, Kind] = {Shape.SPANS: spans.SPANS, Shape.ONE: classes.ONE, Shape.MANY: classes.MANY}
    return known[shape]
