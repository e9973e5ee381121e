"""What each item came to by its answers and by what people said, as of any moment; the views say it of the present."""

from __future__ import annotations

from .reading import Reading

SOME = " AND item_id IN (SELECT value FROM json_each(:items))"
"""Narrows a query down to the items of the named parameter `items`, a JSON list."""

_IN_ROUNDS = "SELECT * FROM annotation INDEXED BY annotation_round WHERE round >= 0"
"""Answers of rounds alone: hidden gold of a large pool is many rows, and SQLite by itself may look at them all."""


def last_words(reading: Reading) -> str:
    """SQL of one annotation an item and round, as of the named parameter `limit`.

    The newest usable answer, else the newest; a vote stands for its samples; of an answer that was read again
    the newest reading counts.
    """
    return _newest(reading, "*", "round, item_id", "", _IN_ROUNDS)


def answers_by_annotator(reading: Reading) -> str:
    """The same over all rounds: one annotation an annotator and item, what it said last of what it was asked about.

    What was asked again for a person belongs to no round, and counts here.
    """
    return _newest(reading, "*", "annotator, item_id", "", f"{_IN_ROUNDS}{_asked_again(reading)}")


def answers_of_split() -> str:
    """SQL of one annotation an annotator and item of the gold split `:split`, as of `limit`: what it said last when it
    was measured, which `replies.taught` scores."""
    return (
        "SELECT * FROM (SELECT annotation.*, ROW_NUMBER() OVER"
        " (PARTITION BY annotation.annotator, annotation.item_id ORDER BY annotation.id DESC) AS age"
        " FROM item CROSS JOIN annotation ON annotation.item_id = item.id AND annotation.kind IN ('llm', 'vote')"
        " WHERE item.role = :split AND annotation.seq <= :limit) WHERE age = 1"
    )


def answers_in_force(reading: Reading, among: str = "") -> str:
    """The same over all rounds: one annotation an item, the label in force where no decision stands, or a failure.

    What was asked again for a person belongs to no round, and counts here.
    """
    source = f"SELECT * FROM annotation WHERE +round >= 0{among}" if among else _IN_ROUNDS
    return _newest(reading, "id, item_id, state", "item_id", among, f"{source}{_asked_again(reading)}")


def _asked_again(reading: Reading) -> str:
    """SQL that adds the answers of no round, which were asked for people."""
    if not reading.has_table("reask"):
        return ""
    return (
        " UNION ALL SELECT answer.* FROM (SELECT DISTINCT item_id FROM reask) AS reask CROSS JOIN annotation AS answer"
        " ON answer.item_id = reask.item_id AND answer.kind = 'llm' AND +answer.round IS NULL"
    )


def _newest(reading: Reading, columns: str, each: str, among: str, source: str) -> str:
    replaced = (
        " AND id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL AND seq <= :limit)"
        if reads_again(reading)
        else ""
    )
    return (
        f"SELECT * FROM (SELECT {columns}, ROW_NUMBER() OVER"
        f" (PARTITION BY {each} ORDER BY state = 'failed', id DESC) AS age FROM ({source})"
        f" WHERE kind IN ('llm', 'gold', 'vote') AND seq <= :limit{among}{replaced}"
        " AND NOT (kind = 'llm' AND (IFNULL(round, -1), item_id, annotator) IN"
        " (SELECT round, item_id, annotator FROM annotation"
        f" WHERE kind = 'vote' AND round >= 0 AND seq <= :limit{among})))"
        " WHERE age = 1"
    )


def standing_decisions(reading: Reading, among: str = "", *, judging: bool = False) -> str:
    """SQL of one decision an item, the one that stands, as of the named parameter `limit`.

    The last that was not undone, unless it is a rejection that an answer has overtaken which was asked for after it;
    with `judging` the last that says anything of a label, which a later skip leaves in force.
    """
    verdicts = "IN ('accept', 'reject', 'mend')" if judging else "<> 'undo'"
    overtaken = f" AND NOT EXISTS ({answered_again('newest.id')})" if reading.has_table("reask") else ""
    return (
        "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY item_id ORDER BY id DESC) AS age FROM decision"
        f" WHERE verdict {verdicts} AND seq <= :limit{among} AND id NOT IN"
        " (SELECT undoes FROM decision WHERE undoes IS NOT NULL AND seq <= :limit)) AS newest"
        f" WHERE age = 1{overtaken}"
    )


