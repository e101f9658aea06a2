-- The tables and the one function of a quota store. A request: first give back and report, then take. See interface.py
-- for its fields. All times are this server's clock; the row of the quota is locked, so requests come one after another.
CREATE TABLE IF NOT EXISTS guayaba_quota (
  name text PRIMARY KEY,
  timeline text NOT NULL,
  last timestamptz NOT NULL,
  closed_until timestamptz NOT NULL,
  paused_until timestamptz NOT NULL DEFAULT '-infinity',
  quota integer NOT NULL DEFAULT -1,
  learned text NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS guayaba_quota_lease (
  name text NOT NULL, handful bigint NOT NULL, tokens integer NOT NULL, returns timestamptz NOT NULL,
  PRIMARY KEY (name, handful)
);
CREATE TABLE IF NOT EXISTS guayaba_quota_user (
  name text NOT NULL, member text NOT NULL, until timestamptz NOT NULL, PRIMARY KEY (name, member)
);

CREATE OR REPLACE FUNCTION guayaba_quota_2(request jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  called text := request->>'name';
  span interval := make_interval(secs => (request->>'window')::float8);
  longest interval := make_interval(secs => (request->>'deadline')::float8);
  this_timeline text := left(pg_walfile_name(pg_current_wal_lsn()), 8);
  started timestamptz := pg_postmaster_start_time();
  now timestamptz;
  state guayaba_quota;
  spent bigint;
  most bigint;
  first timestamptz;
  held_until timestamptz;
  taken integer := 0;
  wait float8 := 0;
  users integer;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);  -- a token that was given is remembered after a crash
  INSERT INTO guayaba_quota AS q (name, timeline, last, closed_until)
    VALUES (called, this_timeline, clock_timestamp(), clock_timestamp() + greatest(span, longest))
    ON CONFLICT (name) DO NOTHING;
  SELECT * INTO STRICT state FROM guayaba_quota WHERE name = called FOR UPDATE;
  now := clock_timestamp();  -- after the lock: whoever had it before is earlier
  -- The memory is of another server (restored, failed over), or the clock went back, or the server was away for so long
  -- that its users went on without it.
  IF state.timeline <> this_timeline OR now < state.last - interval '1 second'
     OR (started > state.last AND now - state.last > span + longest
         AND EXISTS (SELECT FROM guayaba_quota_user WHERE name = called)) THEN
    DELETE FROM guayaba_quota_lease WHERE name = called AND returns > now + span + longest;
    state.closed_until := now + greatest(span, longest);
  END IF;

  INSERT INTO guayaba_quota_lease (name, handful, tokens, returns)
    SELECT called, (back->>0)::bigint, (back->>1)::integer, now + span - make_interval(secs => (back->>2)::float8)
    FROM jsonb_array_elements(request->'returned') AS back
    ON CONFLICT (name, handful) DO UPDATE SET tokens = excluded.tokens, returns = excluded.returns;
  DELETE FROM guayaba_quota_lease WHERE name = called AND (tokens = 0 OR returns <= now);
  IF request->>'heard' IS NOT NULL THEN
    state.quota := (request->>'heard')::integer;
    IF (request->>'pause')::float8 > 0 THEN
      state.paused_until := greatest(state.paused_until, now + make_interval(secs => (request->>'pause')::float8));
    END IF;
  END IF;
  state.learned := coalesce(request->>'learned', state.learned);
  INSERT INTO guayaba_quota_user VALUES (called, request->>'user', now + make_interval(secs => (request->>'stays')::float8))
    ON CONFLICT (name, member) DO UPDATE SET until = excluded.until;
  DELETE FROM guayaba_quota_user WHERE name = called
    AND (until <= now OR (member = request->>'user' AND (request->>'leaves')::boolean));
  SELECT count(*) INTO users FROM guayaba_quota_user WHERE name = called;

  SELECT coalesce(sum(tokens), 0), min(returns) INTO spent, first FROM guayaba_quota_lease WHERE name = called;
  wait := greatest(0, extract(epoch FROM state.closed_until - now));
  IF (request->>'tokens')::integer > 0 THEN
    wait := 0;
    most := (request->>'limit')::bigint;
    IF state.quota >= 0 THEN
      most := least(most, state.quota);
    END IF;
    SELECT tokens INTO taken FROM guayaba_quota_lease
      WHERE name = called AND handful = (request->>'handful')::bigint;
    taken := coalesce(taken, 0);
    held_until := greatest(state.closed_until, state.paused_until);
    IF taken > 0 THEN
      NULL;  -- the same request again
    ELSIF held_until > now THEN
      wait := extract(epoch FROM held_until - now);
    ELSIF most > spent THEN
      taken := least((request->>'tokens')::bigint, most - spent);
      spent := spent + taken;
      INSERT INTO guayaba_quota_lease VALUES (called, (request->>'handful')::bigint, taken,
        now + make_interval(secs => (request->>'life')::float8));
    ELSE
      -- The one that comes back first may be in flight still: then its response says more.
      wait := least(extract(epoch FROM coalesce(first, now) - now), (request->>'window')::float8);
    END IF;
  END IF;
  UPDATE guayaba_quota SET timeline = this_timeline, last = now, closed_until = state.closed_until,
    paused_until = state.paused_until, quota = state.quota, learned = state.learned WHERE name = called;
  RETURN jsonb_build_array(taken, wait, state.quota, state.learned, users, spent);
END $$;
