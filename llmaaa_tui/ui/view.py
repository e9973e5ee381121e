"""What the widgets draw from: one picture and what the person at the keys has chosen."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..core.snapshot import RoundRow, Snapshot
from ..core.tasks import Task, shown_as
from .glyphs import UNICODE, Glyphs
from .keys.registry import command
from .shapes import Kind, kind_of
from .shell.keymaps import Keymap
from .spans import colours


@dataclass(frozen=True, slots=True)
class View:
    """One state of the screens.

    Attributes:
        snapshot: the picture to draw, or None before the first one came: the newest, or the one of a round gone by.
        past: the number of the round whose end is looked at, or None for now.
        newest: the number of the newest round there is, whichever is looked at; 0 before the first.
        readonly: whether commands are switched off.
        panel: which panel the shared place shows where not all fit.
        problem: why the project cannot be read now, or "".
        glyphs: the marks to draw with.
        keymap: the keys in force, for sentences that name one.
    """

    snapshot: Snapshot | None = None
    past: int | None = None
    newest: int = 0
    readonly: bool = False
    panel: str = "batch"
    problem: str = ""
    glyphs: Glyphs = field(default=UNICODE)
    keymap: Keymap = field(default_factory=Keymap)

    def key(self, id_: str) -> str:
        """How the key of a command is written, as the person has it."""
        return self.keymap.on((command(id_),), ascii_only=not self.glyphs.braille)[0].shown

    @property
    def row(self) -> RoundRow | None:
        """The round looked at, if there is any: the newest of the picture."""
        rounds = self.snapshot.rounds if self.snapshot else ()
        return rounds[-1] if rounds else None

    @property
    def as_of(self) -> int | None:
        """The moment that further readers are asked for: None for now."""
        return self.snapshot.seq if self.past is not None and self.snapshot else None

    @property
    def span_styles(self) -> dict[str, str]:
        """Each label's theme variable; the one that says "none of these" stays in the background."""
        snapshot = self.snapshot
        if snapshot is None:
            return {}
        return colours(snapshot.labels) | ({snapshot.negative: "$muted"} if snapshot.negative else {})

    @property
    def task(self) -> Task:
        """What the project labels: what an item is called, what a label is."""
        return shown_as(self.snapshot.task if self.snapshot else "")

    @property
    def kind(self) -> Kind:
        """What the screens do otherwise for labels of this shape."""
        return kind_of(self.task.shape)
