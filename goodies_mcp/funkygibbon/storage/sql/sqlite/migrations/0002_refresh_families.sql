-- Which token a refresh token was given for: one that was used counts as lost only once its follower was seen. Of tokens
-- used before nobody knows the followers, so they are worth nothing.

DELETE FROM refresh_tokens WHERE used_at IS NOT NULL;

ALTER TABLE refresh_tokens ADD COLUMN given_for TEXT;

ALTER TABLE refresh_tokens ADD COLUMN void INTEGER NOT NULL DEFAULT 0;

CREATE INDEX refresh_tokens_by_origin ON refresh_tokens (given_for);
