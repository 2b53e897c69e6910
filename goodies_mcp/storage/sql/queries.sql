-- Every statement of the embedded store. Joins on hot paths are CROSS JOIN: it fixes their order, whatever a planner
-- would guess. A partial index is used only where its condition is repeated word for word.

-- ---------------------------------------------------------------- connection and transaction

-- name: begin_read
-- Opens a snapshot with the first read that follows.
BEGIN;

-- name: begin_write
-- Opens a write transaction at once, so that it never has to be upgraded.
BEGIN IMMEDIATE;

-- name: commit
-- Ends a transaction and keeps it.
COMMIT;

-- name: rollback
-- Ends a transaction and forgets it.
ROLLBACK;

-- name: committed_by_others
-- A number that changes when another connection has committed.
PRAGMA data_version;

-- name: savepoint
-- Begins one unit of work inside a shared transaction.
SAVEPOINT unit;

-- name: release
-- Ends the unit of work well.
RELEASE unit;

-- name: undo_unit
-- Forgets the unit of work, and nothing else of the transaction.
ROLLBACK TO unit;

-- name: application_id
-- What kind of file this is.
PRAGMA application_id;

-- name: set_application_id
-- Marks a file as ours ("GOOD" in ASCII).
PRAGMA application_id = 1196379972;

-- name: user_version
-- The number of the last migration that ran.
PRAGMA user_version;

-- name: count_schema
-- How many tables, indexes and views there are: none in a new file.
SELECT count(*) FROM sqlite_master;

-- name: set_wal
-- Readers beside a writer; a commit is one fsync of the log.
PRAGMA journal_mode = WAL;

-- name: set_synchronous
-- A commit that was acked survives a power cut.
PRAGMA synchronous = FULL;

-- name: set_unsynced
-- A commit waits for no disk: a power cut may take it, never in part and never one that was acked before it.
PRAGMA synchronous = NORMAL;

-- name: set_foreign_keys
-- What refers to a row keeps it from going.
PRAGMA foreign_keys = ON;

-- name: set_cache
-- 8 MB of pages for each connection; more, or a memory map, made no read quicker (docs/decisions/0003-storage.md).
PRAGMA cache_size = -8192;

-- name: set_impatient
-- A lock is told at once and not waited for.
PRAGMA busy_timeout = 0;

-- name: set_journal_limit
-- The log is cut back to this once all of it is in the database.
PRAGMA journal_size_limit = 16777216;

-- name: drop_statistics
-- Statistics of ANALYZE slow the graph's joins down by orders of magnitude.
DROP TABLE IF EXISTS sqlite_stat1;

-- name: drop_samples
-- The same, of builds that sample.
DROP TABLE IF EXISTS sqlite_stat4;

-- name: has_statistics
-- Whether somebody ran ANALYZE.
SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1';

-- ---------------------------------------------------------------- the store's own values

-- name: meta
-- One of the store's own values.
SELECT value FROM meta WHERE key = ?1;

-- name: put_meta
-- Sets one of the store's own values.
INSERT INTO meta (key, value) VALUES (?1, ?2)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: feed
-- The highest feed number.
SELECT coalesce(max(seq), 0) FROM entity_versions;

-- name: next_number
-- The number that the next new record gets.
SELECT 1 + max(coalesce((SELECT max(eid) FROM entities), 0), coalesce((SELECT max(rid) FROM relationships), 0));

-- name: term
-- The text of a term.
SELECT text FROM terms WHERE term = ?1;

-- name: term_number
-- The number of a term's text.
SELECT term FROM terms WHERE text = ?1;

-- name: add_term
-- Takes in a new term.
INSERT INTO terms (text) VALUES (?1);

-- name: incarnation
-- The name of an incarnation.
SELECT incarnation FROM vector_clocks WHERE clock = ?1;

-- name: clock_number
-- The number of an incarnation, and the highest n known of it.
SELECT clock, clock_value FROM vector_clocks WHERE incarnation = ?1;

-- name: add_clock
-- Takes in a new incarnation.
INSERT INTO vector_clocks (incarnation, user_id, device_id, clock_value, updated_at) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: advance_clock
-- Raises the highest n known of an incarnation.
UPDATE vector_clocks SET clock_value = max(clock_value, ?2), updated_at = ?3 WHERE clock = ?1;

-- name: tally
-- Adds to a count.
INSERT INTO tallies (kind, n) VALUES (?1, ?2)
ON CONFLICT (kind) DO UPDATE SET n = n + excluded.n;

-- name: tallied
-- One count.
SELECT n FROM tallies WHERE kind = ?1;

-- name: counts
-- Live entities of each type.
SELECT kind, n FROM tallies WHERE kind >= 'entity:' AND kind < 'entity;' AND n > 0;

-- name: buckets
-- The digest's buckets.
SELECT bucket, sum FROM digest_buckets;

-- name: bucket
-- One of the digest's buckets.
SELECT sum FROM digest_buckets WHERE bucket = ?1;

-- name: put_bucket
-- Rewrites one of the digest's buckets.
INSERT INTO digest_buckets (bucket, sum) VALUES (?1, ?2)
ON CONFLICT (bucket) DO UPDATE SET sum = excluded.sum;

-- ---------------------------------------------------------------- what is shown now

-- name: entities
-- Entities by their ids, tombstones included.
SELECT
    e.id, v.version, e.entity_type, e.name, coalesce(e.content, v.content), e.created_at, v.edited_at, v.author,
    v.source_type, e.deleted, e.conflicted
FROM json_each(?1) AS wanted
CROSS JOIN entities AS e ON e.id = wanted.value
CROSS JOIN entity_versions AS v ON v.seq = e.current;

-- name: named
-- Live entities of one folded name.
SELECT
    e.id, v.version, e.entity_type, e.name, coalesce(e.content, v.content), e.created_at, v.edited_at, v.author,
    v.source_type, e.deleted, e.conflicted
FROM entities AS e
CROSS JOIN entity_versions AS v ON v.seq = e.current
WHERE e.name_key = ?1 AND e.deleted = 0
ORDER BY e.entity_type, e.id
LIMIT ?2;

-- name: deleted_named
-- Deleted entities of one folded name: what is deleted is in no index of names, but what it was before is.
SELECT
    e.id, v.version, e.entity_type, e.name, coalesce(e.content, v.content), e.created_at, v.edited_at, v.author,
    v.source_type, e.deleted, e.conflicted
