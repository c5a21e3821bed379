-- What this service adds: columns with defaults, so that the first version's statements still work, and tables named gateway_.
ALTER TABLE measurement_tracking
    -- A day for what the first version left or leaves behind: it has no deadlines.
    ADD COLUMN deadline timestamptz NOT NULL DEFAULT now() + interval '1 day',
    ADD COLUMN source_address text,
    -- Of the agent in the request, from 0.
    ADD COLUMN position integer NOT NULL DEFAULT 0;
CREATE INDEX gateway_idx_tracking_open ON measurement_tracking (deadline) WHERE NOT is_complete AND NOT cancelled;
CREATE INDEX gateway_idx_tracking_updated ON measurement_tracking (updated_at);

CREATE TABLE gateway_agents (
    agent_id varchar(255) PRIMARY KEY,
    secret_hash bytea NOT NULL,
    config_json text,
    is_healthy boolean,
    health_checked_at timestamptz,
    health_message text,
    registered_at timestamptz NOT NULL,
    last_seen timestamptz NOT NULL);

-- Both tables lose a user's rows with the user's number. So a person who deletes a user from the first version's three tables leaves
-- nothing here.
CREATE TABLE gateway_outbox (
    measurement_id uuid PRIMARY KEY,
    user_hash varchar(64) NOT NULL REFERENCES user_id_mappings ON DELETE CASCADE,
    probes_file text NOT NULL,
    batches_begun integer NOT NULL DEFAULT 0,
    batches_sent integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL);
CREATE INDEX gateway_idx_outbox_user_hash ON gateway_outbox (user_hash);

CREATE TABLE gateway_idempotency_keys (
    user_hash varchar(64) NOT NULL REFERENCES user_id_mappings ON DELETE CASCADE,
    idempotency_key text NOT NULL,
    request_hash bytea NOT NULL,
    measurement_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (user_hash, idempotency_key));
CREATE INDEX gateway_idx_idempotency_keys_measurement_id ON gateway_idempotency_keys (measurement_id);
CREATE INDEX gateway_idx_idempotency_keys_created_at ON gateway_idempotency_keys (created_at);
