import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseScorerFile, type ScorerFile, ScorerFileError } from './scorer-file.ts';

/** Names the version in force; one line. */
const CURRENT = 'current';
/** Every version that was ever in force, oldest first, with the time and the reason; one JSON object a line. */
const HISTORY = 'history.jsonl';
/** Why nothing is accepted at present; absent when all is well. */
const SAFE_MODE = 'safe-mode.json';
/** Every alarm that is over, oldest first; one JSON object a line. */
const ALARMS = 'alarms.jsonl';
/** Alarms kept of each route, the newest. */
const ALARMS_KEPT = 100;

/** Why a route accepts nothing until it has a new certificate. */
export interface SafeMode {
  readonly alarm: string;
  /** Unix time. */
  readonly sinceMs: number;
  /** The version that was in force. */
  readonly version: string;
  /** Certificates that were tried since then, and failed; absent is none. */
  readonly tests?: number | undefined;
}

/** An alarm that a new certificate has put an end to. */
export interface PastAlarm extends SafeMode {
  /** Unix time. */
  readonly leftAtMs: number;
}

export interface Promotion {
  readonly version: string;
  /** Unix time. */
  readonly atMs: number;
  readonly reason: string;
}

/**
 * The scorer models of each route, as files: `<route>/<version>.json`, which never change, and which of them is in force.
 * Every write is whole or not at all.
 */
export class ScorerFiles {
  readonly #directory: string;
  readonly #keep: number;

  /** `keep`: versions kept of each route, the newest. */
  constructor(directory: string, keep: number) {
    this.#directory = directory;
    this.#keep = keep;
  }

  /** The version in force; undefined when none is named. Throws `ScorerFileError` when it is damaged or gone. */
  current(route: string): ScorerFile | undefined {
    const version = this.currentVersion(route);
    if (version === undefined) return undefined;
    const file = this.read(route, version);
    if (file) return file;
    throw new ScorerFileError(
      `${this.#path(route, version)} is in force, and gone: ${this.#remedy(route, version)}`,
    );
  }

  /** What is named to be in force. Throws `ScorerFileError` when that is no version: a name becomes a path. */
  currentVersion(route: string): string | undefined {
    const text = this.#text(route, CURRENT);
    if (text === undefined) return undefined;
    const version = text.trim();
    if (isVersion(version)) return version;
    throw new ScorerFileError(
      `${join(this.#directoryOf(route), CURRENT)} names no version (twelve hex digits): ${this.#remedy(route)}`,
    );
  }