FROM (
    SELECT DISTINCT w.record
    FROM superseded AS s
    CROSS JOIN entity_versions AS w ON w.seq = s.seq
    WHERE s.name_key = ?1 AND s.name_key IS NOT NULL
) AS known
CROSS JOIN entities AS e ON e.eid = known.record
CROSS JOIN entity_versions AS v ON v.seq = e.current
WHERE e.deleted = 1 AND e.name_key = ?1
ORDER BY v.edited_at DESC, e.id
LIMIT ?2;

-- name: listed
-- Live entities in the order of their names, after a name and id.
SELECT
    e.id, v.version, e.entity_type, e.name, coalesce(e.content, v.content), e.created_at, v.edited_at, v.author,
    v.source_type, e.deleted, e.conflicted
FROM entities AS e
CROSS JOIN entity_versions AS v ON v.seq = e.current
WHERE e.deleted = 0 AND e.name_key >= ?1 AND (e.name_key > ?1 OR e.id > ?2)
ORDER BY e.name_key, e.id
LIMIT ?3;

-- name: listed_of_type
-- The same, of one type.
SELECT
    e.id, v.version, e.entity_type, e.name, coalesce(e.content, v.content), e.created_at, v.edited_at, v.author,
    v.source_type, e.deleted, e.conflicted
FROM entities AS e
CROSS JOIN entity_versions AS v ON v.seq = e.current
WHERE e.deleted = 0 AND e.entity_type = ?4 AND e.name_key >= ?1 AND (e.name_key > ?1 OR e.id > ?2)
ORDER BY e.name_key, e.id
LIMIT ?3;

-- name: edges_out
-- Live edges that leave any of the entities towards something live.
SELECT
    r.id, near.id, far.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN relationships AS r ON r.src = near.eid AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.dst AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = r.current;

-- name: edges_out_of_types
-- The same, of some types.
SELECT
    r.id, near.id, far.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN json_each(?2) AS kind
CROSS JOIN relationships AS r ON r.src = near.eid AND r.relationship_type = kind.value AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.dst AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = r.current;

-- name: edges_in
-- Live edges that reach any of the entities from something live.
SELECT
    r.id, far.id, near.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN relationships AS r ON r.dst = near.eid AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.src AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = r.current;

-- name: edges_in_of_types
-- The same, of some types.
SELECT
    r.id, far.id, near.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN json_each(?2) AS kind
CROSS JOIN relationships AS r ON r.dst = near.eid AND r.relationship_type = kind.value AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.src AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = r.current;

-- name: neighbours_out
-- Live edges that leave any of the entities, with what is at their other end (of some kinds, or, without a list, of all)
-- and what that is in: an empty text for nothing, and NULL when several edges say so. The plus keeps a seek from becoming three.
SELECT
    r.id, near.id, far.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted,
    far.id, w.version, far.entity_type, far.name, coalesce(far.content, w.content), far.created_at, w.edited_at, w.author,
    w.source_type, far.deleted, far.conflicted,
    (
        SELECT CASE count(*) WHEN 0 THEN '' WHEN 1 THEN max(place.id) END
        FROM relationships AS c
        CROSS JOIN entities AS place ON place.eid = c.dst AND place.deleted = 0
        WHERE c.src = far.eid AND c.deleted = 0 AND +c.relationship_type IN (?2, ?3, ?4)
    )
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN relationships AS r ON r.src = near.eid AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.dst AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = r.current
CROSS JOIN entity_versions AS w ON w.seq = far.current
WHERE ?5 IS NULL OR far.entity_type IN (SELECT value FROM json_each(?5));

-- name: neighbours_out_of_types
-- The same, of some types of edge.
SELECT
    r.id, near.id, far.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted,
    far.id, w.version, far.entity_type, far.name, coalesce(far.content, w.content), far.created_at, w.edited_at, w.author,
    w.source_type, far.deleted, far.conflicted,
    (
        SELECT CASE count(*) WHEN 0 THEN '' WHEN 1 THEN max(place.id) END
        FROM relationships AS c
        CROSS JOIN entities AS place ON place.eid = c.dst AND place.deleted = 0
        WHERE c.src = far.eid AND c.deleted = 0 AND +c.relationship_type IN (?2, ?3, ?4)
    )
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN json_each(?6) AS kind
CROSS JOIN relationships AS r ON r.src = near.eid AND r.relationship_type = kind.value AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.dst AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = r.current
CROSS JOIN entity_versions AS w ON w.seq = far.current
WHERE ?5 IS NULL OR far.entity_type IN (SELECT value FROM json_each(?5));

-- name: neighbours_in
-- The same for live edges that reach any of the entities.
SELECT
    r.id, far.id, near.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted,
    far.id, w.version, far.entity_type, far.name, coalesce(far.content, w.content), far.created_at, w.edited_at, w.author,
    w.source_type, far.deleted, far.conflicted,
    (
        SELECT CASE count(*) WHEN 0 THEN '' WHEN 1 THEN max(place.id) END
        FROM relationships AS c
        CROSS JOIN entities AS place ON place.eid = c.dst AND place.deleted = 0
        WHERE c.src = far.eid AND c.deleted = 0 AND +c.relationship_type IN (?2, ?3, ?4)
    )
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN relationships AS r ON r.dst = near.eid AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.src AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = r.current
CROSS JOIN entity_versions AS w ON w.seq = far.current
WHERE ?5 IS NULL OR far.entity_type IN (SELECT value FROM json_each(?5));

-- name: neighbours_in_of_types
-- The same, of some types of edge.
SELECT
    r.id, far.id, near.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted,
    far.id, w.version, far.entity_type, far.name, coalesce(far.content, w.content), far.created_at, w.edited_at, w.author,
    w.source_type, far.deleted, far.conflicted,
    (
        SELECT CASE count(*) WHEN 0 THEN '' WHEN 1 THEN max(place.id) END
        FROM relationships AS c
        CROSS JOIN entities AS place ON place.eid = c.dst AND place.deleted = 0
        WHERE c.src = far.eid AND c.deleted = 0 AND +c.relationship_type IN (?2, ?3, ?4)
    )
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN json_each(?6) AS kind
CROSS JOIN relationships AS r ON r.dst = near.eid AND r.relationship_type = kind.value AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.src AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = r.current
CROSS JOIN entity_versions AS w ON w.seq = far.current
WHERE ?5 IS NULL OR far.entity_type IN (SELECT value FROM json_each(?5));

