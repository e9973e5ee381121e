"""What `llmaaa.toml` may hold: one dataclass a section, each field with the help line that becomes its comment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .core.money import parse_usd
from .core.review import Order
from .core.strategies import STRATEGIES, installed
from .core.tasks import NER, TASKS, names


def _setting(
    default: Any,
    comment: str,
    *,
    choices: tuple[str, ...] = (),
    brought: Callable[[], tuple[str, ...]] = tuple,
    low: float | None = None,
) -> Any:
    """A field; `brought` gives the further choices that installed packages bring, and is asked only when none fits."""
    return field(default=default, metadata={"comment": comment, "choices": choices, "brought": brought, "low": low})


@dataclass(frozen=True)
class ProjectSettings:
    name: str = _setting("", "shown on every screen")
    task: str = _setting(NER.name, f"what is labelled: {', '.join(TASKS)}", choices=tuple(TASKS), brought=names)
    negative: str = _setting("", "the label that says none of the others holds and counts for no F1; empty: none")
    mode: str = _setting(
        "strict",
        "strict: demonstrations, meta, dev and test are disjoint; paper: one gold set serves as all but test",
        choices=("strict", "paper"),
    )
    language: str = _setting("English", "the language of the texts, named in the prompt")
    domain: str = _setting("", "what kind of text it is, named in the prompt; e.g. news")
    seed: int = _setting(1, "every random choice follows from it", low=0)


@dataclass(frozen=True)
class LoopSettings:
    initial: int = _setting(50, "items of the first round", low=1)
    batch: int = _setting(50, "items of each further round", low=1)
    rounds: int = _setting(10, "rounds in all, unless --until says otherwise", low=1)
    schedule: str = _setting(
        "constant",
        "how the rounds grow to initial + (rounds - 1) * batch labels: constant, quadratic (LLMaAA) or geometric",
        choices=("constant", "quadratic", "geometric"),
    )
    first: str = _setting(
        "random", "who is labelled in the first round: random, or kmeans over the encoder", choices=("random", "kmeans")
    )
    pool_sample: int = _setting(
        20000, "sentences the student scores in a round, drawn at random; 0: the whole pool", low=0
    )
    committee: int = _setting(3, "students that strategy committee asks, the round's own among them", low=2)
    draws: int = _setting(10, "passes with dropout that strategy bald takes", low=2)
    reask: int = _setting(0, "doubtful labelled sentences a round asks about once more, on top of its batch", low=0)
    source: str = _setting(
        "pool",
        "pool: the annotator labels your sentences; zerogen or fewgen: it writes labelled sentences itself, without or "
        "with your demonstrations before it",
        choices=("pool", "zerogen", "fewgen"),
    )
    ahead: bool = _setting(
        True, "annotate the next batch while the student trains, where the strategy does not need that student"
    )
    strategy: str = _setting(
        "least_confidence_sum", f"who is labelled next: {', '.join(STRATEGIES)}", choices=STRATEGIES, brought=installed
    )
    review: str = _setting(
        "none",
        "whose answers a person decides on before each training: none, suspicious (those with a reason to look) or all",
        choices=("none", "suspicious", "all"),
    )


@dataclass(frozen=True)
class ReviewSettings:
    sample: int = _setting(
        59, "sentences labelled blind before many answers are accepted at once; 59 without an error show 95 %", low=1
    )
    order: str = _setting("suspicious", f"which answers come first: {', '.join(Order)}", choices=tuple(Order))


@dataclass(frozen=True)
class BudgetSettings:
    cap_usd: str = _setting("2.00", "no request leaves that could bring the spend over this")
    ledger: str = _setting("", "file that keeps requests, answers and spend; empty: this project's own")


@dataclass(frozen=True)
class AnnotatorSettings:
    provider: str = _setting(
        "simulator",
        "openai, anthropic, compatible (vLLM, Ollama, llama.cpp: give base_url), simulator (no key, no cost), "
        "recorded or gold",
        choices=("openai", "anthropic", "compatible", "simulator", "recorded", "gold"),
    )
    model: str = _setting("", "the model's name as its provider spells it; the simulator takes it from profile")
    base_url: str = _setting("", "e.g. http://127.0.0.1:8000/v1; empty: the provider's own address")
    endpoint: str = _setting("", "a name for the endpoint, part of what names a request; empty: the provider")
    api_key_env: str = _setting(
        "",
        "the environment variable that holds the key, never the key itself; "
        "empty: OPENAI_API_KEY, for anthropic ANTHROPIC_API_KEY",
    )
    profile: str = _setting("gpt-4-turbo", "whose errors the simulator makes: exact, gpt-4-turbo, llama-2-70b")
    guidance: str = _setting("", "your own words on what counts as what; part of every prompt")
    k: int = _setting(5, "demonstrations shown with each item", low=0)
    retrieval: str = _setting(
        "knn", "which demonstrations: the nearest, random ones or none", choices=("knn", "random", "none")
    )
    retrieval_encoder: str = _setting("embedded", "sentence encoder of knn: embedded, a local path or a hub name")
    per_request: int = _setting(2, "items in one request; accuracy is recorded for 2 alone, with named entities", low=1)
    samples: int = _setting(1, "answers an item gets; of several, a vote gives each label its confidence", low=1)
    format: str = _setting(
        "",
        "how answers are written; empty: the task's usual way (entities: spans, which gives the words of each name, "
        "nested, the same with names inside names, inline, with marks in the text, or token_tags)",
    )
    economy: bool = _setting(False, "use the provider's batch API: cheaper, but answers may take hours")
    batch_wait_s: float = _setting(
        3600.0, "seconds a worker waits for a provider's batch before it ends with code 6", low=0
    )
    escalate: str = _setting("", "a second, dearer model, asked only where the first is unsure or failed; empty: none")
    unsure_below: float = _setting(0.7, "confidence under which escalate asks, from 0 to 1", low=0)
    unknown: str = _setting(
        "resend",
        "when nobody knows whether a request was billed: resend (under a new hold), ask a person, or skip it",
        choices=("resend", "ask", "skip"),
    )
    recording: str = _setting("", "file of recorded answers, for provider recorded")
    cache: bool = _setting(True, "mark the part that all prompts share, where the provider sells it cheaper")
    retries: int = _setting(1, "how often a failed item is asked again before it is listed as failed", low=0)
    attempts: int = _setting(4, "how often one request is sent when the line or the server fails", low=1)
    concurrency: int = _setting(8, "requests under way at once", low=1)
    timeout_s: float = _setting(120.0, "seconds one request may take in all", low=1)
    max_output_tokens: int = _setting(0, "limit of an answer; 0: from the length of the text", low=0)
    temperature: str = _setting("", "sent only where it is set here; many models refuse it")
    structured: bool = _setting(True, "ask for JSON by schema; switch off for servers that refuse it")
    allow_remote: bool = _setting(False, "consent to send your text to a host that is not this machine")

    @property
    def key_variable(self) -> str:
        """The environment variable that holds the key."""
        return self.api_key_env or ("ANTHROPIC_API_KEY" if self.provider == "anthropic" else "OPENAI_API_KEY")


@dataclass(frozen=True)
class PrivacySettings:
    local_only: bool = _setting(False, "refuse every host but this machine")


@dataclass(frozen=True)
class TeacherSettings:
    measure: str = _setting(
        "none", "ask the annotator about this split once, to draw its F1 (costs money)", choices=("none", "dev", "test")
    )


@dataclass(frozen=True)
class StudentSection:
    encoder: str = _setting("embedded", "embedded (MiniLM: English, lower-cases), a local path or a hub name")
    device: str = _setting("auto", "auto, cpu or cuda:N")
    threads: int = _setting(0, "CPU threads; 0: one fewer than there are cores", low=0)
    epochs: int = _setting(0, "most epochs of a training; 0: what suits the encoder", low=0)
    patience: int = _setting(
        0, "epochs without a better score on dev before it stops; 0: what suits the encoder", low=0
    )
    batch: int = _setting(0, "sentences a step; 0: what suits the encoder", low=0)
    learning_rate: float = _setting(0.0, "of the encoder; 0: what suits it", low=0)
    stop_on: str = _setting("f1", "what early stopping looks at on dev: f1 or loss (the paper)", choices=("f1", "loss"))
    max_pieces: int = _setting(0, "sub-words of one window; longer sentences get several; 0: 256", low=0)
    head_learning_rate: float = _setting(0.0, "of the classifier; 0: what suits the encoder", low=0)
    reweight: str = _setting(
        "none",
        "weigh noisy labels by the gold meta set: published (the paper; 3 times the time) or smoothed (1.4 times)",
        choices=("none", "published", "smoothed"),
    )
    warm: bool = _setting(False, "go on from the last round's student instead of training afresh (the papers)")
    class_weights: str = _setting("none", "balanced: words of rare labels count more", choices=("none", "balanced"))
    label_smoothing: float = _setting(0.0, "share of each label spread evenly over all tags, 0 to below 1", low=0)
    soft_labels: bool = _setting(
        False, "learn from all answers of annotator.samples in proportion, not from their vote"
    )
    precision: str = _setting(
        "auto",
        "of matrix products: auto (bfloat16 where the device multiplies it itself), float32, bfloat16 or float16",
        choices=("auto", "float32", "bfloat16", "float16"),
    )
    compile: bool = _setting(False, "torch.compile for prediction on a graphics card; pays for large pools alone")
    micro_batch: int = _setting(0, "sentences a pass holds in training, gradients are accumulated; 0: the batch", low=0)
    activation: str = _setting(
        "none",
        "between encoder and classifier: none (exports as a plain model) or gelu (LLMaAA)",
        choices=("none", "gelu"),
    )


@dataclass(frozen=True)
class LeakageSettings:
    dataset: str = _setting("", "the name under which these texts were published, e.g. CoNLL-2003; empty: never")
    split: str = _setting(
        "", "the published split that the probed items are of, as its authors call it; empty: test, dev, else train"
    )
    aliases: str = _setting("", "other names of the dataset that count as naming it, with commas between")
    control: str = _setting(
        "", "file of control texts: same language and kind, newer than the model or written by you; empty: none"
    )
    per_round: int = _setting(
        5,
        "items of each round's selection whose continuation is asked for, to see whether they are known; 0: none",
        low=0,
    )


@dataclass(frozen=True)
class FairnessSettings:
    by: str = _setting(
        "language",
        "figures are also told by these, with commas between: language, or keys of the metadata; labels are always",
    )


@dataclass(frozen=True)
class DriftSettings:
    sentinels: int = _setting(
        0,
        "gold items of meta, drawn once, that the annotator is asked about again and again (costs money); 0: none",
        low=0,
    )
    every: int = _setting(1, "rounds from one time they are asked about to the next", low=1)


@dataclass(frozen=True)
class StoreSettings:
    path: str = _setting("", "the database file; empty: llmaaa.db in this folder (needs a local disk)")


@dataclass(frozen=True)
class Settings:
    """All sections of `llmaaa.toml`; `labels` gives names in words, e.g. PER = "person"."""

    project: ProjectSettings = field(default_factory=ProjectSettings)
    loop: LoopSettings = field(default_factory=LoopSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    annotator: AnnotatorSettings = field(default_factory=AnnotatorSettings)
    privacy: PrivacySettings = field(default_factory=PrivacySettings)
    teacher: TeacherSettings = field(default_factory=TeacherSettings)
    leakage: LeakageSettings = field(default_factory=LeakageSettings)
    fairness: FairnessSettings = field(default_factory=FairnessSettings)
    drift: DriftSettings = field(default_factory=DriftSettings)
    student: StudentSection = field(default_factory=StudentSection)
    store: StoreSettings = field(default_factory=StoreSettings)
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def cap_nanousd(self) -> int:
        return parse_usd(self.budget.cap_usd)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as stored with a run. Holds no secret: keys live in the environment."""
        return asdict(self)
