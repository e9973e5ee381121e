"""What a review reads of its desk, as calls for a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...core.review import Filter, Order, QueueRow, ReviewItem, Tally

if TYPE_CHECKING:
    from ...store.desk import Desk


def queue(desk: Desk, *, wanted: Filter, order: Order, seed: int, as_of: int | None) -> tuple[QueueRow, ...]:
    """The queue of a filter in an order."""
    return desk.queue(wanted, order, seed=seed, as_of=as_of)


def tally(desk: Desk, *, reviewer: str, as_of: int | None) -> Tally:
    """Where the review stands."""
    return desk.tally(reviewer, as_of=as_of)


def item(desk: Desk, *, item: int, as_of: int | None) -> ReviewItem | None:
    """One sentence with everything around it."""
    return desk.item(item, as_of=as_of)