-- name: joined_out
-- Live things (of some kinds, or, without a list, of all) that live edges of some types reach from any of the entities.
SELECT
    far.id, v.version, far.entity_type, far.name, coalesce(far.content, v.content), far.created_at, v.edited_at, v.author,
    v.source_type, far.deleted, far.conflicted, near.id, r.relationship_type
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN json_each(?2) AS kind
CROSS JOIN relationships AS r ON r.src = near.eid AND r.relationship_type = kind.value AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.dst AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = far.current
WHERE ?3 IS NULL OR far.entity_type IN (SELECT value FROM json_each(?3));

-- name: joined_in
-- The same for edges that reach any of the entities: the things that they leave.
SELECT
    far.id, v.version, far.entity_type, far.name, coalesce(far.content, v.content), far.created_at, v.edited_at, v.author,
    v.source_type, far.deleted, far.conflicted, near.id, r.relationship_type
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN json_each(?2) AS kind
CROSS JOIN relationships AS r ON r.dst = near.eid AND r.relationship_type = kind.value AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.src AND far.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = far.current
WHERE ?3 IS NULL OR far.entity_type IN (SELECT value FROM json_each(?3));

-- name: containers
-- What any of the entities is in by live edges of containment, which one, and what lists show of it.
SELECT near.id, place.id, place.entity_type, place.name
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN relationships AS c ON c.src = near.eid AND c.deleted = 0 AND +c.relationship_type IN (?2, ?3, ?4)
CROSS JOIN entities AS place ON place.eid = c.dst AND place.deleted = 0;

-- name: placed
-- For each live edge from any of the entities towards something live: what it leaves, and its other end if it says
-- where that is.
SELECT near.id, CASE WHEN r.relationship_type IN (?2, ?3, ?4) THEN far.id END
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN relationships AS r ON r.src = near.eid AND r.deleted = 0
CROSS JOIN entities AS far ON far.eid = r.dst AND far.deleted = 0;

-- name: things_in
-- Live things with an edge of containment to any of these live entities (of some kinds, or, without a list, of all), which one, and
-- whether no other such edge leaves them, and whether one reaches them.
SELECT
    e.id, v.version, e.entity_type, e.name, coalesce(e.content, v.content), e.created_at, v.edited_at, v.author,
    v.source_type, e.deleted, e.conflicted, near.id,
    NOT EXISTS (
        SELECT 1 FROM relationships AS c
        CROSS JOIN entities AS place ON place.eid = c.dst AND place.deleted = 0
        WHERE c.src = r.src AND c.deleted = 0 AND c.rid <> r.rid AND +c.relationship_type IN (?2, ?3, ?4)
    ),
    EXISTS (
        SELECT 1 FROM relationships AS c
        CROSS JOIN entities AS thing ON thing.eid = c.src AND thing.deleted = 0
        WHERE c.dst = r.src AND c.deleted = 0 AND +c.relationship_type IN (?2, ?3, ?4)
    )
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value AND near.deleted = 0
CROSS JOIN relationships AS r ON r.dst = near.eid AND r.deleted = 0 AND +r.relationship_type IN (?2, ?3, ?4)
CROSS JOIN entities AS e ON e.eid = r.src AND e.deleted = 0
CROSS JOIN entity_versions AS v ON v.seq = e.current
WHERE ?5 IS NULL OR e.entity_type IN (SELECT value FROM json_each(?5));

-- name: relationship
-- One edge by its id, tombstone or not.
SELECT
    r.id, f.id, t.id, r.relationship_type, v.version, v.edited_at, v.author,
    coalesce(r.properties, v.content), r.deleted, r.conflicted
FROM relationships AS r
CROSS JOIN entities AS f ON f.eid = r.src
CROSS JOIN entities AS t ON t.eid = r.dst
CROSS JOIN entity_versions AS v ON v.seq = r.current
WHERE r.id = ?1;

-- ---------------------------------------------------------------- what was shown at a moment
-- What is shown of a record at a moment is its last version by (edited_at, n, content hash) up to then. A version is that one when
-- no other lies between it and the moment.

-- name: entities_at
-- Entities by their ids as they were, tombstones included.
SELECT
    e.id, v.version, v.entity_type, v.name, v.content,
    (SELECT min(b.edited_at) FROM entity_versions AS b WHERE b.record = e.eid), v.edited_at, v.author,
    v.source_type, v.deleted, 0
FROM json_each(?1) AS wanted
CROSS JOIN entities AS e ON e.id = wanted.value
CROSS JOIN entity_versions AS v ON v.seq = (
    SELECT w.seq FROM entity_versions AS w
    WHERE w.record = e.eid AND w.edited_at <= ?2
    ORDER BY w.edited_at DESC, w.n DESC, w.content_hash DESC LIMIT 1
)
WHERE v.name IS NOT NULL;

-- name: named_at
-- Entities that had one folded name, live then.
SELECT
    e.id, v.version, v.entity_type, v.name, v.content,
    (SELECT min(b.edited_at) FROM entity_versions AS b WHERE b.record = e.eid), v.edited_at, v.author,
    v.source_type, v.deleted, 0
FROM (
    SELECT current AS seq FROM entities WHERE name_key = ?1 AND deleted = 0 AND content IS NULL
    UNION ALL
    SELECT seq FROM superseded WHERE name_key = ?1 AND name_key IS NOT NULL
) AS candidate
CROSS JOIN entity_versions AS v ON v.seq = candidate.seq
CROSS JOIN entities AS e ON e.eid = v.record
WHERE
    v.edited_at <= ?2
    AND NOT EXISTS (
        SELECT 1 FROM entity_versions AS w
        WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?2
            AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
    )
ORDER BY v.entity_type, e.id
LIMIT ?3;

-- name: listed_at
-- Entities of a moment whose version is still shown, in the order of their names, after a name and id.
SELECT
    e.id, v.version, v.entity_type, v.name, v.content, e.created_at, v.edited_at, v.author, v.source_type, v.deleted, 0,
    e.name_key
FROM entities AS e
CROSS JOIN entity_versions AS v ON v.seq = e.current
WHERE
    e.deleted = 0 AND e.content IS NULL AND e.name_key >= ?1 AND (e.name_key > ?1 OR e.id > ?2)
    AND v.edited_at <= ?3
    AND NOT EXISTS (
        SELECT 1 FROM entity_versions AS w
        WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?3
            AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
    )
ORDER BY e.name_key, e.id;

