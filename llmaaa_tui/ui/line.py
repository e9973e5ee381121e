"""One thread of its own for a reader or a writer: its calls run in the order they were made, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar


class Closes(Protocol):
    """Something that holds a connection open."""

    def close(self) -> None:
        """Give it back."""


T = TypeVar("T", bound=Closes)
R = TypeVar("R")


class Line(Generic[T]):
    """A connection that lives in one thread; it is opened at the first call.

    Args:
        opened: opens it; runs in that thread.
    """

    def __init__(self, opened: Callable[[], T]) -> None:
        self._open = opened
        self._held: T | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="line")

    async def call(self, work: Callable[[T], R]) -> R:
        """What `work` makes of the connection; its errors are raised here."""
        return await asyncio.wrap_future(self._thread.submit(self._run, work))

    def _run(self, work: Callable[[T], R]) -> R:
        if self._held is None:
            self._held = self._open()
        return work(self._held)

    def close(self) -> None:
        """Let what was asked for finish, then close the connection; does not wait."""
        self._thread.submit(self._close)
        self._thread.shutdown(wait=False)

    def _close(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
