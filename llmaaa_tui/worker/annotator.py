"""Put the annotator of these settings together: prompt, wire, prices, client; and ask nobody without consent."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..annotators import tasks as annotator_tasks
from ..annotators.batches import BatchClient
from ..annotators.contracts import Client, Rates, Request
from ..annotators.generation_writer import SentenceWriter
from ..annotators.llm import LlmAnnotator
from ..annotators.prices import PriceBook, load_prices
from ..annotators.probes import ProbeWriter
from ..annotators.prompt import Prompt
from ..annotators.traits import traits
from ..config import Settings
from ..consent import remote_host, what_is_sent
from ..core.labels import LabelSet
from ..core.states import Kind, Role
from ..core.tasks import get
from ..endpoint import address_of, is_local
from ..errors import SettingsError
from ..formats.tasks import LabelledDocument
from ..formats.write import write
from ..paths import ProjectPaths, private_opener
from ..store import items
from ..store.database import Store

WHY_PER_REQUEST = {1: "nothing is shared, which is the dearest way", 2: "the only size with recorded accuracy"}
REMOTE = ("openai", "anthropic", "compatible")


@dataclass(frozen=True, slots=True)
class AnnotatorKit:
    """Who annotates.

    Attributes:
        name: as stored with every answer.
        kind: llm, or gold for the annotator that answers from hidden gold.
        simulated: the word every screen shows, or None for a real model.
        annotator: plans and reads; None for gold.
        writer: plans requests for sentences that the annotator writes itself; None for gold, and for tasks of which it
            can write none.
        prober: makes what asks the probes of leakage, for the name of a dataset and of its split; None for gold.
        rates: prices in nano-USD; None for gold.
        connect: opens a client on the running event loop; None for gold.
        batches: opens a client of the provider's batch API; None where it has none.
        economy: new requests go through the batch API.
    """

    name: str
    kind: Kind
    simulated: str | None
    annotator: LlmAnnotator | None = None
    rates: Rates | None = None
    connect: Callable[[], Client] | None = None
    batches: Callable[[], BatchClient] | None = None
    economy: bool = False
    writer: SentenceWriter | None = None
    prober: Callable[[str, str], ProbeWriter] | None = None

    def worst(self, request: Request) -> int:
        """The most a request can cost, in nano-USD, by the way it is sent."""
        rates = self.rates.batch if self.economy and self.rates is not None else self.rates
        assert rates is not None
        return rates.worst(request.input_bound, request.output_bound)

    def rates_record(self) -> dict[str, Any]:
        """The prices in force, as stored with the run."""
        return {} if self.rates is None else asdict(self.rates)


def why_per_request(size: int, task: str = "ner") -> str:
    """What is known of annotators that get so many items in one request: the recordings are of named entities."""
    if size == 2 and task != "ner":
        return "accuracy at this size is recorded for named entities alone"
    return WHY_PER_REQUEST.get(size, "cheaper, and nobody has measured how accurate this annotator is so")


def describe(paths: ProjectPaths, settings: Settings, labels: LabelSet) -> AnnotatorKit:
    """The kit without a way to send: what it would ask, and at what price. Nothing is started, no key is read.

    Raises:
        SettingsError: the settings do not name a usable annotator, or nobody knows its price.
    """
    annotator = settings.annotator
    provider = annotator.provider
    if provider == "gold":
        return AnnotatorKit("gold", Kind.GOLD, None)
    if provider == "simulator":
        model, rates = f"simulated-{_profile(settings)}", _simulator_rates(_profile(settings))
    else:
        model = annotator.model
        if not model:
            raise SettingsError("annotator.model: is empty; name the model, e.g. --set annotator.model=gpt-5.6-luna")
        rates = _rates(paths, settings)
    if annotator.economy and rates.batch is None:
        raise SettingsError(
            f"annotator.economy: there is no batch price for {provider} model {model}; switch it off, "
            "or declare batch prices in prices.toml"
        )
    task = settings.project.task
    prompt = Prompt(
        task=task,
        labels=labels,
        domain=settings.project.domain,
        language=settings.project.language,
        guidance=annotator.guidance,
    )
    sampling: Mapping[str, Any] = {"temperature": float(annotator.temperature)} if annotator.temperature else {}
    name = f"recorded-{model}" if provider == "recorded" else model
    asked = traits(provider, model, structured=annotator.structured)
    asked = asked if annotator.cache else replace(asked, cache="")
    limit, counted_as = annotator.max_output_tokens or None, "compatible" if annotator.base_url else provider
    endpoint = annotator.endpoint or provider
    llm = LlmAnnotator(
        name=name,
        provider=provider,
        endpoint=endpoint,
        model=model,
        prompt=prompt,
        traits=asked,
        sampling=sampling,
        form=annotator.format,
        max_output_tokens=limit,
        counted_as=counted_as,
    )
    writer = None
    if annotator_tasks.of(task).writes:
        writer = SentenceWriter(provider, endpoint, model, prompt, asked, sampling, limit, counted_as)

    def prober(dataset: str, split: str) -> ProbeWriter:
        return ProbeWriter(provider, endpoint, model, prompt, asked, sampling, dataset, split, limit, counted_as)

    simulated = items.simulated_word(name)
    return AnnotatorKit(name, Kind.LLM, simulated, llm, rates, economy=annotator.economy, writer=writer, prober=prober)


def build(
    paths: ProjectPaths,
    settings: Settings,
    labels: LabelSet,
    store: Store,
    *,
    second: bool = False,
    state: Path | None = None,
) -> AnnotatorKit:
    """The kit of `annotator.provider`; starts the simulator where it is the provider.

    Args:
        second: it is the one that `annotator.escalate` names; a simulator then keeps a bill of its own.
        state: where a simulator keeps its bill, for one that is neither the project's nor the second.

    Raises:
        SettingsError: the settings do not name a usable annotator, or consent is missing.
    """
    provider = settings.annotator.provider
    kit = describe(paths, settings, labels)
    if provider in REMOTE:
        _consent(settings)
    if kit.kind is Kind.GOLD:
        return kit
    if provider == "recorded":
        return _recorded(paths, settings, kit)
    key = ""
    base_url = settings.annotator.base_url
    if provider == "simulator":
        usual = paths.second_simulator_state if second else paths.simulator_state
        base_url = _simulator(paths, settings, store, state or usual)
    else:
        key = _key(settings)
    return _connected(settings, kit, base_url or None, key)


def _connected(settings: Settings, kit: AnnotatorKit, base_url: str | None, key: str) -> AnnotatorKit:
    anthropic = settings.annotator.provider == "anthropic"
    timeout_s = settings.annotator.timeout_s

    def connect() -> Client:
        if anthropic:
            from ..annotators.anthropic_client import AnthropicClient

            return AnthropicClient(base_url=base_url, api_key=key, total_timeout_s=timeout_s)
        from ..annotators.openai_client import OpenAIClient

        return OpenAIClient(base_url=base_url, api_key=key, total_timeout_s=timeout_s)

    def batches() -> BatchClient:
        if anthropic:
            from ..annotators.anthropic_batch import AnthropicBatches

            return AnthropicBatches(base_url=base_url, api_key=key, total_timeout_s=timeout_s)
        from ..annotators.openai_batch import OpenAIBatches

        return OpenAIBatches(base_url=base_url, api_key=key, total_timeout_s=timeout_s)

    has_batches = kit.rates is not None and kit.rates.batch is not None
    return replace(kit, connect=connect, batches=batches if has_batches else None)


def _recorded(paths: ProjectPaths, settings: Settings, kit: AnnotatorKit) -> AnnotatorKit:
    if not settings.annotator.recording:
        raise SettingsError("annotator.recording: is empty; name the file of recorded answers")
    recording = paths.folder / settings.annotator.recording

    def connect() -> Client:
        from ..annotators.recorded import RecordedClient

        return RecordedClient(recording)

    return replace(kit, connect=connect)


def _consent(settings: Settings) -> None:
    host = remote_host(settings)
    if host is not None and not settings.annotator.allow_remote:
        raise SettingsError(
            f"nothing was sent, for consent is missing: {what_is_sent(settings, host)}; "
            "if they may, set annotator.allow_remote = true"
        )


def _key(settings: Settings) -> str:
    annotator = settings.annotator
    key = os.environ.get(annotator.key_variable, "")
    if not key and not is_local(address_of(annotator.provider, annotator.base_url)):
        raise SettingsError(
            f"{annotator.key_variable}: is not in the environment; export the key of {annotator.model} under that name"
        )
    return key


def _rates(paths: ProjectPaths, settings: Settings) -> Rates:
    annotator = settings.annotator
    if annotator.provider == "recorded":
        return Rates(0, 0, 0, 0, source="recorded", as_of="recorded", declared_free=True)
    declared = load_prices(paths.prices) if paths.prices.exists() else {}
    local = is_local(address_of(annotator.provider, annotator.base_url))
    return PriceBook(declared).rates(annotator.provider, annotator.model, local)


def _profile(settings: Settings) -> str:
    from ..simulator.rates import RATES

    profile = settings.annotator.profile
    if profile not in RATES:
        raise SettingsError(f"annotator.profile: {profile!r} is not known; choose {', '.join(RATES)}")
    return profile


def _simulator_rates(profile: str) -> Rates:
    from ..simulator.rates import RATES

    rate = RATES[profile]

    def at(part: int, batch: Rates | None) -> Rates:
        return Rates(
            input=rate.input_nanousd // part,
            cached=rate.cached_nanousd // part,
            cache_write=rate.input_nanousd // part,
            output=rate.output_nanousd // part,
            source="simulator",
            as_of="simulated",
            batch=batch,
        )

    return at(1, at(2, None))


def _simulator(paths: ProjectPaths, settings: Settings, store: Store, state: Path) -> str:
    """Find or start the simulator on this project's gold; gives its address."""
    from ..simulator.find import ensure

    if not paths.simulator_gold.exists():
        _write_gold(paths, settings.project.task, store)
    return ensure(
        gold=[paths.simulator_gold],
        state=state,
        profile=settings.annotator.profile,
        seed=settings.project.seed,
        task=settings.project.task,
        log=paths.folder / "simulator.log",
    )


def _write_gold(paths: ProjectPaths, task: str, store: Store) -> None:
    """What the simulator knows: the hidden gold of the pool, dev and test for a measured teacher, meta for a trial."""
    pool = items.sendable(store, Role.POOL)
    bare = len(pool) - len(items.gold_of(store, pool))
    if bare:
        raise SettingsError(
            f"annotator.provider: the simulator answers from gold, and {bare} of {len(pool)} pool {get(task).units} "
            "have none; choose another provider"
        )
    rows = []
    for role in (Role.POOL, Role.META, Role.DEV, Role.TEST):
        ids = items.sendable(store, role)
        gold = items.gold_of(store, ids)
        documents = items.documents(store, list(gold))
        rows += [LabelledDocument(documents[item], labels) for item, labels in gold.items()]
    partial = paths.simulator_gold.with_suffix(".partial")
    with open(partial, "w", encoding="utf-8", newline="\n", opener=private_opener) as handle:
        write(task, "jsonl", rows, handle)
    partial.replace(paths.simulator_gold)
