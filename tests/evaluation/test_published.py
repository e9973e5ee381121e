"""The measures of LLMs in the Loop: what its published figures are, and what each is by hand."""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2
from sklearn.metrics import f1_score as sklearn_f1

from llmaaa_tui.annotators.recorded_tags import RecordedTags
from llmaaa_tui.core.labels import LabelSet
from llmaaa_tui.core.recorded import RecordedRow
from llmaaa_tui.core.tokens import words_of
from llmaaa_tui.evaluation.published import consistency, self_agreement, self_f1, strict_iob2, token_f1
from llmaaa_tui.evaluation.recorded import recorded_row
from llmaaa_tui.formats.recorded_tags import read_recorded

DATA = Path(os.environ.get("LLMAAA_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = DATA / "recorded" / "llms-in-the-loop"
LABELS = LabelSet.of(("PER", "ORG", "LOC", "DATE"))
GPT = "gpt-4-turbo-0.1-temp"

# Printed in the paper's notebooks; consistency in percent, of one answer where the model was asked once (printed: /10).
CONSISTENCY = {
    f"{GPT}/zul": 93.5,
    f"{GPT}/bam": 90.0,
    f"{GPT}/tsn": 89.7,
    "gpt_4_turbo_batch_size_2/swa": 95.7,
    "gemini-1.0_batch_size_2/swa": 91.8,
    "llama_70b/swa": 9.2,
    "starling-lm-0.1-temp/bam": 54.1,
    "mistral-0.1-temp/swa": 40.5,
    "claude3-opus/zul": 29.36,
}
TOKEN_F1 = {
    f"{GPT}/zul": 0.938,
    f"{GPT}/bam": 0.913,
    f"{GPT}/tsn": 0.901,
    "gpt_4_turbo_batch_size_2/swa": 0.956,
    "gemini-1.0_batch_size_2/swa": 0.938,
    "llama_70b/swa": 0.806,
    "starling-lm-0.1-temp/bam": 0.850,
    "mistral-0.1-temp/swa": 0.788,
    "claude3-opus/zul": 0.972,
}
# Recomputed from the recorded answers by others: kappa, items left out for it, usable, entity tokens, span F1, self F1.
RECOMPUTED = {
    f"{GPT}/zul": (0.979, 1, 50, 0.75, 0.7282, 0.9693),
    f"{GPT}/bam": (0.940, 3, 50, 0.8045, 0.5749, 0.8811),
    f"{GPT}/tsn": (0.932, 2, 50, 0.6904, 0.6207, 0.9129),
    "gpt_4_turbo_batch_size_2/swa": (0.969, 0, 50, 0.8341, 0.8493, 0.9603),
    "gemini-1.0_batch_size_2/swa": (0.986, 3, 45, 0.7824, 0.7703, 0.985),
    "llama_70b/swa": (0.691, 32, 12, 0.8409, 0.495, 0.8777),
    "starling-lm-0.1-temp/bam": (0.849, 27, 38, 0.3413, 0.2326, 0.7325),
    "mistral-0.1-temp/swa": (0.945, 33, 31, 0.5164, 0.3598, 0.9029),
    "claude3-opus/zul": (None, None, 15, 0.8723, 0.8788, None),
}


def row_of(name: str) -> RecordedRow:
    path = RECORDED / f"{name}.jsonl"
    if not path.is_file():
        pytest.skip(f"{path} is missing: name the folder of the public data in LLMAAA_TEST_DATA")
    sentences = read_recorded(path)
    reader = RecordedTags(LABELS)
    return recorded_row(
        name,
        [words_of(one.document) for one in sentences],
        [one.gold for one in sentences],
        [reader.read(one.document, one.answers) for one in sentences],
        LABELS,
        seed=1,
    )


@pytest.mark.parametrize("name", CONSISTENCY)
def test_the_published_figures_come_out(name: str) -> None:
    row = row_of(name)
    kappa, dropped, usable, entity, span_f1, self_span_f1 = RECOMPUTED[name]
    assert row.consistency is not None
    assert row.token_f1_paper is not None
    assert row.entity_token_accuracy is not None
    assert row.f1_usable is not None
    assert 100 * row.consistency.value == pytest.approx(CONSISTENCY[name], abs=0.05 + 1e-9)
    assert row.token_f1_paper.value == pytest.approx(TOKEN_F1[name], abs=0.0005 + 1e-9)
    assert (row.items, row.usable) == (50, usable)
    assert row.entity_token_accuracy.value == pytest.approx(entity, abs=0.00006)
    assert row.f1_usable.f1 == pytest.approx(span_f1, abs=0.00006)
    assert (row.fleiss_kappa is None) == (kappa is None)
    if row.fleiss_kappa is not None and row.self_f1 is not None:
        assert row.fleiss_kappa.value == pytest.approx(kappa, abs=0.0006)
        assert row.items - row.fleiss_kappa.n == dropped
        assert row.self_f1.value == pytest.approx(self_span_f1, abs=0.00006)
        assert row.fleiss_kappa_entities is not None
        assert row.fleiss_kappa_entities.value < row.fleiss_kappa.value
    # A sentence without a usable answer found nothing: it costs recall and nothing else.
    assert row.f1_all.precision == row.f1_usable.precision
    assert row.f1_all.f1 <= row.f1_usable.f1
    assert row.taken <= row.usable
    assert sum(row.failed.values()) <= row.items * row.repeats
    assert row.f1_all.low < row.f1_all.f1 < row.f1_all.high


def test_llama_on_swahili_is_what_it_is_over_all_fifty() -> None:
    row = row_of("llama_70b/swa")
    assert row.f1_all.f1 == pytest.approx(0.239, abs=0.0005)
    assert row.answers == 493
    assert row.failed["no_answer"] == 7


def test_claude_was_asked_once_and_has_no_agreement_with_itself() -> None:
    row = row_of("claude3-opus/zul")
    assert (row.repeats, row.answers, row.failed["no_answer"]) == (1, 15, 35)
    assert row.fleiss_kappa is row.self_f1 is row.unstable is None


GOLD = [["B-PER", "O", "O"], ["O", "B-LOC"]]
Answers = list[list[str | None]]


def test_consistency_is_token_accuracy_by_hand() -> None:
    said: list[Answers] = [
        # Right, one wrong of three, another length, an element without a tag.
        [["B-PER", "O", "O"], ["O", "O", "O"], ["B-PER"], ["B-PER", None, "O"]],
        # Only three of four came back.
        [["O", "B-LOC"], ["O", "O"], []],
    ]
    found = consistency(GOLD, said, 4, seed=1)
    assert found is not None
    assert found.value == pytest.approx(((1 + 2 / 3 + 0 + 2 / 3) / 4 + (1 + 1 / 2 + 0 + 0) / 4) / 2)
    assert found.n == 2


def test_their_f1_is_accuracy_of_the_first_answer_that_is_not_empty() -> None:
    said: list[Answers] = [[[], ["B-PER", None, "B-LOC"], ["B-PER", "O", "O"]], [["O"], ["O", "B-LOC"]]]
    found = token_f1(GOLD, said, seed=1)
    assert found is not None
    assert found.value == pytest.approx(sklearn_f1(GOLD[0], ["B-PER", "O", "B-LOC"], average="micro"))
    assert found.n == 1, "the other's first answer has another length"
    assert token_f1(GOLD, [[], [[]]], seed=1) is None


def test_items_are_left_out_of_kappa_as_in_the_notebooks() -> None:
    steady: Answers = [["B-PER", "O", "O"], ["B-PER", "O", None]]
    cases: dict[str, tuple[Answers, int]] = {
        "steady": (steady, 1),
        "another length than the sentence, but the same": ([["B-PER", "O"], ["O", "O"]], 1),
        "one missing": ([["B-PER", "O", "O"]], 0),
        "one empty": ([["B-PER", "O", "O"], []], 0),
        "different lengths": ([["B-PER", "O", "O"], ["B-PER", "O"]], 0),
        "an unknown tag": ([["B-PER", "O", "O"], ["B-CAT", "O", "O"]], 0),
    }
    for what, (answers, more) in cases.items():
        kappa, inside = self_agreement([steady, answers], 2, LABELS.iob2, seed=1)
        assert kappa is not None, what
        assert kappa.n == 1 + more, what
        assert inside is None or inside.n <= kappa.n, what


found_spans = st.lists(st.frozensets(st.integers(0, 3), max_size=3), min_size=0, max_size=4)


@given(st.lists(found_spans, min_size=1, max_size=5))
def test_f1_between_repeats_by_hand(said: list[list[frozenset[int]]]) -> None:
    found = self_f1(said, seed=1)
    right = one = other = 0
    for item in said:
        for a, b in combinations(item, 2):
            right, one, other = right + len(a & b), one + len(a), other + len(b)
    if found is None:
        assert one + other == 0
    else:
        precision, recall = right / max(other, 1), right / max(one, 1)
        f1 = 2 * precision * recall / (precision + recall) if right else 0
        assert found.value == pytest.approx(f1)
        assert found.n == sum(len(item) > 1 for item in said)


@given(st.lists(st.tuples(*[st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"])] * 2), min_size=1, max_size=12))
def test_strict_iob2_is_that_of_seqeval(pairs: list[tuple[str, str]]) -> None:
    gold, said = ([pair[side] for pair in pairs] for side in (0, 1))
    strict = f1_score([gold], [said], mode="strict", scheme=IOB2, zero_division=0)
    assert f1_score([strict_iob2(gold)], [strict_iob2(said)], zero_division=0) == pytest.approx(strict)
