"""One question to the annotator before a run: what it says about a gold sentence, and what that cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..acquisition.retrieve import random_demonstrations
from ..config import Settings
from ..core.annotation import ItemAnswer
from ..core.document import Document, Labels
from ..core.seeds import derive
from ..core.states import Kind, Phase, Role
from ..errors import BudgetError, ProjectError
from ..paths import ProjectPaths
from ..store import items, replies, rounds
from ..store.database import Store
from ..store.lease import Lease
from ..store.ledger import LedgerStore
from .annotator import build
from .asking import Group, ask_all, asking
from .context import Context
from .control import Control
from .goals import Goals
from .session import student_settings

TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: the answer (None from the gold annotator), nano-USD, seconds of its requests."""

    annotator: str
    simulated: str | None
    document: Document
    gold: Labels
    answer: ItemAnswer | None
    cost_nanousd: int = 0
    seconds: float = 0.0


def try_one(paths: ProjectPaths, settings: Settings) -> Trial:
    """Ask about one gold sentence of the meta split, with random demonstrations; paid once, free when asked again.

    A meta sentence, for it is neither in the pool nor what dev and test are measured on: the answer labels nothing.

    Raises:
        BusyError: a worker holds the project.
        ProjectError: there is no sentence that may be sent.
        SettingsError: they name another task than the project's.
        BudgetError: it does not fit under the cap.
        LlmaaaError: the annotator cannot be had, or keeps failing.
    """
    lease = Lease(paths.lock, paths.database(settings))
    store = Store(paths.database(settings))
    try:
        lease.begin()
        project = items.project(store)
        project.refuse_other(settings.project.task)
        ledger = LedgerStore(paths.ledger(settings), project.uuid)
        try:
            ledger.set_cap(settings.cap_nanousd)
            ledger.recover()
            labels = project.label_set(dict(settings.labels))
            context = Context(
                paths=paths,
                settings=settings,
                project=project,
                labels=labels,
                store=store,
                ledger=ledger,
                lease=lease,
                control=Control(store),
                goals=Goals(),
                kit=build(paths, settings, labels, store),
                student=student_settings(settings),
            )
            return _ask(context)
        finally:
            ledger.close()
    finally:
        store.close()
        lease.end()


def _ask(context: Context) -> Trial:
    store, kit = context.store, context.kit
    sendable = items.sendable(store, Role.META)
    documents = items.documents(store, sendable)
    gold = items.gold_of(store, sendable)
    # One with names in it says more than one without.
    item = next((one for one in sendable if gold.get(one)), sendable[0] if sendable else None)
    if item is None:
        raise ProjectError("there is no gold sentence that may be sent: every meta sentence is marked never_send")
    if kit.kind is Kind.GOLD:
        return Trial(kit.name, None, documents[item], gold[item], None)
    shown = items.sendable(store, Role.DEMONSTRATION)
    texts = items.documents(store, shown)
    shown = [one for one in shown if texts[one].text != documents[item].text]  # paper mode: one set serves for both
    k = min(context.settings.annotator.k, len(shown))
    rng = np.random.default_rng(derive(context.settings.project.seed, 0, TRIAL, item))
    group = Group((item,), tuple(shown[row] for row in random_demonstrations(len(shown), k, rng)))
    meter = context.meter(max(1, rounds.position(store).number), Phase.ANNOTATE)
    asked = asking(context, kit, None, TRIAL, [group], meter)
    ask_all(context, asked)
    if asked.skipped:
        raise BudgetError("one question does not fit under the cap: raise budget.cap_usd")
    given = replies.sampled(store, [item], kit.name)[item]
    keys = store.rows("SELECT request_key FROM request_item WHERE item_id = ? AND purpose = ?", item, TRIAL)
    paid = [settled for row in keys if (settled := context.ledger.settled(row["request_key"])) is not None]
    return Trial(
        kit.name,
        kit.simulated,
        documents[item],
        gold[item],
        given[-1] if given else None,
        sum(settled.cost_nanousd for settled in paid),
        sum(settled.answer.seconds for settled in paid),
    )
