"""The last line: the screens, and the keys that matter here; the less important give way on a narrow screen."""

from __future__ import annotations

from dataclasses import replace

from textual.content import Content
from textual.style import Style

from ..keys.command import Command
from ..keys.common import PLACES
from .lines import Lines

LAST = ("look.help", "run.quit")
"""These stand at the end of the line, whatever screen it is."""
PLACES_FROM = 110
"""Columns from which the screens stand in the line with their digits; narrower ones have `g` for them."""


class KeyBar(Lines):
    """The footer of a screen.

    Attributes:
        commands: the screen's commands.
        hidden: ids of commands that have no meaning now.
        place: the screen's name, marked among the screens; "" where their digits are not keys of their own.
        asked: what stands here instead, until a key has answered: the letters after `g`.
    """

    def __init__(self, id: str | None = None, commands: tuple[Command, ...] = (), place: str = "") -> None:  # noqa: A002
        super().__init__(id=id)
        self.commands = commands
        self.place = place
        self.hidden: frozenset[str] = frozenset()
        self.asked: tuple[Command, ...] = ()

    def ask(self, commands: tuple[Command, ...]) -> None:
        """Show these in place of the screen's commands; none gives them back."""
        if commands != self.asked:
            self.asked = commands
            self.redraw()

    def hide(self, hidden: frozenset[str]) -> None:
        """Leave out commands that have no meaning now."""
        if hidden != self.hidden:
            self.hidden = hidden
            self.redraw()

    def lines(self, width: int, height: int) -> list[Content]:
        """See the base class."""
        if self.asked:
            return [self._letters(width)]
        commands = self._in_force(self.commands)
        head = self._places(commands) if self.place and width >= PLACES_FROM else Content(" ")
        left_out = self.hidden | ({"go.chord"} if len(head) > 1 else set())
        entries = [command for command in commands if command.rank and command.id not in left_out]
        entries = [command for command in entries if command.id != "round.after"]
        entries.sort(key=lambda command: command.id in LAST)
        after = next((command.shown for command in commands if command.id == "round.after"), "")
        drawn = [self._entry(command, after) for command in entries]
        gap = "   " if width >= 140 else "  "

        def line() -> Content:
            return head + Content(gap).join([content for content in drawn if content])

        for command in sorted(entries, key=lambda c: -c.rank):
            if line().cell_length <= width:
                break
            drawn[entries.index(command)] = Content()
        return [line()]

    def _letters(self, width: int) -> Content:
        """What the next key can be, in as many letters as there is room for."""
        known = self._in_force(self.asked)
        whole = Content(" ") + Content("  " if width >= PLACES_FROM else " ").join(
            [self._entry(command, "") for command in known]
        )
        if whole.cell_length <= width:
            return whole
        return Content(" ") + Content(" ").join([self._entry(replace(c, word=c.word[:4]), "") for c in known[:-1]])

    def _in_force(self, commands: tuple[Command, ...]) -> tuple[Command, ...]:
        """The commands as the person's keys are, whoever gave them to this line."""
        from ..shell.terminal import TerminalApp

        return self.app.in_force(commands) if isinstance(self.app, TerminalApp) else commands

    def _places(self, commands: tuple[Command, ...]) -> Content:
        parts = []
        keys = {command.id: command.shown for command in commands}
        for number, (name, title, _letter) in enumerate(PLACES, start=1):
            here = name == self.place
            key = keys.get(f"go.{name}", f"{number}")
            entry = Content.assemble((key, "$focus bold"), (f" {title}", "bold" if here else "$muted"))
            parts.append(entry.stylize(Style.from_meta({"@click": f"screen.go('{name}')"})))
        return Content(" ") + Content(" ").join(parts) + Content.styled(f" {self.view.glyphs.side} ", "$line")

    def _entry(self, command: Command, after: str) -> Content:
        """One key and its word; the two keys of a pair share one."""
        snapshot = self.view.snapshot
        keys, word = command.shown, command.word
        if command.id == "round.before":
            keys = f"{keys} {after}"
        if command.id == "run.pause" and snapshot is not None and snapshot.worker.paused:
            word = "resume"
        action = command.action if command.action.startswith("app.") else f"screen.{command.action}"
        entry = Content.assemble((keys, "$focus bold"), (f" {word}", "$muted"))
        return entry.stylize(Style.from_meta({"@click": action}))
