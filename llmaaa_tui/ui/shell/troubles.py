"""The errors of this session: one line was shown for each, the rest is kept for whoever asks."""

from __future__ import annotations

import sys
import traceback
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

KEPT = 50


@dataclass(frozen=True, slots=True)
class Trouble:
    """One error: when (UTC ISO text), what was said, on which screen, and the exception as text ("" for none)."""

    utc: str
    what: str
    where: str
    cause: str = ""


class Troubles:
    """The last errors, newest first."""

    def __init__(self) -> None:
        self._kept: deque[Trouble] = deque(maxlen=KEPT)

    def add(self, what: str, where: str, cause: str = "") -> None:
        """Keep one; the exception that is being handled is its cause where none is given."""
        error = sys.exc_info()[1]
        if not cause and error is not None:
            cause = "".join(traceback.format_exception(error)).rstrip()
        self._kept.appendleft(Trouble(datetime.now(UTC).isoformat(timespec="seconds"), what, where, cause))

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(tuple(self._kept))

    def __len__(self) -> int:
        return len(self._kept)
