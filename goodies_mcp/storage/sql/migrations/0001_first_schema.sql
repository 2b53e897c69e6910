-- A home in one file. Records are numbered inside and carry their own ids only where they meet the outside; an entity
-- and a relationship share one number space, and the same id has the same number in both tables.

-- Texts that repeat on every version: authors, devices, sources, relationship types.
CREATE TABLE terms (
    term INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- Every incarnation of every device that ever made a version held here, and the highest n known of it.
CREATE TABLE vector_clocks (
    clock INTEGER PRIMARY KEY,
    incarnation TEXT NOT NULL UNIQUE,
    user_id TEXT,
    device_id TEXT,
    clock_value INTEGER NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- All versions of all records, entities and relationships alike. seq is the feed number. version holds only the
-- counter where the id is {edited_at}-{counter}-{author}, and the whole id otherwise. content is the content of an
-- entity or the properties of a relationship, and NULL once compacted.
CREATE TABLE entity_versions (
    seq INTEGER PRIMARY KEY,
    record INTEGER NOT NULL,
    edited_at TEXT NOT NULL,
    version ANY NOT NULL,
    clock INTEGER NOT NULL REFERENCES vector_clocks (clock),
    n INTEGER NOT NULL,
    author INTEGER NOT NULL REFERENCES terms (term),
    device INTEGER NOT NULL REFERENCES terms (term),
    source_type INTEGER NOT NULL REFERENCES terms (term),
    deleted INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    context TEXT,
    parents TEXT,
    entity_type TEXT,
    name TEXT,
    src INTEGER,
    relationship_type INTEGER REFERENCES terms (term),
    dst INTEGER,
    content TEXT
) STRICT;
CREATE UNIQUE INDEX entity_versions_by_record ON entity_versions (record, edited_at, version, author);
CREATE UNIQUE INDEX entity_versions_by_dot ON entity_versions (clock, n, record);

-- The first and the last edit in each 256 feed numbers: what was edited in a span of time is found in feed order, for
-- a thousandth of what an index would take. The last ones that were given have room for any edit until all are given.
CREATE TABLE edit_spans (
    block INTEGER PRIMARY KEY,
    first TEXT NOT NULL,
    last TEXT NOT NULL
) STRICT;

-- The maximal versions of each record: one, or several that nobody has brought together yet.
CREATE TABLE heads (
    record INTEGER NOT NULL,
    seq INTEGER NOT NULL REFERENCES entity_versions (seq),
    PRIMARY KEY (record, seq)
) STRICT, WITHOUT ROWID;

-- Parents that some version names and that have not arrived.
CREATE TABLE awaited_parents (
    record INTEGER NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (record, version)
) STRICT, WITHOUT ROWID;

-- What is shown of entities. A row without current is the end of an edge that arrived before its entity, or a number
-- whose record is shown as a relationship; it counts as deleted. content is set only where heads are merged; it is in
-- the version otherwise.
CREATE TABLE entities (
    eid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    current INTEGER REFERENCES entity_versions (seq),
    entity_type TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    name_key TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL DEFAULT '',
    deleted INTEGER NOT NULL DEFAULT 1,
    conflicted INTEGER NOT NULL DEFAULT 0,
    content TEXT
) STRICT;
CREATE INDEX entities_by_name ON entities (name_key) WHERE deleted = 0;
CREATE INDEX entities_by_type ON entities (entity_type, name_key) WHERE deleted = 0;

-- What is shown of relationships; current and properties are as in entities.
CREATE TABLE relationships (
    rid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    src INTEGER NOT NULL REFERENCES entities (eid),
    relationship_type INTEGER NOT NULL REFERENCES terms (term),
    dst INTEGER NOT NULL REFERENCES entities (eid),
    current INTEGER REFERENCES entity_versions (seq),
    deleted INTEGER NOT NULL DEFAULT 1,
    conflicted INTEGER NOT NULL DEFAULT 0,
    properties TEXT
) STRICT;
CREATE INDEX relationships_out ON relationships (src, relationship_type, dst) WHERE deleted = 0;
CREATE INDEX relationships_in ON relationships (dst, relationship_type, src) WHERE deleted = 0;

-- Versions that can only be shown of the past: not deleted, and not what is shown now, whole and unmerged.
CREATE TABLE superseded (
    seq INTEGER PRIMARY KEY REFERENCES entity_versions (seq),
    name_key TEXT,
    src INTEGER,
    dst INTEGER
) STRICT;
CREATE INDEX superseded_by_name ON superseded (name_key) WHERE name_key IS NOT NULL;
CREATE INDEX superseded_out ON superseded (src) WHERE src IS NOT NULL;
CREATE INDEX superseded_in ON superseded (dst) WHERE dst IS NOT NULL;

-- The change log: what each version did here, and with what else it was committed.
CREATE TABLE batches (
    bid INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    client TEXT NOT NULL,
    tool TEXT NOT NULL,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    undoes TEXT
) STRICT;
CREATE INDEX batches_by_client ON batches (client);

CREATE TABLE entity_changes (
    seq INTEGER PRIMARY KEY REFERENCES entity_versions (seq),
    change_type TEXT NOT NULL CHECK (change_type IN ('create', 'update', 'delete')),
    batch INTEGER REFERENCES batches (bid),
    local INTEGER NOT NULL
) STRICT;
CREATE INDEX entity_changes_by_batch ON entity_changes (batch) WHERE batch IS NOT NULL;

-- Local changes that no hub has acknowledged. Parked ones are not sent again, and say why.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY REFERENCES entity_versions (seq),
    parked INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT
) STRICT;

-- Records whose heads were brought together by a choice that a person should look at; both sides stay heads.
CREATE TABLE sync_conflicts (
    cid INTEGER PRIMARY KEY,
    record INTEGER NOT NULL,
    record_id TEXT NOT NULL,
    local_version TEXT,
    remote_version TEXT,
    conflict_type TEXT NOT NULL,
    conflict_data TEXT NOT NULL,
    resolution_status TEXT NOT NULL CHECK (resolution_status IN ('open', 'resolved')),
    created_at TEXT NOT NULL,
    resolved_at TEXT
) STRICT;
CREATE UNIQUE INDEX sync_conflicts_of_record ON sync_conflicts (record) WHERE resolution_status = 'open';
CREATE UNIQUE INDEX sync_conflicts_open ON sync_conflicts (record_id) WHERE resolution_status = 'open';

-- Binary content, once by its hash.
CREATE TABLE binary_content (
    cid INTEGER PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    file_name TEXT,
    created_at TEXT NOT NULL,
    data BLOB NOT NULL
) STRICT;

-- Current values of devices: of this replica only, neither versioned nor synced.
CREATE TABLE device_state (
    entity_id TEXT NOT NULL,
    capability TEXT NOT NULL,
    value TEXT NOT NULL,
    since TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (entity_id, capability)
) STRICT, WITHOUT ROWID;
CREATE INDEX device_state_by_capability ON device_state (capability);

-- What falls due, by what is shown now and by what was shown.
CREATE TABLE due_dates (
    eid INTEGER NOT NULL REFERENCES entities (eid),
    due_on TEXT NOT NULL,
    what TEXT NOT NULL,
    PRIMARY KEY (eid, due_on, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_dates_by_day ON due_dates (due_on);

CREATE TABLE superseded_due_dates (
    seq INTEGER NOT NULL REFERENCES superseded (seq),
    due_on TEXT NOT NULL,
    what TEXT NOT NULL,
    PRIMARY KEY (seq, due_on, what)
) STRICT, WITHOUT ROWID;
CREATE INDEX superseded_due_dates_by_day ON superseded_due_dates (due_on);

CREATE TABLE idempotency_answers (
    key TEXT PRIMARY KEY,
    arguments TEXT NOT NULL,
    answer TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_answers_by_age ON idempotency_answers (at);

-- Small named texts: those that others keep here, and the store's own.
CREATE TABLE named_values (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The digest of all versions, in 256 buckets, and counts that would take a scan.
CREATE TABLE digest_buckets (
    bucket INTEGER PRIMARY KEY,
    sum BLOB NOT NULL
) STRICT;

CREATE TABLE tallies (
    kind TEXT PRIMARY KEY,
    n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Full text over what is shown now, and over what was. goodies_text and goodies_indexed are core.derived, registered
-- on every connection: the text is made from content when it is asked for, not kept a second time.
CREATE VIEW entity_texts AS
SELECT
    e.eid,
    goodies_indexed(e.name) AS name,
    goodies_text(coalesce(e.content, v.content)) AS text,
    e.entity_type AS kind
FROM entities AS e
INNER JOIN entity_versions AS v ON v.seq = e.current
WHERE e.deleted = 0;

CREATE VIEW version_texts AS
SELECT
    v.seq,
    goodies_indexed(v.name) AS name,
    goodies_text(v.content) AS text,
    v.entity_type AS kind
FROM superseded AS s
INNER JOIN entity_versions AS v ON v.seq = s.seq
WHERE v.name IS NOT NULL;

CREATE VIRTUAL TABLE entity_search USING fts5 (
    name, text, kind,
    content = 'entity_texts', content_rowid = 'eid',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

CREATE VIRTUAL TABLE version_search USING fts5 (
    name, text, kind,
    content = 'version_texts', content_rowid = 'seq',
    tokenize = 'porter unicode61 remove_diacritics 2'
);

-- The vocabulary: every word that was ever searchable, and its trigrams for what is misspelled or inside another word.
CREATE TABLE words (
    wid INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
) STRICT;

CREATE VIRTUAL TABLE word_search USING fts5 (
    word,
    content = 'words', content_rowid = 'wid',
    tokenize = 'trigram', detail = none
);