-- name: listed_superseded_at
-- Entities of a moment whose version is shown no more, in the order of their names, after a name and id.
SELECT
    e.id, v.version, v.entity_type, v.name, v.content,
    (SELECT min(b.edited_at) FROM entity_versions AS b WHERE b.record = e.eid), v.edited_at, v.author,
    v.source_type, v.deleted, 0, s.name_key
FROM superseded AS s
CROSS JOIN entity_versions AS v ON v.seq = s.seq
CROSS JOIN entities AS e ON e.eid = v.record
WHERE
    s.name_key IS NOT NULL AND s.name_key >= ?1 AND (s.name_key > ?1 OR e.id > ?2)
    AND v.edited_at <= ?3
    AND NOT EXISTS (
        SELECT 1 FROM entity_versions AS w
        WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?3
            AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
    )
ORDER BY s.name_key, e.id;

-- name: counts_at
-- Entities of each type at a moment.
SELECT v.entity_type, count(*)
FROM entities AS e
CROSS JOIN entity_versions AS v ON v.seq = (
    SELECT w.seq FROM entity_versions AS w
    WHERE w.record = e.eid AND w.edited_at <= ?1
    ORDER BY w.edited_at DESC, w.n DESC, w.content_hash DESC LIMIT 1
)
WHERE v.name IS NOT NULL AND v.deleted = 0
GROUP BY v.entity_type;

-- name: edges_out_at
-- Edges that left any of the entities towards something live then.
SELECT
    r.id, near.id, far.id, v.relationship_type, v.version, v.edited_at, v.author, v.content, v.deleted, 0
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN entity_versions AS v ON v.seq IN (
    SELECT c.current FROM relationships AS c WHERE c.src = near.eid AND c.deleted = 0 AND c.properties IS NULL
    UNION ALL
    SELECT s.seq FROM superseded AS s WHERE s.src = near.eid
)
CROSS JOIN relationships AS r ON r.rid = v.record
CROSS JOIN entities AS far ON far.eid = v.dst
CROSS JOIN entity_versions AS f ON f.seq = (
    SELECT w.seq FROM entity_versions AS w
    WHERE w.record = far.eid AND w.edited_at <= ?2
    ORDER BY w.edited_at DESC, w.n DESC, w.content_hash DESC LIMIT 1
)
WHERE
    v.edited_at <= ?2 AND f.deleted = 0 AND f.name IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM entity_versions AS w
        WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?2
            AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
    );

-- name: edges_in_at
-- Edges that reached any of the entities from something live then.
SELECT
    r.id, far.id, near.id, v.relationship_type, v.version, v.edited_at, v.author, v.content, v.deleted, 0
FROM json_each(?1) AS wanted
CROSS JOIN entities AS near ON near.id = wanted.value
CROSS JOIN entity_versions AS v ON v.seq IN (
    SELECT c.current FROM relationships AS c WHERE c.dst = near.eid AND c.deleted = 0 AND c.properties IS NULL
    UNION ALL
    SELECT s.seq FROM superseded AS s WHERE s.dst = near.eid
)
CROSS JOIN relationships AS r ON r.rid = v.record
CROSS JOIN entities AS far ON far.eid = v.src
CROSS JOIN entity_versions AS f ON f.seq = (
    SELECT w.seq FROM entity_versions AS w
    WHERE w.record = far.eid AND w.edited_at <= ?2
    ORDER BY w.edited_at DESC, w.n DESC, w.content_hash DESC LIMIT 1
)
WHERE
    v.edited_at <= ?2 AND f.deleted = 0 AND f.name IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM entity_versions AS w
        WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?2
            AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
    );

-- name: relationship_at
-- One edge by its id as it was, tombstone or not.
SELECT
    r.id, f.id, t.id, v.relationship_type, v.version, v.edited_at, v.author, v.content, v.deleted, 0
FROM relationships AS r
CROSS JOIN entity_versions AS v ON v.seq = (
    SELECT w.seq FROM entity_versions AS w
    WHERE w.record = r.rid AND w.edited_at <= ?2
    ORDER BY w.edited_at DESC, w.n DESC, w.content_hash DESC LIMIT 1
)
CROSS JOIN entities AS f ON f.eid = v.src
CROSS JOIN entities AS t ON t.eid = v.dst
WHERE r.id = ?1;

-- ---------------------------------------------------------------- history

-- name: record_number
-- The number of a record by its id.
SELECT eid FROM entities WHERE id = ?1
UNION ALL
SELECT rid FROM relationships WHERE id = ?1
LIMIT 1;

-- name: version_seqs
-- Feed numbers of a record's versions up to a moment, newest arrival first.
SELECT seq FROM entity_versions
WHERE record = ?1 AND edited_at <= ?2 AND seq < ?3
ORDER BY seq DESC
LIMIT ?4;

-- name: seqs_of_records
-- Feed numbers of the versions of some records up to a moment.
SELECT v.seq
FROM json_each(?1) AS wanted
CROSS JOIN entity_versions AS v ON v.record = (
    SELECT e.eid FROM entities AS e WHERE e.id = wanted.value
    UNION ALL
    SELECT r.rid FROM relationships AS r WHERE r.id = wanted.value
    LIMIT 1
)
WHERE v.edited_at <= ?2;

-- name: versions
-- Versions by their feed numbers, in feed order, without those that were compacted.
SELECT
    v.seq, coalesce(e.id, r.id), v.edited_at, v.version, v.clock, v.n, v.author, v.device, v.source_type, v.deleted,
    v.content_hash, v.context, v.parents, v.entity_type, v.name, f.id, v.relationship_type, t.id, v.content, b.id
FROM json_each(?1) AS wanted
CROSS JOIN entity_versions AS v ON v.seq = wanted.value
LEFT JOIN entities AS e ON e.eid = v.record
LEFT JOIN relationships AS r ON r.rid = v.record
LEFT JOIN entities AS f ON f.eid = v.src
LEFT JOIN entities AS t ON t.eid = v.dst
LEFT JOIN entity_changes AS c ON c.seq = v.seq
LEFT JOIN batches AS b ON b.bid = c.batch
WHERE v.content IS NOT NULL;

-- name: versions_of_moment
-- Feed numbers of a record's versions that were edited at one moment, with what is kept of their ids.
SELECT seq, version, author FROM entity_versions WHERE record = ?1 AND edited_at = ?2;

-- name: version_by_text
-- The feed number and hash of a record's version whose id is kept whole.
SELECT seq, content_hash FROM entity_versions WHERE record = ?1 AND version = ?2;

-- name: hash_of
-- The content hash of a version.
SELECT content_hash FROM entity_versions WHERE seq = ?1;

