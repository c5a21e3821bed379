-- The schema of the service's first version, with the five rows of its own journal. Where it is installed, nothing of it changes; where it is
-- not, it is made as that version would have made it, so that it can be gone back to. Nothing is ever added to _sqlx_migrations.
DO $migration$
DECLARE
    known CONSTANT jsonb := '{
        "20250629000001": "e6e5ac9f0d1b2250f4032fcab7bb8be9b436918264bcf51a5b0c7feb327d17e811eb540528e6e8b54300b77ac70f21e7",
        "20250630000001": "b4a06069b9d73f78ef55d02c963000647aab03771047d00ba5d01bfd3fb229ad0ee19be16577a911cd6b0db76dbc212c",
        "20250701000001": "4bbf5257a56ad2288a3f5ffe2256bb823ac35c39ce45172c5f0bfa7b03bbdb11387d43b7acbc4712b2593532453c0669",
        "20250718000001": "964a85803325c196467e8be7f62b5aecfc7496df917d8cc9aa80e6133cf640f85075d8da3034faa4b1826cdce5b43560",
        "20260619000001": "97439dc8e7f1416058cfdebb054691ec87c2bef675d2eed7b10759b26c15ba5e23853c615da14bf6b89fe634e047f7ea"}';
    installed jsonb;
BEGIN
    IF to_regclass('_sqlx_migrations') IS NOT NULL THEN
        SELECT coalesce(jsonb_object_agg(version::text, encode(checksum, 'hex')), '{}') INTO installed FROM _sqlx_migrations WHERE success;
        IF installed <> known THEN
            RAISE EXCEPTION 'table _sqlx_migrations does not hold the five migrations of saimiris-gateway 0.1.0 (it has %): bring the database to that version with that service first',
                (SELECT string_agg(key, ', ' ORDER BY key) FROM jsonb_each_text(installed));
        END IF;
        RETURN;
    END IF;

    CREATE TABLE _sqlx_migrations (
        version bigint PRIMARY KEY,
        description text NOT NULL,
        installed_on timestamptz NOT NULL DEFAULT now(),
        success boolean NOT NULL,
        checksum bytea NOT NULL,
        execution_time bigint NOT NULL);
    INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
    SELECT version, description, true, decode(known ->> version::text, 'hex'), 0
    FROM (VALUES
        (20250629000001, 'create probe usage table'),
        (20250630000001, 'create user limits table'),
        (20250701000001, 'create user id mappings table'),
        (20250718000001, 'create measurement tracking'),
        (20260619000001, 'add measurement cancellation')) AS migration (version, description);

    CREATE TABLE probe_usage (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_hash varchar(64) NOT NULL,
        probe_count integer NOT NULL,
        timestamp timestamptz NOT NULL DEFAULT now(),
        created_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX idx_probe_usage_user_timestamp ON probe_usage (user_hash, timestamp);
    CREATE INDEX idx_probe_usage_timestamp ON probe_usage (timestamp DESC);

    CREATE TABLE user_limits (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_hash varchar(64) NOT NULL UNIQUE,
        probe_limit integer NOT NULL DEFAULT 10000,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now());
    CREATE INDEX idx_user_limits_user_hash ON user_limits (user_hash);
    CREATE FUNCTION update_updated_at_column() RETURNS trigger LANGUAGE plpgsql AS $function$
    BEGIN
        NEW.updated_at := now();
        RETURN NEW;
    END;
    $function$;
    CREATE TRIGGER update_user_limits_updated_at BEFORE UPDATE ON user_limits FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();

    CREATE TABLE user_id_mappings (
        user_hash varchar(64) PRIMARY KEY,
        user_id integer NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT current_timestamp);
    CREATE INDEX idx_user_id_mappings_user_id ON user_id_mappings (user_id);

    CREATE TABLE measurement_tracking (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_hash varchar(64) NOT NULL,
        measurement_id uuid NOT NULL,
        agent_id varchar(255) NOT NULL,
        expected_probes integer NOT NULL DEFAULT 0,
        sent_probes integer NOT NULL DEFAULT 0,
        is_complete boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        cancelled boolean NOT NULL DEFAULT false,
        UNIQUE (measurement_id, user_hash, agent_id));
    CREATE INDEX idx_measurement_tracking_measurement_id ON measurement_tracking (measurement_id);
    CREATE INDEX idx_measurement_tracking_user_hash ON measurement_tracking (user_hash);
    CREATE INDEX idx_measurement_tracking_agent_id ON measurement_tracking (agent_id);
    CREATE INDEX idx_measurement_tracking_incomplete ON measurement_tracking (measurement_id, is_complete) WHERE NOT is_complete;
    CREATE INDEX idx_measurement_tracking_user_timestamp ON measurement_tracking (user_hash, created_at);

    CREATE VIEW measurement_status AS
    SELECT
        measurement_id,
        user_hash,
        count(*) AS total_agents,
        sum(expected_probes) AS total_expected_probes,
        sum(sent_probes) AS total_sent_probes,
        count(*) FILTER (WHERE is_complete) AS completed_agents,
        bool_and(is_complete OR cancelled) AS measurement_complete,
        bool_or(cancelled) AS measurement_cancelled,
        min(created_at) AS started_at,
        max(updated_at) AS last_updated
    FROM measurement_tracking
    GROUP BY measurement_id, user_hash;

    CREATE VIEW user_usage_stats AS
    SELECT
        user_hash,
        date(created_at) AS submission_date,
        count(*) AS submission_count,
        sum(expected_probes) AS total_expected_probes,
        sum(sent_probes) AS total_probes,
        min(created_at) AS first_submission,
        max(created_at) AS last_submission,
        count(*) FILTER (WHERE created_at >= now() - interval '24 hours') AS submissions_last_24h,
        count(*) FILTER (WHERE created_at >= now() - interval '7 days') AS submissions_last_7d,
        count(*) FILTER (WHERE created_at >= now() - interval '30 days') AS submissions_last_30d,
        coalesce(sum(sent_probes) FILTER (WHERE created_at >= now() - interval '24 hours'), 0) AS probes_last_24h,
        coalesce(sum(sent_probes) FILTER (WHERE created_at >= now() - interval '7 days'), 0) AS probes_last_7d,
        coalesce(sum(sent_probes) FILTER (WHERE created_at >= now() - interval '30 days'), 0) AS probes_last_30d
    FROM measurement_tracking
    GROUP BY user_hash, date(created_at);
END
$migration$;
