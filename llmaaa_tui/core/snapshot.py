"""One frozen picture of a project: all that the screens draw and `status` prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .annotation import GroundedClass, GroundedSpan
from .document import Pair
from .human_cost import HumanCost
from .labels import LabelSet
from .states import Phase, State

if TYPE_CHECKING:
    from .comparison import Comparison
    from .crossing import Crossing
    from .leakage import Finding


@dataclass(frozen=True, slots=True)
class Score:
    """F1 with its bootstrap interval (95 %) over `n` items; `sentences` is how many hold them where items are pairs,
    which is what the interval rests on (None where items are texts of their own, or nobody counted)."""

    f1: float
    precision: float
    recall: float
    n: int
    low: float
    high: float
    sentences: int | None = None


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the loop is held against on a gold split: "prompting" (the annotator itself) or "supervised" (a student of
    the gold alone). `train_size` is the gold sentences it learnt from, `failed` the answers that counted as nothing
    found."""

    name: str
    split: str
    score: Score
    train_size: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure over `n` words, with its 95 % interval where one was worked out."""

    value: float
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far the student's confidence is from how often it is right: expected calibration error over `n` decisions on
    dev (words, where labels are spans), each held out when its temperature was fitted; `raw` without any temperature.
    `temperature` is the one in force."""

    ece: float
    raw: float | None
    n: int
    temperature: float | None

    def words(self, figure: Callable[[float], str] = "{:.3f}".format, decisions: str = "words") -> str:
        """`ECE .04 on held dev words (raw .09), temperature 1.6, n = 2,310`; `figure` writes an error, `decisions` says
        what they are of (`Task.decisions`)."""
        raw = "" if self.raw is None else f" (raw {figure(self.raw)})"
        temperature = "" if self.temperature is None else f", temperature {self.temperature:.2g}"
        return f"ECE {figure(self.ece)} on held dev {decisions}{raw}{temperature}, n = {self.n:,}"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of a round; `cached` is a part of `input`."""

    input: int = 0
    cached: int = 0
    output: int = 0


@dataclass(frozen=True, slots=True)
class RoundRow:
    """One round. Scores are None until measured; `picked` is the bought labels against hidden gold, on the
    sentences picked alone; `teacher` is the annotator on the very split named by `teacher_split`; `by_label` holds the
    student's scores as {"dev": {"PER": …}, "test": …}. `agreement` is Cohen's kappa with the student of the round
    before, `uncertainty` the mean token entropy (nats, calibrated on dev), both on the stop set drawn from the pool.
    `accuracy` is the student's by split, for tasks that have one."""

    round: int
    strategy: str
    selected: int
    labelled: int
    empty: int
    failed: Mapping[str, int]
    reviewed: int
    train_size: int
    dev: Score | None
    test: Score | None
    teacher: Score | None
    teacher_split: str | None
    picked: Score | None
    tokens: Tokens
    cost_nanousd: int
    seconds: Mapping[str, float]
    by_label: Mapping[str, Mapping[str, Score]] = field(default_factory=dict)
    agreement: Measure | None = None
    uncertainty: Measure | None = None
    calibration: Calibration | None = None
    accuracy: Mapping[str, Measure] = field(default_factory=dict)

    @property
    def failures(self) -> int:
        return sum(self.failed.values())


@dataclass(frozen=True, slots=True)
class BatchItem:
    """One sentence of the newest round. `state` is None while it waits for the annotator; `flags` say why a person
    should look at its answer, `confidence` how far several answers agreed (None where there was one)."""

    item: int
    rank: int
    score: float | None
    text: str
    state: State | None
    spans: tuple[GroundedSpan, ...] = ()
    failure: str | None = None
    detail: str = ""
    attempts: int = 0
    flags: tuple[str, ...] = ()
    confidence: float | None = None
    classes: tuple[GroundedClass, ...] = ()
    pair: Pair | None = None


