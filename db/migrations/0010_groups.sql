-- One text in two roles: what an import looked for and found.
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

-- Student and annotator by label, language or metadata.
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

-- The annotator asked the same again: sentinels are items of role sentinel.
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
