"""What a label is called where nobody said."""

from __future__ import annotations

import pytest

from llmaaa_tui.core.labels import LabelSet, verbalise


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PER", "person"),
        ("creative-work", "creative work"),
        ("OrgBased_In", "org based in"),
        ("per:city_of_birth", "per:city of birth"),
        ("Cause-Effect(e2,e1)", "{e2} is the cause, {e1} is the effect"),
        ("Message-Topic(e1, e2)", "{e1} is the message, {e2} is the topic"),
        ("born_in(e2,e1)", "{e2} born in {e1}"),
        ("Other", "other"),
        ("人名", "人名"),
    ],
)
def test_names_in_words(name: str, words: str) -> None:
    assert verbalise(name) == words


def test_the_negative_label_is_one_of_the_set_and_classes_keep_its_order() -> None:
    labels = LabelSet.of(("b", "none", "a"), {"a": "first"}, "none")
    assert labels.positive == ("b", "a")
    assert labels.verbalised == ("b", "none", "first")
    assert labels.in_order(["a", "b", "a"]) == ("b", "a")
    with pytest.raises(ValueError, match="not in the label set"):
        LabelSet.of(("a",), negative="none")
    with pytest.raises(ValueError, match="not in"):
        labels.in_order(["c"])
