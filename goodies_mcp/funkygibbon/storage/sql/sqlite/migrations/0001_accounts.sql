-- Who there is on this hub. Homes lie in files of their own.

CREATE TABLE households (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;

CREATE TABLE members (
    number INTEGER PRIMARY KEY,
    household TEXT NOT NULL REFERENCES households (id),
    user TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'member', 'guest')),
    since TEXT NOT NULL,
    UNIQUE (household, user)
) STRICT;

CREATE INDEX members_by_user ON members (user, household);

CREATE TABLE devices (
    number INTEGER PRIMARY KEY,
    household TEXT NOT NULL REFERENCES households (id),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    user TEXT REFERENCES users (id),
    role TEXT CHECK (role IN ('device', 'service')),
    created_at TEXT NOT NULL,
    seen_at TEXT,
    revoked_at TEXT,
    UNIQUE (household, id),
    CHECK ((user IS NULL) <> (role IS NULL))
) STRICT;

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    household TEXT NOT NULL REFERENCES households (id),
    user TEXT REFERENCES users (id),
    device TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_device ON sessions (household, device);

CREATE INDEX sessions_by_user ON sessions (user);

CREATE TABLE refresh_tokens (
    hash TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES sessions (id),
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    household TEXT,
    user TEXT,
    device TEXT,
    address TEXT,
    request TEXT,
    said TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_household ON audit (household, seq);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END;
