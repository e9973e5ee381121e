"""Any program on a pseudo-terminal that counts what it writes and can be typed to."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from types import TracebackType

QUERY, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;1$y"
"""The question for synchronized output, and a terminal's yes: from then on each frame is bracketed by ?2026h/l."""
FRAME_END = b"\x1b[?2026l"


class Terminal:
    """A command on a terminal of `width` x `height`; killed on leaving.

    Attributes:
        output: everything it has written.
        started: when it was started, by `time.monotonic`.
        pid: its process.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], width: int = 120, height: int = 36) -> None:
        self.output = b""
        self._status: int | None = None
        self.started = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # The size first: a program that reads it at once must not see 80x24.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            os.execvpe(command[0], list(command), dict(environ))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

    def ended(self) -> str:
        """How the program ended, in words; "" while it lives."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = status if pid else None
        if self._status is None:
            return ""
        code = os.waitstatus_to_exitcode(self._status)
        return f"it ended with code {code}" if code >= 0 else f"it was ended by {signal.Signals(-code).name}"

    def read(self, seconds: float) -> bytes:
        """All that is written within `seconds`."""
        end = time.monotonic() + seconds
        seen = b""
        while (left := end - time.monotonic()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                seen += self._take()
        return seen

    def until(self, needle: bytes, seconds: float = 10.0, *, after: int = 0) -> float:
        """Wait for `needle` in the output behind the place `after`; the seconds from the start to its coming."""
        end = time.monotonic() + seconds
        while self.output.find(needle, after) < 0:
            ended = self.ended()
            assert not ended, f"{needle!r} never came: {ended}"
            assert time.monotonic() < end, f"{needle!r} never came; last output {self.output[-300:]!r}"
            if select.select([self.fd], [], [], 0.1)[0]:
                self._take()
        return time.monotonic() - self.started

    def settle(self, quiet: float = 0.8, seconds: float = 10.0) -> None:
        """Wait until nothing has been written for `quiet` seconds."""
        end = time.monotonic() + seconds
        while self.read(quiet):
            assert time.monotonic() < end, "the application never came to rest"

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self.fd, keys)

    def _take(self) -> bytes:
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # Linux says EIO when the child has closed its side
            data = b""
        if QUERY in data:
            os.write(self.fd, ANSWER)
        self.output += data
        if not data:
            time.sleep(0.01)
        return data
