"""A small form: which sentences the review serves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from ...core.review import Filter
from ..cells import safe
from ..glyphs import Glyphs
from ..keys.command import Command, bindings
from ..keys.windows import FILTER
from ..over import Window
from ..widgets.choice import Choice
from ..words import f1

_SUSPICIOUS: tuple[tuple[str, bool | None], ...] = (
    ("all", None),
    ("only suspicious ones", True),
    ("only those without a suspicion", False),
)
_DECIDED = (("undecided", False), ("decided before", True))


class FilterScreen(Window[Filter | None]):
    """Dismissed with the filter, or None where it was left.

    Args:
        wanted: the filter in force.
        labels: the project's labels.
        rounds: how many rounds there are.
        units: what several items are called.
    """

    DEFAULT_CSS = """
    FilterScreen Horizontal { height: 1; width: 100%; }
    FilterScreen .name { width: 16; color: $muted; }
    FilterScreen Input, FilterScreen Choice { width: 1fr; height: 1; border: none; padding: 0; }
    FilterScreen Input, FilterScreen Choice { background: $background; }
    FilterScreen Input:focus, FilterScreen Choice:focus { border: none; background: $cursor; }
    FilterScreen #problem { width: 100%; height: auto; color: $bad; }
    """
    KEYS: ClassVar[tuple[Command, ...]] = FILTER
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(FILTER))

    def __init__(
        self, wanted: Filter, labels: Sequence[str], rounds: int, glyphs: Glyphs, units: str = "sentences"
    ) -> None:
        super().__init__()
        self._wanted = wanted
        self._labels = ("", *labels)
        self._rounds = rounds
        self._glyphs = glyphs
        self._units = units

    def compose(self) -> ComposeResult:
        """See the base class."""
        wanted, glyphs = self._wanted, self._glyphs
        label = self._labels.index(wanted.label) if wanted.label in self._labels else 0
        suspicious = [value for _, value in _SUSPICIOUS].index(wanted.suspicious)
        rows = (
            ("text", Input(safe(wanted.text), placeholder="a part of the text", id="text")),
            ("label", Choice(["any label", *self._labels[1:]], label, glyphs, id="label")),
            ("round", Input("" if wanted.round is None else str(wanted.round), placeholder="all", id="round")),
            ("suspicion", Choice([word for word, _ in _SUSPICIOUS], suspicious, glyphs, id="suspicious")),
            ("sure from", Input(_sure(wanted), placeholder="any, or .9: needs several answers", id="sure")),
            ("decisions", Choice([word for word, _ in _DECIDED], int(wanted.decided), glyphs, id="decided")),
        )
        with Vertical(classes="box", id="review-filter") as box:
            box.styles.width, box.styles.padding = 66, (0, 1)
            box.border_title = f"Which {self._units}"
            arrows = "left right" if not glyphs.braille else "← →"
            keys = f"{self.key('filter.next')} line, {arrows} choose, {glyphs.enter} serve"
            box.border_subtitle = f"{keys}, {self.key('filter.clear')} all, {self.key('filter.leave')} leave"
            for name, entry in rows:
                if isinstance(entry, Input):
                    entry.cursor_blink = False
                yield Horizontal(Static(name, classes="name", markup=False), entry)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        """The text first."""
        self.query_one("#text").focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_done()

    def action_done(self) -> None:
        """Serve these, if they can be understood."""
        try:
            wanted = self._read()
        except ValueError as error:
            self.query_one("#problem", Static).update(safe(str(error)))
            return
        self.dismiss(wanted)

    def _read(self) -> Filter:
        text, number, sure = (self.query_one(f"#{name}", Input).value for name in ("text", "round", "sure"))
        label, suspicious, decided = (
            self.query_one(f"#{name}", Choice).place for name in ("label", "suspicious", "decided")
        )
        asked = number.strip()
        if asked and not (asked.isdecimal() and 1 <= int(asked) <= self._rounds):
            raise ValueError(f"There is no round {asked}; the newest is {self._rounds}.")
        try:
            surer = float(sure.strip().replace(",", ".")) if sure.strip() else None
        except ValueError:
            surer = -1.0
        if surer is not None and not 0 <= surer <= 1:
            raise ValueError(f"{sure} is no confidence between 0 and 1.")
        return Filter(
            round=int(asked) if asked else None,
            label=self._labels[label],
            suspicious=_SUSPICIOUS[suspicious][1],
            surer_than=surer,
            # Shown cleaned; unless it was changed the original counts.
            text=self._wanted.text if text == safe(self._wanted.text) else text,
            decided=bool(decided),
        )

    def action_clear(self) -> None:
        """Everything undecided."""
        self.dismiss(Filter())

    def action_leave(self) -> None:
        """Leave it as it was."""
        self.dismiss(None)


def _sure(wanted: Filter) -> str:
    return "" if wanted.surer_than is None else f1(wanted.surer_than)
