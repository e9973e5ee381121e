"""A terminal that is not told the same thing twice: a screen that comes to the front is drawn whole two times."""

from __future__ import annotations

from textual.driver import Driver

_AROUND = ("\x1b[?2026h", "\x1b[?2026l")
"""What stands around a frame where the terminal shows it at once."""


class Once(Driver):
    """Leaves out a frame that equals the one before it: frames say where each cell stands, so nothing would change."""

    _last = ""

    def write(self, data: str) -> None:
        """See the base class."""
        if data not in _AROUND:
            if data == self._last:
                return
            self._last = data
        super().write(data)  # type: ignore[safe-super]  # of the driver that this one is put before

    def forget(self) -> None:
        """The terminal may show something else now."""
        self._last = ""


def once(driver: type[Driver]) -> type[Driver]:
    """A driver that writes no frame twice in a row."""
    return type("Once", (Once, driver), {})
