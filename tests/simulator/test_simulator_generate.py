"""The simulator writes sentences: its own words, the labels of the prompt, the same for the same request."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from support import sentences

from llmaaa_tui.core.document import Document, Span, from_words
from llmaaa_tui.simulator.errors_model import Sentence
from llmaaa_tui.simulator.gold import Gold
from llmaaa_tui.simulator.model import Model
from llmaaa_tui.simulator.task_ner import Entities
from llmaaa_tui.simulator.wire import Question

ASK = "Labels:\n- PER: person\n- GPE\n- creative-work: creative work\n\nAnswer format: sentences\n"


def model(profile: str, seed: int = 1) -> Model:
    texts = [from_words(row["tokens"]) for row in sentences(20, 1)]
    gold = Gold(Sentence(Document(text, offsets), (Span(0, 2, "PER"),)) for text, offsets in texts)
    return Model(Entities(gold, profile, seed), profile, seed)


def written(profile: str, batch: int = 3, sample: int = 0, seed: int = 1, ask: str = ASK) -> dict[str, Any]:
    one = model(profile, seed)
    user = f"Batch {batch}: write 8 new sentences, numbered from 1."
    question = Question(one.name, ask, user, (ask, user), sample=sample)
    reply = one.reply(question, one.asked(question), sample)
    assert one.price(reply) > 0
    found: dict[str, Any] = json.loads(reply.text)
    return found


def test_names_stand_in_the_sentences_and_bear_labels_of_the_prompt() -> None:
    found = written("exact")
    assert list(found) == [str(number) for number in range(1, 9)]
    said = [(one["text"], *name.split(": ", 1)) for one in found.values() for name in one["names"]]
    assert {label.split()[0] for _, label, _ in said} == {"PER", "GPE", "creative-work"}
    assert all(name in text for text, _, name in said)
    gold = {" ".join(row["tokens"]) for row in sentences(20, 1)}
    assert not gold & {one["text"] for one in found.values()}


def test_a_request_is_answered_alike_and_another_one_otherwise() -> None:
    first = written("exact")
    assert written("exact") == first
    assert all(written("exact", *other) != first for other in ((4,), (3, 1), (3, 0, 2)))


def test_the_profile_errs_in_names_and_breaks_answers_but_not_sentences() -> None:
    pairs = []
    for batch in range(8):
        with contextlib.suppress(json.JSONDecodeError):
            pairs.append((written("gpt-4-turbo", batch), written("exact", batch)))
    said = [(one, other) for noisy, exact in pairs for one, other in zip(noisy.values(), exact.values(), strict=True)]
    assert 4 <= len(pairs) < 8
    assert all(one["text"] == other["text"] for one, other in said)
    assert 0 < sum(one["names"] != other["names"] for one, other in said) < len(said)