-- name: version_by_dot
-- The feed number and hash of a record's version with this dot.
SELECT seq, content_hash FROM entity_versions WHERE clock = ?1 AND n = ?2 AND record = ?3;

-- name: head_seqs
-- Feed numbers of a record's heads.
SELECT seq FROM heads WHERE record = ?1;

-- name: edited_seqs
-- Feed numbers of versions edited in a span, in feed order.
SELECT v.seq
FROM edit_spans AS s
CROSS JOIN entity_versions AS v ON v.seq BETWEEN s.block * 256 AND s.block * 256 + 255
WHERE
    s.block >= ?3 / 256 AND s.last > ?1 AND s.first <= ?2
    AND v.edited_at > ?1 AND v.edited_at <= ?2 AND v.seq > ?3
ORDER BY s.block, v.seq
LIMIT ?4;

-- name: batch_seqs
-- Feed numbers of a batch's versions.
SELECT c.seq
FROM batches AS b
CROSS JOIN entity_changes AS c ON c.batch = b.bid
WHERE b.id = ?1
ORDER BY c.seq;

-- name: batches
-- The latest batches.
SELECT id, client, tool, at, author, undoes FROM batches ORDER BY bid DESC LIMIT ?1;

-- name: batches_of_client
-- The latest batches of one client.
SELECT id, client, tool, at, author, undoes FROM batches WHERE client = ?1 ORDER BY bid DESC LIMIT ?2;

-- name: batch
-- One batch by its id.
SELECT id, client, tool, at, author, undoes FROM batches WHERE id = ?1;

-- ---------------------------------------------------------------- search

-- name: search
-- The best matches among the first so many: rank, number, what is shown of them, and their contents.
SELECT best.score, e.eid, e.id, e.entity_type, e.name, coalesce(e.content, v.content)
FROM (
    SELECT hit.number, hit.score
    FROM (
        SELECT rowid AS number, bm25(entity_search, 8.0, 1.0, 0.0) AS score
        FROM entity_search
        WHERE entity_search MATCH ?1
        LIMIT ?2
    ) AS hit
    ORDER BY hit.score, hit.number
    LIMIT ?3
) AS best
CROSS JOIN entities AS e ON e.eid = best.number
CROSS JOIN entity_versions AS v ON v.seq = e.current;

-- name: search_of_types
-- The same, of types that are so common that looking at each match is quicker than joining two long lists.
SELECT best.score, e.eid, e.id, e.entity_type, e.name, coalesce(e.content, v.content)
FROM (
    SELECT hit.number, hit.score
    FROM (
        SELECT s.rowid AS number, bm25(entity_search, 8.0, 1.0, 0.0) AS score
        FROM entity_search AS s
        CROSS JOIN entities AS e ON e.eid = s.rowid
        WHERE entity_search MATCH ?1 AND e.entity_type IN (SELECT kind.value FROM json_each(?4) AS kind)
        LIMIT ?2
    ) AS hit
    ORDER BY hit.score, hit.number
    LIMIT ?3
) AS best
CROSS JOIN entities AS e ON e.eid = best.number
CROSS JOIN entity_versions AS v ON v.seq = e.current;

-- name: best_named
-- The same columns of the shortest names among the first so many matches, of some types or all.
SELECT best.size, e.eid, e.id, e.entity_type, e.name, coalesce(e.content, v.content)
FROM (
    SELECT hit.number, length(named.name_key) AS size
    FROM (SELECT rowid AS number FROM entity_search WHERE entity_search MATCH ?1 LIMIT ?2) AS hit
    CROSS JOIN entities AS named ON named.eid = hit.number
    WHERE ?4 IS NULL OR named.entity_type IN (SELECT kind.value FROM json_each(?4) AS kind)
    ORDER BY length(named.name_key), hit.number
    LIMIT ?3
) AS best
CROSS JOIN entities AS e ON e.eid = best.number
CROSS JOIN entity_versions AS v ON v.seq = e.current;

-- name: any_matches
-- The same columns, but no contents, of the first so many matches of some types or all.
SELECT 0.0, e.eid, e.id, e.entity_type, e.name, NULL
FROM entity_search AS s
CROSS JOIN entities AS e ON e.eid = s.rowid
WHERE entity_search MATCH ?1 AND (?3 IS NULL OR e.entity_type IN (SELECT kind.value FROM json_each(?3) AS kind))
LIMIT ?2;

-- name: first_names
-- The folded names of the first so many matches, between two spaces.
SELECT ' ' || e.name_key || ' '
FROM entity_search AS s
CROSS JOIN entities AS e ON e.eid = s.rowid
WHERE entity_search MATCH ?1
LIMIT ?2;

-- name: last_number
-- The highest number of an entity: about how many records there are.
SELECT coalesce(max(eid), 0) FROM entities;

-- name: is_found
-- Whether anything live matches.
SELECT 1 FROM entity_search WHERE entity_search MATCH ?1 LIMIT 1;

-- name: snippet
-- The matched words of one match, in its text and in its name.
SELECT
    snippet(entity_search, 1, char(2), char(3), '…', 24), snippet(entity_search, 0, char(2), char(3), '…', 24)
FROM entity_search
WHERE entity_search MATCH ?1 AND rowid = ?2;

-- name: found
-- Live entities by their numbers.
SELECT
    e.id, v.version, e.entity_type, e.name, coalesce(e.content, v.content), e.created_at, v.edited_at, v.author,
    v.source_type, e.deleted, e.conflicted, e.eid
FROM json_each(?1) AS wanted
CROSS JOIN entities AS e ON e.eid = wanted.value
CROSS JOIN entity_versions AS v ON v.seq = e.current;

-- name: search_at
-- The best matches among versions of a moment that are still shown.
SELECT hit.number, hit.score
FROM (
    SELECT v.seq AS number, bm25(entity_search, 8.0, 1.0, 0.0) AS score
    FROM entity_search AS s
    CROSS JOIN entities AS e ON e.eid = s.rowid
    CROSS JOIN entity_versions AS v ON v.seq = e.current
    WHERE
        entity_search MATCH ?1 AND e.content IS NULL AND v.edited_at <= ?2
        AND NOT EXISTS (
            SELECT 1 FROM entity_versions AS w
            WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?2
                AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
        )
    LIMIT ?3
) AS hit
ORDER BY hit.score, hit.number
LIMIT ?4;

