import {
  type EventBatch,
  eventsOf,
  Fault,
  type HoldCall,
  type LedgerEntry,
  type LedgerQuery,
  type LedgerRow,
  parseEvent,
  type RequestLookup,
  type WatchCall,
} from '@weir/core';
import pg from 'pg';
import { bookingOf } from '../booking.ts';
import { queryText, rowFrom } from '../query.ts';
import { entriesOf, idsOf } from '../request-range.ts';
import { type LedgerStore, type Limit, MAX_REQUEST_ENTRIES } from '../store.ts';
import { tagText } from '../tag-text.ts';
import { append } from './append.ts';
import { SCHEMA, WRITE_LOCK } from './schema.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** Only what reads will be asked: the tables are taken as they are. */
  readonly readOnly?: boolean | undefined;
}

/** The ledger in PostgreSQL (pg: the client with the longest record). */
export class PostgresStore implements LedgerStore {
  readonly #pool: pg.Pool;

  private constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  static async open(options: PostgresOptions): Promise<PostgresStore> {
    const pool = new pg.Pool({
      connectionString: options.url,
      max: options.maxConnections,
      connectionTimeoutMillis: options.connectTimeoutMs,
      statement_timeout: options.statementTimeoutMs,
    });
    // An idle connection that the server closes is replaced at the next use; without a listener it would end the process.
    pool.on('error', () => {});
    const store = new PostgresStore(pool);
    if (options.readOnly) return store;
    await store.#transaction(async (client) => {
      await client.query(WRITE_LOCK);
      await client.query(SCHEMA);
    });
    return store;
  }

  async #transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (cause) {
      throw unavailable(cause);
    }
    try {
      await client.query('BEGIN');
      const result = await work(client);
      await client.query('COMMIT');
      client.release();
      return result;
    } catch (cause) {
      // Destroyed rather than reused: its transaction may still be open.
      client.release(true);
      throw cause instanceof Fault ? cause : faultOf(cause);
    }
  }

  async append(events: EventBatch): Promise<number> {
    const bookings = eventsOf(events).map((event) => bookingOf(event));
    return this.#transaction(async (client) => {
      await client.query(WRITE_LOCK);
      return append(client, bookings);
    });
  }

  hold(call: HoldCall, limit: Limit, nowMs: number): Promise<boolean> {
    return this.#transaction(async (client) => {
      await client.query(WRITE_LOCK);
      await client.query('DELETE FROM hold WHERE expires_at_ms <= $1', [nowMs]);
      const sums = await client.query<{ spent: string; held: string }>(
        `SELECT
           (SELECT coalesce(sum(cost_pico_usd), 0) FROM spend
             WHERE tenant = $1 AND key_id = $2 AND day >= $3) AS spent,
           (SELECT coalesce(sum(amount_pico_usd), 0) FROM hold
             WHERE tenant = $1 AND key_id = $2 AND request_id <> $4) AS held`,
        [call.tenant, call.keyId, limit.sinceDay, call.requestId],
      );
      const { spent, held } = sums.rows[0] ?? { spent: '0', held: '0' };
      if (BigInt(spent) + BigInt(held) + call.amountPicoUsd > limit.limitPicoUsd) return false;
      await client.query(
        `INSERT INTO hold (request_id, tenant, key_id, amount_pico_usd, expires_at_ms)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        [call.requestId, call.tenant, call.keyId, call.amountPicoUsd, nowMs + call.expiresInMs],
      );
      return true;
    });
  }

  async query(query: LedgerQuery): Promise<readonly LedgerRow[]> {
    const { sql, values } = queryText(
      query,
      (n) => `$${n}`,
      (column) => `coalesce(sum(${column}), 0)::numeric`,
    );
    const result = await this.#read<Record<string, unknown>>(sql, [...values]);
    return result.map((columns) => rowFrom(query, columns));
  }

  async read(call: WatchCall, limit: number): Promise<readonly LedgerEntry[]> {
    const tag = call.tag && tagText(call.tag);
    const rows = await this.#read<EntryRow>(
      `SELECT sequence, text FROM entry
       WHERE sequence > $1 AND ($2::text IS NULL OR tenant = $2)
         AND ($3::text IS NULL OR sequence IN (SELECT sequence FROM entry_tag WHERE name = $3 AND value = $4))
       ORDER BY sequence LIMIT $5`,
      [call.afterSequence, call.tenant ?? null, tag?.name ?? null, tag?.value ?? null, limit],
    );
    return rows.map(entryFrom);
  }

  async request({ tenant, requestId }: RequestLookup): Promise<readonly LedgerEntry[]> {
    // No text to PostgreSQL, so no event's id.
    if (requestId.includes('\u0000')) return [];
    const { from, until } = idsOf(requestId);
    const rows = await this.#read<EntryRow>(
      `SELECT sequence, text FROM entry
       WHERE (event_id = $1 OR (event_id COLLATE "C" >= $2 AND event_id COLLATE "C" < $3))
         AND ($4::text IS NULL OR tenant = $4)
       ORDER BY sequence LIMIT $5`,
      [requestId, from, until, tenant ?? null, MAX_REQUEST_ENTRIES],
    );
    return entriesOf(requestId, rows.map(entryFrom));
  }

  async #read<R extends pg.QueryResultRow>(sql: string, values: unknown[]): Promise<R[]> {
    try {
      return (await this.#pool.query<R>(sql, values)).rows;
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}

interface EntryRow {
  readonly sequence: string;
  readonly text: string;
}

function entryFrom({ sequence, text }: EntryRow): LedgerEntry {
  return { sequence: BigInt(sequence), event: parseEvent(text) };
}

/** SQLSTATE classes that blame what was sent: data exceptions, violated constraints, exceeded limits. */
const REFUSALS = ['22', '23', '54'];

/** What PostgreSQL refuses for its own sake would be refused again; an outage ends. Readers of the bus tell them apart. */
function faultOf(cause: unknown): Fault {
  const code = cause instanceof pg.DatabaseError ? (cause.code ?? '') : '';
  if (!REFUSALS.includes(code.slice(0, 2))) return unavailable(cause);
  return new Fault('internal', 'The ledger cannot hold this.', { cause });
}

function unavailable(cause: unknown): Fault {
  return new Fault('ledger_unavailable', 'The ledger is not available at present.', { cause });
}
