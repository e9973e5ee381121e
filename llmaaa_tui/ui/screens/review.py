"""The review: one sentence, one key, the next sentence."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from ...core.difference import differ
from ...core.document import NOTHING, Labels
from ...core.review import Again, Filter, Order, ReviewItem, Verdict
from ...core.states import State
from ..cells import fit, safe
from ..keys.command import Command, bindings
from ..keys.review import KEYS
from ..place import Target
from ..review.serving import Serving
from ..review.text import ORDERS, asks_gold, why_page
from ..view import View
from ..widgets.keybar import KeyBar
from ..widgets.review_head import ReviewHead
from ..widgets.review_list import ReviewList
from ..widgets.review_sheet import ReviewSheet

if TYPE_CHECKING:
    from ..shapes import Mended

_QUOTED = 24
_LABEL = "review.label_"
_AGAIN = {Again.MODEL: "of the dearer model", Again.SAMPLE: "for another sample"}


class ReviewScreen(Serving, inherit_bindings=False):
    """Serves answers to a person."""

    NAME = "review"
    HEADING = "Review"
    KEYS = KEYS
    BINDINGS: ClassVar[list[BindingType]] = list(bindings(KEYS))
    LABELS = True
    HELP = "Judge the annotator's answers: one key decides and the next sentence is there."
    DEFAULT_CSS = """
    #review-body { height: 1fr; width: 1fr; }
    ReviewScreen ReviewList { display: none; }
    ReviewScreen.-three ReviewList { display: block; }
    """

    def body(self) -> Iterable[Widget]:
        """See the base class."""
        yield ReviewHead("review-head")
        yield Horizontal(ReviewSheet("review-sheet"), ReviewList("review-list"), id="review-body")

    def show(self, view: View) -> None:
        """See the base class; the footer names the project's labels."""
        old, new = self.view.snapshot, view.snapshot
        if new is not None and (old is None or old.labels != new.labels):
            self.query_one(KeyBar).commands = tuple(_named(command, new.labels) for command in KEYS)
        super().show(view)

    def hidden(self) -> set[str]:
        """See the base class."""
        hidden = super().hidden()
        if self.view.past is not None:
            hidden |= {command.id for command in KEYS if command.writes}
        return hidden

    def on_resize(self, event: events.Resize) -> None:
        """A wider screen has the queue beside the sentence, and wants its texts."""
        self.call_after_refresh(self.serve)

    def on_key(self, event: events.Key) -> None:
        """Somebody is here."""
        self.clock.touch(time.monotonic())

    # -- what a screen can offer ------------------------------------------------------------------

    def targets(self) -> list[Target]:
        """The rows of the queue."""
        return [(region, partial(self._look_at, row)) for region, row in self.query_one(ReviewList).rows_in_sight()]

    def chosen(self) -> tuple[str, dict[str, Any]] | None:
        """The sentence."""
        item = self.queue.item
        return (item.text, asdict(self._in_sight(item))) if item else None

    def _in_sight(self, item: ReviewItem) -> ReviewItem:
        """The item without its gold, where nobody has asked for that."""
        return item if asks_gold(self.query_one(ReviewSheet).chosen) else replace(item, gold=None)

    def let_go(self) -> bool:
        """Let go of what is offered about the last decision."""
        had = bool(self.note)
        self.note = Content()
        self.draw()
        return had

    # -- deciding ---------------------------------------------------------------------------------

    def _to_decide(self) -> ReviewItem | None:
        """The item in sight, if it can be decided here; else it is said why not."""
        if not self.decides:
            why = "the past" if self.view.past is not None else "a project opened read-only"
            why = "made pictures" if self.house.doors is None else why
            self.notify(f"Nothing can be decided in {why}.", markup=False, timeout=3)
            return None
        return self.queue.item

    def _quote(self, item: ReviewItem) -> str:
        start = safe(item.text[: 2 * _QUOTED].replace("\n", " "))
        return f'"{fit(start, _QUOTED, self.view.glyphs.ellipsis)}"'

    def _seconds(self) -> float | None:
        seconds = self.clock.seconds(time.monotonic())
        return None if seconds is None else round(seconds, 2)

    def action_accept(self) -> None:
        """The answer is right."""
        if not self.waits(self.action_accept):
            self._accept(self._to_decide())

    def _accept(self, item: ReviewItem | None, *, demonstration: bool = False) -> None:
        if item is None:
            return
        if item.llm is None or item.llm.state is State.FAILED:
            mend = self.view.key("review.mend")
            self.notify(
                f"The answer failed, so there is nothing to accept: {mend} labels the {self.view.task.unit}.",
                markup=False,
            )
            return
        number, answer, seconds = item.item, item.llm.annotation, self._seconds()
        note = Content(f"   {self._quote(item)} is a demonstration from now on.") if demonstration else None
        self.judge(
            Verdict.ACCEPT,
            lambda decisions: decisions.accept(number, answer, seconds=seconds, demonstration=demonstration),
            note,
        )

    def action_reject(self) -> None:
        """The answer is wrong."""
        if self.waits(self.action_reject) or (item := self._to_decide()) is None:
            return
        number, answer, seconds = item.item, _answer(item), self._seconds()
        self._rejected = item
        model, sample, undo = (self.view.key(f"review.{name}") for name in ("dearer", "sample", "undo"))
        dearer = Content.assemble((model, "$focus bold"), " ask the dearer model  ") if self._has_dearer else Content()
        another = Content.assemble((sample, "$focus bold"), " another sample  ", (undo, "$focus bold"), " undo")
        offer = Content(f"   {self._quote(item)} is out of training.  ") + dearer + another
        self.judge(Verdict.REJECT, lambda decisions: decisions.reject(number, answer, seconds=seconds), offer)

    _rejected: ReviewItem | None = None

    @property
    def _has_dearer(self) -> bool:
        """Whether a second model is known, as far as one can see before a run."""
        manner = self.view.snapshot.manner if self.view.snapshot else None
        return manner is None or bool(manner.escalate)

    def action_again(self, how: str) -> None:
        """Have the rejected item asked again: the one in sight, else the one rejected last."""
        if self.waits(partial(self.action_again, how)):
            return
        here, way = self._to_decide(), Again(how)
        if not self.decides or self.writer is None:
            return
        number, decision = 0, 0
        if here and here.decided and here.decided.verdict is Verdict.REJECT:
            number, decision, item = here.item, here.decided.id, here
        elif self._rejected is not None and self.note:
            number, item = self._rejected.item, self._rejected
        if not number:
            back = self.view.key("review.before").split()[0]
            self.notify(
                f"No {self.view.task.unit} was rejected just now; {back} goes back to one.", markup=False, timeout=3
            )
            return
        if way is Again.MODEL and not self._has_dearer:
            sample = self.view.key("review.sample")
            self.notify(f"No second model is set (annotator.escalate); {sample} takes another sample.", markup=False)
            return
        made = self.decisions
        self._write(
            lambda decisions: decisions.ask_again(number, decision or made[number], way),
            lambda: None,
        )
        self._rejected = None
        self.note = Content(f"   {self._quote(item)} will be asked again {_AGAIN[way]}.")
        self.draw()

    def action_skip(self) -> None:
        """Say nothing."""
        if self.waits(self.action_skip) or (item := self._to_decide()) is None:
            return
        number, answer, seconds = item.item, _answer(item), self._seconds()
        self.judge(Verdict.SKIP, lambda decisions: decisions.skip(number, answer, seconds=seconds))

    def action_demonstration(self) -> None:
        """Accept it and make it a demonstration; one that is one already is none from now on."""
        if self.waits(self.action_demonstration) or (item := self._to_decide()) is None:
            return
        number, made = item.item, not item.demonstration
        stands = item.decided is not None and item.decided.verdict in (Verdict.ACCEPT, Verdict.MEND)
        if made and not stands:
            self._accept(item, demonstration=True)
            return
        self._write(lambda decisions: decisions.mark_demonstration(number, made), lambda: None)
        self.queue.items[number] = replace(item, demonstration=made)
        self.note = Content(f"   {self._quote(item)} is {'a' if made else 'no'} demonstration from now on.")
        self.draw()

    def action_label(self, place: int) -> None:
        """A label by its key: where an item has one label that is the whole decision, else the editor opens with it."""
        if self.waits(partial(self.action_label, place)) or (item := self._to_decide()) is None:
            return
        labels = self.view.snapshot.labels if self.view.snapshot else ()
        if place >= len(labels):
            return
        answer = self.view.kind.at_once(labels[place])
        if answer is None:
            self._edit(item, labels, labels[place])
        elif item.llm is not None and item.llm.state is not State.FAILED and not differ(answer, item.llm.said.labels):
            self._accept(item)
        else:
            self._give(item, answer, self._seconds())

    def action_mend(self) -> None:
        """Change the labels."""
        if self.waits(self.action_mend) or (item := self._to_decide()) is None:
            return
        self._edit(item, self.view.snapshot.labels if self.view.snapshot else ())

    def _edit(self, item: ReviewItem, labels: tuple[str, ...], label: str = "") -> None:
        layer = item.human or item.llm
        begin = layer.said.labels if layer else NOTHING
        before = self.clock.seconds(time.monotonic())
        self.clock.pause(time.monotonic())
        screen = self.view.kind.editor(item, labels, self.view, begin=begin, label=label)
        self.app.push_screen(screen, partial(self._mended, item, before))

    def _mended(self, item: ReviewItem, before: float | None, mended: Mended | None) -> None:
        self.clock.resume(time.monotonic())
        if mended is None:
            return
        if not self.queue.look_at(item.item):
            words = f"{self._quote(item)} is not in the queue any more, so your labels are not kept."
            self.notify(words, severity="warning", markup=False)
            return
        self._give(item, mended.labels, None if before is None else round(before + mended.seconds, 2))

    def _give(self, item: ReviewItem, labels: Labels, seconds: float | None) -> None:
        """The person's own labels."""
        number, answer = item.item, _answer(item)
        self.judge(Verdict.MEND, lambda decisions: decisions.mend(number, answer, labels, seconds=seconds))

    def action_undo(self) -> None:
        """The last decision back."""
        if self._may_step():
            self.step(lambda decisions: decisions.undo(), back=True)

    def action_redo(self) -> None:
        """The decision again."""
        if self._may_step():
            self.step(lambda decisions: decisions.redo(), back=False)

    def _may_step(self) -> bool:
        if not self.decides:
            self._to_decide()
        return self.decides

    def action_bulk(self) -> None:
        """Many at once."""
        if not self.waits(self.action_bulk) and self._may_step():
            from .bulk import begin

            begin(self)

    # -- looking ----------------------------------------------------------------------------------

    def _look_at(self, row: int) -> None:
        self.queue.here = row
        self.move_done()

    def move_done(self) -> None:
        """Another row is looked at."""
        self.note = Content()
        self.draw()
        self.serve()

    def action_move(self, by: int) -> None:
        """The next or the one before, without deciding."""
        if self.queue.move(by):
            self.move_done()

    def action_end(self, side: int) -> None:
        """The first or the last of the queue."""
        self.queue.end(side)
        self.move_done()

    def action_page(self, by: int) -> None:
        """Scroll a long sentence."""
        self.query_one(ReviewSheet).scroll_by(by)

    def action_layer(self, by: int) -> None:
        """Another answer in the sentence."""
        self.query_one(ReviewSheet).choose(by)

    def action_order(self) -> None:
        """Another order."""
        orders = list(ORDERS)
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]
        self.seed += self.order is Order.RANDOM
        self.reload(fresh=True)

    def action_filter(self) -> None:
        """Which sentences."""
        from .review_filter import FilterScreen

        labels = self.view.snapshot.labels if self.view.snapshot else ()
        view = self.view
        form = FilterScreen(self.wanted, labels, view.newest, view.glyphs, view.task.units)
        self.app.push_screen(form, self._filtered)

    def _filtered(self, wanted: Filter | None) -> None:
        if wanted is not None:
            self.wanted = wanted
            self.note = Content()
            self.reload(fresh=True)

    def action_why(self) -> None:
        """Why it is here."""
        from .exchange import PageScreen

        item, view = self.queue.item, self.view
        if item:
            text = "\n".join(line.plain for line in why_page(item, view, 200))
            make = partial(why_page, item, view)
            self.app.push_screen(PageScreen(f"Why this {view.task.unit}", make, view, text=text, key="w"))

    def action_details(self) -> None:
        """All that is known."""
        from ..layers import describe, sentence_of
        from .exchange import PageScreen

        item, view = self.queue.item, self.view
        if item:
            known = self._in_sight(item)
            make = partial(describe, sentence_of(item), known, "pool", view)
            self.app.push_screen(
                PageScreen(f"{view.task.unit.capitalize()} #{item.item}", make, view, text=item.text, key="enter")
            )

    def action_raw(self) -> None:
        """What was sent and what came back."""
        if self.queue.item:
            self.soon(partial(self._raw, self.queue.item), "review-raw", alone=True)

    async def _raw(self, item: ReviewItem) -> None:
        from .exchange import PageScreen, exchange_page, exchange_text

        assert self.lists is not None
        as_of = self.view.as_of
        try:
            found = await self.lists.call(lambda desk: desk.exchanges(item.item, as_of=as_of))
        except Exception as error:
            self._refused(error)
            return
        make = partial(exchange_page, found, self.view.glyphs)
        title = f"Prompt and answer of #{item.item}"
        self.app.push_screen(PageScreen(title, make, self.view, text=exchange_text(found), key="r"))


def _answer(item: ReviewItem) -> int | None:
    return item.llm.annotation if item.llm else None


def _named(command: Command, labels: tuple[str, ...]) -> Command:
    """A digit with the label that it stands for; further digits stand for none."""
    if not command.id.startswith(_LABEL):
        return command
    place = int(command.id.removeprefix(_LABEL)) - 1
    return replace(command, word=fit(safe(labels[place]), 12), rank=4 + place) if place < len(labels) else command


SCREEN = ReviewScreen
