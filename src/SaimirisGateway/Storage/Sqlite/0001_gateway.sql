-- The tables of PostgreSQL that the gateway uses, with the same names and meanings. Times are microseconds since 1970.
CREATE TABLE user_limits (
    user_hash text NOT NULL PRIMARY KEY,
    probe_limit integer NOT NULL DEFAULT 10000) STRICT;

CREATE TABLE user_id_mappings (
    user_hash text NOT NULL PRIMARY KEY,
    user_id integer NOT NULL UNIQUE,
    created_at integer NOT NULL) STRICT;

CREATE TABLE measurement_tracking (
    id text NOT NULL PRIMARY KEY,
    user_hash text NOT NULL,
    measurement_id text NOT NULL,
    agent_id text NOT NULL CHECK (length(agent_id) <= 255),
    expected_probes integer NOT NULL DEFAULT 0,
    sent_probes integer NOT NULL DEFAULT 0,
    is_complete integer NOT NULL DEFAULT 0,
    created_at integer NOT NULL,
    updated_at integer NOT NULL,
    cancelled integer NOT NULL DEFAULT 0,
    deadline integer NOT NULL,
    source_address text,
    position integer NOT NULL DEFAULT 0,
    UNIQUE (measurement_id, user_hash, agent_id)) STRICT;
CREATE INDEX idx_measurement_tracking_user_timestamp ON measurement_tracking (user_hash, created_at);
CREATE INDEX gateway_idx_tracking_open ON measurement_tracking (deadline) WHERE NOT is_complete AND NOT cancelled;
CREATE INDEX gateway_idx_tracking_updated ON measurement_tracking (updated_at);

CREATE TABLE gateway_agents (
    agent_id text NOT NULL PRIMARY KEY CHECK (length(agent_id) <= 255),
    secret_hash blob NOT NULL,
    config_json text,
    is_healthy integer,
    health_checked_at integer,
    health_message text,
    registered_at integer NOT NULL,
    last_seen integer NOT NULL) STRICT;

-- Both tables lose a user's rows with the user's number. So a person who deletes a user from the three tables above leaves nothing here.
CREATE TABLE gateway_outbox (
    measurement_id text NOT NULL PRIMARY KEY,
    user_hash text NOT NULL REFERENCES user_id_mappings ON DELETE CASCADE,
    probes_file text NOT NULL,
    batches_begun integer NOT NULL DEFAULT 0,
    batches_sent integer NOT NULL DEFAULT 0,
    created_at integer NOT NULL) STRICT;
CREATE INDEX gateway_idx_outbox_user_hash ON gateway_outbox (user_hash);

CREATE TABLE gateway_idempotency_keys (
    user_hash text NOT NULL REFERENCES user_id_mappings ON DELETE CASCADE,
    idempotency_key text NOT NULL,
    request_hash blob NOT NULL,
    measurement_id text NOT NULL,
    created_at integer NOT NULL,
    PRIMARY KEY (user_hash, idempotency_key)) STRICT;
CREATE INDEX gateway_idx_idempotency_keys_measurement_id ON gateway_idempotency_keys (measurement_id);
CREATE INDEX gateway_idx_idempotency_keys_created_at ON gateway_idempotency_keys (created_at);
