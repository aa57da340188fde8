import { DatabaseSync } from 'node:sqlite';
import { isEvent, parseLines } from './lines.ts';
import type { Row } from './protocol.ts';

/** What a file held when it was opened. */
export interface Found {
  /** The texts of attempts that were opened and neither settled nor withdrawn. */
  readonly open: readonly string[];
  readonly lastBatch: number;
  readonly events: number;
}

/**
 * The journal's file: a log, one row per batch, written at its end and trimmed at its start. A row costs the same
 * whatever the number of lines in it. Exclusive to one process, because recovery settles every open attempt it finds.
 */
export class JournalStore {
  readonly #db: DatabaseSync;
  readonly #insert;
  readonly #select;
  readonly #delete;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS log (batch INTEGER PRIMARY KEY, text TEXT NOT NULL);
    `);
    this.#insert = this.#db.prepare('INSERT INTO log (batch, text) VALUES (?, ?)');
    this.#select = this.#db.prepare('SELECT batch, text FROM log WHERE batch > ? ORDER BY batch');
    this.#delete = this.#db.prepare('DELETE FROM log WHERE batch <= ?');
  }

  /** Reads the whole log once, row by row. */
  find(): Found {
    const open = new Map<string, string>();
    let lastBatch = 0;
    let events = 0;
    for (const row of this.#rowsAfter(0)) {
      lastBatch = row.batch;
      for (const line of parseLines(row.text)) {
        if (line.kind === 'o') open.set(line.id, line.text);
        else open.delete(line.id);
        if (isEvent(line)) events++;
      }
    }
    return { open: [...open.values()], lastBatch, events };
  }

  *#rowsAfter(batch: number): Generator<Row> {
    for (const row of this.#select.iterate(batch)) {
      yield { batch: Number(row['batch']), text: String(row['text']) };
    }
  }

  /** One transaction; durable when it returns. */
  append(rows: readonly Row[]): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const { batch, text } of rows) this.#insert.run(batch, text);
      this.#db.exec('COMMIT');
    } catch (error) {
      // A full disk has already rolled back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Whole rows after a batch, until they hold at least `limit` events. */
  take(afterBatch: number, limit: number): Row[] {
    const rows: Row[] = [];
    let events = 0;
    for (const row of this.#rowsAfter(afterBatch)) {
      rows.push(row);
      for (const line of parseLines(row.text)) if (isEvent(line)) events++;
      if (events >= limit) break;
    }
    return rows;
  }

  trim(upToBatch: number): void {
    this.#delete.run(upToBatch);
  }

  close(): void {
    this.#db.close();
  }
}
