-- Has an annotator seen these texts before?

-- A question that shows it, written before it is sent; its answer lies in the ledger under `request_key`.
CREATE TABLE probe (
    id INTEGER PRIMARY KEY,
    annotator TEXT NOT NULL,
    dataset TEXT NOT NULL,           -- the name the texts were published under; '' where nobody gave one
    kind TEXT NOT NULL CHECK (kind IN ('source', 'continuation', 'quiz', 'label_order', 'perturbed')),
    arm TEXT NOT NULL,               -- dataset, control, guided, general, bias; of perturbed: dataset (as it is), changed
    item_id INTEGER REFERENCES item (id),
    control TEXT,                    -- sha256 of a control text, which is no item
    round INTEGER REFERENCES round (number),   -- of the round whose selection the item is of; null for others
    repeat INTEGER NOT NULL,
    request_key TEXT NOT NULL,
    held TEXT NOT NULL,              -- JSON: what the answer is held against
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL,
    CHECK ((item_id IS NULL) <> (control IS NULL))
) STRICT;
CREATE UNIQUE INDEX probe_once ON probe (request_key, kind, arm, annotator, dataset, COALESCE(item_id, control), COALESCE(round, 0));
CREATE INDEX probe_round ON probe (round) WHERE round IS NOT NULL;

-- What the answers came to: see core/leakage.py.
CREATE TABLE finding (
    id INTEGER PRIMARY KEY,
    annotator TEXT NOT NULL,
    dataset TEXT NOT NULL,
    split TEXT NOT NULL,             -- whose items: test, dev, meta, pool; '' for rounds
    probe TEXT NOT NULL,
    rule TEXT NOT NULL,
    n INTEGER NOT NULL,
    rate REAL NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    repeats INTEGER NOT NULL,
    against TEXT,                    -- JSON {value, n, low, high}, as the next two
    effect TEXT,
    rouge_l TEXT,
    p REAL,
    p_holm REAL,
    unanswered INTEGER NOT NULL,
    simulated TEXT NOT NULL,         -- simulated, recorded or ''
    round INTEGER REFERENCES round (number),   -- the newest whose selection was probed; null for what was asked by itself
    hint TEXT NOT NULL,
    exact INTEGER NOT NULL,
    near INTEGER NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
