import { nameOf } from '../find-model.ts';
import { rowAt } from '../price-at.ts';
import type { BookModel, PriceRow } from '../schema.ts';
import type { Catalog } from './catalog.ts';

/** One price that two lists tell differently. */
export interface Disagreement {
  /** `provider/model`. */
  readonly model: string;
  readonly kind: 'input' | 'output' | 'cacheRead';
  /** USD per million tokens, by the name of the list. */
  readonly figures: Readonly<Record<string, string>>;
}

/** A price list's word on one model. */
export interface Witness {
  readonly name: string;
  readonly model: BookModel;
}

const KINDS = {
  input: 'inputUsdPerMTok',
  output: 'outputUsdPerMTok',
  cacheRead: 'cacheReadUsdPerMTok',
} as const satisfies Record<Disagreement['kind'], keyof PriceRow>;

/** What the lists do not agree on at a day. A list that does not name a rate says nothing about it. */
export function disagreementsAt(
  key: string,
  day: string,
  witnesses: readonly Witness[],
): Disagreement[] {
  return Object.entries(KINDS).flatMap(([kind, name]): Disagreement[] => {
    const figures: Record<string, string> = {};
    for (const witness of witnesses) {
      const figure = rowOn(witness.model, day)?.[name];
      if (figure !== undefined) figures[witness.name] = figure;
    }
    if (new Set(Object.values(figures)).size < 2) return [];
    return [{ model: key, kind: kind as Disagreement['kind'], figures }];
  });
}

/** The row at the end of a day: a change of that day has happened. */
export function rowOn(model: BookModel, day: string): PriceRow | undefined {
  return rowAt(model, Date.parse(`${day}T23:59:59Z`));
}

export function isSamePrice(a: PriceRow | undefined, b: PriceRow | undefined): boolean {
  return a?.inputUsdPerMTok === b?.inputUsdPerMTok && a?.outputUsdPerMTok === b?.outputUsdPerMTok;
}

/**
 * Where models of ours and a catalog differ, each catalog compared on its own day: one that is older than a change of
 * price does not contradict it.
 */
export function differencesFrom(
  ours: string,
  models: readonly BookModel[],
  catalogs: readonly Catalog[],
): Disagreement[] {
  return models.flatMap((model) =>
    catalogs.flatMap((catalog) => {
      const key = nameOf(model);
      const theirs = catalog.find(key);
      if (!theirs) return [];
      return disagreementsAt(key, catalog.checkedOn, [
        { name: ours, model },
        { name: catalog.name, model: theirs.model },
      ]);
    }),
  );
}
