"""What the polling thread tells the screens, and what the screens ask of the application."""

from __future__ import annotations

from textual.message import Message

from ..core.snapshot import Snapshot


class Arrived(Message):
    """A new picture of the project."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        super().__init__()

    def can_replace(self, message: Message) -> bool:
        """Only the newest of several waiting pictures is drawn."""
        return isinstance(message, Arrived)


class PastArrived(Message):
    """The project as it was at the end of a round."""

    def __init__(self, round_number: int, snapshot: Snapshot) -> None:
        self.round = round_number
        self.snapshot = snapshot
        super().__init__()


class Unreadable(Message):
    """The project could not be read; asked again soon."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__()


class Ask(Message):
    """A command for the worker: pause, resume, stop or start; `then_exit` leaves once it was taken."""

    def __init__(self, command: str, then_exit: bool = False) -> None:
        self.command = command
        self.then_exit = then_exit
        super().__init__()
