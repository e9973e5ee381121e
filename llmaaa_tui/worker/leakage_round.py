"""Round by round: of each round's selection a few items get the continuation probe, of the annotator that labels them.

What it asks touches no label and no training, and whatever goes wrong with it ends no round. It is looked at after
every round, so p is multiplied by twice the rounds looked at: in simulation, with nothing to find, 1 % of runs are
flagged however many rounds they have; multiplied by the rounds alone, 2 %.
"""

from __future__ import annotations

from dataclasses import replace

from ..annotators.contracts import Usage
from ..annotators.tokens import count
from ..annotators.wires import WIRES
from ..config import Settings
from ..core.leakage import Finding, sentence
from ..core.money import format_usd
from ..core.seeds import generator
from ..core.states import Kind, Phase, Role
from ..errors import LlmaaaError
from ..evaluation.leakage import Subject
from ..store import items, rounds
from ..store.database import Store
from ..store.leakage_rows import probes_of_rounds, write_findings
from .annotator import AnnotatorKit
from .context import Context
from .cost import NOTHING, Cost, plus
from .probe_asking import LEAKAGE, ask, unpaid, worst
from .probe_findings import findings
from .probing import Put, continuations, writer_of

SAMPLE = 30
"""Pool items whose real questions an estimate counts."""


def probes(settings: Settings, kit: AnnotatorKit) -> bool:
    """Whether rounds ask their annotator anything: gold and recordings have nothing to be asked."""
    asks = settings.leakage.per_round > 0 and settings.loop.source == "pool"
    return asks and kit.kind is Kind.LLM and settings.annotator.provider != "recorded"


def looked_at(store: Store, number: int) -> bool:
    """Whether the round's probe is over: it came to something, did not fit, or failed."""
    return bool(store.value("SELECT 1 FROM event WHERE kind = ? AND round = ? LIMIT 1", LEAKAGE, number))


def probe_round(context: Context, number: int) -> None:
    """Ask about a few items of the round's selection, once; the same ones where the round is resumed.

    Never raises for what the annotator or the budget does: the log says it, and the loop goes on.
    """
    if not probes(context.settings, context.kit) or looked_at(context.store, number):
        return
    try:
        _probe(context, number)
    except LlmaaaError as error:
        context.event(LEAKAGE, f"the continuation probe was left out: {error}", number)


def _probe(context: Context, number: int) -> None:
    puts = questions(context.store, context.settings, context.kit, number)
    if not puts:
        context.event(LEAKAGE, "nothing of this round is long enough for the continuation probe", number)
        return
    most, free = worst(context.kit, unpaid(context.ledger, puts).values()), context.ledger.free()
    if most > free:
        text = f"the continuation probe costs at most ${format_usd(most, 6)}, and ${format_usd(free, 6)} are left"
        context.event(LEAKAGE, f"{text} under the cap: left out this round", number)
        return
    meter = context.meter(number, Phase.ANNOTATE)
    ask(context, puts, meter.tell)
    if context.control.should_halt():
        return  # the next run asks the same, and pays for none of it again
    name, dataset = context.kit.name, context.settings.leakage.dataset
    rows = probes_of_rounds(context.store, name, dataset, number)
    about = Subject(name, dataset, context.kit.simulated or "", number)
    failed = {row.request_key for row in rows}  # of a round that is over: no answer is a failed one
    for one in findings(context, rows, failed, about):
        found = _corrected(one, len({row.round for row in rows}))
        write_findings(context.store, [found])
        context.event(LEAKAGE, _words(context, found), number)


def _corrected(found: Finding, looks: int) -> Finding:
    return found if found.p is None else replace(found, p_holm=min(1.0, found.p * 2 * looks))


def _words(context: Context, found: Finding) -> str:
    rate = f"{found.rate:.2f} [{found.low:.2f}, {found.high:.2f}] n={found.n:,}"
    verdict = f": {sentence(found)}" if found.p is not None else ""
    return f"continuation probe of {found.annotator} over all rounds so far: {rate} finished near exactly{verdict}"


def questions(store: Store, settings: Settings, kit: AnnotatorKit, number: int) -> list[Put]:
    """What the probe of a round asks: the continuation of `leakage.per_round` items of its selection."""
    documents = items.documents(store, sorted(one.item for one in rounds.selection(store, number)))
    ids = [item for item, document in documents.items() if not document.never_send]
    generator(settings.project.seed, number, LEAKAGE).shuffle(ids)
    writer = writer_of(settings, kit, Role.POOL)
    puts: list[Put] = []
    asked = 0
    for item in ids:
        if asked == settings.leakage.per_round:
            break
        found = continuations(settings, kit, writer, documents[item], item, number=number)
        puts += found
        asked += bool(found)
    return puts


def cost(store: Store, settings: Settings, kit: AnnotatorKit, rounds_left: int) -> Cost:
    """What the probes of so many rounds cost: items of the pool stand for those that will be picked."""
    if rounds_left <= 0 or not probes(settings, kit):
        return NOTHING
    pool = items.sendable(store, Role.POOL)
    generator(settings.project.seed, 0, "estimate leakage").shuffle(pool)
    documents = items.documents(store, pool[:SAMPLE])
    writer = writer_of(settings, kit, Role.POOL)
    total, asked = NOTHING, 0
    for item, document in documents.items():
        puts = continuations(settings, kit, writer, document, item)
        asked += bool(puts)
        for put in puts:
            total = plus(total, _of(kit, put))
    if not asked:
        return NOTHING
    wanted = rounds_left * settings.leakage.per_round
    return replace(total.times(wanted / asked), items=wanted)


def _of(kit: AnnotatorKit, put: Put) -> Cost:
    request = put.request
    assert kit.rates is not None
    sent = sum(count(text, request.model, request.provider)[0] for text in WIRES[request.wire].texts(request.body))
    written = count(put.row.held["wanted"], request.model, request.provider)[0] + 8  # and the JSON around it
    most = kit.rates.worst(request.input_bound, request.output_bound)
    return Cost(0, 1, sent, written, kit.rates.cost(Usage(sent, 0, 0, written)), most, most)
