"""A program in a real tmux of its own: typed to, and read as a person reads it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

PROMPTS = ("#", "$")
"""What a shell's line ends with when it waits for a command."""
INSTALLED = shutil.which("tmux") is not None


class Tmux:
    """One session with one window of `width` x `height`, on a server of its own with no configuration."""

    def __init__(self, folder: Path, environ: Mapping[str, str], width: int = 120, height: int = 36) -> None:
        self._socket = folder / "tmux.sock"
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self._environ = kept | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"} | dict(environ)
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "sh")
        self._tmux("set-option", "-g", "status", "off")
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def __enter__(self) -> Tmux:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], capture_output=True, check=False)

    def run(self, *command: str | Path) -> None:
        """Type a command line and press enter, once the shell waits for one; what stood on the screen is cleared."""
        end = time.monotonic() + 30
        while not self.text().rstrip().endswith(PROMPTS):
            assert time.monotonic() < end, f"the shell does not wait for a command:\n{self.text()}"
            time.sleep(0.05)
        self._tmux("send-keys", "-l", "clear; " + " ".join(shlex.quote(str(part)) for part in command))
        self.keys("Enter")

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names of them."""
        self._tmux("send-keys", *keys)

    def text(self) -> str:
        """What stands on the screen."""
        return self._tmux("capture-pane", "-p")

    def title(self) -> str:
        """The title that the program gave the terminal."""
        return self._tmux("display-message", "-p", "#{pane_title}").strip()

    def until(self, words: str, seconds: float = 30.0, *, gone: bool = False) -> str:
        """Wait for words on the screen, or for them to be gone.

        Raises:
            AssertionError: they did not come; the screen is in the message.
        """
        end = time.monotonic() + seconds
        while True:
            seen = self.text()
            if (words in seen) != gone:
                return seen
            assert time.monotonic() < end, f"{words!r} {'stays' if gone else 'never came'}:\n{seen}"
            time.sleep(0.05)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *arguments],
            capture_output=True,
            text=True,
            env=self._environ,
            check=False,
            timeout=20,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout
