import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import {
  type HoldCall,
  type LedgerEntry,
  type LedgerQuery,
  type LedgerRow,
  parseEvent,
  type RequestLookup,
  type WatchCall,
} from '@weir/core';
import { type Booking, MEASURES } from '../booking.ts';
import { queryText, rowFrom } from '../query.ts';
import { entriesOf, idsOf } from '../request-range.ts';
import { type Limit, MAX_REQUEST_ENTRIES } from '../store.ts';
import { tagText } from '../tag-text.ts';

const SCHEMA = `
  -- A batch fills whole pages, and every page costs two writes.
  PRAGMA page_size = 8192;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  -- Pages that many batches touch are copied into the file once, not at every thousandth page.
  PRAGMA wal_autocheckpoint = 4000;
  CREATE TABLE IF NOT EXISTS entry (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL, route TEXT NOT NULL, model TEXT NOT NULL, day TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    ${MEASURES.map((column) => `${column} INTEGER NOT NULL`).join(', ')},
    text TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS entry_time ON entry (at_ms);
  CREATE TABLE IF NOT EXISTS entry_tag (
    name TEXT NOT NULL, value TEXT NOT NULL, sequence INTEGER NOT NULL,
    PRIMARY KEY (name, value, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS total (
    tenant TEXT NOT NULL, route TEXT NOT NULL, model TEXT NOT NULL, day TEXT NOT NULL,
    ${MEASURES.map((column) => `${column} INTEGER NOT NULL`).join(', ')},
    PRIMARY KEY (tenant, route, model, day)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS spend (
    tenant TEXT NOT NULL, key_id TEXT NOT NULL, day TEXT NOT NULL, cost_pico_usd INTEGER NOT NULL,
    PRIMARY KEY (tenant, key_id, day)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS hold (
    request_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, key_id TEXT NOT NULL,
    amount_pico_usd INTEGER NOT NULL, expires_at_ms INTEGER NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0, expected INTEGER
  ) WITHOUT ROWID;
`;

/** The ledger in one SQLite file. Synchronous; `SqliteStore` runs it in a thread of its own. */
export class LedgerDatabase {
  readonly #db: DatabaseSync;
  readonly #insertEntry;
  readonly #insertTag;
  readonly #addTotal;
  readonly #addSpend;

