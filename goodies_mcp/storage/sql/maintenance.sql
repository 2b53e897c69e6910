-- What looking after a home's file needs: it may read all of it.

-- name: begin
-- Begins a transaction that may write.
BEGIN IMMEDIATE;

-- name: commit
-- Ends it and keeps it.
COMMIT;

-- name: copy_into
-- Writes the whole file, packed, to another path.
VACUUM INTO ?1;

-- name: pack
-- Writes the whole file anew without its holes.
VACUUM;

-- name: empty_log
-- Moves the whole log into the file.
PRAGMA wal_checkpoint(TRUNCATE);

-- name: quick_check
-- What SQLite finds wrong with its pages and rows.
PRAGMA quick_check(20);

-- name: broken_references
-- Rows that refer to rows which are not there.
PRAGMA foreign_key_check;

-- name: check_search
-- Compares the index of what is shown with what is shown.
INSERT INTO entity_search (entity_search, rank) VALUES ('integrity-check', 1);

-- name: check_version_search
-- Compares the index of the past with the past.
INSERT INTO version_search (version_search, rank) VALUES ('integrity-check', 1);

-- name: check_word_search
-- Compares the index of the vocabulary with the vocabulary.
INSERT INTO word_search (word_search, rank) VALUES ('integrity-check', 1);

-- name: edges_without_ends
-- Live edges with an end of which no version has arrived.
SELECT r.id
FROM relationships AS r
INNER JOIN entities AS s ON s.eid = r.src
INNER JOIN entities AS d ON d.eid = r.dst
WHERE r.deleted = 0 AND (s.current IS NULL OR d.current IS NULL)
ORDER BY r.id;

-- name: all_headers
-- What causality and the digest need of every version, record by record.
SELECT
    v.record, coalesce(e.id, r.id), v.seq, v.edited_at, v.version, v.clock, v.n, v.author, v.context, v.parents,
    v.content_hash
FROM entity_versions AS v
LEFT JOIN entities AS e ON e.eid = v.record
LEFT JOIN relationships AS r ON r.rid = v.record
ORDER BY v.record, v.seq;

-- name: all_heads
-- All heads, record by record.
SELECT record, seq FROM heads ORDER BY record, seq;

-- name: shown_otherwise
-- Records with one head that show something else.
SELECT coalesce(e.id, r.id)
FROM heads AS h
LEFT JOIN entities AS e ON e.eid = h.record AND e.current IS NOT NULL
LEFT JOIN relationships AS r ON r.rid = h.record AND r.current IS NOT NULL
WHERE
    (SELECT count(*) FROM heads AS o WHERE o.record = h.record) = 1
    AND (
        coalesce(e.current, r.current) IS NOT h.seq OR e.content IS NOT NULL OR r.properties IS NOT NULL
    );

-- name: count_live
-- Live entities by type, and live edges, as counted.
SELECT 'entity:' || entity_type AS kind, count(*) FROM entities WHERE deleted = 0 GROUP BY entity_type
UNION ALL
SELECT 'relationships', count(*) FROM relationships WHERE deleted = 0
ORDER BY kind;

-- name: tallies
-- The same, as kept.
SELECT kind, n FROM tallies WHERE n <> 0 OR kind = 'relationships' ORDER BY kind;

-- name: buckets
-- The digest's buckets, as kept.
SELECT bucket, sum FROM digest_buckets;

-- name: compactable
-- Versions that no question from a moment on can show: another version of the record took over by then. Heads
-- stay, and what a merge may need.
SELECT v.seq
FROM entity_versions AS v
WHERE
    v.edited_at < ?1 AND v.content IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM heads AS h WHERE h.record = v.record AND h.seq = v.seq)
    AND (SELECT count(*) FROM heads AS h WHERE h.record = v.record) = 1
    AND EXISTS (
        SELECT 1 FROM entity_versions AS w
        WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?1
            AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
    )
ORDER BY v.seq;

