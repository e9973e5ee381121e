"""Frozen snapshots to draw: the seam at which screens are tested."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from llmaaa_tui.core.annotation import GroundedSpan
from llmaaa_tui.core.document import Span
from llmaaa_tui.core.human_cost import human_cost
from llmaaa_tui.core.snapshot import (
    BatchItem,
    Budget,
    Ended,
    EventLine,
    Fits,
    Manner,
    Prices,
    Progress,
    RoundRow,
    Score,
    Snapshot,
    Tokens,
    Unconfirmed,
    WorkerMark,
)
from llmaaa_tui.core.states import Failure, Phase, State

SENTENCES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Rais Samia Suluhu Hassan aliwasili Dodoma Jumatatu .",
        (("Samia Suluhu Hassan", "PER"), ("Dodoma", "LOC"), ("Jumatatu", "DATE")),
    ),
    ("Benki Kuu imesema bei ya mafuta itapanda .", (("Benki Kuu", "ORG"),)),
    ("Mkutano wa Arusha utafanyika mwezi ujao jijini Mwanza .", (("Arusha", "LOC"), ("Mwanza", "LOC"))),
    ("Serikali imetangaza bajeti mpya ya elimu kwa shule zote za msingi nchini , hatua ambayo wazazi wameipokea .", ()),
    (
        "Waziri Kassim Majaliwa alikutana na viongozi wa Shirika la Afya Duniani mjini Geneva wiki iliyopita , "
        "akisema kuwa Tanzania iko tayari kushirikiana na Umoja wa Mataifa katika mapambano dhidi ya malaria .",
        (
            ("Kassim Majaliwa", "PER"),
            ("Shirika la Afya Duniani", "ORG"),
            ("Geneva", "LOC"),
            ("wiki iliyopita", "DATE"),
            ("Tanzania", "LOC"),
            ("Umoja wa Mataifa", "ORG"),
        ),
    ),
    ("Timu ya Simba ilishinda Yanga mabao mawili kwa moja .", (("Simba", "ORG"), ("Yanga", "ORG"))),
    ("Mvua kubwa ilinyesha usiku kucha .", ()),
    ("Juma Nature anatarajia kutoa albamu mpya mwaka 2025 .", (("Juma Nature", "PER"), ("mwaka 2025", "DATE"))),
)
HOSTILE = (
    "[/foo]",
    "[red]x[/blue]",
    "[@click=app.quit]x",
    "\x1b[31mred\x1b]52;c;ZXZpbA==\x07",
    "a\u202eb\u2066c",
    "nul\x00bel\x07bs\x08cr\rtab\tdel\x7f",
    "\x9b31mC1\x85",
    "\ud800lone\udfff",
    "$primary ${x} {y} %s [b",
    "new\nline",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 e\u0301 日本語 \u200d",
)


def score(f1: float, n: int = 1475, half: float = 0.035) -> Score:
    return Score(f1, f1 + 0.015, f1 - 0.012, n, f1 - half, f1 + half)


def item(number: int, state: State | None, scored: float | None) -> BatchItem:
    text, found = SENTENCES[number % len(SENTENCES)]
    spans = []
    for place, (surface, label) in enumerate(found):
        start = text.index(surface)
        rung = 4 if number % 3 == 2 and place == 0 else 1
        flags = ("occurrence_conflict",) if number % 7 == 5 and place == 1 else ()
        spans.append(GroundedSpan(Span(start, start + len(surface), label), rung, flags))
    if state is State.LABELLED and not spans:
        state = State.EMPTY
    failure, detail = (Failure.CUT_OFF, "cut off at 512 tokens") if state is State.FAILED else (None, "")
    kept = tuple(spans) if state is State.LABELLED else ()
    return BatchItem(
        100 + number, number + 1, scored, text, state, kept, failure, detail, 2 if failure else int(bool(state))
    )


def batch(answered: int, size: int = 50, seed: int = 4, failed: tuple[int, ...] = (9, 17)) -> tuple[BatchItem, ...]:
    rng = random.Random(seed)
    scores = sorted((rng.uniform(0.52, 0.94) for _ in range(size)), reverse=True)
    return tuple(
        item(n, (State.FAILED if n in failed else State.LABELLED) if n < answered else None, scores[n])
        for n in range(size)
    )


def row(number: int, test: float | None, dev: float | None, *, failed: int = 0, teacher: bool = False) -> RoundRow:
    done = dev is not None
    return RoundRow(
        round=number,
        strategy="random" if number == 1 else "least_confidence",
        selected=50,
        labelled=41 - failed - number % 3 if done else 24,
        empty=9 + number % 3 if done else 5,
        failed={"cut_off": failed, "refusal": 1} if failed > 1 else {"cut_off": failed} if failed else {},
        reviewed=0,
        train_size=50 * number - 2 * number if done else 0,
        dev=score(dev, 120, 0.06) if dev is not None else None,
        test=score(test) if test is not None else None,
        teacher=score(0.73, 1475, 0.03) if teacher else None,
        teacher_split="test" if teacher else None,
        picked=score(0.44 + number / 50, 48, 0.08) if done else None,
        tokens=Tokens(31_240 + 700 * number, 26_000, 2_900) if done else Tokens(18_400, 15_000, 1_700),
        cost_nanousd=41_300_000 + 900_000 * number if done else 25_100_000,
        seconds={"select": 3.0, "annotate": 68.0 + number, "train": 88.0, "evaluate": 12.0}
        if done
        else {"select": 4.0},
    )


CURVE = (0.43, 0.56, 0.71, 0.74, 0.765, 0.78, 0.79, 0.80, 0.80, 0.81)
EVENTS = (
    EventLine(1, "2026-02-03T10:31:02Z", "started", "worker 4711 started on cpu with 1 thread"),
    EventLine(2, "2026-02-03T10:36:40Z", "trained", "round 2 trained in 1:28, best dev .55"),
    EventLine(3, "2026-02-03T10:36:52Z", "evaluated", "round 2 test F1 .56 ±.04, n 1,475"),
    EventLine(4, "2026-02-03T10:41:07Z", "trained", "round 3 trained in 1:28, best dev .70"),
    EventLine(5, "2026-02-03T10:41:09Z", "picked", "picked 50 of 6,443 by least confidence, scores .52 – .94"),
    EventLine(6, "2026-02-03T10:41:38Z", "failed", "item 109: cut off at 512 tokens; asked again once"),
)


def empty() -> Snapshot:
    """A project just made."""
    spent = 0
    return Snapshot(
        seq=1,
        project="swahili-news",
        task="ner",
        labels=("PER", "ORG", "LOC", "DATE"),
        mode="strict",
        simulated="simulated",
        annotator="gpt-4-turbo-like",
        encoder="all-MiniLM-L6-v2",
        encoder_warning="",
        pool=6443,
        worker=WorkerMark("none"),
        ended=None,
        rounds=(),
        batch=(),
        progress=None,
        budget=Budget(2_000_000_000, spent, prices_as_of="2026-01-15"),
        fits=Fits(1180, None),
        human=human_cost(0, spent),
        events=(),
    )


def working(number: int, answered: int = 31, rounds: int = 10, test: bool = True, teacher: bool = False) -> Snapshot:
    """Round `number` is being annotated."""
    done = tuple(
        row(n, CURVE[n - 1] if test else None, CURVE[n - 1] - 0.015, failed=n % 3, teacher=teacher and n == number - 1)
        for n in range(1, number)
    )
    spent = sum(r.cost_nanousd for r in done) + 25_100_000
    return replace(
        empty(),
        seq=10 * number + answered,
        worker=WorkerMark("alive", 4711, "annotate", 0.8),
        rounds=(*done, row(number, None, None, failed=2)),
        batch=batch(answered),
        progress=Progress(number, rounds, Phase.ANNOTATE, answered, 50, 41.0 - answered / 10, "train, about 1:30"),
        budget=Budget(2_000_000_000, spent, 21_000_000, 0, {"annotate": spent}, "2026-01-15"),
        fits=Fits(1180, 2104),
        human=human_cost(6400, spent, items=180),
        events=EVENTS,
    )


def ended(rounds: int = 5, code: int = 0, reason: str = "5 of 5 rounds are done.") -> Snapshot:
    """All rounds done, the worker gone home."""
    base = working(rounds)
    done = tuple(row(n, CURVE[n - 1], CURVE[n - 1] - 0.015, failed=n % 3) for n in range(1, rounds + 1))
    return replace(
        base,
        rounds=done,
        batch=batch(50),
        progress=None,
        worker=WorkerMark("none"),
        ended=Ended(code, reason),
        budget=replace(base.budget, held_nanousd=0),
    )


def lost() -> Snapshot:
    """The worker died while annotating round 4."""
    base = working(4)
    mark = WorkerMark("lost", 4711, "annotate", 84.0)
    return replace(base, worker=mark, budget=replace(base.budget, held_nanousd=0, unconfirmed_nanousd=21_000_000))


def failing() -> Snapshot:
    """Everything that can go wrong with an answer, and an encoder that does not fit."""
    classes = list(Failure)
    items = tuple(
        replace(
            item(n, State.FAILED, 0.9 - n / 100), failure=classes[n % len(classes)], detail="the provider's own words"
        )
        for n in range(20)
    )
    base = working(2, answered=20)
    warning = "all-MiniLM-L6-v2 does not know 11 % of the pieces inside gold entities: choose another student.encoder"
    return replace(base, batch=items, encoder_warning=warning, mode="paper")


PRICES = Prices(200, 20, 250, 1200, "genai-prices 0.2.4", "2026-01-15")
LUNA = "gpt-5.6-luna"
UNCONFIRMED = (
    Unconfirmed(41, 9_000_000, "2026-02-03T10:31:02.120+00:00", "annotate", LUNA, "the worker died while it waited"),
    Unconfirmed(57, 12_000_000, "2026-02-03T10:40:12.000+00:00", "annotate", LUNA, "no answer within 120 s", "resend"),
    Unconfirmed(9, 3_000_000, "2026-02-01T08:00:00.000+00:00", "teacher", LUNA, "connection reset", mine=False),
)


def paid() -> Snapshot:
    """A paid model, money whose outcome nobody knows, answers to look at."""
    base = working(4)
    items = list(base.batch)
    spans = tuple(replace(one, confidence=2 / 3 if place else 1.0) for place, one in enumerate(items[0].spans))
    items[0] = replace(items[0], spans=spans, confidence=0.78)
    items[1] = replace(items[1], flags=("ungrounded_words", "follows_instructions"))
    return replace(
        base,
        simulated=None,
        annotator="gpt-5.6-luna",
        batch=tuple(items),
        budget=replace(
            base.budget,
            unconfirmed_nanousd=24_000_000,
            by_purpose={"annotate": 141_000_000, "teacher": 14_000_000},
            prices=PRICES,
            unconfirmed_attempts=UNCONFIRMED,
        ),
        manner=Manner(2, samples=3, k=5, economy=True, escalate="gpt-5.6-sol"),
    )


def waiting(since_utc: str = "2026-02-03T10:00:00+00:00") -> Snapshot:
    """An economy round is with the provider."""
    base = paid()
    step = Progress(4, 10, Phase.ANNOTATE, 12, 25, None, "", "", "provider", "batch_6912ab44", since_utc)
    return replace(base, progress=step)


ESTIMATE: dict[str, Any] = {
    "schema": 1,
    "project": "swahili-news",
    "task": "ner",
    "provider": "openai",
    "model": "gpt-5.6-luna",
    "host": "api.openai.com",
    "simulated": False,
    "per_request": 2,
    "per_request_why": "the only size with recorded accuracy",
    "samples": 1,
    "k": 5,
    "economy": False,
    "prices": {
        "input_nanousd": 200,
        "cached_nanousd": 20,
        "cache_write_nanousd": 250,
        "output_nanousd": 1200,
        "source": "genai-prices 0.2.4",
        "as_of": "2026-01-15",
        "age_days": 112,
        "declared_free": False,
        "warning": "",
    },
    "this_round": {
        "round": 1,
        "items": 50,
        "requests": 25,
        "tokens": {"input": 31_240, "output": 2_900},
        "expected_nanousd": 41_300_000,
        "worst_nanousd": 112_400_000,
    },
    "rest": {
        "rounds": 9,
        "items": 450,
        "requests": 225,
        "tokens": {"input": 281_160, "output": 26_100},
        "expected_nanousd": 371_700_000,
        "worst_nanousd": 1_011_600_000,
    },
    "budget": {
        "cap_nanousd": 2_000_000_000,
        "spent_nanousd": 0,
        "held_nanousd": 0,
        "unconfirmed_nanousd": 0,
        "free_nanousd": 2_000_000_000,
    },
    "fits": {"surely": 889, "probably": 2421},
    "human": {"cost_nanousd_low": 28_200_000_000, "cost_nanousd_high": 84_600_000_000},
    "sent": {
        "what": ["the text of the sentences", "their language", "5 demonstrations with their labels"],
        "never": ["metadata", "ids", "file names", "labels of the pool"],
        "retention": ["store=false: the provider is asked to keep no copy"],
    },
    "consent": False,
    "notes": [],
}
"""What `llmaaa estimate --json` prints, for a paid model on another machine."""


def hostile(text: str) -> Snapshot:
    """`text` wherever foreign text can stand."""
    base = failing()
    bad_rounds = tuple(
        replace(r, strategy=text, failed={text: 2}, teacher_split=text) for r in working(3, teacher=True).rounds
    )
    spans = (
        GroundedSpan(Span(0, max(1, len(text) // 2), text), 4, (text,), 0.5),
        GroundedSpan(Span(len(text), len(text) + 9, "PER")),
    )
    items = (
        BatchItem(1, 1, 0.9, text + " " + text, State.LABELLED, spans, None, text, 1, (text,), 0.5),
        BatchItem(2, 2, None, text, State.EMPTY, (), None, text, 1),
        BatchItem(3, 3, 3.3, text, State.FAILED, (), text, text, 2),
        BatchItem(4, 4, 0.1, text, None),
    )
    return replace(
        base,
        project=text,
        task=text,
        labels=(text, "PER"),
        mode="paper",
        simulated=text,
        annotator=text,
        encoder=text,
        encoder_warning=text,
        rounds=bad_rounds,
        batch=items,
        worker=WorkerMark("alive", 1, text),
        progress=replace(base.progress, then=text, note=text) if base.progress else None,
        budget=replace(
            base.budget,
            prices_as_of=text,
            by_purpose={text: 1, "x": 2},
            unconfirmed_nanousd=1,
            prices=replace(PRICES, source=text, as_of=text),
            unconfirmed_attempts=(Unconfirmed(1, 1, text, text, text, text, text, mine=False),),
        ),
        events=tuple(EventLine(n, text, text, text) for n in range(6)),
        manner=Manner(7, text, 1, 5, True, text),
    )


def span(start: int, end: int, label: str, rung: int = 1) -> GroundedSpan:
    return GroundedSpan(Span(start, end, label), rung)