@dataclass(frozen=True, slots=True)
class WorkerMark:
    """Whether somebody works. `state`: none, alive, late (silent over 10 s), lost (over 60 s, or no process)."""

    state: str
    pid: int | None = None
    phase: str | None = None
    heartbeat_age_s: float | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the running step is; `eta_s` is None before it can be said. `then` names the next step.

    `round` is 0 while a baseline is measured.

    `waiting` names whom the step waits for ("provider"; "" where it works), since `since_utc`, for the batch that
    the provider calls `batch`."""

    round: int
    rounds: int | None
    phase: Phase
    done: int
    total: int
    eta_s: float | None
    then: str = ""
    note: str = ""
    waiting: str = ""
    batch: str = ""
    since_utc: str = ""


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Money of one attempt that nobody knows the bill of: it counts against the cap until a person releases it.

    `verdict` is what a person ruled since ("resend", "skip" or ""); `mine` is False for another project's attempt."""

    attempt: int
    nanousd: int
    since_utc: str
    purpose: str
    model: str
    why: str
    verdict: str = ""
    mine: bool = True


@dataclass(frozen=True, slots=True)
class Prices:
    """Nano-USD per token as the newest run was started with, where they come from and of which date."""

    input: int
    cached: int
    cache_write: int
    output: int
    source: str
    as_of: str
    declared_free: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How the newest run asks: items a request and why that many, answers an item, demonstrations, whether through
    the provider's batch API, and the second model for unsure items ("" for none)."""

    per_request: int
    why: str = ""
    samples: int = 1
    k: int = 0
    economy: bool = False
    escalate: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """Nano-USD against the cap. `prices_as_of` is a date, or the words of who declared them."""

    cap_nanousd: int
    spent_nanousd: int = 0
    held_nanousd: int = 0
    unconfirmed_nanousd: int = 0
    by_purpose: Mapping[str, int] = field(default_factory=dict)
    prices_as_of: str = ""
    prices: Prices | None = None
    unconfirmed_attempts: tuple[Unconfirmed, ...] = ()

    @property
    def free_nanousd(self) -> int:
        """What further holds may take; below 0 where bills went over the cap, or it was lowered under the spend."""
        return self.cap_nanousd - self.spent_nanousd - self.held_nanousd - self.unconfirmed_nanousd


@dataclass(frozen=True, slots=True)
class Fits:
    """How many more items fit under the cap: at the worst case, and at the mean price so far (None: no price yet)."""

    surely: int | None
    probably: int | None


@dataclass(frozen=True, slots=True)
class Ended:
    """How the newest run ended: the exit code and its sentence, written at `seq`."""

    code: int
    reason: str
    seq: int = 0


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of the event log."""

    seq: int
    created_utc: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ReviewWait:
    """A round whose review was begun and is not done: `waiting` of its items have no decision that stands."""

    round: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the first screen shows, as of one `seq` of the store.

    `past` says that an earlier moment was asked for: nobody works there, and nothing can be asked of it. `goals` are
    the newest run's. `crossing` is None until annotator and student are measured on one split. `words` are those of
    the labels, as far as the settings give them; `negative` the label that says "none of these". `leakage` is what
    probes say of every annotator that was asked, each probe's newest; see `core.leakage.suspected`. `comparison` is
    the newest of annotators.
    """

    seq: int
    project: str
    task: str
    labels: tuple[str, ...]
    mode: str
    simulated: str | None
    annotator: str
    encoder: str
    encoder_warning: str
    pool: int
    worker: WorkerMark
    ended: Ended | None
    rounds: tuple[RoundRow, ...]
    batch: tuple[BatchItem, ...]
    progress: Progress | None
    budget: Budget
    fits: Fits
    human: HumanCost
    events: tuple[EventLine, ...]
    manner: Manner | None = None
    past: bool = False
    project_uuid: str = ""
    review: ReviewWait | None = None
    goals: tuple[str, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    crossing: Crossing | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    negative: str | None = None
    leakage: tuple[Finding, ...] = ()
    comparison: Comparison | None = None

    @property
    def label_set(self) -> LabelSet:
        """The labels with their words."""
        return LabelSet.of(self.labels, dict(self.words), self.negative)
