"""What the screens need from outside: pictures of the project, and somebody who takes commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from ..core.snapshot import Snapshot


class SnapshotSource(Protocol):
    """Pictures of one project. All methods are called from one polling thread."""

    def version(self) -> int:
        """A number that changes whenever the project's database changed; cheap, for it is asked ten times a second."""

    def snapshot(self, as_of: int | None = None) -> Snapshot:
        """The newest picture, or the one at an earlier moment.

        Raises:
            LlmaaaError: the project cannot be read now; the screen shows the sentence and asks again.
        """

    def seq_of_round(self, number: int) -> int | None:
        """The last moment before the round after `number` began; None for the newest round: it is now."""

    def close(self) -> None:
        """Give back what reading held open."""


class Controls(Protocol):
    """Commands to the worker. Each may take a moment (called off the event loop) and may raise LlmaaaError."""

    def pause(self) -> None:
        """Ask the worker to rest after the running request or step."""

    def resume(self) -> None:
        """Ask a resting worker to go on."""

    def stop(self) -> None:
        """Ask the worker to finish the running step cleanly and to end."""

    def start(self, allow_remote: bool = False, rounds: int | None = None) -> None:
        """Start a worker if none lives.

        Args:
            allow_remote: a person has agreed that text goes to another machine.
            rounds: go on until so many rounds are done in all, whatever the goals were.
        """


Estimator = Callable[[], Awaitable[Mapping[str, Any]]]
"""Works out what this round and the rest will cost: the JSON of `llmaaa estimate`. May raise LlmaaaError."""
