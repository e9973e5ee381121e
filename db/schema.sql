-- Made by scripts/schema.py from db/migrations and db/ledger: change those, then `make schema`.

-- The project: one file a project.

CREATE TABLE counter (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE project (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    uuid TEXT NOT NULL,
    name TEXT NOT NULL,
    task TEXT NOT NULL,
    mode TEXT NOT NULL CHECK (mode IN ('strict', 'paper')),
    labels TEXT NOT NULL,            -- JSON list, in class order
    seed INTEGER NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
, negative TEXT) STRICT;

CREATE TABLE import (
    id INTEGER PRIMARY KEY,
    role TEXT NOT NULL,
    file TEXT NOT NULL,
    format TEXT NOT NULL,
    started_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE import_end (
    import_id INTEGER PRIMARY KEY REFERENCES import (id),
    documents INTEGER NOT NULL,
    report TEXT NOT NULL,            -- JSON: what went where, what was moved and why
    ended_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE document (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES import (id),
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    tokens TEXT,                     -- JSON [[start, end], …] where the source gave words
    words INTEGER NOT NULL,
    language TEXT,
    metadata TEXT NOT NULL,
    file TEXT NOT NULL,
    line INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    seq INTEGER NOT NULL
, never_send INTEGER NOT NULL DEFAULT 0 CHECK (never_send IN (0, 1))) STRICT;

CREATE INDEX document_sha256 ON document (sha256);

CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES document (id),
    role TEXT NOT NULL CHECK (role IN ('pool', 'demonstration', 'meta', 'dev', 'test', 'sentinel', 'generated')),
    head_start INTEGER,              -- relations: the pair that is asked about
    head_end INTEGER,
    tail_start INTEGER,
    tail_end INTEGER,
    seq INTEGER NOT NULL
, head_type TEXT NOT NULL DEFAULT '', tail_type TEXT NOT NULL DEFAULT '', name TEXT NOT NULL DEFAULT '') STRICT;

CREATE INDEX item_role ON item (role);

CREATE INDEX item_document ON item (document_id);

CREATE TABLE round (
    number INTEGER PRIMARY KEY,
    strategy TEXT NOT NULL,
    target INTEGER NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE phase (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL REFERENCES round (number),
    name TEXT NOT NULL CHECK (name IN ('select', 'annotate', 'review', 'train', 'evaluate')),
    state TEXT NOT NULL CHECK (state IN ('started', 'done')),
    seconds REAL,
    detail TEXT NOT NULL DEFAULT '{}',
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX phase_round ON phase (round, name);

CREATE TABLE selection (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL REFERENCES round (number),
    item_id INTEGER NOT NULL REFERENCES item (id),
    strategy TEXT NOT NULL,
    score REAL,
    rank INTEGER NOT NULL,
    neighbours TEXT NOT NULL,        -- JSON list of demonstration items, most similar last
    seq INTEGER NOT NULL, bundle INTEGER,
    UNIQUE (round, item_id)
) STRICT;

CREATE INDEX selection_item ON selection (item_id);

CREATE TABLE request_item (
    id INTEGER PRIMARY KEY,
    request_key TEXT NOT NULL,
    item_id INTEGER NOT NULL REFERENCES item (id),
    position INTEGER NOT NULL,
    round INTEGER REFERENCES round (number),
    sample INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    seq INTEGER NOT NULL,
    UNIQUE (request_key, item_id, purpose)
) STRICT;

CREATE INDEX request_item_round ON request_item (round);

CREATE TABLE annotation (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES item (id),
    kind TEXT NOT NULL CHECK (kind IN ('llm', 'human', 'student', 'gold', 'vote')),
    annotator TEXT NOT NULL,
    request_key TEXT,
    sample INTEGER NOT NULL DEFAULT 0,
    round INTEGER REFERENCES round (number),
    state TEXT NOT NULL CHECK (state IN ('labelled', 'empty', 'failed')),
    failure TEXT,
    detail TEXT NOT NULL DEFAULT '',
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL, flags TEXT NOT NULL DEFAULT '[]', confidence REAL, replaces INTEGER REFERENCES annotation (id),
    CHECK ((state = 'failed') = (failure IS NOT NULL))
) STRICT;

CREATE INDEX annotation_item ON annotation (item_id, kind);

CREATE TABLE span (
    id INTEGER PRIMARY KEY,
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    label TEXT NOT NULL,
    rung INTEGER NOT NULL DEFAULT 1,
    flags TEXT NOT NULL DEFAULT '[]',
    seq INTEGER NOT NULL, confidence REAL,
    CHECK (0 <= start AND start < "end")
) STRICT;

CREATE INDEX span_annotation ON span (annotation_id);

CREATE TABLE relation (
    id INTEGER PRIMARY KEY,
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    head_span_id INTEGER NOT NULL REFERENCES span (id),
    tail_span_id INTEGER NOT NULL REFERENCES span (id),
    label TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX relation_annotation ON relation (annotation_id);

CREATE TABLE class_label (
    id INTEGER PRIMARY KEY,
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    label TEXT NOT NULL,
    score REAL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX class_label_annotation ON class_label (annotation_id);

CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES item (id),
    annotation_id INTEGER REFERENCES annotation (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('accept', 'reject', 'mend', 'skip', 'undo')),
    human_annotation_id INTEGER REFERENCES annotation (id),
    undoes INTEGER REFERENCES decision (id),
    reviewer TEXT NOT NULL,
    seconds REAL,
    bulk_id TEXT,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL, redoes INTEGER REFERENCES decision (id), blind INTEGER NOT NULL DEFAULT 0 CHECK (blind IN (0, 1)),
    CHECK ((verdict = 'undo') = (undoes IS NOT NULL)),
    CHECK ((verdict = 'mend') = (human_annotation_id IS NOT NULL)),
    CHECK (verdict <> 'accept' OR annotation_id IS NOT NULL)
) STRICT;

CREATE INDEX decision_item ON decision (item_id);

CREATE INDEX decision_undoes ON decision (undoes);

CREATE TABLE training_example (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL REFERENCES round (number),
    item_id INTEGER NOT NULL REFERENCES item (id),
    annotation_id INTEGER NOT NULL REFERENCES annotation (id),
    weight REAL NOT NULL,
    seq INTEGER NOT NULL,
    UNIQUE (round, item_id)
) STRICT;

CREATE TABLE model (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL REFERENCES round (number),
    folder TEXT NOT NULL,            -- relative to the project
    settings TEXT NOT NULL,
    best_epoch INTEGER,
    dev_loss REAL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
, temperature REAL) STRICT;

CREATE TABLE metric (
    id INTEGER PRIMARY KEY,
    round INTEGER REFERENCES round (number),
    subject TEXT NOT NULL CHECK (subject IN ('student', 'annotator')),
    split TEXT NOT NULL,             -- dev, test, or picked
    name TEXT NOT NULL,
    label TEXT NOT NULL DEFAULT '',  -- '' is over all labels
    value REAL NOT NULL,
    n INTEGER NOT NULL,
    low REAL,
    high REAL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX metric_round ON metric (round, split);

CREATE TABLE encoder_check (
    id INTEGER PRIMARY KEY,
    encoder TEXT NOT NULL,
    report TEXT NOT NULL,            -- JSON: unknown pieces, sub-words a word, case and accents
    warning TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    settings TEXT NOT NULL,
    goals TEXT NOT NULL,
    rates TEXT NOT NULL,             -- JSON: the prices in force, with source and date
    simulated TEXT,                  -- 'simulated', 'recorded' or null
    started_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE run_end (
    run_id INTEGER PRIMARY KEY REFERENCES run (id),
    code INTEGER NOT NULL,
    reason TEXT NOT NULL,
    ended_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,              -- loop, pause, resume, stop
    arguments TEXT NOT NULL DEFAULT '{}',
    requested_by TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE job_state (
    id INTEGER PRIMARY KEY,
    job_id INTEGER NOT NULL REFERENCES job (id),
    state TEXT NOT NULL CHECK (state IN ('taken', 'done', 'failed', 'dropped')),
    detail TEXT NOT NULL DEFAULT '',
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX job_state_job ON job_state (job_id);

CREATE TABLE event (
    id INTEGER PRIMARY KEY,
    round INTEGER,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,              -- one sentence for a person
    body TEXT NOT NULL DEFAULT '{}',
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    pid INTEGER NOT NULL,
    process_start TEXT NOT NULL,
    host TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    heartbeat_utc TEXT NOT NULL,
    phase TEXT NOT NULL DEFAULT '',
    paused INTEGER NOT NULL DEFAULT 0,
    progress TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE VIEW why_picked AS
SELECT selection.round, selection.rank, selection.strategy, selection.score, document.text, selection.neighbours
FROM selection
JOIN item ON item.id = selection.item_id
JOIN document ON document.id = item.document_id;

CREATE TABLE purge (
    id INTEGER PRIMARY KEY,
    report TEXT NOT NULL,            -- JSON: how many rows of what were emptied
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX annotation_once ON annotation (item_id, annotator, request_key, sample)
WHERE request_key IS NOT NULL AND replaces IS NULL;

CREATE UNIQUE INDEX annotation_replaces ON annotation (replaces) WHERE replaces IS NOT NULL;

CREATE VIEW answer_in_round AS
SELECT id AS annotation_id, round, item_id, annotator, kind, state, failure, confidence, flags, seq
FROM (
    SELECT annotation.*, ROW_NUMBER() OVER (
        PARTITION BY annotation.round, annotation.item_id ORDER BY annotation.state = 'failed', annotation.id DESC) AS age
    FROM annotation
    WHERE annotation.round IS NOT NULL AND annotation.kind IN ('llm', 'gold', 'vote')
      AND annotation.id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL)
      AND NOT (annotation.kind = 'llm' AND EXISTS (
          SELECT 1 FROM annotation AS vote
          WHERE vote.kind = 'vote' AND vote.item_id = annotation.item_id AND vote.annotator = annotation.annotator
            AND vote.round = annotation.round))
)
WHERE age = 1;

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

CREATE TABLE demonstration_mark (
    id INTEGER PRIMARY KEY,
    item_id INTEGER NOT NULL REFERENCES item (id),
    made INTEGER NOT NULL CHECK (made IN (0, 1)),
    reviewer TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX demonstration_mark_item ON demonstration_mark (item_id);

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

CREATE TABLE assumption (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

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

CREATE INDEX annotation_round ON annotation (round, item_id, kind);

CREATE VIEW standing_decision AS
SELECT id, item_id, verdict, annotation_id, human_annotation_id, reviewer, seconds, bulk_id, blind, created_utc, seq
FROM (
    SELECT decision.*, ROW_NUMBER() OVER (PARTITION BY decision.item_id ORDER BY decision.id DESC) AS age
    FROM decision
    WHERE decision.verdict <> 'undo'
      AND NOT EXISTS (SELECT 1 FROM decision AS undo WHERE undo.undoes = decision.id)
)
WHERE age = 1 AND id NOT IN (SELECT decision_id FROM overtaken);

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

CREATE VIEW made_demonstration AS
SELECT label_in_force.item_id, label_in_force.annotation_id
FROM label_in_force
JOIN (
    SELECT item_id, made, ROW_NUMBER() OVER (PARTITION BY item_id ORDER BY id DESC) AS age FROM demonstration_mark
) AS mark ON mark.item_id = label_in_force.item_id AND mark.age = 1 AND mark.made = 1
WHERE label_in_force.verdict IN ('accept', 'mend');

CREATE VIEW overtaken AS
SELECT DISTINCT reask.decision_id
FROM reask
JOIN annotation AS asked ON asked.item_id = reask.item_id AND asked.seq > reask.seq
    AND asked.kind = 'llm' AND asked.round IS NULL AND asked.replaces IS NULL
JOIN annotation AS answer ON answer.item_id = asked.item_id AND answer.kind = 'llm' AND answer.round IS NULL
    AND answer.annotator = asked.annotator AND answer.request_key IS asked.request_key AND answer.sample = asked.sample
    AND answer.state <> 'failed'
    AND answer.id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL);

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

CREATE VIEW visible_item AS
SELECT item.id, item.document_id, item.role, item.head_start, item.head_end, item.tail_start, item.tail_end,
       item.head_type, item.tail_type, item.seq, document.text, document.tokens, document.words,
       COALESCE(NULLIF(item.name, ''), document.name) AS name, document.language, document.never_send
FROM item
JOIN document ON document.id = item.document_id
JOIN import_end ON import_end.import_id = document.import_id;

CREATE VIEW labels AS
SELECT COALESCE(NULLIF(item.name, ''), document.name) AS name, document.text, annotation.kind, annotation.annotator,
       annotation.round, label_in_force.verdict, annotation.state, span.start, span."end",
       substr(document.text, span.start + 1, span."end" - span.start) AS surface,
       substr(document.text, item.head_start + 1, item.head_end - item.head_start) AS head,
       substr(document.text, item.tail_start + 1, item.tail_end - item.tail_start) AS tail,
       COALESCE(span.label, class_label.label) AS label
FROM label_in_force
JOIN annotation ON annotation.id = label_in_force.annotation_id
JOIN item ON item.id = label_in_force.item_id
JOIN document ON document.id = item.document_id
LEFT JOIN span ON span.annotation_id = annotation.id
LEFT JOIN class_label ON class_label.annotation_id = annotation.id;

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

CREATE TABLE copies (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('exact', 'near')),
    role_a TEXT NOT NULL,            -- the stricter role, which keeps its text
    role_b TEXT NOT NULL,            -- a role, or gold: a file that was not split yet
    count INTEGER NOT NULL CHECK (count >= 0),
    done TEXT NOT NULL CHECK (done IN ('taken_out', 'left')),
    examples TEXT NOT NULL,          -- JSON [[where, where], …]: file and line in either role, the first few
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE group_score (
    id INTEGER PRIMARY KEY,
    round INTEGER REFERENCES round (number),
    subject TEXT NOT NULL CHECK (subject IN ('student', 'annotator')),
    split TEXT NOT NULL,             -- dev, test, or picked: all that was picked so far and has hidden gold
    field TEXT NOT NULL,             -- label, language, or a key of the metadata
    value TEXT NOT NULL,
    rest INTEGER NOT NULL CHECK (rest IN (0, 1)),   -- 1: all values beyond the most frequent ones
    n INTEGER NOT NULL,
    f1 REAL NOT NULL,
    precision REAL NOT NULL,
    recall REAL NOT NULL,
    low REAL NOT NULL,
    high REAL NOT NULL,
    failed INTEGER,                  -- answers of these that cannot be used; null for a student, which always answers
    failed_low REAL,
    failed_high REAL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX group_score_field ON group_score (field, subject, split, round);

CREATE TABLE group_gap (
    id INTEGER PRIMARY KEY,
    round INTEGER REFERENCES round (number),
    subject TEXT NOT NULL CHECK (subject IN ('student', 'annotator')),
    split TEXT NOT NULL,
    field TEXT NOT NULL,
    best TEXT NOT NULL,
    worst TEXT NOT NULL,
    difference REAL NOT NULL,        -- F1 of best less F1 of worst
    low REAL NOT NULL,
    high REAL NOT NULL,
    p REAL NOT NULL,
    p_holm REAL NOT NULL,            -- over all pairs looked at
    pairs INTEGER NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE drift (
    id INTEGER PRIMARY KEY,
    round INTEGER NOT NULL REFERENCES round (number),
    annotator TEXT NOT NULL,
    asked INTEGER NOT NULL,
    answered INTEGER NOT NULL,       -- usable answers
    first_round INTEGER NOT NULL REFERENCES round (number),   -- this one itself where these are its first answers
    difference REAL,                 -- F1 now less F1 then, over the sentinels asked in both; null for the first
    low REAL,
    high REAL,
    p REAL,                          -- paired, by swapping then and now within sentences
    p_holm REAL,                     -- over all rounds looked at so far
    n INTEGER NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

-- The ledger: in the project's file, or in one that several projects share.

CREATE TABLE counter (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE budget (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    cap_nanousd INTEGER NOT NULL CHECK (cap_nanousd >= 0),
    spent_nanousd INTEGER NOT NULL CHECK (spent_nanousd >= 0),
    held_nanousd INTEGER NOT NULL CHECK (held_nanousd >= 0),
    unconfirmed_nanousd INTEGER NOT NULL CHECK (unconfirmed_nanousd >= 0)
) STRICT;

CREATE TABLE cap (
    id INTEGER PRIMARY KEY,
    cap_nanousd INTEGER NOT NULL CHECK (cap_nanousd >= 0),
    project TEXT NOT NULL,           -- who set it
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE request (
    key TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    endpoint TEXT NOT NULL,          -- the endpoint's configured name, never its address
    model TEXT NOT NULL,
    sample INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
, wire TEXT NOT NULL DEFAULT 'chat', reader TEXT NOT NULL DEFAULT '') STRICT;

CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    request_key TEXT NOT NULL REFERENCES request (key),
    project TEXT NOT NULL,
    purpose TEXT NOT NULL,
    hold_nanousd INTEGER NOT NULL CHECK (hold_nanousd >= 0),
    pid INTEGER NOT NULL,
    process_start TEXT NOT NULL,
    boot_id TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
, batch_id INTEGER REFERENCES batch (id)) STRICT;

CREATE INDEX attempt_request ON attempt (request_key);

CREATE TABLE attempt_end (
    attempt_id INTEGER PRIMARY KEY REFERENCES attempt (id),
    state TEXT NOT NULL CHECK (state IN ('settled', 'released', 'unconfirmed')),
    failure TEXT,
    detail TEXT NOT NULL DEFAULT '',
    cost_nanousd INTEGER NOT NULL CHECK (cost_nanousd >= 0),
    input_tokens INTEGER,
    cached_tokens INTEGER,
    cache_write_tokens INTEGER,
    output_tokens INTEGER,
    reasoning_tokens INTEGER,
    usage_source TEXT,
    seconds REAL,
    ended_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
, unconfirmed_nanousd INTEGER NOT NULL DEFAULT 0 CHECK (unconfirmed_nanousd >= 0), cache_write_1h_tokens INTEGER) STRICT;

CREATE TABLE response (
    attempt_id INTEGER PRIMARY KEY REFERENCES attempt (id),
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    received_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE parse (
    id INTEGER PRIMARY KEY,
    attempt_id INTEGER NOT NULL REFERENCES response (attempt_id),
    parser TEXT NOT NULL,
    result TEXT NOT NULL,
    failure TEXT,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL UNIQUE,        -- our own name for it, known before the provider's
    provider TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    model TEXT NOT NULL,
    project TEXT NOT NULL,
    purpose TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE TABLE batch_event (
    id INTEGER PRIMARY KEY,
    batch_id INTEGER NOT NULL REFERENCES batch (id),
    kind TEXT NOT NULL CHECK (kind IN ('written', 'created', 'seen', 'ended', 'lost')),
    provider_id TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX batch_event_batch ON batch_event (batch_id);

CREATE INDEX attempt_batch ON attempt (batch_id) WHERE batch_id IS NOT NULL;

CREATE INDEX attempt_end_unconfirmed ON attempt_end (attempt_id) WHERE unconfirmed_nanousd > 0;

CREATE TABLE ruling (
    id INTEGER PRIMARY KEY,
    attempt_id INTEGER NOT NULL REFERENCES attempt (id),
    verdict TEXT NOT NULL CHECK (verdict IN ('resend', 'skip', 'release')),
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    created_utc TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;

CREATE INDEX ruling_attempt ON ruling (attempt_id);

CREATE VIEW unconfirmed AS
SELECT attempt.id AS attempt_id, attempt.request_key, attempt.project, attempt.purpose, request.provider, request.model,
       attempt_end.state, attempt_end.unconfirmed_nanousd AS nanousd, attempt_end.failure, attempt_end.detail,
       attempt.pid, attempt.process_start, attempt.boot_id, attempt.created_utc,
       (SELECT verdict FROM ruling WHERE ruling.attempt_id = attempt.id AND ruling.seq > attempt_end.seq
        ORDER BY ruling.id DESC LIMIT 1) AS verdict
FROM attempt_end
JOIN attempt ON attempt.id = attempt_end.attempt_id
JOIN request ON request.key = attempt.request_key
WHERE attempt_end.unconfirmed_nanousd > 0 AND verdict IS NOT 'release';

CREATE VIEW spend AS
SELECT attempt.project, attempt.purpose, request.provider, request.model,
       COUNT(*) AS attempts,
       SUM(attempt_end.state = 'settled') AS settled,
       SUM(attempt_end.state = 'unconfirmed') AS unconfirmed,
       SUM(attempt_end.state IS NULL) AS in_flight,
       SUM(attempt_end.input_tokens) AS input_tokens,
       SUM(attempt_end.cached_tokens) AS cached_tokens,
       SUM(attempt_end.output_tokens) AS output_tokens,
       SUM(attempt_end.cost_nanousd) AS cost_nanousd,
       COALESCE(SUM(unconfirmed.nanousd), 0) AS unconfirmed_nanousd
FROM attempt
JOIN request ON request.key = attempt.request_key
LEFT JOIN attempt_end ON attempt_end.attempt_id = attempt.id
LEFT JOIN unconfirmed ON unconfirmed.attempt_id = attempt.id
GROUP BY attempt.project, attempt.purpose, request.provider, request.model;