def answered_again(decision: str) -> str:
    """SQL of the usable answers, as they read at `limit`, that a rejection was asked again for; they are of no round.

    Args:
        decision: SQL of the rejection's number.
    """
    return (
        "SELECT 1 FROM reask CROSS JOIN annotation AS asked ON asked.item_id = reask.item_id AND asked.seq > reask.seq"
        " AND asked.kind = 'llm' AND asked.round IS NULL AND asked.replaces IS NULL"
        " CROSS JOIN annotation AS answer ON answer.item_id = asked.item_id AND answer.kind = 'llm'"
        " AND answer.round IS NULL"
        " AND answer.annotator = asked.annotator AND answer.request_key IS asked.request_key"
        " AND answer.sample = asked.sample AND answer.state <> 'failed' AND answer.seq <= :limit"
        " AND answer.id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL AND seq <= :limit)"
        f" WHERE reask.decision_id = {decision} AND reask.seq <= :limit AND asked.seq <= :limit"
    )


def stands(reading: Reading, among: str = "", role: str = "pool") -> str:
    """SQL of where each item of a role (pool, or generated) stands that is not open, as of `limit`.

    Its columns are item_id, status, round, state, annotation:
    `round` is the newest it was picked for; `annotation` the label in force, or the newest answer where that failed;
    `state` that row's, of a rejected item the answer's.
    """
    none = "NULL AS verdict, NULL AS judged, NULL AS label, NULL AS answer, NULL AS state"
    judged = standing_decisions(reading, among, judging=True)
    return (
        "SELECT found.item_id, found.round,"
        " CASE verdict WHEN 'accept' THEN 'accepted' WHEN 'mend' THEN 'mended' WHEN 'reject' THEN 'rejected'"
        " WHEN 'skip' THEN 'skipped' ELSE COALESCE(found.state, 'picked') END AS status,"
        " CASE WHEN judged IS NULL THEN answer ELSE label END AS annotation,"
        " CASE WHEN label IS NULL THEN found.state ELSE (SELECT state FROM annotation WHERE id = label) END AS state"
        " FROM (SELECT item_id, MAX(round) AS round, MAX(verdict) AS verdict, MAX(judged) AS judged,"
        " MAX(label) AS label, MAX(answer) AS answer, MAX(state) AS state FROM"
        f" (SELECT item_id, round, {none} FROM selection WHERE seq <= :limit{among}"
        f" UNION ALL SELECT item_id, NULL, NULL, NULL, NULL, id, state FROM ({answers_in_force(reading, among)})"
        f" UNION ALL SELECT item_id, NULL, verdict, NULL, NULL, NULL, NULL FROM ({standing_decisions(reading, among)})"
        " UNION ALL SELECT item_id, NULL, NULL, verdict, CASE verdict WHEN 'mend' THEN human_annotation_id"
        f" WHEN 'accept' THEN annotation_id END, NULL, NULL FROM ({judged})) GROUP BY item_id) AS found"
        f" CROSS JOIN item ON item.id = found.item_id AND item.role = '{role}'"  # in this order: all items are many
    )


def reads_again(reading: Reading) -> bool:
    """Whether answers can have been read again: a database no worker of this version has opened lacks the column."""
    return reading.has_column("annotation", "replaces")


def answered(reading: Reading, limit: int) -> tuple[int, int]:
    """How many items the annotator has answered usably in rounds, and the words of their texts, each text once."""
    row = reading.rows(
        "SELECT COALESCE(SUM(items), 0), COALESCE(SUM(words), 0) FROM (SELECT COUNT(*) AS items, MAX(words) AS words"
        " FROM document JOIN item ON item.document_id = document.id"
        f" WHERE item.id IN (SELECT item_id FROM ({_IN_ROUNDS}) WHERE kind IN ('llm', 'gold', 'vote')"
        " AND state <> 'failed' AND seq <= ?) GROUP BY"
        " COALESCE(NULLIF(document.sha256, ''), document.id))",
        limit,
    )[0]
    return row[0], row[1]
