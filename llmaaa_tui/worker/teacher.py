"""The annotator measured on a gold split: asked once a project, priced before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..acquisition.bundle import bundles
from ..acquisition.retrieve import random_demonstrations
from ..config import Settings
from ..core.money import format_usd
from ..core.seeds import derive
from ..core.states import Kind, Phase, Role
from ..core.tasks import get
from ..store import items, replies, rounds
from ..store.database import Store
from .asking import Asking, Group, ask_all, asking, open_samples, requests_of
from .context import Context
from .evaluate import measure_teacher
from .strays import asked_otherwise

TEACHER = "teacher"


def measure_teacher_once(context: Context) -> None:
    """Ask the annotator about dev or test, once a project, where `teacher.measure` names the split.

    Its worst case is said before anything is sent. What does not fit under the cap whole is not begun: half a
    split gives no figure, and would take from the loop.
    """
    measure = context.settings.teacher.measure
    if measure == "none" or rounds.has_metric(context.store, "annotator", measure):
        return
    role = Role(measure)
    ids = items.sendable(context.store, role)
    if not ids or context.control.should_halt():
        return
    if context.kit.kind is Kind.GOLD:  # an answer stored beside the gold it repeats would be taken for gold
        measure_teacher(context, role, dict(items.gold_of(context.store, ids)))
        return
    if ask_split(context, role):
        measure_teacher(context, role, replies.taught(context.store, ids, context.kit.name))


def ask_split(context: Context, role: Role) -> bool:
    """Ask the annotator about all of a gold split, about nothing twice; False where it does not fit under the cap
    whole, or somebody halted it."""
    groups = teacher_groups(context.store, context.settings, items.sendable(context.store, role))
    meter = context.meter(max(1, rounds.position(context.store).number), Phase.EVALUATE)
    asked = asking(context, context.kit, None, TEACHER, groups, meter)
    return _affordable(context, asked, role) and ask_all(context, asked) and not asked.skipped


def _affordable(context: Context, asked: Asking, role: Role) -> bool:
    """Say what measuring the annotator can cost at most, and whether that fits under the cap."""
    kit, ledger = asked.kit, context.ledger
    assert kit.rates is not None
    seen = replies.answered(context.store, asked.documents, kit.name)
    wanted = {item: open_samples(answers, 1, 0) for item, answers in seen.items()}
    requests = {request.key: request for request in requests_of(asked, wanted)}
    standing = {key: ledger.standing(key) for key in requests}
    open_requests = [  # what lies at the provider is held already
        request for key, request in requests.items() if not (standing[key].settled or standing[key].at_provider)
    ]
    if not open_requests or asked_otherwise(context, open_requests, wanted):  # bought, or begun
        return True
    worst = sum(kit.worst(request) for request in open_requests)
    free = ledger.free()
    count = sum(bool(samples) for samples in wanted.values())
    about = context.task.count(count)
    text = f"measuring the annotator on {role} asks about {about} and costs at most ${format_usd(worst, 6)}"
    if context.settings.annotator.retries:
        text += ", without asking anything again"
    if worst > free:
        text += f"; that does not fit into the ${format_usd(free, 6)} left under the cap, so it is left out"
    context.event("teacher", text)
    return worst <= free


def teacher_groups(store: Store, settings: Settings, ids: Sequence[int]) -> list[Group]:
    """Requests of `annotator.per_request` items in order, or of the pairs of one sentence; random demonstrations from
    each one's own generator.

    In paper mode the demonstrations are these very sentences: none is shown with the question about itself.
    """
    shown, size, seed = items.sendable(store, Role.DEMONSTRATION), settings.annotator.per_request, settings.project.seed
    texts = {item: document.text for item, document in items.documents(store, [*ids, *shown]).items()}
    sentences = [texts[item] for item in ids] if get(settings.project.task).pairs else None
    groups = []
    for asked, _ in bundles(ids, None, {}, size, 0, sentences):
        own = {texts[item] for item in asked}
        others = [one for one in shown if texts[one] not in own]
        rng = np.random.default_rng(derive(seed, 0, TEACHER, asked[0]))
        rows = random_demonstrations(len(others), min(settings.annotator.k, len(others)), rng)
        groups.append(Group(asked, tuple(others[row] for row in rows)))
    return groups