-- name: search_superseded_at
-- The best matches among versions of a moment that are shown no more.
SELECT hit.number, hit.score
FROM (
    SELECT v.seq AS number, bm25(version_search, 8.0, 1.0, 0.0) AS score
    FROM version_search AS s
    CROSS JOIN entity_versions AS v ON v.seq = s.rowid
    WHERE
        version_search MATCH ?1 AND v.edited_at <= ?2
        AND NOT EXISTS (
            SELECT 1 FROM entity_versions AS w
            WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?2
                AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
        )
    LIMIT ?3
) AS hit
ORDER BY hit.score, hit.number
LIMIT ?4;

-- name: snippet_superseded
-- The matched words of one match among versions that are shown no more, in its text and in its name.
SELECT
    snippet(version_search, 1, char(2), char(3), '…', 24), snippet(version_search, 0, char(2), char(3), '…', 24)
FROM version_search
WHERE version_search MATCH ?1 AND rowid = ?2;

-- name: found_at
-- Entities as versions by their feed numbers showed them, with the number that finds their snippet.
SELECT
    e.id, v.version, v.entity_type, v.name, v.content,
    (SELECT min(b.edited_at) FROM entity_versions AS b WHERE b.record = e.eid), v.edited_at, v.author,
    v.source_type, v.deleted, 0, v.seq, e.eid
FROM json_each(?1) AS wanted
CROSS JOIN entity_versions AS v ON v.seq = wanted.value
CROSS JOIN entities AS e ON e.eid = v.record;

-- name: words_with_trigrams
-- Words of the vocabulary by their trigrams, most in common first.
SELECT word FROM word_search WHERE word_search MATCH ?1 ORDER BY rank LIMIT ?2;

-- name: words_within
-- Words of the vocabulary that hold a text too short for trigrams.
SELECT word FROM words WHERE word LIKE ?1 ESCAPE '\' LIMIT ?2;

-- name: words_from
-- Words of the vocabulary between two in the order of the alphabet, of about one length.
SELECT word FROM words WHERE word >= ?1 AND word < ?2 AND length(word) BETWEEN ?3 AND ?4 LIMIT ?5;

-- name: new_words
-- Which of these words are not in the vocabulary.
SELECT wanted.value FROM json_each(?1) AS wanted
WHERE NOT EXISTS (SELECT 1 FROM words AS w WHERE w.word = wanted.value);

-- name: add_word
-- Takes a word into the vocabulary.
INSERT INTO words (word) VALUES (?1);

-- name: index_word
-- Takes a word's trigrams in.
INSERT INTO word_search (rowid, word) VALUES (?1, ?2);

-- ---------------------------------------------------------------- states, dates, conflicts, content, values

-- name: states
-- All known device states.
SELECT entity_id, capability, value, since, seen_at FROM device_state ORDER BY entity_id, capability;

-- name: states_of_capability
-- Known device states of one capability.
SELECT entity_id, capability, value, since, seen_at FROM device_state
WHERE capability = ?1
ORDER BY entity_id;

-- name: states_of
-- Known device states of some entities.
SELECT s.entity_id, s.capability, s.value, s.since, s.seen_at
FROM json_each(?1) AS wanted
CROSS JOIN device_state AS s ON s.entity_id = wanted.value;

-- name: state
-- One device state.
SELECT value, since FROM device_state WHERE entity_id = ?1 AND capability = ?2;

