import { MEASURES } from '../booking.ts';

/**
 * Run at every start, under an advisory lock: replicas that start together must not race to create. Event ids are sorted
 * by their bytes, so that the index knows the range of one request; in a table of before that sorts them otherwise, a
 * request is found without it.
 */
export const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entry (
    sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text COLLATE "C" NOT NULL UNIQUE,
    tenant text NOT NULL, route text NOT NULL, model text NOT NULL, day text NOT NULL,
    at_ms bigint NOT NULL,
    ${MEASURES.map((column) => `${column} bigint NOT NULL`).join(', ')},
    text text NOT NULL
  );
  CREATE INDEX IF NOT EXISTS entry_time ON entry (at_ms);
  CREATE TABLE IF NOT EXISTS entry_tag (
    name text NOT NULL, value text NOT NULL, sequence bigint NOT NULL,
    PRIMARY KEY (name, value, sequence)
  );
  CREATE TABLE IF NOT EXISTS total (
    tenant text NOT NULL, route text NOT NULL, model text NOT NULL, day text NOT NULL,
    ${MEASURES.map((column) => `${column} numeric NOT NULL`).join(', ')},
    PRIMARY KEY (tenant, route, model, day)
  );
  CREATE TABLE IF NOT EXISTS spend (
    tenant text NOT NULL, key_id text NOT NULL, day text NOT NULL, cost_pico_usd numeric NOT NULL,
    PRIMARY KEY (tenant, key_id, day)
  );
  CREATE TABLE IF NOT EXISTS hold (
    request_id text PRIMARY KEY, tenant text NOT NULL, key_id text NOT NULL,
    amount_pico_usd bigint NOT NULL, expires_at_ms bigint NOT NULL,
    seen integer NOT NULL DEFAULT 0, expected integer
  );
`;

/** One writer at a time: sequences are then committed in order, and a reader that resumes after one misses nothing. */
export const WRITE_LOCK = 'SELECT pg_advisory_xact_lock(7283911)';
