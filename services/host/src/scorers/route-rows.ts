import type { Config, Environment } from '@weir/config';
import { Fault } from '@weir/core';
import { LabelMemory, type LearningRow } from '@weir/scorer';
import { CalibrationError } from './calibration.ts';
import type { LeftOut } from './calibration-report.ts';
import { LabelTally } from './label-tally.ts';
import { labelsOf, type OpenLedger, openLedger } from './ledger-labels.ts';
import { rowsOfLog } from './log-rows.ts';

/** What a route is calibrated from. */
export interface RouteRows {
  /** Oldest first. */
  readonly rows: readonly LearningRow[];
  /** Whether their times are real; else they are in their file's order, long ago. */
  readonly isTimed: boolean;
  /** Of the draft endpoint that the rows are from; empty where they do not say. */
  readonly endpoint: string;
  readonly leftOut: readonly LeftOut[];
  /** For people. */
  readonly from: string;
  readonly remarks: readonly string[];
}

export interface RowsCall {
  readonly route: string;
  readonly config: Config;
  readonly environment: Environment;
  /** As it was asked for. */
  readonly endpoint: string | undefined;
  readonly draftCostShare: number;
  readonly note: (line: string) => void;
}

/** From a recorded log: its rows are of no endpoint unless that is said. */
export async function rowsFromLog(
  file: string,
  { route, endpoint = '', note }: RowsCall,
): Promise<RouteRows> {
  const { rows, order, leftOut } = await rowsOfLog(file, route, note);
  const remarks = [
    'What a log shows, a certificate too, holds for traffic like that of the log and for no other.',
  ];
  if (order === 'file') {
    remarks.push(
      'Not every row says when it was (at): the last of the file are taken for the newest.',
    );
  }
  if (leftOut.length > 0) {
    remarks.push(`Left out, since no live draft has it: ${leftOut.join(', ')}.`);
  }
  return { rows, isTimed: order === 'time', endpoint, leftOut: [], from: file, remarks };
}

const NOTE_EVERY_LABELS = 25_000;

/**
 * From the labels that the service collected, merged as a server that learns merges them. Other routes that learn are
 * pooled in, as far as the same endpoint drafts for them.
 */
export async function rowsFromLedger(call: RowsCall): Promise<RouteRows> {
  const ledger = await openLedger(call.config, call.environment);
  await using _store = ledger.store;
  call.note(`reading the labels in ${ledger.place}`);
  try {
    return await rowsIn(ledger, call);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new CalibrationError(`${ledger.place} cannot be read: ${error.cause ?? error.message}`);
  }
}

async function rowsIn(ledger: OpenLedger, call: RowsCall): Promise<RouteRows> {
  const { route, config } = call;
  const own = await learned(ledger, route, call);
  const endpoint = call.endpoint ?? own.memory.endpoint;
  if (endpoint === undefined) throw new CalibrationError(noLabels(call, ledger));
  const of = { endpoint, fromMs: 0, draftCostShare: call.draftCostShare };
  const rows = own.memory.rows(of);
  if (rows.length === 0) {
    throw new CalibrationError(
      `no label of ${route} in ${ledger.place} can be used for endpoint ${endpoint}: labels are of ${own.tally.endpoints.join(', ')}`,
    );
  }
  const remarks: string[] = [];
  const pooled: LearningRow[] = [];
  for (const [other, { scorer }] of Object.entries(config.routes)) {
    if (other === route || !scorer.target) continue;
    const more = (await learned(ledger, other, call)).memory.rows(of);
    pooled.push(...more);
    if (more.length > 0) remarks.push(`${more.length} rows of route ${other} are pooled in.`);
  }
  return {
    rows: byTime([...rows, ...room(pooled, own.kept - rows.length)]),
    isTimed: true,
    endpoint,
    leftOut: own.tally.leftOut(rows, endpoint, own.kept),
    from: ledger.place,
    remarks,
  };
}

/** The newest that there is room for, beside the route's own. */
function room(pooled: LearningRow[], count: number): LearningRow[] {
  return byTime(pooled).slice(-Math.max(1, count));
}

function byTime(rows: LearningRow[]): LearningRow[] {
  return rows.sort((left, right) => left.atMs - right.atMs);
}

/** A route's labels, as far as they are kept, and what is known of them all. */
interface LearnedLabels {
  readonly memory: LabelMemory;
  readonly tally: LabelTally;
  readonly kept: number;
}

async function learned(
  { store }: OpenLedger,
  route: string,
  { config, note }: RowsCall,
): Promise<LearnedLabels> {
  const kept = config.routes[route]?.scorer.learning.labelsKept ?? 0;
  const memory = new LabelMemory(route, kept);
  const tally = new LabelTally();
  let found = 0;
  for await (const label of labelsOf(store, route)) {
    memory.take(label);
    tally.take(label);
    if (++found % NOTE_EVERY_LABELS === 0) note(`${found} labels of ${route} read`);
  }
  return { memory, tally, kept };
}

function noLabels({ route, config }: RowsCall, { place }: OpenLedger): string {
  const target = config.routes[route]?.scorer.target;
  const how = target
    ? 'a server makes them from requests on this route'
    : `set routes.${route}.scorer.target, for example to { quality: 0.99, confidence: 0.9 }, and a server makes them from requests`;
  return `there are no labels of ${route} in ${place} yet: ${how}, by comparing drafts with what the frontier answers`;
}
