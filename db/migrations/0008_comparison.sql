-- Annotators compared on one sample of gold: as it was measured, and which answers it rests on.
CREATE TABLE comparison (
    id INTEGER PRIMARY KEY,
    split TEXT NOT NULL CHECK (split IN ('dev', 'meta', 'test')),
    draw TEXT NOT NULL CHECK (draw IN ('random', 'paper')),
    items INTEGER NOT NULL CHECK (items > 0),
    repeats INTEGER NOT NULL CHECK (repeats > 0),
    spent_nanousd INTEGER NOT NULL CHECK (spent_nanousd >= 0),
    document TEXT NOT NULL,          -- JSON: rows, agreements, difference, Pareto, recommendation; no text of an item
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE comparison_item (
    comparison_id INTEGER NOT NULL REFERENCES comparison (id),
    place INTEGER NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item (id),
    seq INTEGER NOT NULL,
    PRIMARY KEY (comparison_id, place)
) STRICT, WITHOUT ROWID;

-- One answer; what it said lies in the ledger under its request. No row of annotation: the loop knows nothing of these.
CREATE TABLE comparison_answer (
    comparison_id INTEGER NOT NULL REFERENCES comparison (id),
    contender TEXT NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item (id),
    sample INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('labelled', 'empty', 'failed')),
    failure TEXT,
    request_key TEXT,                -- null for a student
    seq INTEGER NOT NULL,
    PRIMARY KEY (comparison_id, contender, item_id, sample)
) STRICT, WITHOUT ROWID;
