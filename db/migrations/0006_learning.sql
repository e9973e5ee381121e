-- The learning half: what the trainer makes of a label, sentences asked again, baselines, how sure the student is.

-- How much each label counted in a round's training by automatic reweighting: the mean over the second half of the
-- epochs, 1 on average. A training without it has no rows.
CREATE TABLE example_weight (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL REFERENCES round (number),
    item_id INTEGER NOT NULL REFERENCES item (id),
    weight REAL NOT NULL CHECK (weight >= 0),
    low INTEGER NOT NULL DEFAULT 0 CHECK (low IN (0, 1)),   -- the trainer distrusts this label
    seq INTEGER NOT NULL,
    UNIQUE (round, item_id)
) STRICT;
CREATE INDEX example_weight_item ON example_weight (item_id);

-- A labelled sentence that a round asks once more because its label is doubtful (loop.reask).
CREATE TABLE doubt (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL REFERENCES round (number),
    item_id INTEGER NOT NULL REFERENCES item (id),
    score REAL NOT NULL,             -- the lower, the more doubtful
    neighbours TEXT NOT NULL,        -- JSON list of demonstration items, most similar last
    seq INTEGER NOT NULL,
    UNIQUE (round, item_id)
) STRICT;
CREATE INDEX doubt_item ON doubt (item_id);

-- What the loop is held against: the same test, without the loop.
CREATE TABLE baseline (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (name IN ('prompting', 'supervised')),
    split TEXT NOT NULL CHECK (split IN ('dev', 'test')),
    train_size INTEGER NOT NULL,     -- gold sentences it was trained on; 0 for prompting
    failed INTEGER NOT NULL,         -- answers of prompting that failed, counted as nothing found
    f1 REAL NOT NULL,
    precision REAL NOT NULL,
    recall REAL NOT NULL,
    n INTEGER NOT NULL,
    low REAL,
    high REAL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

-- The temperature that makes a student's confidence true, fitted on dev; null where dev is empty.
ALTER TABLE model ADD COLUMN temperature REAL;

-- What a round asked once more about older labels is no answer about its own batch.
DROP VIEW rounds;
CREATE VIEW rounds AS
WITH own AS (
    SELECT round, item_id, state FROM answer_in_round
    WHERE (round, item_id) NOT IN (SELECT round, item_id FROM doubt)
)
SELECT round.number,
       COALESCE((SELECT selection.strategy FROM selection WHERE selection.round = round.number LIMIT 1), round.strategy) AS strategy,
       (SELECT COUNT(*) FROM selection WHERE selection.round = round.number) AS selected,
       (SELECT COUNT(*) FROM own WHERE own.round = round.number AND state = 'labelled') AS labelled,
       (SELECT COUNT(*) FROM own WHERE own.round = round.number AND state = 'empty') AS empty,
       (SELECT COUNT(*) FROM annotation WHERE annotation.round = round.number AND state = 'failed') AS failed_answers,
       (SELECT COUNT(*) FROM training_example WHERE training_example.round = round.number) AS train_size,
       (SELECT value FROM metric WHERE metric.round = round.number AND subject = 'student' AND split = 'dev' AND metric.name = 'f1' AND label = '') AS dev_f1,
       (SELECT value FROM metric WHERE metric.round = round.number AND subject = 'student' AND split = 'test' AND metric.name = 'f1' AND label = '') AS test_f1
FROM round;