  /** Read-only: of a file that a running Weir may have open, or has left; nothing is written to it. */
  constructor(path: string, readOnly = false) {
    this.#db = new DatabaseSync(path, { readOnly });
    if (!readOnly) this.#db.exec(SCHEMA);
    const measures = MEASURES.join(', ');
    const places = MEASURES.map(() => '?').join(', ');
    this.#insertEntry = this.#db.prepare(
      `INSERT INTO entry (event_id, tenant, route, model, day, at_ms, ${measures}, text)
       VALUES (?, ?, ?, ?, ?, ?, ${places}, ?) ON CONFLICT (event_id) DO NOTHING`,
    );
    this.#insertTag = this.#db.prepare(
      'INSERT INTO entry_tag (name, value, sequence) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    );
    this.#addTotal = this.#db.prepare(
      `INSERT INTO total (tenant, route, model, day, ${measures}) VALUES (?, ?, ?, ?, ${places})
       ON CONFLICT DO UPDATE SET ${MEASURES.map((m) => `${m} = ${m} + excluded.${m}`).join(', ')}`,
    );
    this.#addSpend = this.#db.prepare(
      `INSERT INTO spend (tenant, key_id, day, cost_pico_usd) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET cost_pico_usd = cost_pico_usd + excluded.cost_pico_usd`,
    );
  }

  #transaction<T>(work: () => T): T {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#db.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  append(bookings: readonly Booking[]): number {
    return this.#transaction(() => {
      const booked = bookings.filter((booking) => this.#book(booking));
      this.#addTotals(booked);
      this.#releaseHolds(booked);
      return booked.length;
    });
  }

  /** False when it was booked before: the unique event id is what makes settling idempotent. */
  #book(booking: Booking): boolean {
    const { changes, lastInsertRowid } = this.#insertEntry.run(
      booking.eventId,
      booking.tenant,
      booking.route,
      booking.model,
      booking.day,
      booking.atMs,
      ...booking.measures,
      booking.text,
    );
    if (Number(changes) === 0) return false;
    for (const { name, value } of booking.tags) {
      this.#insertTag.run(name, value, lastInsertRowid);
    }
    return true;
  }

  /** Summed per head first, since a batch has many events and few heads. */
  #addTotals(booked: readonly Booking[]): void {
    const totals = new Map<
      string,
      { readonly head: Booking; readonly sums: (number | bigint)[] }
    >();
    const spends = new Map<string, { readonly head: Booking; cost: bigint }>();
    for (const booking of booked) {
      const { tenant, keyId, route, model, day, costPicoUsd, measures } = booking;
      const place = `${tenant}\0${route}\0${model}\0${day}`;
      const total = totals.get(place);
      if (total) addTo(total.sums, measures);
      else totals.set(place, { head: booking, sums: [...measures] });
      if (costPicoUsd === 0n) continue;
      const payer = `${tenant}\0${keyId}\0${day}`;
      const spend = spends.get(payer);
      if (spend) spend.cost += costPicoUsd;
      else spends.set(payer, { head: booking, cost: costPicoUsd });
    }
    for (const { head, sums } of totals.values()) {
      this.#addTotal.run(head.tenant, head.route, head.model, head.day, ...sums);
    }
    for (const { head, cost } of spends.values()) {
      this.#addSpend.run(head.tenant, head.keyId, head.day, cost);
    }
  }

  /** A hold ends when its request is complete and every attempt that it made has been booked. */
  #releaseHolds(booked: readonly Booking[]): void {
    const any = this.#db.prepare('SELECT 1 FROM hold LIMIT 1').get();
    if (!any) return;
    const seen = this.#db.prepare('UPDATE hold SET seen = seen + 1 WHERE request_id = ?');
    const expect = this.#db.prepare('UPDATE hold SET expected = ? WHERE request_id = ?');
    for (const booking of booked) {
      const { kind, requestId, expectedAttempts } = booking;
      if (kind === 'attempt.settled') seen.run(requestId);
      else if (kind === 'request.completed') expect.run(expectedAttempts, requestId);
    }
    this.#db.exec('DELETE FROM hold WHERE expected IS NOT NULL AND seen >= expected');
  }

  hold(call: HoldCall, limit: Limit, nowMs: number): boolean {
    return this.#transaction(() => {
      this.#db.prepare('DELETE FROM hold WHERE expires_at_ms <= ?').run(nowMs);
      const { tenant, keyId, requestId } = call;
      const spent = this.#sum(
        'SELECT sum(cost_pico_usd) AS sum FROM spend WHERE tenant = ? AND key_id = ? AND day >= ?',
        [tenant, keyId, limit.sinceDay],
      );
      const held = this.#sum(
        'SELECT sum(amount_pico_usd) AS sum FROM hold WHERE tenant = ? AND key_id = ? AND request_id <> ?',
        [tenant, keyId, requestId],
      );
      if (spent + held + call.amountPicoUsd > limit.limitPicoUsd) return false;
      this.#db
        .prepare(
          `INSERT OR IGNORE INTO hold (request_id, tenant, key_id, amount_pico_usd, expires_at_ms)
           VALUES (?, ?, ?, ?, ?)`,
        )
        .run(requestId, tenant, keyId, call.amountPicoUsd, nowMs + call.expiresInMs);
      return true;
    });
  }

  #sum(sql: string, values: SQLInputValue[]): bigint {
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    return BigInt(String(statement.get(...values)?.['sum'] ?? 0));
  }

  query(query: LedgerQuery): LedgerRow[] {
    const { sql, values } = queryText(
      query,
      () => '?',
      (column) => `sum(${column})`,
    );
    const statement = this.#db.prepare(sql);
    statement.setReadBigInts(true);
    return statement.all(...values).map((columns) => rowFrom(query, columns));
  }

  read(call: WatchCall, limit: number): LedgerEntry[] {
    const { afterSequence, tenant, tag } = call;
    const where = ['sequence > ?'];
    const values: SQLInputValue[] = [afterSequence];
    if (tenant !== undefined) {
      where.push('tenant = ?');
      values.push(tenant);
    }
    if (tag !== undefined) {
      where.push('sequence IN (SELECT sequence FROM entry_tag WHERE name = ? AND value = ?)');
      const { name, value } = tagText(tag);
      values.push(name, value);
    }
    const rows = this.#db
      .prepare(
        `SELECT sequence, text FROM entry WHERE ${where.join(' AND ')} ORDER BY sequence LIMIT ?`,
      )
      .all(...values, limit);
    return rows.map(entryFrom);
  }

  request({ tenant, requestId }: RequestLookup): LedgerEntry[] {
    const { from, until } = idsOf(requestId);
    const rows = this.#db
      .prepare(
        `SELECT sequence, text FROM entry
         WHERE (event_id = ? OR (event_id >= ? AND event_id < ?)) ${tenant === undefined ? '' : 'AND tenant = ?'}
         ORDER BY sequence LIMIT ?`,
      )
      .all(requestId, from, until, ...(tenant === undefined ? [] : [tenant]), MAX_REQUEST_ENTRIES);
    return entriesOf(requestId, rows.map(entryFrom));
  }

  close(): void {
    this.#db.close();
  }
}

function entryFrom(row: Record<string, unknown>): LedgerEntry {
  return {
    sequence: BigInt(Number(row['sequence'])),
    event: parseEvent(String(row['text'])),
  };
}

function addTo(sums: (number | bigint)[], measures: readonly (number | bigint)[]): void {
  for (let index = 0; index < sums.length; index++) {
    const measure = measures[index] ?? 0;
    if (measure !== 0) sums[index] = plus(sums[index] ?? 0, measure);
  }
}

/** Exact, whatever the numbers: as numbers while those are. */
function plus(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return BigInt(left) + BigInt(right);
}
