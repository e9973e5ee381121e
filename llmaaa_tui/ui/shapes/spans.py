"""Labelled stretches of a text: drawn in lanes under it, mended word by word."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from ...core.document import Labels, Offsets, Pair
from ...core.review import ReviewItem
from ..view import View
from ..widgets.lanes import Sheet, gutter
from ..wrapping import Layout
from . import Layers, Mended

if TYPE_CHECKING:
    from ..over import Over

_laid = lru_cache(maxsize=2)(Layout)


class _Spans:
    first_labels = False

    def page(
        self, text: str, tokens: Sequence[Offsets], pair: Pair | None, layers: Layers, width: int, view: View
    ) -> Sheet:
        """See the protocol. A long text is wrapped once, whichever answers stand under it."""
        lanes = [(name, said.spans) for name, said in layers]
        layout = _laid(text, tuple(tokens), width - gutter(lanes))
        return Sheet(layout, lanes, view.glyphs, view.span_styles)

    def at_once(self, label: str) -> Labels | None:
        """See the protocol: a label needs a place first."""
        return None

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
        """See the protocol."""
        from ..screens.mend import MendScreen

        return MendScreen(item, labels, view, blind=blind, spans=begin.spans, heading=heading, label=label)


SPANS = _Spans()
