"""The program without arguments: a demo, a new project, or one that was opened before."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from .. import env

env.apply(os.environ)

from textual import events, work  # noqa: E402 - Textual reads the environment when it is imported
from textual.app import App, ComposeResult  # noqa: E402
from textual.binding import BindingType  # noqa: E402
from textual.containers import Vertical  # noqa: E402
from textual.content import Content  # noqa: E402
from textual.widgets import Static  # noqa: E402

from ...recent import Recent  # noqa: E402
from ..glyphs import ASCII, UNICODE  # noqa: E402
from ..keys.command import bindings  # noqa: E402
from ..keys.home import HOME  # noqa: E402
from ..themes import DARK, LIGHT, defaults  # noqa: E402
from . import pages  # noqa: E402
from .annotator import AnnotatorStep  # noqa: E402
from .draft import Draft  # noqa: E402
from .files import FilesStep  # noqa: E402
from .preview import PreviewStep  # noqa: E402
from .step import AROUND, WIDEST  # noqa: E402
from .trial import TrialStep  # noqa: E402


@dataclass(frozen=True, slots=True)
class Chosen:
    """What to do next: the demo (`folder` None), or open a project; `start` its run, `remote` agreed to."""

    folder: Path | None = None
    start: bool = False
    remote: bool = False


class Ways(Static):
    """The ways to begin; a click on a line is its key."""

    def on_click(self, event: events.Click) -> None:
        """The same as the key that stands at the line's head."""
        lines = str(self.content).split("\n")
        key = lines[event.y].strip()[:1] if 0 <= event.y < len(lines) else ""
        if key in ("d", "n", *"123456789") and lines[event.y].startswith("  "):
            self.app.simulate_key(key)


class HomeApp(App[Chosen]):
    """Gives what was chosen, or None where it was left.

    Args:
        recent: projects opened before, the newest first.
    """

    TITLE = "llmaaa"
    CSS_PATH = "home.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(HOME))

    def __init__(self, recent: Sequence[Recent]) -> None:
        super().__init__()
        self._recent = recent
        plain = env.plain_glyphs(os.environ)
        self.set_class(plain, "-ascii")
        self.glyphs = ASCII if plain else UNICODE
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        chosen = os.environ.get("LLMAAA_THEME") or os.environ.get("TEXTUAL_THEME") or ""
        ours = LIGHT.name if env.light_background(os.environ) else DARK.name
        self.theme = chosen if chosen in self.available_themes else ours

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables for themes that are not ours."""
        return defaults(self.current_theme.dark)

    def compose(self) -> ComposeResult:
        """See the base class."""
        with Vertical(classes="box", id="home") as box:
            box.border_title = "llmaaa"
            yield Ways(id="ways")
            yield Static(
                Content.assemble(
                    ("d n", "$focus bold"), (" begin   ", "$muted"), ("1-9", "$focus bold"), (" open   ", "$muted"),
                    ("q", "$focus bold"), (" quit      llmaaa --help lists all commands", "$muted"),
                ),
                id="home-keys",
            )  # fmt: skip

    def on_mount(self) -> None:
        """Draw it."""
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Lines are made for a width."""
        self._draw()

    def _draw(self) -> None:
        width = max(20, min(WIDEST, self.size.width) - AROUND)
        for ways in self.screen_stack[0].query(Ways):
            ways.update(Content("\n").join(pages.welcome(self._recent, width, self.glyphs)))

    def action_demo(self) -> None:
        """The demo."""
        if len(self.screen_stack) == 1:
            self.exit(Chosen(start=True))

    def action_open(self, number: int) -> None:
        """A project that was opened before."""
        if len(self.screen_stack) == 1 and number <= len(self._recent):
            self.exit(Chosen(Path(self._recent[number - 1].folder)))

    @work(exclusive=True)
    async def action_new(self) -> None:
        """The wizard: each step can go back to the one before; nothing is made before the third."""
        if len(self.screen_stack) > 1:
            return
        draft = Draft()
        files: FilesStep | None = None
        place = 1
        while True:
            if place == 1:
                files = FilesStep(draft, self.glyphs)
                if not await self.push_screen_wait(files):
                    self._draw()  # the terminal may have another size by now
                    return
                found = files.found
                place = 2
            elif place == 2:
                preview = PreviewStep(draft, found, self.glyphs)
                place = 3 if await self.push_screen_wait(preview) else 1
                found = preview.found
            elif place == 3:
                step = AnnotatorStep(draft, found["simulable"], self.glyphs)
                place = 4 if await self.push_screen_wait(step) else 2
            else:
                labels = [label["name"] for label in found["labels"]]
                start = await self.push_screen_wait(TrialStep(draft, labels, self.glyphs))
                self.exit(Chosen(draft.place, start=bool(start), remote=draft.remote))
                return
