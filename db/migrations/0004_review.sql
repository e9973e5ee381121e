-- What people decide: redo, blind samples, bulk acceptance, asking again, demonstrations made by hand.
ALTER TABLE decision ADD COLUMN redoes INTEGER REFERENCES decision (id);   -- taken back, and now made again
ALTER TABLE decision ADD COLUMN blind INTEGER NOT NULL DEFAULT 0 CHECK (blind IN (0, 1));  -- labelled without seeing any answer

-- Many answers accepted at once: first a random sample of exactly these is labelled blind.
CREATE TABLE bulk (
    id TEXT PRIMARY KEY,
    filter TEXT NOT NULL,            -- JSON: what was asked for
    items TEXT NOT NULL,             -- JSON [[item, annotation], …]: exactly what would be accepted
    sample TEXT NOT NULL,            -- JSON list of items, in the order drawn
    reviewer TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE bulk_end (
    bulk_id TEXT PRIMARY KEY REFERENCES bulk (id),
    state TEXT NOT NULL CHECK (state IN ('accepted', 'dropped')),
    n INTEGER NOT NULL,              -- sampled sentences labelled blind
    errors INTEGER NOT NULL,         -- of these, how many the annotator had otherwise
    upper REAL,                      -- exact one-sided 95 % bound of the error rate; null before any was labelled
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

-- A pool item that a person made a demonstration, or no longer; the newest row counts.
CREATE TABLE demonstration_mark (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES item (id),
    made INTEGER NOT NULL CHECK (made IN (0, 1)),
    reviewer TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX demonstration_mark_item ON demonstration_mark (item_id);

-- A rejected item that is to be asked again: another sample, or of the second model.
CREATE TABLE reask (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES item (id),
    decision_id INTEGER NOT NULL REFERENCES decision (id),   -- the rejection; once undone, nothing is asked
    how TEXT NOT NULL CHECK (how IN ('sample', 'model')),
    reviewer TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
CREATE INDEX reask_decision ON reask (decision_id);
CREATE INDEX request_item_item ON request_item (item_id);

-- The newest row of a name counts: what people would cost, as the person at the screen assumes it.
CREATE TABLE assumption (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

-- Which screen serves which item now, so that no other serves it too. Updated in place: it is a pulse, not history.
CREATE TABLE claim (
    item_id INTEGER PRIMARY KEY REFERENCES item (id),
    screen TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_start TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    host TEXT NOT NULL,
    claimed_utc TEXT NOT NULL
) STRICT;

-- Which answers of an item were voted on is looked up for every answer, also where a round has thousands.
DROP INDEX annotation_round;
CREATE INDEX annotation_round ON annotation (round, item_id, kind);

-- A rejection that an answer has overtaken which a person asked for after it.
CREATE VIEW overtaken AS
SELECT DISTINCT reask.decision_id
FROM reask
JOIN annotation ON annotation.item_id = reask.item_id AND annotation.seq > reask.seq
    AND annotation.kind IN ('llm', 'vote') AND annotation.state <> 'failed' AND annotation.replaces IS NULL;

-- The decision that stands, one an item: the last that was not undone, unless it is an overtaken rejection.
CREATE VIEW standing_decision AS
SELECT id, item_id, verdict, annotation_id, human_annotation_id, reviewer, seconds, bulk_id, blind, created_utc, seq
FROM (
    SELECT decision.*, ROW_NUMBER() OVER (PARTITION BY decision.item_id ORDER BY decision.id DESC) AS age
    FROM decision
    WHERE decision.verdict <> 'undo'
      AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id)
)
WHERE age = 1 AND id NOT IN (SELECT decision_id FROM overtaken);

-- The label that counts for each pool item; a skipped item keeps the answer it has.
DROP VIEW label_in_force;
CREATE VIEW label_in_force AS
WITH last AS (
    SELECT decision.id, decision.item_id, decision.verdict,
           CASE decision.verdict WHEN 'mend' THEN decision.human_annotation_id ELSE decision.annotation_id END AS annotation_id,
           ROW_NUMBER() OVER (PARTITION BY decision.item_id ORDER BY decision.id DESC) AS age
    FROM decision
    WHERE decision.verdict IN ('accept', 'reject', 'mend')
      AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id)
), judged AS (
    SELECT item_id, verdict, annotation_id FROM last WHERE age = 1 AND id NOT IN (SELECT decision_id FROM overtaken)
), answer AS (
    SELECT annotation.item_id, annotation.id AS annotation_id,
           ROW_NUMBER() OVER (PARTITION BY annotation.item_id ORDER BY annotation.id DESC) AS age
    FROM annotation
    JOIN item ON item.id = annotation.item_id AND item.role IN ('pool', 'generated')
    WHERE annotation.state IN ('labelled', 'empty')
      AND (annotation.kind IN ('llm', 'vote') OR (annotation.kind = 'gold' AND annotation.round IS NOT NULL))
      AND annotation.id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL)
      AND NOT (annotation.kind = 'llm' AND EXISTS (
          SELECT 1 FROM annotation AS vote
          WHERE vote.kind = 'vote' AND vote.item_id = annotation.item_id AND vote.annotator = annotation.annotator
            AND vote.round = annotation.round))
)
SELECT judged.item_id, judged.annotation_id, judged.verdict
FROM judged
JOIN annotation ON annotation.id = judged.annotation_id AND annotation.state <> 'failed'
WHERE judged.verdict <> 'reject'
UNION ALL
SELECT item_id, annotation_id, NULL FROM answer
WHERE age = 1 AND item_id NOT IN (SELECT item_id FROM judged);

-- Pool items that people made demonstrations; only a label that a person accepted or gave is shown as one.
CREATE VIEW made_demonstration AS
SELECT label_in_force.item_id, label_in_force.annotation_id
FROM label_in_force
JOIN (
    SELECT item_id, made, ROW_NUMBER() OVER (PARTITION BY item_id ORDER BY id DESC) AS age FROM demonstration_mark
) AS mark ON mark.item_id = label_in_force.item_id AND mark.age = 1 AND mark.made = 1
WHERE label_in_force.verdict IN ('accept', 'mend');
