import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPrices, PriceBook, parsePrices } from '@weir/pricing';

/**
 * Every set of prices that a process ever settled by, as a file named by its hash: an event says which it was, and its
 * cost can be computed again when configuration and price book have long moved on.
 */
function fileOf(dataDir: string, hash: string): string {
  return join(dataDir, 'prices', `${hash}.txt`);
}

export function keepPrices(dataDir: string, { prices, hash }: PriceBook): void {
  const file = fileOf(dataDir, hash);
  if (existsSync(file)) return;
  mkdirSync(join(dataDir, 'prices'), { recursive: true });
  // Several processes may share the directory: each writes its own, and the last name given is as good as the first.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, formatPrices(prices));
  renameSync(draft, file);
}

/** Undefined where no process with this directory settled by them. */
export function keptPrices(dataDir: string, hash: string): PriceBook | undefined {
  const file = fileOf(dataDir, hash);
  if (!existsSync(file)) return undefined;
  return new PriceBook(parsePrices(readFileSync(file, 'utf8')), hash);
}