  /** The versions at hand, in no order. */
  versions(route: string): string[] {
    const directory = this.#directoryOf(route);
    if (!existsSync(directory)) return [];
    return readdirSync(directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .filter(isVersion);
  }

  /** The version that the history says was last put in force, of those at hand but `except`. */
  lastInForce(route: string, except = ''): string | undefined {
    const kept = new Set(this.versions(route));
    kept.delete(except);
    return this.history(route).findLast(({ version }) => kept.has(version))?.version;
  }

  read(route: string, version: string): ScorerFile | undefined {
    if (!isVersion(version)) return undefined;
    const text = this.#text(route, `${version}.json`);
    return text === undefined ? undefined : parseScorerFile(text, this.#path(route, version));
  }

  /** How to get out of having lost what is in force. */
  #remedy(route: string, lost = ''): string {
    const last = this.lastInForce(route, lost);
    const restore = last === undefined ? '' : `restore another version (--restore ${last}), or `;
    return `${restore}calibrate the route again`;
  }

  /** What was in force and when, oldest first. */
  history(route: string): Promotion[] {
    return this.#lines(route, HISTORY) as Promotion[];
  }

  /** The newest alarm that is over. */
  lastAlarm(route: string): PastAlarm | undefined {
    return (this.#lines(route, ALARMS) as PastAlarm[]).at(-1);
  }

  /** Keeps the file and puts it in force. */
  promote(file: ScorerFile, reason: string, atMs: number): void {
    this.#write(file.route, `${file.version}.json`, JSON.stringify(file));
    this.#putInForce(file.route, { version: file.version, atMs, reason });
    this.#forget(file.route);
  }

  /** Puts an earlier version in force again; false when it is not kept. */
  restore(route: string, version: string, atMs: number): boolean {
    if (!this.read(route, version)) return false;
    this.#putInForce(route, { version, atMs, reason: 'restored' });
    return true;
  }

  /** A file that cannot be read is an alarm all the same, of when it was written. */
  safeMode(route: string): SafeMode | undefined {
    const text = this.#text(route, SAFE_MODE);
    if (text === undefined) return undefined;
    const safeMode = parsed(text) as Partial<SafeMode> | undefined;
    if (typeof safeMode?.alarm === 'string' && Number.isFinite(safeMode.sinceMs)) {
      return safeMode as SafeMode;
    }
    const { mtimeMs } = statSync(join(this.#directoryOf(route), SAFE_MODE));
    return { alarm: 'unreadable', sinceMs: mtimeMs, version: '' };
  }

  enterSafeMode(route: string, safeMode: SafeMode): void {
    this.#write(route, SAFE_MODE, JSON.stringify(safeMode));
  }

  /** To be called once what ends it is in force: from then on a new watch is kept. */
  leaveSafeMode(route: string): void {
    const safeMode = this.safeMode(route);
    if (!safeMode) return;
    const leftAtMs = this.history(route).at(-1)?.atMs ?? safeMode.sinceMs;
    const alarms = [...this.#lines(route, ALARMS), { ...safeMode, leftAtMs }];
    this.#write(route, ALARMS, linesOf(alarms.slice(-ALARMS_KEPT)));
    rmSync(join(this.#directoryOf(route), SAFE_MODE), { force: true });
  }

  /** Changes whenever anything in force does; for who looks every so often. */
  mark(route: string): string {
    return `${this.#text(route, CURRENT)?.trim() ?? ''} ${this.#text(route, SAFE_MODE) ?? ''}`;
  }

  #putInForce(route: string, promotion: Promotion): void {
    const history = [...this.history(route), promotion].slice(-10 * this.#keep);
    this.#write(route, HISTORY, linesOf(history));
    this.#write(route, CURRENT, `${promotion.version}\n`);
  }

  /** The oldest versions beyond those kept; never the one in force. */
  #forget(route: string): void {
    const current = this.#text(route, CURRENT)?.trim();
    const order = new Map(this.history(route).map(({ version }, at) => [version, at]));
    const versions = this.versions(route)
      .filter((version) => version !== current)
      .sort((left, right) => (order.get(right) ?? -1) - (order.get(left) ?? -1));
    for (const version of versions.slice(this.#keep - 1)) rmSync(this.#path(route, version));
  }

  /** Route names are checked by the configuration: letters, digits, dots, dashes. */
  #directoryOf(route: string): string {
    return join(this.#directory, route);
  }

  #path(route: string, version: string): string {
    return join(this.#directoryOf(route), `${version}.json`);
  }

  /** A line that is no JSON is passed over: it is about the past alone. */
  #lines(route: string, name: string): object[] {
    const lines = (this.#text(route, name) ?? '').split('\n').map(parsed);
    return lines.filter((line) => typeof line === 'object' && line !== null);
  }

  #text(route: string, name: string): string | undefined {
    const path = join(this.#directoryOf(route), name);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  #write(route: string, name: string, text: string): void {
    mkdirSync(this.#directoryOf(route), { recursive: true });
    const path = join(this.#directoryOf(route), name);
    const file = openSync(`${path}.${process.pid}.new`, 'w');
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(`${path}.${process.pid}.new`, path);
  }
}

/** Twelve hex digits, as `scorerFile` names them. */
function isVersion(text: string): boolean {
  return /^[0-9a-f]{12}$/.test(text);
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function linesOf(values: readonly object[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}
