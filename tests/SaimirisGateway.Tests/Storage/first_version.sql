-- A database as the service's first version leaves it after its five migrations, in their order, with some use of it.
CREATE TABLE _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMPTZ NOT NULL DEFAULT now(),
    success BOOLEAN NOT NULL,
    checksum BYTEA NOT NULL,
    execution_time BIGINT NOT NULL
);

-- 20250629000001
CREATE TABLE probe_usage (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_hash VARCHAR(64) NOT NULL,
    probe_count INTEGER NOT NULL,
    timestamp TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX idx_probe_usage_user_timestamp ON probe_usage(user_hash, timestamp);
CREATE INDEX idx_probe_usage_timestamp ON probe_usage(timestamp DESC);

-- 20250630000001
CREATE TABLE user_limits (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_hash VARCHAR(64) NOT NULL UNIQUE,
    probe_limit INTEGER NOT NULL DEFAULT 10000,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX idx_user_limits_user_hash ON user_limits(user_hash);
CREATE FUNCTION update_updated_at_column() RETURNS TRIGGER AS $$
BEGIN
    NEW.updated_at = NOW();
    RETURN NEW;
END;
$$ LANGUAGE plpgsql;
CREATE TRIGGER update_user_limits_updated_at BEFORE UPDATE ON user_limits FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

-- 20250701000001
CREATE TABLE user_id_mappings (
    user_hash VARCHAR(64) PRIMARY KEY,
    user_id INTEGER UNIQUE NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX idx_user_id_mappings_user_id ON user_id_mappings(user_id);

-- 20250718000001
CREATE TABLE measurement_tracking (
    id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_hash VARCHAR(64) NOT NULL,
    measurement_id UUID NOT NULL,
    agent_id VARCHAR(255) NOT NULL,
    expected_probes INTEGER NOT NULL DEFAULT 0,
    sent_probes INTEGER NOT NULL DEFAULT 0,
    is_complete BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    UNIQUE (measurement_id, user_hash, agent_id)
);
CREATE INDEX idx_measurement_tracking_measurement_id ON measurement_tracking(measurement_id);
CREATE INDEX idx_measurement_tracking_user_hash ON measurement_tracking(user_hash);
CREATE INDEX idx_measurement_tracking_agent_id ON measurement_tracking(agent_id);
CREATE INDEX idx_measurement_tracking_incomplete ON measurement_tracking(measurement_id, is_complete) WHERE NOT is_complete;
CREATE INDEX idx_measurement_tracking_user_timestamp ON measurement_tracking(user_hash, created_at);
CREATE VIEW user_usage_stats AS
SELECT user_hash, DATE(created_at) AS submission_date, COUNT(*) AS submission_count, SUM(expected_probes) AS total_expected_probes,
    SUM(sent_probes) AS total_probes, MIN(created_at) AS first_submission, MAX(created_at) AS last_submission,
    COUNT(CASE WHEN created_at >= NOW() - INTERVAL '24 hours' THEN 1 END) AS submissions_last_24h,
    COUNT(CASE WHEN created_at >= NOW() - INTERVAL '7 days' THEN 1 END) AS submissions_last_7d,
    COUNT(CASE WHEN created_at >= NOW() - INTERVAL '30 days' THEN 1 END) AS submissions_last_30d,
    SUM(CASE WHEN created_at >= NOW() - INTERVAL '24 hours' THEN sent_probes ELSE 0 END) AS probes_last_24h,
    SUM(CASE WHEN created_at >= NOW() - INTERVAL '7 days' THEN sent_probes ELSE 0 END) AS probes_last_7d,
    SUM(CASE WHEN created_at >= NOW() - INTERVAL '30 days' THEN sent_probes ELSE 0 END) AS probes_last_30d
FROM measurement_tracking GROUP BY user_hash, DATE(created_at);

-- 20260619000001
ALTER TABLE measurement_tracking ADD COLUMN cancelled BOOLEAN NOT NULL DEFAULT FALSE;
CREATE VIEW measurement_status AS
SELECT measurement_id, user_hash, COUNT(*) AS total_agents, SUM(expected_probes) AS total_expected_probes, SUM(sent_probes) AS total_sent_probes,
    COUNT(CASE WHEN is_complete THEN 1 END) AS completed_agents,
    COUNT(CASE WHEN is_complete OR cancelled THEN 1 END) = COUNT(*) AS measurement_complete,
    BOOL_OR(cancelled) AS measurement_cancelled, MIN(created_at) AS started_at, MAX(updated_at) AS last_updated
FROM measurement_tracking GROUP BY measurement_id, user_hash;

INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) VALUES
(20250629000001, 'create probe usage table', '2025-07-02 10:00:00.000001+00', true, '\xe6e5ac9f0d1b2250f4032fcab7bb8be9b436918264bcf51a5b0c7feb327d17e811eb540528e6e8b54300b77ac70f21e7', 5123456),
(20250630000001, 'create user limits table', '2025-07-02 10:00:00.000002+00', true, '\xb4a06069b9d73f78ef55d02c963000647aab03771047d00ba5d01bfd3fb229ad0ee19be16577a911cd6b0db76dbc212c', 4123456),
(20250701000001, 'create user id mappings table', '2025-07-02 10:00:00.000003+00', true, '\x4bbf5257a56ad2288a3f5ffe2256bb823ac35c39ce45172c5f0bfa7b03bbdb11387d43b7acbc4712b2593532453c0669', 3123456),
(20250718000001, 'create measurement tracking', '2025-07-20 10:00:00.000004+00', true, '\x964a85803325c196467e8be7f62b5aecfc7496df917d8cc9aa80e6133cf640f85075d8da3034faa4b1826cdce5b43560', 2123456),
(20260619000001, 'add measurement cancellation', '2026-06-20 10:00:00.000005+00', true, '\x97439dc8e7f1416058cfdebb054691ec87c2bef675d2eed7b10759b26c15ba5e23853c615da14bf6b89fe634e047f7ea', 1123456);

INSERT INTO probe_usage (user_hash, probe_count, timestamp) VALUES (repeat('a', 64), 12, '2025-07-03 10:00:00+00');
INSERT INTO user_limits (user_hash, probe_limit) VALUES (repeat('a', 64), 500), (repeat('b', 64), -1);
-- Not the number that the hash would give.
INSERT INTO user_id_mappings (user_hash, user_id) VALUES (repeat('a', 64), -1431655766), (repeat('b', 64), 4242);
INSERT INTO measurement_tracking (user_hash, measurement_id, agent_id, expected_probes, sent_probes, is_complete, created_at, updated_at, cancelled) VALUES
(repeat('a', 64), '11111111-1111-4111-8111-111111111111', 'ams', 100, 100, true, '2026-08-20 08:00:00.123456+00', '2026-08-20 08:01:00.123456+00', false),
(repeat('a', 64), '11111111-1111-4111-8111-111111111111', 'zrh', 100, 40, false, '2026-08-20 08:00:00.123789+00', '2026-08-20 08:00:30+00', false),
(repeat('a', 64), '22222222-2222-4222-8222-222222222222', 'ams', 50, 7, false, '2026-08-19 08:00:00+00', '2026-08-19 09:00:00+00', true),
(repeat('b', 64), '33333333-3333-4333-8333-333333333333', 'ams', 1, 1, true, '2026-08-18 08:00:00+00', '2026-08-18 08:00:01+00', false);
