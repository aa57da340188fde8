import { DatabaseSync } from 'node:sqlite';
import type { OutboxRow, Step } from './protocol.ts';

/**
 * The journal's file: attempts in flight, and events that have not reached the bus. Exclusive to one process, because
 * recovery settles every open attempt it finds as lost.
 */
export class JournalStore {
  readonly #db: DatabaseSync;
  readonly #insertOpen;
  readonly #deleteOpen;
  readonly #insertOutbox;
  readonly #selectOutbox;
  readonly #deleteOutbox;

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS open (id TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS outbox (sequence INTEGER PRIMARY KEY, text TEXT NOT NULL);
    `);
    this.#insertOpen = this.#db.prepare('INSERT OR REPLACE INTO open (id, text) VALUES (?, ?)');
    this.#deleteOpen = this.#db.prepare('DELETE FROM open WHERE id = ?');
    this.#insertOutbox = this.#db.prepare('INSERT INTO outbox (sequence, text) VALUES (?, ?)');
    this.#selectOutbox = this.#db.prepare(
      'SELECT sequence, text FROM outbox WHERE sequence > ? ORDER BY sequence LIMIT ?',
    );
    this.#deleteOutbox = this.#db.prepare('DELETE FROM outbox WHERE sequence <= ?');
  }

  openAttempts(): string[] {
    return this.#db
      .prepare('SELECT text FROM open')
      .all()
      .map((row) => String(row['text']));
  }

  /** The sequences waiting in the outbox; first is last + 1 when it is empty. */
  range(): { firstSequence: number; lastSequence: number } {
    const row = this.#db
      .prepare('SELECT min(sequence) AS first, max(sequence) AS last FROM outbox')
      .get();
    return { firstSequence: Number(row?.['first'] ?? 1), lastSequence: Number(row?.['last'] ?? 0) };
  }

  /** All of them, or none. */
  commit(steps: readonly Step[]): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const step of steps) this.#apply(step);
      this.#db.exec('COMMIT');
    } catch (error) {
      // A full disk has already rolled back by itself.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #apply(step: Step): void {
    switch (step.kind) {
      case 'open':
        this.#insertOpen.run(step.id, step.text);
        return;
      case 'withdraw':
        this.#deleteOpen.run(step.id);
        return;
      case 'settle':
        this.#deleteOpen.run(step.id);
        this.#insertOutbox.run(step.sequence, step.text);
        return;
      case 'record':
        this.#insertOutbox.run(step.sequence, step.text);
    }
  }

  take(afterSequence: number, limit: number): OutboxRow[] {
    return this.#selectOutbox
      .all(afterSequence, limit)
      .map((row) => ({ sequence: Number(row['sequence']), text: String(row['text']) }));
  }

  remove(upToSequence: number): void {
    this.#deleteOutbox.run(upToSequence);
  }

  close(): void {
    this.#db.close();
  }
}
