"""The model card of an exported student: what it learnt from, who annotated it, what that cost, how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .money import format_usd
from .snapshot import RoundRow, Score, Snapshot


@dataclass(frozen=True, slots=True)
class LabelSource:
    """So many labels of a training from one source.

    Attributes:
        kind: llm (a vote too), human or gold.
        annotator: whose answers they are.
        simulated: "simulated" or "recorded" where no live model gave them, else None.
        generated: sentences among them that the annotator wrote itself.
    """

    kind: str
    annotator: str
    simulated: str | None
    labels: int
    generated: int = 0


def model_card(
    snapshot: Snapshot,
    row: RoundRow,
    sources: Sequence[LabelSource],
    *,
    encoder: str,
    temperature: float | None,
    decided: int,
) -> str:
    """The README.md of an exported student.

    Args:
        snapshot: of the project now.
        row: the round the student was trained in.
        sources: where the labels that it learnt come from.
        encoder: it was trained from, "embedded" or a name of the hub; "" for one of a folder, whose path stays private.
        temperature: that its classifier was divided by; None where none was fitted.
        decided: labels it learnt from that a person accepted or mended.
    """
    base = "sentence-transformers/all-MiniLM-L6-v2" if encoder == "embedded" else encoder
    front = ["---", "library_name: transformers", "pipeline_tag: token-classification"]
    front += [f"base_model: {base}"] if base else []
    front += ["---", ""]
    lines = [
        *front,
        f"# {snapshot.project or 'Student'}",
        "",
        f"Tags the words of a sentence with {', '.join(snapshot.labels)} (IOB2). Trained by llmaaa-tui in round "
        f"{row.round} of active learning.",
        "",
        "## Data and annotator",
        "",
        f"- {_sentences(snapshot, row, sources)}.",
        f"- Labels: {'; '.join(map(_labels, sources))}; {decided} of them accepted or mended by people.",
        f"- Spent on annotation up to this round: {_spent(snapshot, row, sources)}.",
        f"- Encoder it was trained from: {base or 'a local model'}.",
        "",
        "## How good it is",
        "",
        "Span F1 (exact match), 95 % bootstrap interval over sentences:",
        "",
        "| split | F1 | interval | precision | recall | n |",
        "|---|---|---|---|---|---|",
        *(_row(name, score) for name, score in (("dev", row.dev), ("test", row.test)) if score is not None),
        "",
        _dev_words(snapshot, row),
        "",
        _confidence(temperature),
        "",
        "## Use",
        "",
        "```python",
        "from transformers import AutoModelForTokenClassification, AutoTokenizer",
        "",
        'tokenizer = AutoTokenizer.from_pretrained("FOLDER")',
        'model = AutoModelForTokenClassification.from_pretrained("FOLDER")',
        'words = ["Ada", "lives", "in", "Oslo", "."]',
        'given = tokenizer(words, is_split_into_words=True, return_tensors="pt")',
        "said = model(**given).logits[0].argmax(-1)",
        "tags = [model.config.id2label[int(said[given.word_ids().index(n)])] for n in range(len(words))]",
        "```",
        "",
        'A word\'s tag is that of its first sub-word; with `pipeline("token-classification")` pass '
        '`aggregation_strategy="first"`.',
        "",
        "## Licence",
        "",
        "This card grants nothing. What you may do with the model depends on the licence of the encoder, on that of "
        "the texts it learnt from, and on the terms under which the annotator's answers may be used to train models.",
        "",
    ]
    return "\n".join(lines)


def _sentences(snapshot: Snapshot, row: RoundRow, sources: Sequence[LabelSource]) -> str:
    written = sum(one.generated for one in sources)
    picked = f"{row.train_size - written} sentences of a pool of {snapshot.pool}, picked round by round"
    if not written:
        return f"{picked} (last by {row.strategy.replace('_', ' ')})"
    own = f"{written} sentences that the annotator wrote itself"
    return own if written == row.train_size else f"{picked}, and {own}"


def _labels(one: LabelSource) -> str:
    if one.kind == "human":
        return f"{one.labels} given by people"
    if one.kind == "gold":
        return f"{one.labels} gold"
    mark = f"**{one.simulated.upper()}** " if one.simulated else ""
    return f"{one.labels} {mark}answers of {one.annotator}"


def _spent(snapshot: Snapshot, row: RoundRow, sources: Sequence[LabelSource]) -> str:
    paid = f"${format_usd(sum(one.cost_nanousd for one in snapshot.rounds if one.round <= row.round), 4)}"
    words = {one.simulated for one in sources if one.kind not in ("human", "gold")}
    marks = " and ".join(sorted(word for word in words if word))
    if marks and None not in words:
        return f"{paid} ({marks}: no money was paid)"
    if marks:
        return f"{paid}, a part of it {marks}: that part was not paid"
    return f"{paid}, prices {snapshot.budget.prices_as_of}" if snapshot.budget.prices_as_of else paid


def _row(name: str, score: Score) -> str:
    return (
        f"| {name} | {score.f1:.3f} | {score.low:.3f} – {score.high:.3f} | {score.precision:.3f} | "
        f"{score.recall:.3f} | {score.n} |"
    )


def _dev_words(snapshot: Snapshot, row: RoundRow) -> str:
    if row.dev is None and row.test is None:
        return "It was measured on no gold sentences: how good it is, nobody knows."
    shown = ", and in paper mode its sentences are the demonstrations too" if snapshot.mode == "paper" else ""
    if row.test is None:
        return f"Dev chose the epoch{shown}, so it flatters; there was no test split."
    return f"Dev chose the epoch and the round{shown}, so it flatters; test was looked at by nothing."


def _confidence(temperature: float | None) -> str:
    if temperature is None:
        return "Its probabilities are not calibrated."
    return f"Its classifier was divided by the temperature {temperature:.2f} fitted on dev, so softmax is calibrated."
