"""A dataset goes by many names, and near to its name stand those of others."""

from __future__ import annotations

import pytest

from llmaaa_tui.evaluation.aliases import names, other_names, spelled


@pytest.mark.parametrize(
    ("dataset", "answers"),
    [
        ("CoNLL-2003", ["conll-2003\n", "CoNLL 2003", "CoNLL03", "conll_03", "tner/conll2003", "CoNLL-2003-NER",
                        "CoNLL-2002 and CoNLL-2003", "The CoNLL\u20112003 shared task", "CoNLL 2002/2003"]),
        ("masakhaner2", ["masakhaner ", "masakhanener", "MasakhaNER 2.0", "masakhaner2", "Masakhane NER dataset",
                         "masakhane/masakhaner2", "masakhaner-swa"]),
        ("MasakhaNER", ["MasakhaNER 1.0", "masakhanener", "MasakhaNER 2.0"]),
        ("WikiAnn_eng", ["wikiann (pan-x)", "PAN-X", "xtreme", "wiki-ann", "wikiann-en", "WikiAnn multilingual"]),
        ("OntoNotes 5", ["OntoNotes", "ontonotes 5.0", "OntoNotes v5", "CoNLL-2012"]),
        ("wnut17", ["WNUT 2017", "W-NUT 17", "wnut-17"]),
        ("SemEval-2010 Task 8", ["semeval 2010 task 8", "SemEval2010-Task8", "SemEval-2010"]),
        ("TACRED", ["TACRED", "the TACRED (TAC Relation Extraction Dataset)"]),
        ("retacred", ["Re-TACRED", "ReTACRED"]),
        ("TREC", ["TREC-6", "trec", "TREC (question classification)"]),
        ("SST-2", ["SST2", "Stanford Sentiment Treebank", "sst"]),
        ("ag_news", ["AG News", "AG's News Corpus", "AGNews"]),
        ("imdb", ["IMDb (Maas et al., 2011)", "Large Movie Review Dataset", "IMDB reviews"]),
        ("our-tickets v2", ["our tickets v2", "Our-Tickets V2 dataset"]),
    ],
)  # fmt: skip
def test_a_name_counts_however_it_is_written(dataset: str, answers: list[str]) -> None:
    assert [answer for answer in answers if not names(answer, dataset)] == []


@pytest.mark.parametrize(
    ("dataset", "answers"),
    [
        ("CoNLL-2003", ["CoNLL-2002", "conll", "conll20035", "CoNLL-2000", "CoNLL-2012", "unknown", ""]),
        ("CoNLL-2002", ["CoNLL-2003"]),
        ("masakhaner2", ["masakhane", "MasakhaPOS", "MasakhaNEWS", "MasakhaNER 1.0", "winer", "wikiann"]),
        ("WikiAnn", ["WikiNER", "WikiNEuRal", "conll-2002 and conll-2003", "panxx", "subwikiann"]),
        ("OntoNotes 5", ["OntoNotes 4.0", "OntoNotes 6"]),
        ("TACRED", ["Re-TACRED", "ReTACRED", "TACREV", "DocRED"]),
        ("Re-TACRED", ["TACRED"]),
        ("TREC", ["TREC-COVID", "trec qa", "TREC 2019", "TREC-CAsT"]),
        ("our-tickets v2", ["our tickets v3", "tickets", "our tickets v20"]),
        ("", ["CoNLL-2003", ""]),
        ("---", ["---"]),
    ],
)  # fmt: skip
def test_the_name_of_another_set_does_not_count(dataset: str, answers: list[str]) -> None:
    assert [answer for answer in answers if names(answer, dataset)] == []


def test_what_a_person_adds_counts_as_well() -> None:
    assert not names("the Reuters corpus of Tjong Kim Sang", "CoNLL-2003")
    assert names("the Reuters corpus of Tjong Kim Sang", "CoNLL-2003", ["Reuters Corpus"])
    assert names("RCV1-NER", "my set", ["rcv1 ner"])
    assert names("TACREV", "TACRED", ["TACREV"])
    assert not names("anything", "my set", ["", " - "])


def test_other_names_begin_with_the_persons_own() -> None:
    assert other_names("WikiAnn_eng")[:3] == ("WikiAnn_eng", "WikiAnn", "PAN-X")
    assert other_names("our tickets") == ("our tickets",)
    assert {"MasakhaNER 1.0", "MasakhaNER 2.0"} < set(other_names("MasakhaNER"))
    assert "MasakhaNER 1.0" not in other_names("MasakhaNER 2.0")
    assert spelled("  CoNLL\u20132003 (NER)") == "conll2003ner"