-- name: put_state
-- Sets one device state.
INSERT INTO device_state (entity_id, capability, value, since, seen_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (entity_id, capability) DO UPDATE
SET value = excluded.value, since = excluded.since, seen_at = excluded.seen_at;

-- name: due
-- What falls due up to a day, after a day and id.
SELECT e.id, d.due_on, d.what
FROM due_dates AS d
CROSS JOIN entities AS e ON e.eid = d.eid
WHERE d.due_on <= ?1 AND d.due_on >= ?2 AND (d.due_on > ?2 OR e.id > ?3)
ORDER BY d.due_on, e.id, d.what
LIMIT ?4;

-- name: due_at
-- The same, as it stood at a moment.
SELECT e.id, d.due_on, d.what
FROM (
    SELECT e.current AS seq, n.due_on, n.what
    FROM due_dates AS n
    CROSS JOIN entities AS e ON e.eid = n.eid
    WHERE n.due_on <= ?1 AND n.due_on >= ?2 AND e.content IS NULL
    UNION ALL
    SELECT p.seq, p.due_on, p.what FROM superseded_due_dates AS p WHERE p.due_on <= ?1 AND p.due_on >= ?2
) AS d
CROSS JOIN entity_versions AS v ON v.seq = d.seq
CROSS JOIN entities AS e ON e.eid = v.record
WHERE
    (d.due_on > ?2 OR e.id > ?3) AND v.edited_at <= ?5
    AND NOT EXISTS (
        SELECT 1 FROM entity_versions AS w
        WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?5
            AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
    )
ORDER BY d.due_on, e.id, d.what
LIMIT ?4;

-- name: conflicts
-- Records with an open conflict, after an id.
SELECT record_id FROM sync_conflicts
WHERE resolution_status = 'open' AND record_id > ?1
ORDER BY record_id
LIMIT ?2;

-- name: count_conflicts
-- How many conflicts are open.
SELECT count(*) FROM sync_conflicts WHERE resolution_status = 'open';

-- name: count_unpushed
-- How many local changes no hub has acknowledged.
SELECT count(*) FROM outbox;

-- name: content
-- What is known of binary content.
SELECT sha256, size, content_type, file_name FROM binary_content WHERE sha256 = ?1;

-- name: contents
-- The hashes of all binary content; their index has all of it.
SELECT sha256 FROM binary_content ORDER BY sha256;

-- name: content_number
-- Where binary content is kept.
SELECT cid FROM binary_content WHERE sha256 = ?1;

-- name: put_content
-- Keeps binary content once.
INSERT INTO binary_content (sha256, size, content_type, file_name, created_at, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (sha256) DO NOTHING;

-- name: make_room_for_content
-- Keeps room for binary content that is written piece by piece.
INSERT INTO binary_content (sha256, size, content_type, file_name, created_at, data)
VALUES (?1, ?2, ?3, ?4, ?5, zeroblob(?6));

-- name: drop_content
-- Takes binary content away.
DELETE FROM binary_content WHERE cid = ?1;

-- name: value
-- A named text.
SELECT value FROM named_values WHERE key = ?1;

-- name: values_between
-- Named texts from one name to another.
SELECT key, value FROM named_values WHERE key BETWEEN ?1 AND ?2 ORDER BY key;

-- name: put_value
-- Sets a named text.
INSERT INTO named_values (key, value) VALUES (?1, ?2)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: drop_value
-- Removes a named text.
DELETE FROM named_values WHERE key = ?1;

-- name: answer
-- The remembered answer to a key.
SELECT arguments, answer, at FROM idempotency_answers WHERE key = ?1;

-- name: put_answer
-- Remembers an answer.
INSERT INTO idempotency_answers (key, arguments, answer, at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (key) DO UPDATE SET arguments = excluded.arguments, answer = excluded.answer, at = excluded.at;

-- name: drop_answers
-- Forgets answers older than a moment.
DELETE FROM idempotency_answers WHERE at < ?1;

-- ---------------------------------------------------------------- sync

-- name: outbox_seqs
-- Feed numbers of local changes that wait for a hub, after one.
SELECT seq FROM outbox WHERE seq > ?1 AND parked = 0 ORDER BY seq LIMIT ?2;

-- name: outbox_headers
-- Headers of all that no hub has acknowledged, with their feed numbers.
SELECT o.seq, coalesce(e.id, r.id), v.edited_at, v.version, v.author, v.content_hash
FROM outbox AS o
CROSS JOIN entity_versions AS v ON v.seq = o.seq
LEFT JOIN entities AS e ON e.eid = v.record
LEFT JOIN relationships AS r ON r.rid = v.record
ORDER BY o.seq
LIMIT ?1;

-- name: outbox_size
-- How much is in the outbox, and how much of it is parked.
SELECT count(*), coalesce(sum(parked), 0) FROM outbox;

-- name: parked
-- Local changes that are held back, after a feed number.
SELECT o.seq, coalesce(e.id, r.id), v.edited_at, v.version, v.author, o.attempts, o.reason
FROM outbox AS o
CROSS JOIN entity_versions AS v ON v.seq = o.seq
LEFT JOIN entities AS e ON e.eid = v.record
LEFT JOIN relationships AS r ON r.rid = v.record
WHERE o.seq > ?1 AND o.parked = 1
ORDER BY o.seq
LIMIT ?2;

-- name: drop_unpushed
-- A hub holds this change.
DELETE FROM outbox WHERE seq = ?1;

-- name: park
-- Holds a change back.
UPDATE outbox SET parked = 1, attempts = attempts + 1, reason = ?2 WHERE seq = ?1;

-- name: unpark
-- Lets a change wait again that was held back for any reason but one.
UPDATE outbox SET parked = 0 WHERE seq = ?1 AND parked = 1 AND reason IS NOT ?2;

-- name: unpark_all
-- The same for all changes.
UPDATE outbox SET parked = 0 WHERE parked = 1 AND reason IS NOT ?1;

-- name: requeue
-- Puts a version into the outbox; what is left of a compacted one is held back for a reason.
INSERT INTO outbox (seq, parked, reason)
SELECT seq, content IS NULL, iif(content IS NULL, ?2, NULL) FROM entity_versions WHERE seq = ?1
ON CONFLICT DO NOTHING;

-- name: feed_seqs
-- Feed numbers after one up to another, without what one incarnation made.
SELECT seq FROM entity_versions WHERE seq > ?1 AND seq <= ?2 AND clock IS NOT ?3 ORDER BY seq LIMIT ?4;

-- name: record_numbers
-- Numbers of records by their ids.
SELECT e.id, e.eid
FROM json_each(?1) AS wanted
CROSS JOIN entities AS e ON e.id = wanted.value
UNION ALL
SELECT r.id, r.rid
FROM json_each(?1) AS wanted
CROSS JOIN relationships AS r ON r.id = wanted.value;

-- name: records_from
-- Records in the order of their ids, from one on.
SELECT id, eid FROM entities WHERE id >= ?1
UNION
SELECT id, rid FROM relationships WHERE id >= ?1
ORDER BY id
LIMIT ?2;

-- name: record_headers
-- Headers of all versions of some records, by number.
SELECT v.record, v.edited_at, v.version, v.author, v.content_hash
FROM json_each(?1) AS wanted
CROSS JOIN entity_versions AS v ON v.record = wanted.value;

-- name: held
-- Versions by their feed numbers, compacted or not, without what they say.
SELECT
    v.seq, coalesce(e.id, r.id), v.edited_at, v.version, v.clock, v.n, v.author, v.device, v.source_type, v.deleted,
    v.content_hash, v.context, v.parents, '', '', NULL, NULL, NULL, '{}', NULL
FROM json_each(?1) AS wanted
CROSS JOIN entity_versions AS v ON v.seq = wanted.value
LEFT JOIN entities AS e ON e.eid = v.record
LEFT JOIN relationships AS r ON r.rid = v.record;

-- name: heads_of
-- Feed numbers of the heads of some records, by number.
SELECT h.seq
FROM json_each(?1) AS wanted
CROSS JOIN heads AS h ON h.record = wanted.value;

-- name: open_conflicts
-- Open conflicts with what was filed about them, after a record's id.
SELECT record_id, local_version, remote_version, conflict_type, conflict_data, created_at FROM sync_conflicts
WHERE resolution_status = 'open' AND record_id > ?1
ORDER BY record_id
LIMIT ?2;

-- ---------------------------------------------------------------- applying a version

-- name: add_version
-- Takes in a version.
INSERT INTO entity_versions (
    seq, record, edited_at, version, clock, n, author, device, source_type, deleted, content_hash, context, parents,
    entity_type, name, src, relationship_type, dst, content
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19);

-- name: open_span
-- Lets a block of feed numbers be looked at whatever the time, as it still grows.
INSERT INTO edit_spans (block, first, last) VALUES (?1, '', char(1114111))
ON CONFLICT (block) DO UPDATE SET first = excluded.first, last = excluded.last WHERE first <> excluded.first;

-- name: close_span
-- Notes the first and the last edit of a block that is full.
INSERT OR REPLACE INTO edit_spans (block, first, last)
SELECT ?1, min(edited_at), max(edited_at) FROM entity_versions WHERE seq BETWEEN ?1 * 256 AND ?1 * 256 + 255;

-- name: add_head
-- Makes a version a head.
INSERT INTO heads (record, seq) VALUES (?1, ?2);

-- name: drop_head
-- A version is a head no more.
DELETE FROM heads WHERE record = ?1 AND seq = ?2;

-- name: add_change
-- Writes a version into the change log.
INSERT INTO entity_changes (seq, change_type, batch, local) VALUES (?1, ?2, ?3, ?4);

-- name: add_unpushed
-- Queues a local version for the hub.
INSERT INTO outbox (seq) VALUES (?1);

-- name: await_parent
-- Notes a parent that has not arrived.
INSERT INTO awaited_parents (record, version) VALUES (?1, ?2) ON CONFLICT DO NOTHING;

-- name: parent_arrived
-- Strikes a parent that has arrived off the list.
DELETE FROM awaited_parents WHERE record = ?1 AND version = ?2;

-- name: add_place
-- Gives an entity id a number, before there is anything to show.
INSERT INTO entities (eid, id) VALUES (?1, ?2) ON CONFLICT DO NOTHING;

-- name: add_edge_place
-- Gives an edge id a number, before there is anything to show.
INSERT INTO relationships (rid, id, src, relationship_type, dst) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING;

-- name: shown_entity
-- What is shown of an entity, as far as a change needs to know.
SELECT current, entity_type, deleted, content IS NOT NULL, created_at, name_key FROM entities WHERE eid = ?1;

-- name: show_new_entity
-- Shows an entity for the first time.
INSERT INTO entities (eid, id, current, entity_type, name, name_key, created_at, deleted)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: show_entity
-- Changes what is shown of an entity.
UPDATE entities
SET
    current = ?2, entity_type = ?3, name = ?4, name_key = ?5, created_at = ?6, deleted = ?7, conflicted = ?8,
    content = ?9
WHERE eid = ?1;

-- name: shown_edge
-- What is shown of an edge, as far as a change needs to know.
SELECT current, src, dst, deleted, properties IS NOT NULL FROM relationships WHERE rid = ?1;

-- name: show_new_edge
-- Shows an edge for the first time.
INSERT INTO relationships (rid, id, src, relationship_type, dst, current, deleted)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);

-- name: show_edge
-- Changes what is shown of an edge.
UPDATE relationships
SET src = ?2, relationship_type = ?3, dst = ?4, current = ?5, deleted = ?6, conflicted = ?7, properties = ?8
WHERE rid = ?1;

-- name: first_edit
-- When the first version of a record was edited.
SELECT min(edited_at) FROM entity_versions WHERE record = ?1;

-- name: supersede
-- Notes a version that can only be shown of the past.
INSERT INTO superseded (seq, name_key, src, dst) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING;

-- name: index_entity
-- Takes what is shown of an entity into search.
INSERT INTO entity_search (rowid, name, text, kind) VALUES (?1, ?2, ?3, ?4);

-- name: indexed_entity
-- What search holds of an entity that is shown.
SELECT eid, name, text, kind FROM entity_texts WHERE eid = ?1;

-- name: unindex_entity
-- Takes an entity out of search, by exactly what search holds of it.
INSERT INTO entity_search (entity_search, rowid, name, text, kind) VALUES ('delete', ?1, ?2, ?3, ?4);

-- name: index_version
-- Takes a version of the past into search.
INSERT INTO version_search (rowid, name, text, kind) VALUES (?1, ?2, ?3, ?4);

-- name: add_due
-- Notes when something falls due.
INSERT INTO due_dates (eid, due_on, what) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING;

-- name: drop_due
-- Forgets what fell due.
DELETE FROM due_dates WHERE eid = ?1;

-- name: supersede_due
-- Keeps what fell due for questions about the past.
INSERT INTO superseded_due_dates (seq, due_on, what) SELECT ?2, due_on, what FROM due_dates WHERE eid = ?1;

-- name: add_superseded_due
-- Notes what a version of the past had falling due.
INSERT INTO superseded_due_dates (seq, due_on, what) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING;

-- name: open_conflict
-- Files an open conflict, or what has become of it.
INSERT INTO sync_conflicts (
    record, record_id, local_version, remote_version, conflict_type, conflict_data, resolution_status, created_at
) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'open', ?7)
ON CONFLICT (record) WHERE resolution_status = 'open' DO UPDATE
SET
    local_version = excluded.local_version, remote_version = excluded.remote_version,
    conflict_type = excluded.conflict_type, conflict_data = excluded.conflict_data;

-- name: close_conflict
-- Marks a conflict as resolved.
UPDATE sync_conflicts SET resolution_status = 'resolved', resolved_at = ?2
WHERE record = ?1 AND resolution_status = 'open';

-- name: add_batch
-- Begins a batch that was not there.
INSERT INTO batches (id, client, tool, at, author, undoes) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING;

-- name: restate_batch
-- Goes on with a batch that was there.
UPDATE batches SET client = ?2, tool = ?3, at = ?4, author = ?5, undoes = ?6 WHERE id = ?1 RETURNING bid;

-- name: lower_first_edit
-- A version that arrived late may be the first that was edited.
UPDATE entities SET created_at = ?2 WHERE eid = ?1 AND created_at > ?2;

-- name: hide_entity
-- The record is shown as an edge.
UPDATE entities SET current = NULL, deleted = 1, conflicted = 0, content = NULL, created_at = '' WHERE eid = ?1;

-- name: hide_edge
-- The record is shown as an entity.
UPDATE relationships SET current = NULL, deleted = 1, conflicted = 0, properties = NULL WHERE rid = ?1;

-- name: header
-- What causality needs of a version: it is there also when the version was compacted.
SELECT record, edited_at, version, clock, n, author, context, parents FROM entity_versions WHERE seq = ?1;

-- name: unindex_version
-- Takes a version of the past out of search; made from the same row that it was made from.
INSERT INTO version_search (version_search, rowid, name, text, kind)
SELECT 'delete', seq, name, text, kind FROM version_texts WHERE seq = ?1;

-- name: drop_superseded_due
-- Forgets what a version of the past had falling due.
DELETE FROM superseded_due_dates WHERE seq = ?1;

-- name: drop_superseded
-- The version is shown now, or can be shown no more.
DELETE FROM superseded WHERE seq = ?1;

-- name: own_clock
-- The incarnation of this file: its number, its name, and the highest n taken.
SELECT c.clock, c.incarnation, c.clock_value
FROM meta AS m
CROSS JOIN vector_clocks AS c ON c.incarnation = m.value
WHERE m.key = 'incarnation';

-- name: set_user_version
-- Marks a new file with the number of the last migration.
PRAGMA user_version = 1;

-- name: place
-- The number of an entity by its id, whether or not there is anything to show.
SELECT eid FROM entities WHERE id = ?1;
