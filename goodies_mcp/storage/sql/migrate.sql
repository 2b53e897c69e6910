-- What the Migration Manager asks of a data file of any schema since the first.

-- name: note_schema
-- The note that a step ran; its number is filled in, for a pragma takes no parameter.
PRAGMA user_version = {};

-- name: written_by_others
-- A number that changes when another connection has committed.
PRAGMA data_version;

-- name: references_off
-- Lets a step build a table anew; what it leaves is checked at the end.
PRAGMA foreign_keys = OFF;

-- name: copy_into
-- Writes a whole, consistent copy into a new file.
VACUUM INTO ?1;

-- name: check
-- The first thing that is wrong with the file, or ok.
PRAGMA quick_check (1);

-- name: broken_references
-- Rows that point at nothing.
SELECT count(*) FROM pragma_foreign_key_check;

-- name: version_hashes
-- Every version: its record, the parts of its id, and its content hash.
SELECT coalesce(e.id, r.id), v.edited_at, v.version, v.author, v.content_hash
FROM entity_versions AS v
LEFT JOIN entities AS e ON e.eid = v.record
LEFT JOIN relationships AS r ON r.rid = v.record;

-- name: counts
-- Sizes of all that a migration must not lose, and the sum of what was said.
SELECT
    (SELECT count(*) FROM entity_versions), (SELECT max(seq) FROM entity_versions),
    (SELECT total(length(content)) FROM entity_versions), (SELECT total(length(name)) FROM entity_versions),
    (SELECT count(*) FROM heads), (SELECT count(*) FROM entities), (SELECT count(*) FROM relationships),
    (SELECT count(*) FROM batches), (SELECT count(*) FROM entity_changes), (SELECT count(*) FROM outbox),
    (SELECT count(*) FROM sync_conflicts), (SELECT count(*) FROM vector_clocks),
    (SELECT count(*) FROM binary_content), (SELECT total(length(data)) FROM binary_content),
    (SELECT count(*) FROM device_state), (SELECT count(*) FROM due_dates),
    (SELECT count(*) FROM idempotency_answers), (SELECT count(*) FROM named_values);
