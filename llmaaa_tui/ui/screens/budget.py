"""Where the money is, what the goal will take, what people would cost; the cap and the assumptions change here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.content import Content

from ...core.forecast import fit
from ...core.human_cost import NAMES, assumptions
from ...core.money import parse_usd
from ...core.outlook import points
from ...core.snapshot import RoundRow
from ...errors import LlmaaaError
from ...settings_file import write_setting
from ...store.commands import set_cap
from ...store.reader import Reader
from ..cells import safe
from ..doors import Doors
from ..keys.budget import KEYS
from ..keys.command import bindings
from ..paged import Paged
from ..pages import budget as budget_page
from ..pages import goal as budget_goal
from ..pages.budget import Figures
from ..place import Target
from ..view import View
from ..widgets.sheet import Block
from .cap import CapScreen, plain_usd, step

if TYPE_CHECKING:
    from ...store.books import BooksReader

AGES_S = 30.0
"""Seconds between two drawings while nothing arrives: only ages move."""
PENDING_S = 2.0
"""Seconds in which the next step starts from the cap that was just written, not from the one in the picture."""


class BudgetScreen(Paged["BooksReader", Figures], inherit_bindings=False):
    """Follows the money."""

    NAME = "budget"
    HEADING = "Budget"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "Where the money is, what the goal will take, what people would cost."

    def __init__(self) -> None:
        super().__init__()
        self._assumption = ""
        self._writing = asyncio.Lock()
        self._pending, self._pending_at = 0, -PENDING_S

    def on_mount(self) -> None:
        """Draw again as the ages move."""
        self.set_interval(AGES_S, self._age)

    def _age(self) -> None:
        if self.is_current:
            self.sheet.redraw()

    # -- the page ---------------------------------------------------------------------------------

    def blocks(self, left: int, right: int) -> Sequence[Block]:
        """See the base class."""
        view, snapshot = self.view, self.view.snapshot
        if snapshot is None:
            return ()
        books = self.data.books if self.data else None
        curve = self.data.curve if self.data else None
        glyphs = view.glyphs
        one_column = left == right
        lives = view.past is None and self.worker_lives
        money = [
            budget_page.money(snapshot, books, lives, left, glyphs),
            *budget_page.unconfirmed(snapshot, self.house.folder, left, glyphs),
        ]
        ahead = [
            budget_goal.goal(snapshot, books, curve, right, self.size.height, glyphs),
            budget_goal.people(snapshot, books, self._assumption, right, glyphs),
        ]
        rest = [
            budget_page.models(books, left, glyphs),
            budget_page.prices(snapshot, left, glyphs),
            *budget_page.rounds(snapshot, left, glyphs),
        ]
        return [*money, *ahead, *rest] if one_column else [*money, *rest, *ahead]

    def opener(self) -> Callable[[], BooksReader] | None:
        """See the base class."""
        return None if self.house.doors is None else self.house.doors.books

    def reads(self, view: View) -> Callable[[BooksReader], Figures]:
        """See the base class."""
        return partial(_figures, as_of=view.as_of, rounds=view.snapshot.rounds if view.snapshot else ())

    # -- the estimate -----------------------------------------------------------------------------

    def action_estimate(self) -> None:
        """What this round and the rest will cost, to look at."""
        from .preflight import PreflightScreen

        if self.house.estimator is None:
            self.notify("What it will cost cannot be worked out here.", markup=False)
        else:
            self.app.push_screen(PreflightScreen(self.house.estimator, self.view.glyphs, asks=False))

    # -- the cap ----------------------------------------------------------------------------------

    def action_cap(self) -> None:
        """Ask for another cap."""
        snapshot = self.view.snapshot
        if self._may_write() and snapshot is not None:
            fits, free = snapshot.fits.probably, snapshot.budget.free_nanousd
            each = free // fits if fits and free > 0 else None
            budget = replace(snapshot.budget, cap_nanousd=self._cap)
            self.app.push_screen(CapScreen(budget, each, self.view.task.units), self._cap_given)

    def _cap_given(self, text: str | None) -> None:
        if text is not None and parse_usd(text) != self._cap:
            self._set_cap(parse_usd(text))

    def action_step(self, by: int) -> None:
        """Raise or lower the cap."""
        if self._may_write() and self.view.snapshot is not None:
            self._set_cap(max(0, self._cap + by * step(self._cap)))

    @property
    def _cap(self) -> int:
        """The cap: the one in the picture, or the one that was just written."""
        assert self.view.snapshot is not None
        fresh = time.monotonic() - self._pending_at < PENDING_S
        return self._pending if fresh else self.view.snapshot.budget.cap_nanousd

    def _set_cap(self, nanousd: int) -> None:
        self._pending, self._pending_at = nanousd, time.monotonic()
        self.run_worker(self._write_cap(nanousd), group="cap", exit_on_error=False)

    async def _write_cap(self, nanousd: int) -> None:
        """Into the settings, where later runs find it, and into the ledger, where it counts at once."""
        doors, snapshot = self.house.doors, self.view.snapshot
        assert doors is not None
        assert snapshot is not None
        async with self._writing:
            done = await self._tried(partial(_write_cap, doors, snapshot.project_uuid, nanousd))
        if done:
            if isinstance(self.house.source, Reader):
                self.house.source.settings_cap(nanousd)
            below = nanousd < snapshot.budget.spent_nanousd
            words = ", below what is spent: nothing more is sent." if below else "."
            self.notify(f"The cap is ${plain_usd(nanousd)} now{words}", markup=False, timeout=4)
            self.again()
        else:
            self._pending_at = -PENDING_S

    # -- the assumptions --------------------------------------------------------------------------

    def action_choose(self, by: int) -> None:
        """The next or previous assumption."""
        names = list(NAMES)
        if not self.sheet.spots:
            return
        if self._assumption in names:
            self.choose(names[(names.index(self._assumption) + by) % len(names)])
        else:
            self.choose(names[0 if by > 0 else -1])

    def choose(self, name: str) -> None:
        """This assumption, and bring it into sight."""
        self._assumption = name
        self.sheet.redraw()
        self.sheet.reveal(name)

    def action_change(self) -> None:
        """Ask for another figure."""
        from .assume import AssumeScreen

        if not self._assumption:
            self.notify("tab chooses what people's cost is made of, enter changes it.", markup=False, timeout=3)
        elif self._may_write() and self.data is not None:
            name = self._assumption
            value = self.data.books.assumptions.get(name, "")
            self.app.push_screen(AssumeScreen(name, value, self.view.task.unit), partial(self._assumed, name))

    def action_default(self) -> None:
        """Its default again."""
        if self._assumption and self._may_write():
            self._assumed(self._assumption, "")

    def _assumed(self, name: str, value: str | None) -> None:
        if value is not None and self.data is not None and value != self.data.books.assumptions.get(name, ""):
            self.run_worker(self._write_assumption(name, value), group="assume", exit_on_error=False)

    async def _write_assumption(self, name: str, value: str) -> None:
        doors = self.house.doors
        assert doors is not None
        async with self._writing:
            done = await self._tried(partial(_write_assumption, doors, name, value))
        if done:
            self.again()

    def _may_write(self) -> bool:
        """Whether anything can be changed from here; says so where not."""
        if self.view.readonly:
            why = "This screen only looks: it was opened read-only."
        elif self.view.past is not None:
            why = "This is the past: nothing can be changed there. ] leads back to now."
        elif self.house.doors is None:
            why = "There is no project behind this screen that could be changed."
        else:
            return True
        self.notify(why, markup=False, timeout=4)
        return False

    async def _tried(self, work: Callable[[], None]) -> bool:
        """Whether the work was done, off the event loop; a note where it failed."""
        try:
            await asyncio.to_thread(work)
            return True
        except Exception as error:  # one line in place of a traceback
            words = str(error) if isinstance(error, LlmaaaError) else f"nothing was written: {error}"
            self.notify(safe(words), severity="error", markup=False)
            return False

    # -- what the base asks -----------------------------------------------------------------------

    def hidden(self) -> set[str]:
        """See the base class."""
        hidden = super().hidden()
        if self.view.past is not None or self.house.doors is None:
            hidden |= {"budget.cap", "budget.raise", "budget.lower"}
        if self.house.estimator is None:
            hidden.add("budget.estimate")
        if self.house.doors is None:
            hidden.add("assume.next")
        return hidden

    def marks(self) -> list[Content]:
        """See the base class."""
        glyphs = self.view.glyphs
        return [
            Content.assemble(f"{glyphs.spent} spent  {glyphs.held} held: the most that what is under way can cost"),
            Content.assemble(
                f"{glyphs.unconfirmed} unconfirmed: nobody knows whether it was billed  {glyphs.free} free"
            ),
            Content('A forecast stands with its low and high end; "no end": not every drawn curve gets there.'),
        ]

    def targets(self) -> list[Target]:
        """The assumptions in sight."""
        return [(region, partial(self.choose, name)) for name, region in self.sheet.places().items()]

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """The chosen assumption; else the budget."""
        snapshot = self.view.snapshot
        if snapshot is None:
            return None
        if self._assumption and self.data is not None:
            books = self.data.books
            assumed = assumptions(books.assumptions, books.review_seconds, books.review_items)
            return assumed.sentence, {**asdict(assumed), "own": sorted(assumed.own)}
        lines = budget_page.money(snapshot, self.data.books if self.data else None, False, 200, self.view.glyphs).lines
        return "\n".join(line.plain for line in lines), asdict(snapshot.budget)

    def let_go(self) -> bool:
        """Let go of the assumption."""
        if not self._assumption:
            return False
        self._assumption = ""
        self.sheet.redraw()
        return True


def _figures(reader: BooksReader, as_of: int | None, rounds: tuple[RoundRow, ...]) -> Figures:
    return Figures(reader.books(as_of), fit(points(rounds)))


def _write_cap(doors: Doors, project: str, nanousd: int) -> None:
    text = plain_usd(nanousd)
    write_setting(doors.paths.settings, "budget", "cap_usd", text)  # first: a run that starts now takes it from there
    if not doors.ledger.exists():
        return  # the first run makes it, and takes the cap from the settings
    try:
        set_cap(doors.ledger, project, nanousd)
    except LlmaaaError as error:
        raise LlmaaaError(f"the cap of later runs is ${text}, but the ledger keeps the one it has: {error}") from None


def _write_assumption(doors: Doors, name: str, value: str) -> None:
    decisions = doors.decisions()
    try:
        decisions.assume(name, value)
    finally:
        decisions.close()


SCREEN = BudgetScreen
