-- Every statement about accounts. What belongs to a household is never asked for without naming it.

-- name: set_wal
-- Readers do not wait for writers.
PRAGMA journal_mode = WAL;

-- name: set_synchronous
-- What was acknowledged survives a power cut (PROMISES P1).
PRAGMA synchronous = FULL;

-- name: set_foreign_keys
-- A session of nobody would be nobody's to end.
PRAGMA foreign_keys = ON;

-- name: application_id
-- Whose file it is.
PRAGMA application_id;

-- name: user_version
-- The number of the last migration that ran.
PRAGMA user_version;

-- name: begin_read
-- One snapshot for all that follows.
BEGIN;

-- name: begin_write
-- The write lock at once: a later upgrade could only fail.
BEGIN IMMEDIATE;

-- name: commit
-- Durable from here on.
COMMIT;

-- name: copy_into
-- A packed copy, while others go on.
VACUUM INTO ?1;

-- name: households
-- All of them.
SELECT id, name, created_at FROM households ORDER BY number;

-- name: household
-- One of them.
SELECT id, name, created_at FROM households WHERE id = ?1;

-- name: households_of
-- Those of a user, the oldest membership first.
SELECT h.id, h.name, h.created_at FROM members AS m JOIN households AS h ON h.id = m.household WHERE m.user = ?1 ORDER BY m.number;

-- name: user_named
-- By folded name.
SELECT id, name, password_hash, created_at FROM users WHERE name_key = ?1;

-- name: first_user
-- Whom init made.
SELECT id, name, password_hash, created_at FROM users ORDER BY number LIMIT 1;

-- name: member
-- What a user is in a household.
SELECT m.user, u.name, m.role, m.since FROM members AS m JOIN users AS u ON u.id = m.user WHERE m.household = ?1 AND m.user = ?2;

-- name: members
-- All people of a household.
SELECT m.user, u.name, m.role, m.since FROM members AS m JOIN users AS u ON u.id = m.user WHERE m.household = ?1 ORDER BY m.number;

-- name: device
-- One device of a household.
SELECT id, household, name, user, role, created_at, seen_at, revoked_at FROM devices WHERE household = ?1 AND id = ?2;

-- name: devices
-- All devices of a household.
SELECT id, household, name, user, role, created_at, seen_at, revoked_at FROM devices WHERE household = ?1 ORDER BY number;

-- name: principal
-- Who a session is now: its person is still a member, and its device not revoked.
SELECT s.household, s.id, coalesce(m.role, d.role), s.user, coalesce(u.name, d.name), s.device, s.expires_at
FROM sessions AS s
LEFT JOIN users AS u ON u.id = s.user
LEFT JOIN members AS m ON m.household = s.household AND m.user = s.user
LEFT JOIN devices AS d ON d.household = s.household AND d.id = s.device
WHERE
    s.id = ?2 AND s.household = ?1 AND s.ended_at IS NULL AND s.expires_at > ?3
    AND (s.user IS NULL OR m.role IS NOT NULL)
    AND (s.device IS NULL OR (d.id IS NOT NULL AND d.revoked_at IS NULL))
    AND coalesce(m.role, d.role) IS NOT NULL;

-- name: refresh_token
-- A refresh token and its session, while that lasts.
SELECT t.hash, t.session, t.expires_at, t.used_at, t.given_for, t.void, s.id, s.household, s.user, s.device, s.created_at, s.expires_at
FROM refresh_tokens AS t JOIN sessions AS s ON s.id = t.session
WHERE t.hash = ?1 AND s.ended_at IS NULL;

-- name: was_followed
-- Whether anybody has come with a token that was given for this one.
SELECT EXISTS (SELECT 1 FROM refresh_tokens WHERE given_for = ?1 AND used_at IS NOT NULL);

-- name: audit
-- A household's entries, newest first.
SELECT event, at, household, user, device, address, request, said, seq FROM audit
WHERE household = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3;

-- name: audit_of_all
-- Entries of all households and of none, newest first.
SELECT event, at, household, user, device, address, request, said, seq FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2;

-- name: add_household
-- A new household.
INSERT INTO households (id, name, created_at) VALUES (?1, ?2, ?3);

-- name: add_user
-- A new user.
INSERT INTO users (id, name, name_key, password_hash, created_at) VALUES (?1, ?2, ?3, ?4, ?5);

-- name: set_password
-- Another password.
UPDATE users SET password_hash = ?2 WHERE id = ?1;

-- name: put_member
-- Join, or be something else.
INSERT INTO members (household, user, role, since) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (household, user) DO UPDATE SET role = excluded.role;

-- name: drop_member
-- Leave.
DELETE FROM members WHERE household = ?1 AND user = ?2;

-- name: put_device
-- Add, or change what is known.
INSERT INTO devices (household, id, name, user, role, created_at, seen_at, revoked_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (household, id) DO UPDATE SET
    name = excluded.name, user = excluded.user, role = excluded.role, seen_at = excluded.seen_at, revoked_at = excluded.revoked_at;

-- name: revoke_device
-- Shut a device out.
UPDATE devices SET revoked_at = ?3 WHERE household = ?1 AND id = ?2 AND revoked_at IS NULL;

-- name: seen
-- Note that a device was here.
UPDATE devices SET seen_at = ?3 WHERE household = ?1 AND id = ?2;

-- name: add_session
-- A new session.
INSERT INTO sessions (id, household, user, device, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6);

-- name: extend_session
-- Let it last longer.
UPDATE sessions SET expires_at = ?3 WHERE household = ?1 AND id = ?2 AND ended_at IS NULL;

-- name: end_session
-- End it.
UPDATE sessions SET ended_at = ?3 WHERE household = ?1 AND id = ?2 AND ended_at IS NULL;

-- name: end_sessions_of_device
-- End all sessions of a device.
UPDATE sessions SET ended_at = ?3 WHERE household = ?1 AND device = ?2 AND ended_at IS NULL;

-- name: end_sessions_of_member
-- End all sessions of a person in one household.
UPDATE sessions SET ended_at = ?3 WHERE user = ?2 AND household = ?1 AND ended_at IS NULL;

-- name: end_sessions_of_user
-- End all sessions of a person everywhere: the password has changed.
UPDATE sessions SET ended_at = ?2 WHERE user = ?1 AND ended_at IS NULL;

-- name: add_refresh_token
-- A new refresh token.
INSERT INTO refresh_tokens (hash, session, expires_at, given_for) VALUES (?1, ?2, ?3, ?4);

-- name: drop_refresh_tokens
-- Forget what expired.
DELETE FROM refresh_tokens WHERE expires_at < ?1;

-- name: use_refresh_token
-- Note the first use.
UPDATE refresh_tokens SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL;

-- name: void_followers
-- Of what was given for a token nobody ever heard.
UPDATE refresh_tokens SET void = 1 WHERE given_for = ?1;

-- name: use_refresh_token_anew
-- Note another first use.
UPDATE refresh_tokens SET used_at = ?2 WHERE hash = ?1;

-- name: append_audit
-- One more entry.
INSERT INTO audit (at, event, household, user, device, address, request, said) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
