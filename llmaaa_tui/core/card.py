"""The model card of an exported student: what it learnt from, who annotated it, what that cost, how good it is."""

from __future__ import annotations

from .money import format_usd
from .snapshot import RoundRow, Score, Snapshot


def model_card(snapshot: Snapshot, row: RoundRow, *, temperature: float | None, decided: int) -> str:
    """The README.md of an exported student.

    Args:
        snapshot: of the project now.
        row: the round the student was trained in.
        temperature: that its classifier was divided by; None where none was fitted.
        decided: labels it learnt from that a person accepted or mended.
    """
    base = snapshot.encoder if snapshot.encoder != "embedded" else "sentence-transformers/all-MiniLM-L6-v2"
    front = ["---", "library_name: transformers", "pipeline_tag: token-classification"]
    if "/" in base and not base.startswith(("/", ".", "~")) and base.count("/") == 1:
        front.append(f"base_model: {base}")
    front += ["---", ""]
    said = (
        f"**{snapshot.simulated.upper()}** answers of {snapshot.annotator}"
        if snapshot.simulated
        else snapshot.annotator
    )
    paid = sum(one.cost_nanousd for one in snapshot.rounds if one.round <= row.round)
    spent = f"${format_usd(paid, 4)}" + (f" ({snapshot.simulated}: no money was paid)" if snapshot.simulated else "")
    if snapshot.budget.prices_as_of and not snapshot.simulated:
        spent += f", prices {snapshot.budget.prices_as_of}"
    lines = [
        *front,
        f"# {snapshot.project or 'Student'}",
        "",
        f"Tags the words of a sentence with {', '.join(snapshot.labels)} (IOB2). Trained by llmaaa-tui in round "
        f"{row.round} of active learning with a language model as annotator.",
        "",
        "## Data and annotator",
        "",
        f"- {row.train_size} sentences of a pool of {snapshot.pool}, picked round by round "
        f"(last by {row.strategy.replace('_', ' ')}).",
        f"- Labels: {said}; {decided} of them accepted or mended by people.",
        f"- Spent on annotation up to this round: {spent}.",
        f"- Encoder it was trained from: {base if '/' not in base or base.count('/') == 1 else 'a local model'}.",
        "",
        "## How good it is",
        "",
        "Span F1 (exact match), 95 % bootstrap interval over sentences:",
        "",
        "| split | F1 | interval | precision | recall | n |",
        "|---|---|---|---|---|---|",
        *(_row(name, score) for name, score in (("dev", row.dev), ("test", row.test)) if score is not None),
        "",
        _dev_words(row),
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


def _row(name: str, score: Score) -> str:
    return (
        f"| {name} | {score.f1:.3f} | {score.low:.3f} – {score.high:.3f} | {score.precision:.3f} | "
        f"{score.recall:.3f} | {score.n} |"
    )


def _dev_words(row: RoundRow) -> str:
    if row.dev is None and row.test is None:
        return "It was measured on no gold sentences: how good it is, nobody knows."
    return (
        "Dev chose the epoch and the round, so it flatters; test was looked at by nothing."
        if row.test
        else ("Dev chose the epoch, so it flatters; there was no test split.")
    )


def _confidence(temperature: float | None) -> str:
    if temperature is None:
        return "Its probabilities are not calibrated."
    return f"Its classifier was divided by the temperature {temperature:.2f} fitted on dev, so softmax is calibrated."
