"""A comparison and findings made by hand, as the screens get them."""

from __future__ import annotations

from llmaaa_tui.core.comparison import Agreement, ComparedRow, Comparison, Difference
from llmaaa_tui.core.leakage import Finding, Probe
from llmaaa_tui.core.snapshot import Measure, Score

FLAGGED = "simulated-mega-2024-09-01"


def score(f1: float, n: int = 50, half: float = 0.06) -> Score:
    return Score(f1, f1 + 0.02, f1 - 0.02, n, f1 - half, f1 + half)


def near(value: float, n: int = 50, half: float = 0.05) -> Measure:
    return Measure(value, n, max(0.0, value - half), min(1.0, value + half))


def row(name: str, f1: float, price: int | None, **other: object) -> ComparedRow:
    values: dict[str, object] = {
        "kind": "annotator", "manner": "spans in JSON, 5 shown, one a request", "items": 50, "answers": 150,
        "usable": 48, "f1": score(f1), "f1_usable": score(f1 + 0.03, 48), "f1_strict": score(f1 - 0.01),
        "token_accuracy": near(0.951, 50, 0.01), "token_f1_paper": near(0.958, 48, 0.01),
        "entity_token_accuracy": near(f1 + 0.05), "self_f1": near(0.9), "fleiss_kappa": near(0.93, 47),
        "fleiss_kappa_entities": near(0.81, 47), "failed": {"not_json": 4, "refusal": 2}, "ungrounded": near(0.02),
        "unstable": near(0.24), "seconds_per_1000": 1240.0, "nanousd_per_1000": price,
        "nanousd_per_correct": None if price is None else price // 1300, "requests": 150, "annotator": name,
    }  # fmt: skip
    return ComparedRow(name, **(values | other))  # type: ignore[arg-type]


def comparison(annotator: str = FLAGGED, leakage: str = "", simulated: str = "simulated") -> Comparison:
    """Three annotators and the student; the first is the project's own."""
    rows = (
        row("big-model-x, inline, 0 shown", 0.71, 4_200_000_000, manner="inline marks, none shown, one a request"),
        row(annotator, 0.66, 310_000_000, leakage=leakage, simulated=simulated),
        row("student", 0.58, 0, kind="student", manner="round 3, trained on 150 labels", answers=50, usable=50,
            self_f1=None, fleiss_kappa=None, fleiss_kappa_entities=None, failed={}, ungrounded=None, unstable=None,
            annotator=""),
        row("small-model", 0.24, 190_000_000, usable=12, f1_usable=score(0.49, 12, 0.12),
            failed={"not_json": 114}),
    )  # fmt: skip
    pairs = [(one.name, other.name) for n, one in enumerate(rows) for other in rows[n + 1 :]]
    return Comparison(
        split="dev", draw="random", items=50, repeats=3, rows=rows,
        agreements=tuple(
            Agreement(first, second, near(0.74), near(0.73), near(0.69))
            for first, second in [*((one.name, "gold") for one in rows), *pairs]
        ),
        difference=Difference(rows[0].name, annotator, 0.05, 0.012, 0.09, 0.014, 50),
        pareto=("student", annotator, rows[0].name),
        recommendation=f"take {rows[0].name}: F1 .710 [.650, .770], .050 [.012, .090] above {annotator} "
        "(n = 50 sentences) at 13.5 times its price",
        spent_nanousd=690_000_000,
    )  # fmt: skip


def continuation(number: int, annotator: str = FLAGGED, rate: float = 0.0, p: float | None = 0.4) -> Finding:
    """The rounds' probe after a round."""
    n = 5 * number
    hits = round(rate * n)
    return Finding(
        annotator, "MasakhaNER 2", Probe.CONTINUATION, "near", n, hits / n, max(0.0, hits / n - 0.2),
        min(1.0, hits / n + 0.52 / number), against=Measure(0.0, n, 0.0, 0.5 / number), effect=near(0.02, n), p=p,
        p_holm=p, simulated="simulated", round=number, rouge_l=near(0.14, n), exact=hits, near=hits,
    )  # fmt: skip


def findings(annotator: str = FLAGGED, *, seen: bool = True) -> tuple[Finding, ...]:
    """All five probes, and the rounds' one; `seen`: two of them are evidence."""
    sure = 0.00001 if seen else 0.31
    made = {"dataset": "MasakhaNER 2", "simulated": "simulated", "n": 100, "split": "test"}
    guess = "Naming it can be a guess from the language."
    return (
        Finding(annotator, probe=Probe.SOURCE, rule="alias", rate=0.12, low=0.07, high=0.2,
                against=Measure(0.1, 100, 0.05, 0.18), p=0.41, p_holm=0.82, hint=guess, **made),  # type: ignore[arg-type]
        Finding(annotator, probe=Probe.CONTINUATION, rule="near", rate=0.47 if seen else 0.0,
                low=0.37 if seen else 0.0, high=0.57 if seen else 0.036, against=Measure(0.02, 100, 0.0, 0.07),
                effect=Measure(0.44, 100, 0.35, 0.53), p=sure, p_holm=sure * 5 if seen else 0.9,
                rouge_l=Measure(0.61, 100, 0.55, 0.68), exact=44 if seen else 0, near=47 if seen else 0,
                unanswered=3, **made),  # type: ignore[arg-type]
        Finding(annotator, probe=Probe.QUIZ, rule="right", rate=0.31, low=0.22, high=0.41,
                against=Measure(0.27, 100), p=0.21, p_holm=0.63, repeats=3, **made),  # type: ignore[arg-type]
        Finding(annotator, probe=Probe.LABEL_ORDER, rule="right", rate=0.08, low=0.04, high=0.15, **made),  # type: ignore[arg-type]
        Finding(annotator, probe=Probe.PERTURBED, rule="f1", rate=0.03, low=-0.02, high=0.08, p=0.12, p_holm=0.48,
                **made),  # type: ignore[arg-type]
        continuation(5, annotator),
    )  # fmt: skip
