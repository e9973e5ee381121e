"""Every sentence of the project, a line each: filter, search, look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import WorkType

from ...core.catalogue import Counts, Sentence, Status, Wanted
from ..cells import safe
from ..keys.command import bindings
from ..keys.data import KEYS
from ..keys.windows import SEARCH
from ..line import Line
from ..place import Place, Target
from ..shelf import FAR, Shelf
from ..view import View
from ..widgets.census import ROLES, Census, found_words
from ..widgets.full import FullSentence
from ..widgets.sentences import Sentences, mark

if TYPE_CHECKING:
    from ...store.catalogue import Catalogue

REST_S = 0.15
"""A search begins when nothing was typed for so long."""
RELOAD_S = 1.0
"""Seconds between two readings of what others change."""
NOWHERE = "These are made pictures: there is no store to read sentences from."


class Needle(Input):
    """What is searched for; enter keeps it, escape drops it, the arrows move in the list."""

    BINDINGS: ClassVar[list[BindingType]] = list(bindings(SEARCH))
    DEFAULT_CSS = """
    Needle { display: none; height: 1; background: $background; }
    Needle.-open { display: block; }
    Needle > .input--cursor { text-style: reverse; }
    """

    def on_blur(self) -> None:
        """It stands there only while it is typed into."""
        self.remove_class("-open")


class DataScreen(Place, inherit_bindings=False):
    """Holds a few pages of the list, whatever its length."""

    NAME = "data"
    HEADING = "Data"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    HELP = "Data: every sentence, what became of it, and who said so."
    DEFAULT_CSS = """
    DataScreen > Census { height: 2; }
    DataScreen > #list { height: 1fr; }
    DataScreen #full { display: none; width: 2fr; }
    DataScreen.-three #sentences { width: 3fr; }
    DataScreen.-three #full { display: block; }
    """
    AUTO_FOCUS = ""

    def __init__(self) -> None:
        super().__init__()
        self._line: Line[Catalogue] | None = None
        self._shelf: Shelf | None = None
        self._counts: Counts | None = None
        self._wanted = Wanted()
        self._read: tuple[int, int | None] | None = None
        self._read_at = 0.0
        self._due = False

    def body(self) -> Iterable[Widget]:
        """See the base class."""
        yield Census("census")
        with Horizontal(id="list"):
            yield Sentences("sentences")
            yield FullSentence("full")
        yield Needle(placeholder="a part of the text, in any script", id="needle", compact=True)

    def on_mount(self) -> None:
        """Open the catalogue."""
        needle = self.query_one(Needle)
        needle.cursor_blink = False
        sentences = self.query_one(Sentences)
        doors = self.house.doors
        if doors is None:
            sentences.problem = NOWHERE
        else:
            self._line = Line(doors.catalogue)
            self._shelf = Shelf(self._line, sentences.sight, self._came, sentences.moved)
            sentences.shelf = self._shelf
            self.query_one(FullSentence).desk = Line(doors.desk)

    def on_unmount(self) -> None:
        """Give the catalogue back."""
        if self._line is not None:
            self._line.close()

    def on_resize(self, event: events.Resize) -> None:
        """A higher screen shows more."""
        self.call_after_refresh(self.query_one(Sentences).settle)

    # -- the view ---------------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Take a new view; read again what it says has changed, once a second at most."""
        super().show(view)
        snapshot = view.snapshot
        if snapshot is None or self._shelf is None:
            return
        now = (snapshot.seq, view.past)
        if self._read is None or self._read[1] != view.past:
            self._read, self._read_at = now, time.monotonic()
            self._open(self._wanted)
        elif self._read != now and not self._due:
            self._due = True
            self.set_timer(max(0.05, self._read_at + RELOAD_S - time.monotonic()), self._reload)

    def _reload(self) -> None:
        self._due = False
        snapshot = self.view.snapshot
        if snapshot is not None and self._shelf is not None:
            self._read, self._read_at = (snapshot.seq, self.view.past), time.monotonic()
            self._run(partial(self._refresh, self._shelf), "refresh")

    def _run(self, work: Callable[[], Coroutine[Any, Any, None]], group: str) -> None:
        async def careful() -> None:
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # one sentence in place of a traceback
                self.notify(safe(str(error)), severity="error", markup=False)

        job: WorkType[None] = careful
        self.run_worker(job, group=group, exclusive=group != "fill", exit_on_error=False)

    def _open(self, wanted: Wanted, *, after: int = 0, place: int = 0) -> None:
        """Another list, or another part of it."""
        shelf = self._shelf
        if shelf is None:
            return
        other = wanted != self._wanted or shelf.as_of != self.view.as_of or self._counts is None
        self._wanted = wanted
        shelf.open(wanted, self.view.as_of, self._total(), after=after, place=place)
        self.query_one(Sentences).begin(place)
        self._tell()
        self._run(shelf.fill, "fill")
        if other:
            self._run(partial(self._count, shelf), "count")

    async def _count(self, shelf: Shelf) -> None:
        assert self._line is not None
        as_of = self.view.as_of
        self._counts = await self._line.call(lambda catalogue: catalogue.counts(as_of))
        shelf.total = self._total()
        self.query_one(Sentences).texts = self._counts.texts.get(self._wanted.role)
        self._came()

    async def _refresh(self, shelf: Shelf) -> None:
        await self._count(shelf)
        sentences = self.query_one(Sentences)
        chosen = sentences.chosen
        await shelf.refresh(self._total())
        place = shelf.place_of(chosen.item) if chosen is not None else None
        if place is not None:
            sentences.moved(0)
            sentences.cursor = place
        sentences.settle()

    def _total(self) -> int | None:
        """How many sentences the list has, searches aside."""
        counts, wanted = self._counts, self._wanted
        if counts is None:
            return None
        if wanted.role != "pool":
            return counts.roles.get(wanted.role, 0)
        return counts.pool if wanted.status is None else counts.status.get(wanted.status, 0)

    def _came(self) -> None:
        """There is more to draw."""
        if self.is_mounted:
            self._tell()
            self.query_one(Sentences).redraw()
            self._look()

    def _look(self) -> None:
        self.query_one(FullSentence).look(self.query_one(Sentences).chosen, self._wanted.role)

    def _tell(self) -> None:
        shelf = self._shelf
        if shelf is None:
            return
        found = found_words(
            self._wanted, shelf.end, min(shelf.scanned, self._all), self._all or None, shelf.searching, shelf.at_end
        )
        self.query_one(Census).tell(self._wanted, self._counts, found if self._wanted.searches else "")

    @property
    def _all(self) -> int:
        """How many sentences a search looks through."""
        counts = self._counts
        if counts is None:
            return 0
        return counts.pool if self._wanted.role == "pool" else counts.roles.get(self._wanted.role, 0)

    # -- what a screen can offer ------------------------------------------------------------------

    def targets(self) -> list[Target]:
        """The sentences in sight."""
        sentences = self.query_one(Sentences)
        return [(region, partial(sentences.choose, place)) for place, region in sentences.in_sight()]

    def marks(self) -> list[Content]:
        """What stands before a sentence."""
        signs = [f"{mark(status, self.view.glyphs)[0]} {status.value}" for status in Status]
        return [
            Content("  ".join(signs[:5])),
            Content("  ".join(signs[5:])),
            Content("After the mark: the number, and the round that picked it. [1 head] and [2 tail] of a pair."),
            Content("Labels are those in force; in other roles than the pool, gold."),
        ]

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """The chosen sentence."""
        sentence = self.query_one(Sentences).chosen
        return None if sentence is None else (sentence.text, asdict(sentence))

    def let_go(self) -> bool:
        """All sentences of the pool again."""
        if self._wanted.text:
            self._narrow(replace(self._wanted, text=""))
        elif self._wanted.label:
            self._narrow(replace(self._wanted, label=""))
        elif self._wanted != Wanted():
            self._narrow(Wanted())
        else:
            return False
        return True

    # -- the keys ---------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Choose a sentence."""
        self.query_one(Sentences).move(by)

    def action_page(self, by: int) -> None:
        """A page of sentences."""
        sentences = self.query_one(Sentences)
        sentences.move(by * max(1, sentences.rows - 1))

    def action_end(self, side: int) -> None:
        """The first or the last sentence, wherever the list is held."""
        shelf, sentences = self._shelf, self.query_one(Sentences)
        if shelf is None:
            return
        if side < 0 and shelf.first > 0:
            self._open(self._wanted)
        elif side > 0 and not shelf.at_end and not self._wanted.searches:
            self._open(self._wanted, after=FAR, place=self._total() or 0)
            sentences.move(0)
        else:
            sentences.move(-FAR if side < 0 else max(0, shelf.end - 1 - sentences.cursor))

    def action_open(self) -> None:
        """The chosen sentence in full."""
        self.query_one(Sentences).open()

    def action_status_next(self, by: int) -> None:
        """The next status in the list that has sentences."""
        numbers = self._counts.status if self._counts is not None else {}
        known = [None, *(status for status in Status if numbers.get(status) or status is self._wanted.status)]
        here = known.index(self._wanted.status)
        self._narrow(replace(self._wanted, role="pool", status=known[(here + by) % len(known)]))

    def action_role_next(self, by: int) -> None:
        """The next role that has sentences."""
        numbers = self._counts.roles if self._counts is not None else {}
        known = [role for role in ROLES if role in ("pool", self._wanted.role) or numbers.get(role)]
        self.action_role(known[(known.index(self._wanted.role) + by) % len(known)])

    def action_role(self, role: str) -> None:
        """Sentences of one role."""
        self._narrow(replace(self._wanted, role=role, status=None))

    def action_status(self, status: str) -> None:
        """Sentences of one status; "" for all."""
        self._narrow(replace(self._wanted, role="pool", status=Status(status) if status else None))

    def action_search(self) -> None:
        """Type a part of the text."""
        if self._shelf is not None:
            needle = self.query_one(Needle)
            needle.add_class("-open")
            needle.value = self._wanted.text
            needle.focus()

    def action_copies(self) -> None:
        """Which sentences serve in two roles."""
        if self._line is not None:
            self._run(self._copies, "copies")

    async def _copies(self) -> None:
        from .copies import CopiesScreen

        assert self._line is not None
        as_of = self.view.as_of
        found = await self._line.call(lambda catalogue: catalogue.copies(as_of))
        self.app.push_screen(CopiesScreen(self.view, found))

    def action_label(self) -> None:
        """Items with one label alone; again: with any."""
        labels = self.view.snapshot.labels if self.view.snapshot else ()
        if self._wanted.label:
            self._narrow(replace(self._wanted, label=""))
        elif self._shelf is not None and labels:
            from .labels import LabelsScreen

            self.app.push_screen(LabelsScreen(labels, self.view.glyphs), self._labelled)

    def _labelled(self, label: str | None) -> None:
        if label is not None:
            self._narrow(replace(self._wanted, label=label))

    def action_drop_search(self) -> None:
        """Escape: no search."""
        self.set_focus(None)
        self._narrow(replace(self._wanted, text=""))

    def _narrow(self, wanted: Wanted) -> None:
        if wanted != self._wanted:
            self._open(wanted)

    @on(Input.Changed, "#needle")
    def _typed(self, message: Input.Changed) -> None:
        self._run(partial(self._rested, message.value), "typed")

    async def _rested(self, text: str) -> None:
        await asyncio.sleep(REST_S)
        self._narrow(replace(self._wanted, text=text))

    @on(Input.Submitted, "#needle")
    def _submitted(self, message: Input.Submitted) -> None:
        self.workers.cancel_group(self, "typed")
        self.set_focus(None)
        self._narrow(replace(self._wanted, text=message.value))

    @on(Sentences.Wants)
    def _wants(self) -> None:
        if self._shelf is not None:
            self._run(self._shelf.fill, "fill")
            self._tell()
            self._look()

    @on(Sentences.Jumped)
    def _jumped(self, message: Sentences.Jumped) -> None:
        self._run(partial(self._jump, message.fraction), "jump")

    async def _jump(self, fraction: float) -> None:
        """The scrollbar: near that fraction of the list."""
        assert self._line is not None
        wanted, total, as_of = self._wanted, self._total(), self.view.as_of
        if fraction <= 0:
            self.action_end(-1)
        elif fraction >= 1:
            self.action_end(1)
        elif total is not None:
            after = await self._line.call(lambda catalogue: catalogue.place(wanted, fraction, as_of=as_of))
            if wanted == self._wanted:
                self._open(wanted, after=after, place=int(total * fraction))

    @on(Sentences.Opened)
    def _opened(self, message: Sentences.Opened) -> None:
        from .look import LookScreen

        doors = self.house.doors
        desk = doors.desk if doors is not None else None
        self.app.push_screen(LookScreen(self.view, message.sentence, self._wanted.role, desk, self._turned))

    def _turned(self, by: int) -> Sentence | None:
        """The neighbour that the full view asks for."""
        sentences = self.query_one(Sentences)
        sentences.move(by)
        return sentences.chosen


SCREEN = DataScreen
