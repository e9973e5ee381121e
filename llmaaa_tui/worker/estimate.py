"""What a round and the rest will cost, before a cent is spent. Asks nobody, starts nothing, writes nothing.

The worst case is what would be held: the longest answer the limits allow, every item asked again as often as
`annotator.retries` allows. The expected case counts the real prompts of a sample of the pool and takes answers as
long as the gold ones, or as this annotator's own so far.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from ..acquisition.bundle import bundles
from ..acquisition.registry import get as strategy_of
from ..annotators.contracts import Bundle, Demonstration, PlanItem, Rates, Request, Usage
from ..annotators.llm import LlmAnnotator
from ..annotators.prices import age_days, age_warning
from ..annotators.tokens import count
from ..annotators.wires import WIRES
from ..config import Settings
from ..consent import remote_host, what_is_sent
from ..core.document import Document, Labels
from ..core.human_cost import human_cost
from ..core.labels import LabelSet
from ..core.seeds import generator
from ..core.states import Phase, Role, State
from ..core.tasks import get
from ..paths import ProjectPaths
from ..store import items, replies, rounds, verdicts
from ..store.assumed import assumed
from ..store.database import Store
from ..store.doubts import asked_in, doubts_of, labels_before
from ..store.ledger import LedgerStore
from ..store.sentinels import looks
from ..store.spending import FOREVER
from .annotate import second_settings, written_groups
from .annotator import AnnotatorKit, describe
from .asking import Group, demonstrations, open_samples
from .cost import NOTHING, Cost, plus
from .drift import drawn, due
from .estimate_notes import on_top
from .generate import FEWGEN, SOURCES, WAVES, filled_by, manner_of, per_request, refuse
from .leakage_round import cost as probing_cost
from .leakage_round import looked_at
from .pick import unseen
from .sizes import left_of_round, next_size, picked_after, size_of_rest, sizes_of_rest, words_of
from .teacher import teacher_groups

SAMPLE = 60
"""Requests whose real prompts are counted."""


class Estimator:
    """Counts the requests of a project that is not being worked on, or is: only rows that are there are read."""

    def __init__(self, store: Store, ledger: LedgerStore, settings: Settings, kit: AnnotatorKit) -> None:
        assert kit.annotator is not None
        assert kit.rates is not None
        self._store = store
        self._ledger = ledger
        self._settings = settings
        self._kit = kit
        self._annotator: LlmAnnotator = kit.annotator
        self.rates: Rates = (kit.rates.batch if kit.economy else None) or kit.rates
        shown = [*items.sendable(store, Role.DEMONSTRATION), *verdicts.made_demonstrations(store)]
        texts, labels = items.documents(store, shown), verdicts.shown_labels(store, shown)
        self._demonstrations = [Demonstration(item, texts[item], labels[item]) for item in shown if item in labels]

    def this_round(self) -> Cost:
        """What is still to be bought of the round that is open or comes next."""
        position = rounds.position(self._store)
        if not position.complete and Phase.ANNOTATE in position.done:
            return NOTHING
        number, size = position.number + position.complete, next_size(self._store, self._settings)
        picked = not position.complete and Phase.SELECT in position.done
        strategy = position.strategy if picked else filled_by(self._settings, number)
        if strategy in SOURCES:
            return self._of_writing(size)
        if picked:
            labelled = {label.item for label in items.labels_in_force(self._store)}
            voted = replies.voted(self._store, position.number, self._kit.name)
            batch = self._of_groups(written_groups(self._store, position.number), labelled, voted)
            return plus(batch, self._of_doubts(position.number))
        if strategy_of(strategy).needs:
            wanted = self._drawn([size])
        else:
            wanted = [unseen(self._store, self._settings.project.seed, number, strategy, size).ids]
        return plus(self._of_pool(wanted), self._once_more(number > 1))

    def rest(self, rounds_left: int) -> Cost:
        """So many rounds after this one."""
        if self._settings.loop.source in SOURCES:
            return self._of_writing(picked_after(self._store, self._settings, rounds_left))
        picked = self._drawn(sizes_of_rest(self._store, self._settings, rounds_left))
        return plus(self._of_pool(picked), self._once_more(rounds_left))

    def teacher(self) -> Cost:
        """Measuring the annotator on the split that `teacher.measure` names, where that is still to be done."""
        measure = self._settings.teacher.measure
        if measure == "none" or rounds.has_metric(self._store, "annotator", measure):
            return NOTHING
        groups = teacher_groups(self._store, self._settings, items.sendable(self._store, Role(measure)))
        return self._of_groups(groups, frozenset(), samples=1)

    def sentinels(self, last: int) -> Cost:
        """Asking the sentinels again after every round up to `last` in which they are due and were not asked yet."""
        done = {number for number, _ in looks(self._store, self._kit.name)}
        first = max(1, rounds.position(self._store).number)
        wanted = [number for number in range(first, last + 1) if due(self._settings, number) and number not in done]
        ids = drawn(self._store, self._settings)
        if not wanted or not ids:
            return NOTHING
        groups, texts = teacher_groups(self._store, self._settings, ids), items.documents(self._store, ids)
        shown = demonstrations(self._store, groups)
        bundles = [
            Bundle(
                tuple(PlanItem(item, texts[item]) for item in group.items),
                tuple(shown[group.as_of, item] for item in group.demonstrations if (group.as_of, item) in shown),
            )
            for group in groups
        ]
        total, answer = NOTHING, self._answer_tokens()
        for request in self._annotator.plan(bundles, sample=wanted[0], doublings=1):
            total = plus(total, replace(self._cost(request, answer * len(request.items)), items=len(request.items)))
        return replace(total.times(len(wanted)), items=len(wanted) * len(ids))

    def _of_groups(
        self,
        groups: Sequence[Group],
        labelled: Collection[int],
        voted: Collection[int] = (),
        samples: int | None = None,
    ) -> Cost:
        """Items whose requests are written down, without the answers that are there."""
        seen = replies.answered(self._store, [item for group in groups for item in group.items], self._kit.name)
        seen = {
            item: answers for item, answers in seen.items() if item not in voted and (answers or item not in labelled)
        }
        texts = items.documents(self._store, seen)
        shown = demonstrations(self._store, groups)
        bundles = [
            Bundle(
                tuple(PlanItem(item, texts[item]) for item in group.items if item in seen),
                tuple(shown[group.as_of, item] for item in group.demonstrations if (group.as_of, item) in shown),
            )
            for group in groups
        ]
        return self._of(bundles, seen, samples or self._settings.annotator.samples)

    def _drawn(self, sizes: Sequence[int]) -> list[list[int]]:
        """Open items that stand for those which rounds of these sizes will pick."""
        pool = items.open_items(self._store)
        rng = generator(self._settings.project.seed, 0, "estimate rounds")
        drawn = iter(rng.sample(pool, min(sum(sizes), len(pool))))
        return [list(islice(drawn, size)) for size in sizes]

    def _of_pool(self, picked: Sequence[Sequence[int]]) -> Cost:
        """What rounds cost that pick these items: the requests are made as theirs, some of them stand for all."""
        pairs, size = get(self._settings.project.task).pairs, self._settings.annotator.per_request
        groups = []
        for batch in picked:
            sentences = [one.text for one in items.documents(self._store, batch).values()] if pairs else None
            groups += [members for members, _ in bundles(batch, None, {}, size, 0, sentences)]
        if not groups:
            return NOTHING
        rng = generator(self._settings.project.seed, 0, "estimate", 0)
        sample = rng.sample(groups, min(SAMPLE, len(groups)))
        texts = items.documents(self._store, [item for group in sample for item in group])
        k = min(self._k, len(self._demonstrations))
        asked = [
            Bundle(tuple(PlanItem(item, texts[item]) for item in group), tuple(rng.sample(self._demonstrations, k)))
            for group in sample
        ]
        nothing: dict[int, dict[int, State]] = {item: {} for item in texts}
        cost = self._of(asked, nothing, self._settings.annotator.samples).times(len(groups) / len(sample))
        return replace(cost, items=sum(map(len, picked)))

    def _of_doubts(self, number: int) -> Cost:
        """What a round asks once more and has not asked yet; only these answers are wanted, and none is retried."""
        doubts = {one.item: one for one in doubts_of(self._store, number)} if self._settings.loop.reask else {}
        asked = asked_in(self._store, number, list(doubts), self._kit.name)
        mine = labels_before(self._store, number, list(doubts), self._kit.name)
        left = (doubts.keys() & mine.keys()) - asked.keys() - verdicts.judged(self._store)
        texts = items.documents(self._store, sorted(left))
        shown = demonstrations(
            self._store, [Group((item,), doubts[item].neighbours, doubts[item].seq) for item in left]
        )
        total = NOTHING
        for item, sample in verdicts.next_samples(self._store, list(texts), self._kit.name).items():
            as_of = doubts[item].seq
            examples = tuple(shown[as_of, one] for one in doubts[item].neighbours if (as_of, one) in shown)
            for request in self._annotator.plan(
                [Bundle((PlanItem(item, texts[item]),), examples)], sample=sample, doublings=1
            ):
                standing = self._ledger.standing(request.key)
                if not (standing.settled or standing.at_provider):
                    total = plus(total, replace(self._cost(request, self._answer_tokens()), items=1))
        return total

    def _once_more(self, rounds: int) -> Cost:
        """So many rounds' doubtful labels, asked once more each; sentences of the pool stand for them."""
        wanted, pool = rounds * self._settings.loop.reask, items.items_of(self._store, Role.POOL)
        if not wanted or not pool:
            return NOTHING
        rng = generator(self._settings.project.seed, 0, "estimate doubts", 0)
        sample = rng.sample(pool, min(SAMPLE, len(pool)))
        texts, answer = items.documents(self._store, sample), self._answer_tokens()
        k = min(self._k, len(self._demonstrations))
        total = NOTHING
        for item in sample:
            bundle = Bundle((PlanItem(item, texts[item]),), tuple(rng.sample(self._demonstrations, k)))
            for request in self._annotator.plan([bundle], sample=self._settings.annotator.samples, doublings=1):
                total = plus(total, self._cost(request, answer))
        return replace(total.times(wanted / len(sample)), items=wanted)

    @property
    def _k(self) -> int:
        """Demonstrations a request shows at most."""
        return 0 if self._settings.annotator.retrieval == "none" else self._settings.annotator.k

    def _of_writing(self, wanted: int) -> Cost:
        """Sentences that the annotator writes itself; at worst all of them are asked for `WAVES` times."""
        assert self._kit.writer is not None
        if not wanted:
            return NOTHING
        size = min(wanted, per_request(self._settings))
        k = self._settings.annotator.k if self._settings.loop.source == FEWGEN else 0
        request = self._kit.writer.plan(0, size, 0, self._demonstrations[:k])
        texts = [self._kit.writer.written(one) for one in self._demonstrations]
        lengths = [count(text, request.model, request.provider)[0] for text in texts]
        one = self._cost(request, size * (sum(lengths) / len(lengths) if lengths else 60.0))
        times = wanted / size
        return replace(one.times(times), items=wanted, worst_nanousd=one.worst_nanousd * times * WAVES)

    def _of(self, bundles: Sequence[Bundle], seen: Mapping[int, Mapping[int, State]], samples: int) -> Cost:
        """What these bundles cost by what each sample of their items came to so far."""
        retries = self._settings.annotator.retries
        first = {item: set(open_samples(answers, samples, retries)) for item, answers in seen.items()}
        answer = self._answer_tokens()
        total = replace(NOTHING, items=sum(bool(numbers) for numbers in first.values()))
        for sample in range(samples * (1 + retries)):
            wave = []
            for bundle in bundles:
                left = tuple(one for one in bundle.items if first[one.item] and sample not in seen[one.item])
                if left:
                    wave.append(replace(bundle, items=left))
            for request in self._annotator.plan(wave, sample=sample, doublings=sample // samples):
                standing = self._ledger.standing(request.key)
                if standing.settled or standing.at_provider:  # paid, or held already
                    continue
                if any(sample in first[item] for item in request.items):
                    total = plus(total, self._cost(request, answer * len(request.items)))
                else:  # only at worst
                    total = plus(total, replace(NOTHING, worst_nanousd=self._worst(request)))
        return total

    def _cost(self, request: Request, answer: float) -> Cost:
        asked = _input_tokens(request)
        expected = self.rates.cost(Usage(asked, 0, 0, math.ceil(answer)))
        worst = self._worst(request)
        return Cost(0, 1, asked, answer, expected, worst, worst)

    def _worst(self, request: Request) -> int:
        return self.rates.worst(request.input_bound, request.output_bound)

    def _answer_tokens(self) -> float:
        """Output tokens an item: as this annotator's answers had so far, else as gold would have."""
        sizes = replies.request_sizes(self._store)
        seen = {key: written for key, written in self._ledger.written(self._annotator.model).items() if key in sizes}
        if seen:
            return sum(seen.values()) / sum(sizes[key] for key in seen)
        lengths = [self._gold_length(one.document, one.labels) for one in self._demonstrations]
        return sum(lengths) / len(lengths) if lengths else 40.0

    def _gold_length(self, document: Document, labels: Labels) -> int:
        said = self._annotator.answer_in_full(document, labels)
        return count(said, self._annotator.model, self._settings.annotator.provider)[0]


def _input_tokens(request: Request) -> int:
    return sum(count(text, request.model, request.provider)[0] for text in WIRES[request.wire].texts(request.body))


def estimate(
    paths: ProjectPaths, settings: Settings, store: Store, ledger: LedgerStore, labels: LabelSet, end: int | None = None
) -> dict[str, Any]:
    """The figures of `llmaaa estimate --json`, amounts in integer nano-USD.

    Args:
        end: the round that is counted up to; `loop.rounds` without it. How large each is follows from that alone.

    Raises:
        SettingsError: the settings do not name a usable annotator, or nobody knows its price.
    """
    refuse(settings)
    kit = describe(paths, settings, labels)
    annotator, today = settings.annotator, datetime.now(UTC).date()
    position = rounds.position(store)
    number = position.number + position.complete
    rounds_left = max(0, (end or settings.loop.rounds) - number)
    measured = second = repeated = probed = NOTHING
    if kit.annotator is None or kit.rates is None:
        now = replace(NOTHING, items=left_of_round(store, settings))
        rest = replace(NOTHING, items=size_of_rest(store, settings, rounds_left))
        rates = Rates(0, 0, 0, 0, source=annotator.provider, as_of="", declared_free=True)
    else:
        estimator = Estimator(store, ledger, settings, kit)
        now, rest, measured = estimator.this_round(), estimator.rest(rounds_left), estimator.teacher()
        repeated = estimator.sentinels(end or settings.loop.rounds)
        picking = sum(size > 0 for size in sizes_of_rest(store, settings, rounds_left))  # those that the pool allows
        begun = not position.complete or now.items > 0
        probed = probing_cost(store, settings, kit, picking + (begun and not looked_at(store, number)))
        rates = estimator.rates
        if annotator.escalate:
            chosen = second_settings(settings)
            once = replace(chosen.annotator, samples=1)
            chosen = replace(chosen, annotator=once, loop=replace(chosen.loop, reask=0))
            other = Estimator(store, ledger, chosen, describe(paths, chosen, labels))
            second = plus(other.this_round(), other.rest(rounds_left))
    worst = now.worst_nanousd + rest.worst_nanousd + measured.worst_nanousd + second.worst_nanousd
    worst += repeated.worst_nanousd + probed.worst_nanousd
    old = age_warning(rates, today)
    host = remote_host(settings)
    sending = None if host is None else what_is_sent(settings, host)
    budget = replace(ledger.totals(), cap_nanousd=settings.cap_nanousd)  # a run sets this cap first
    words = words_of(store, now.items + rest.items)
    figures = assumed(store.rows, FOREVER)
    human = human_cost(round(words), 0, assumed=figures, items=now.items + rest.items)
    notes = [old] if old else []
    if settings.loop.source in SOURCES:
        notes.append(
            f"the annotator writes the sentences itself, {per_request(settings)} a request; at worst a round asks "
            f"{WAVES} times for all of them, where it repeats itself"
        )
    elif annotator.retries and now.worst_nanousd:
        notes.append(f"at worst every item is asked {1 + annotator.retries} times, with twice the room each time")
    if settings.loop.reask and kit.annotator is not None:
        notes.append(f"up to {settings.loop.reask} doubtful labels a round, asked about once more, are counted in")
    notes += on_top(settings, teacher=measured, sentinels=repeated, second=second)
    if worst > budget.free_nanousd and not rates.declared_free:
        notes.append("the worst case does not fit under the cap: requests that do not fit wait, then are not sent")
    return {
        "schema": 1,
        "project": items.project(store).name,
        "task": settings.project.task,
        "provider": annotator.provider,
        "model": kit.name,
        "host": host,
        "simulated": kit.simulated or ("recorded" if annotator.provider == "recorded" else False),
        **manner_of(settings),
        "samples": annotator.samples,
        "economy": annotator.economy,
        "prices": {
            "input_nanousd": rates.input,
            "cached_nanousd": rates.cached,
            "cache_write_nanousd": rates.cache_write,
            "output_nanousd": rates.output,
            "source": rates.source,
            "as_of": rates.as_of,
            "age_days": age_days(rates, today),
            "declared_free": rates.declared_free,
            "warning": old,
        },
        "this_round": {"round": number, **now.as_dict()},
        "rest": {"rounds": rounds_left, **rest.as_dict()},
        "teacher": measured.as_dict(),
        "sentinels": repeated.as_dict(),
        "leakage": {"per_round": settings.leakage.per_round, **probed.as_dict()},
        "escalation": second.as_dict(),
        "budget": {
            "cap_nanousd": budget.cap_nanousd,
            "spent_nanousd": budget.spent_nanousd,
            "held_nanousd": budget.held_nanousd,
            "unconfirmed_nanousd": budget.unconfirmed_nanousd,
            "free_nanousd": budget.free_nanousd,
        },
        "fits": (now if now.expected_nanousd else rest).fit_into(budget.free_nanousd),
        "human": {
            "cost_nanousd_low": human.low_nanousd,
            "cost_nanousd_high": human.high_nanousd,
            "basis": human.basis,
        },
        "sent": {
            "what": list(sending.sent) if sending else [],
            "never": list(sending.never_sent) if sending else [],
            "retention": [sending.retention] if sending else [],
        },
        "consent": host is None or annotator.allow_remote,
        "notes": notes,
    }
