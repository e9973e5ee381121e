"""How long a person took over an item."""

from __future__ import annotations

IDLE_S = 300.0
"""A person who touches no key for longer was away: that item counts as not measured."""


class Clock:
    """Seconds from when an item was shown until it was decided, while its screen was in front.

    All times are monotonic seconds.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._touched = 0.0
        self._before = 0.0
        self._away = True

    def start(self, now: float) -> None:
        """Another item is shown."""
        self._since = self._touched = now
        self._before = 0.0
        self._away = False

    def touch(self, now: float) -> None:
        """A key was pressed."""
        if self._since is not None:
            self._away = self._away or now - self._touched > IDLE_S
            self._touched = now

    def pause(self, now: float) -> None:
        """Another screen is in front."""
        if self._since is not None:
            self.touch(now)
            self._before += now - self._since
            self._since = None

    def resume(self, now: float) -> None:
        """The screen is in front again."""
        if self._since is None:
            self._since = self._touched = now

    def seconds(self, now: float) -> float | None:
        """What the item took so far; None where the person was away, or nothing was shown."""
        self.touch(now)
        if self._away:
            return None
        return self._before + (now - self._since if self._since is not None else 0.0)
