"""A comparison of annotators comes back as it was written, at its moment, with what probes said of its annotators."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

from store.store_making import EMPTY, FACTS, FAILED, LABELLED, new_project

from llmaaa_tui.core.comparison import Agreement, ComparedRow, Comparison, Difference
from llmaaa_tui.core.comparison_json import as_json
from llmaaa_tui.core.leakage import Finding, Probe
from llmaaa_tui.core.snapshot import Measure, Score
from llmaaa_tui.core.status import status
from llmaaa_tui.store.comparing import Given, write_comparison
from llmaaa_tui.store.comparison import Comparisons
from llmaaa_tui.store.database import Store
from llmaaa_tui.store.leakage_rows import write_findings
from llmaaa_tui.store.reader import Reader

HALF = Measure(0.5, 2, 0.1, 0.9)
GOOD = ComparedRow(
    "gpt-x, inline",
    "annotator",
    "inline, 0 shown, 2 sentences a request",
    items=2,
    answers=4,
    usable=1,
    f1=Score(0.5, 0.5, 0.5, 2, 0.2, 0.8),
    f1_usable=Score(1, 1, 1, 1, 0.1, 1),
    f1_strict=Score(0.5, 0.5, 0.5, 2, 0.2, 0.8),
    token_accuracy=HALF,
    token_f1_paper=HALF,
    entity_token_accuracy=HALF,
    self_f1=HALF,
    fleiss_kappa=HALF,
    fleiss_kappa_entities=Measure(0.25, 1),
    failed=Counter({"not_json": 2}),
    ungrounded=HALF,
    unstable=HALF,
    seconds_per_1000=12.5,
    nanousd_per_1000=7,
    nanousd_per_correct=3,
    requests=4,
    annotator="gpt-x",
)
FOUND = Comparison(
    "dev",
    "random",
    2,
    2,
    (GOOD, ComparedRow("student", "student", items=2, answers=2, usable=2)),
    (Agreement("gpt-x, inline", "gold", HALF, None, HALF),),
    Difference("gpt-x, inline", "other", 0.1, -0.1, 0.3, 0.4, 2),
    ("gpt-x, inline",),
    "take it",
    28,
)
GIVEN = [
    Given("gpt-x, inline", 1, 0, LABELLED, "k1"),
    Given("gpt-x, inline", 1, 1, FAILED, "k2"),
    Given("gpt-x, inline", 2, 0, EMPTY, "k1"),
    Given("student", 1, 0, LABELLED, None),
]


def as_read(reader: Comparisons, as_of: int | None = None) -> Comparison | None:
    found = reader.newest(as_of)
    return None if found is None else replace(found, created_utc="")


def test_it_is_read_as_it_was_written_and_not_before(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    reader = Comparisons(tmp_path / "p.db", tmp_path / "p.db")
    assert reader.newest() is None
    assert as_json(None)["annotators"] == []
    before = store.value("SELECT seq FROM counter")
    write_comparison(store, FOUND, [1, 2], GIVEN)
    assert as_read(reader) == FOUND
    assert as_read(reader, before) is None
    first = store.value("SELECT seq FROM counter")
    write_comparison(store, replace(FOUND, difference=None, recommendation="nobody"), [1, 2], [])
    newest = as_read(reader)
    assert newest is not None
    assert (newest.difference, newest.recommendation) == (None, "nobody")
    assert as_read(reader, first) == FOUND
    assert [
        tuple(row) for row in store.rows("SELECT contender, item_id, sample, state, failure FROM comparison_answer")
    ] == [
        ("gpt-x, inline", 1, 0, "labelled", None),
        ("gpt-x, inline", 1, 1, "failed", "not_json"),
        ("gpt-x, inline", 2, 0, "empty", None),
        ("student", 1, 0, "labelled", None),
    ]
    screen = Reader(tmp_path / "p.db", tmp_path / "p.db", FACTS)
    said = status(screen.snapshot(first))["comparison"]
    assert said["annotators"][0]["consistency"] == 50, "in percent"
    assert said["annotators"][0]["failed"] == {"not_json": 2}
    assert said["annotators"][0]["repeats"] == 2
    assert said["difference"]["p"] == 0.4
    assert status(screen.snapshot(before))["comparison"] is None
    screen.close()
    reader.close()
    store.close()


def test_an_annotator_that_has_seen_the_set_is_in_doubt_in_whatever_manner_it_was_asked(tmp_path: Path) -> None:
    store, _ = new_project(tmp_path / "p.db")
    write_comparison(store, FOUND, [1, 2], GIVEN)
    flagged = Finding("gpt-x", "CoNLL-2003", Probe.SOURCE, "alias", 90, 0.94, 0.87, 0.98, p=1e-9, p_holm=5e-9)
    write_findings(store, [flagged, replace(flagged, annotator="other", p=0.5, p_holm=1.0)])
    reader = Comparisons(tmp_path / "p.db", tmp_path / "p.db")
    found = reader.newest()
    assert found is not None
    assert [row.leakage for row in found.rows] == [
        "CoNLL-2003, source probe: evidence of leakage, n = 90, p < .001 (Holm)",
        "",
    ]
    reader.close()
    store.close()


def test_a_file_of_an_earlier_version_has_none(tmp_path: Path) -> None:
    store: Store = new_project(tmp_path / "p.db")[0]
    for table in ("comparison_answer", "comparison_item", "comparison"):
        store.connection.execute(f"DROP TABLE {table}")
    store.close()
    reader = Comparisons(tmp_path / "p.db", tmp_path / "p.db")
    assert reader.newest() is None
    reader.close()
