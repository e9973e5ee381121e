"""Decisions on their way to the disk, in the order of the keys."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from ..line import Line

if TYPE_CHECKING:
    from ...store.decisions import Decisions

R = TypeVar("R")


class Writer(Line["Decisions"]):
    """A line whose calls are queued the moment they are made, and are made even when nobody waits for them any more."""

    def submit(self, work: Callable[[Decisions], R]) -> asyncio.Future[R]:
        """Queue `work` now; awaiting gives its result or raises its error.

        Cancelling whoever awaits cancels nothing that was decided.
        """
        return asyncio.shield(asyncio.wrap_future(self._thread.submit(self._run, work)))