-- name: compactable_pushed
-- The same, without versions that no hub has yet.
SELECT v.seq
FROM entity_versions AS v
WHERE
    v.edited_at < ?1 AND v.content IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM heads AS h WHERE h.record = v.record AND h.seq = v.seq)
    AND NOT EXISTS (SELECT 1 FROM outbox AS o WHERE o.seq = v.seq)
    AND (SELECT count(*) FROM heads AS h WHERE h.record = v.record) = 1
    AND EXISTS (
        SELECT 1 FROM entity_versions AS w
        WHERE w.record = v.record AND w.edited_at BETWEEN v.edited_at AND ?1
            AND (w.edited_at, w.n, w.content_hash) > (v.edited_at, v.n, v.content_hash)
    )
ORDER BY v.seq;

-- name: park
-- A local change whose body is gone cannot be pushed as it was.
UPDATE outbox SET parked = 1, reason = 'compacted' WHERE seq = ?1;

-- name: drop_body
-- Forgets what a version said; that it was, and its hash, stay.
UPDATE entity_versions SET content = NULL WHERE seq = ?1;

-- name: rebuild_search
-- Makes the index of what is shown anew.
INSERT INTO entity_search (entity_search) VALUES ('rebuild');

-- name: rebuild_version_search
-- Makes the index of the past anew.
INSERT INTO version_search (version_search) VALUES ('rebuild');

-- name: rebuild_word_search
-- Makes the index of the vocabulary anew.
INSERT INTO word_search (word_search) VALUES ('rebuild');

-- name: drop_words
-- Empties the vocabulary.
DELETE FROM words;

-- name: add_word
-- Takes a word into the vocabulary.
INSERT INTO words (word) VALUES (?1);

-- name: all_texts
-- Everything that search reads.
SELECT name, text FROM entity_texts
UNION ALL
SELECT name, text FROM version_texts;

-- name: drop_all_due
-- Forgets all due dates of now.
DELETE FROM due_dates;

-- name: drop_all_superseded_due
-- Forgets all due dates of the past.
DELETE FROM superseded_due_dates;

-- name: all_contents
-- What every live entity says.
SELECT e.eid, e.entity_type, e.name, coalesce(e.content, v.content)
FROM entities AS e
INNER JOIN entity_versions AS v ON v.seq = e.current
WHERE e.deleted = 0;

-- name: all_past_contents
-- What every entity version says that can only be shown of the past.
SELECT s.seq, v.entity_type, v.name, v.content
FROM superseded AS s
INNER JOIN entity_versions AS v ON v.seq = s.seq
WHERE v.name IS NOT NULL AND v.content IS NOT NULL;

-- name: page_size
-- Bytes in a page.
PRAGMA page_size;

-- name: page_count
-- Pages in the file.
PRAGMA page_count;

-- name: free_pages
-- Pages in the file that hold nothing.
PRAGMA freelist_count;

-- name: all_content
-- Binary content without its bytes.
SELECT cid, sha256, size, created_at FROM binary_content ORDER BY cid;

-- name: all_said
-- Every text in which a version, or what is shown of several, can name content.
SELECT content FROM entity_versions WHERE content IS NOT NULL
UNION ALL
SELECT content FROM entities WHERE content IS NOT NULL
UNION ALL
SELECT properties FROM relationships WHERE properties IS NOT NULL;

-- name: drop_tallies
-- Forgets the counts of what lives.
DELETE FROM tallies WHERE kind = 'relationships' OR kind LIKE 'entity:%';

-- name: count_again
-- Counts what lives.
INSERT INTO tallies (kind, n)
SELECT 'entity:' || entity_type, count(*) FROM entities WHERE deleted = 0 GROUP BY entity_type
UNION ALL
SELECT 'relationships', count(*) FROM relationships WHERE deleted = 0;

-- name: all_names
-- Names of entities with the keys by which they are found.
SELECT eid, name, name_key FROM entities;

-- name: put_name_key
-- Finds an entity by another key.
UPDATE entities SET name_key = ?1 WHERE eid = ?2;

-- name: all_past_names
-- Names that entities had with the keys by which they are found.
SELECT s.seq, v.name, s.name_key
FROM superseded AS s
INNER JOIN entity_versions AS v ON v.seq = s.seq
WHERE s.name_key IS NOT NULL AND v.name IS NOT NULL;

-- name: put_past_name_key
-- Finds a version of the past by another key.
UPDATE superseded SET name_key = ?1 WHERE seq = ?2;
