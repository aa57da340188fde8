import { join } from 'node:path';
import type { Config } from '@weir/config';
import { type SafeMode, type ScorerFile, ScorerFileError, ScorerFiles } from '@weir/scorer';
import { scorersDirectory } from '../scoring.ts';

/** The scorer models of this machine, where the scorer of `weir up` has them. */
export function scorerFiles(dataDir: string, { limits }: Config): ScorerFiles {
  return new ScorerFiles(scorersDirectory(dataDir), limits.scorerVersionsKept);
}

/** Where a version lies. */
export function versionPath(dataDir: string, { route, version }: ScorerFile): string {
  return join(scorersDirectory(dataDir), route, `${version}.json`);
}

/** A version, or why there is none to look at. */
export type KeptVersion = { readonly file: ScorerFile } | { readonly missing: string };

/** The file of a version by a name from elsewhere. Names become paths, so what is no name of ours is never looked for. */
export function keptVersion(files: ScorerFiles, route: string, version: string): KeptVersion {
  if (!isVersion(version) || !/^[A-Za-z0-9][\w.-]{0,62}$/.test(route)) {
    return { missing: 'is no version of this Weir' };
  }
  try {
    const file = files.read(route, version);
    return file ? { file } : { missing: 'is not kept on this machine' };
  } catch (error) {
    if (error instanceof ScorerFileError) return { missing: `is damaged: ${error.message}` };
    throw error;
  }
}

/** Twelve hex digits. */
export function isVersion(text: string): boolean {
  return /^[0-9a-f]{12}$/.test(text);
}

/** One that was in force at some time. */
export interface ListedVersion {
  readonly version: string;
  /** The last time that it was put in force, and why. */
  readonly atMs: number;
  readonly reason: string;
  readonly isInForce: boolean;
  readonly kept: KeptVersion;
}

export interface VersionList {
  /** The newest first, each once. */
  readonly versions: readonly ListedVersion[];
  readonly inForce: string | undefined;
  /** Why none is in force although there are versions, and how to restore one. */
  readonly noneInForce: string | undefined;
  readonly safeMode: SafeMode | undefined;
}

/** The versions of a route that were ever in force, as far back as is known. */
export function versionsOf(files: ScorerFiles, route: string): VersionList {
  const { inForce, noneInForce } = namedVersion(files, route);
  const last = new Map(files.history(route).map((promotion) => [promotion.version, promotion]));
  const versions = [...last.values()]
    .sort((left, right) => right.atMs - left.atMs)
    .map(
      ({ version, atMs, reason }): ListedVersion => ({
        version,
        atMs,
        reason,
        isInForce: version === inForce,
        kept: keptVersion(files, route, version),
      }),
    );
  return { versions, inForce, noneInForce, safeMode: files.safeMode(route) };
}

/** The version in force by its name, or why there is none. */
function namedVersion(
  files: ScorerFiles,
  route: string,
): Pick<VersionList, 'inForce' | 'noneInForce'> {
  try {
    const inForce = files.currentVersion(route);
    const last = inForce === undefined ? files.lastInForce(route) : undefined;
    if (last === undefined) return { inForce, noneInForce: undefined };
    const noneInForce = `no version is named as the one in force, and a server that starts has none: put one in force again (--restore ${last})`;
    return { inForce, noneInForce };
  } catch (error) {
    if (!(error instanceof ScorerFileError)) throw error;
    return { inForce: undefined, noneInForce: error.message };
  }
}
