import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, type Environment, Secrets } from '@weir/config';
import { type DraftLabelled, LABEL_TAG } from '@weir/core';
import { type LedgerStore, PostgresStore, SqliteStore } from '@weir/ledger';
import { CalibrationError } from './calibration.ts';

/** Read in one go; the ledger answers others in between. */
const BATCH = 2_000;

export interface OpenLedger {
  readonly store: LedgerStore;
  /** For people. */
  readonly place: string;
}

/** The ledger of the configuration, to be read beside a server that runs; nothing is written to it. */
export async function openLedger(
  { ledger }: Config,
  environment: Environment,
): Promise<OpenLedger> {
  if (ledger.store === 'postgres') {
    const secrets = new Secrets(environment);
    const url = secrets.resolve(ledger.url ?? '', 'ledger.url');
    secrets.check();
    const store = await PostgresStore.open({ ...ledger, url, readOnly: true });
    return { store, place: 'the ledger in PostgreSQL' };
  }
  const place = join(environment.dataDir, 'ledger.db');
  if (!existsSync(place)) {
    throw new CalibrationError(
      `there is no ledger "${place}": is WEIR_DATA_DIR that of the server, and has it run yet`,
    );
  }
  return { store: new SqliteStore(place, { readOnly: true }), place };
}

/** The labels of a route, oldest first. */
export async function* labelsOf(
  store: Pick<LedgerStore, 'read'>,
  route: string,
): AsyncGenerator<DraftLabelled, void, undefined> {
  const tag = { name: LABEL_TAG, value: route };
  let afterSequence = 0n;
  for (;;) {
    const entries = await store.read({ tag, afterSequence }, BATCH);
    for (const { event } of entries) {
      if (event.type === 'draft.labelled' && event.route === route) yield event;
    }
    const last = entries.at(-1);
    if (!last || entries.length < BATCH) return;
    afterSequence = last.sequence;
  }
}
