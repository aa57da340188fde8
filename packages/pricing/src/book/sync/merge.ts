import { nameOf, namesOf } from '../find-model.ts';
import { parseBook } from '../parse-book.ts';
import { type Book, type BookModel, type PriceRow, RATE_NAMES } from '../schema.ts';
import type { Catalog, PassedOver, Rejected } from './catalog.ts';
import {
  type Disagreement,
  differencesFrom,
  disagreementsAt,
  isSamePrice,
  rowOn,
} from './compare.ts';
import type { Overlay } from './overlay.ts';
import { goneModels, withRetirements } from './retirements.ts';

export interface SyncInput {
  /** The first to have a model is believed; the others add what it does not say. */
  readonly litellm: Catalog;
  readonly genaiPrices: Catalog;
  readonly modelsDev: Catalog;
  readonly overlay: Overlay;
  readonly builtOn: string;
}

export interface SyncReport {
  readonly rejected: readonly Rejected[];
  readonly passedOver: readonly PassedOver[];
  /** What the catalogs tell differently. */
  readonly disagreements: readonly Disagreement[];
  /** What the overlay tells differently from a catalog, each on the catalog's day. */
  readonly overruled: readonly Disagreement[];
  /** Only in genai-prices, which keeps what was sold once: left out, since nobody says that they still are. */
  readonly unconfirmed: readonly string[];
  /** Models for which a catalog announces another price than it has: left out until it is one. */
  readonly announced: readonly string[];
}

/** Puts the catalogs and what is kept by hand together to one book. Throws `BookError` if it is none. */
export function buildBook(input: SyncInput): { book: Book; report: SyncReport } {
  const { litellm, genaiPrices, modelsDev, overlay } = input;
  const byHand = new Set(overlay.models.flatMap(namesOf));
  const keys = new Set([...litellm.models.keys(), ...modelsDev.models.keys()]);
  const models: BookModel[] = overlay.models.map((model) => withLimits(model, input));
  const disagreements: Disagreement[] = [];
  for (const key of keys) {
    if (byHand.has(key) || litellm.retired.has(key)) continue;
    const model = mergedModel(key, input);
    models.push(model);
    disagreements.push(...disagreementsOn(key, input));
  }
  const charged = models.map((model) =>
    withFees(model, overlay.feesUsd[model.provider], byHand.has(nameOf(model))),
  );
  const { retirements } = overlay;
  const told = withRetirements([...charged, ...goneModels(retirements, charged)], retirements);
  const book = parseBook({ version: 1, builtOn: input.builtOn, models: told });
  const catalogs = [litellm, genaiPrices, modelsDev];
  return {
    book,
    report: {
      rejected: catalogs.flatMap(({ rejected }) => rejected),
      passedOver: catalogs.flatMap(({ passedOver }) => passedOver),
      disagreements,
      overruled: differencesFrom('overlay', overlay.models, catalogs),
      announced: catalogs.flatMap(({ announced }) => announced),
      unconfirmed: [...genaiPrices.models.keys()].filter(
        (key) => !keys.has(key) && !byHand.has(key),
      ),
    },
  };
}

function mergedModel(key: string, { litellm, genaiPrices, modelsDev }: SyncInput): BookModel {
  const first = litellm.models.get(key);
  const second = genaiPrices.find(key);
  const third = modelsDev.models.get(key);
  const base = first ?? third;
  if (!base) throw new Error(`no catalog has ${key}`);
  const { provider, model, retiresOn } = base;
  const limits = { ...second?.model, ...first, ...third };
  return {
    provider,
    model,
    ...limitsOf(limits),
    ...(retiresOn && { retiresOn }),
    prices: pricesOf(base, first ? litellm : modelsDev, second),
  };
}

const LIMITS = ['contextTokens', 'maxOutputTokens', 'input', 'output'] as const;

function limitsOf(model: Partial<BookModel>): Pick<BookModel, (typeof LIMITS)[number]> {
  const entries = LIMITS.flatMap((name) =>
    model[name] === undefined ? [] : [[name, model[name]]],
  );
  return Object.fromEntries(entries);
}

/** Of a model that is kept by hand, what it does not say beside its prices. */
function withLimits(model: BookModel, { litellm, genaiPrices, modelsDev }: SyncInput): BookModel {
  const key = nameOf(model);
  const known = {
    ...genaiPrices.find(key)?.model,
    ...litellm.models.get(key),
    ...modelsDev.models.get(key),
  };
  return { ...limitsOf(known), ...model };
}

/**
 * The prices of the catalog that is believed, with what the second knows beside: what it was before and will be after,
 * other hours, and rates that the first does not name. All of that only where both agree on input and output on the
 * first one's day; otherwise they do not talk about the same price. Without the first, the second is believed as far as
 * it names the model and does not merely match its name.
 */
function pricesOf(
  base: BookModel,
  catalog: Catalog,
  second: ReturnType<Catalog['find']>,
): PriceRow[] {
  if (!second) return base.prices;
  const ours = rowOn(base, catalog.checkedOn);
  const theirs = rowOn(second.model, catalog.checkedOn);
  if (ours && isSamePrice(ours, theirs)) {
    return second.model.prices.map((row) =>
      row === theirs ? joined(ours, row) : ofAnotherTime(row, ours),
    );
  }
  const believesFirst = catalog.name === 'litellm' || !second.exactly;
  return believesFirst ? base.prices : second.model.prices;
}

/**
 * Our row in the time of theirs, with the hours, tiers, rates and fees that only they name. A tier that the vendor has
 * given up since makes a bill too high, and one that is missing makes it too low, which nobody would notice.
 */
function joined(ours: PriceRow, theirs: PriceRow): PriceRow {
  const rates: Partial<PriceRow> = {};
  for (const name of RATE_NAMES) {
    const figure = theirs[name];
    if (ours[name] === undefined && figure !== undefined) rates[name] = figure;
  }
  const feesUsd = { ...theirs.feesUsd, ...ours.feesUsd };
  return {
    ...ours,
    ...rates,
    ...(theirs.from && { from: theirs.from }),
    ...(theirs.until && { until: theirs.until }),
    ...(theirs.timeBands && { timeBands: theirs.timeBands }),
    ...(theirs.contextTiers && !ours.contextTiers && { contextTiers: theirs.contextTiers }),
    ...(Object.keys(feesUsd).length > 0 && { feesUsd }),
  };
}

/** Another time's row of theirs. Factors and fees do not change with the rates; service tiers do, so it has none. */
function ofAnotherTime(row: PriceRow, { multipliers, feesUsd }: PriceRow): PriceRow {
  const fees = { ...feesUsd, ...row.feesUsd };
  return {
    ...row,
    ...(multipliers && { multipliers }),
    ...(Object.keys(fees).length > 0 && { feesUsd: fees }),
  };
}

/** With what the provider charges by the piece for any model; a model that is kept by hand may say otherwise. */
function withFees(model: BookModel, fees: PriceRow['feesUsd'], isByHand: boolean): BookModel {
  if (!fees) return model;
  const prices = model.prices.map((row) => ({
    ...row,
    feesUsd: isByHand ? { ...fees, ...row.feesUsd } : { ...row.feesUsd, ...fees },
  }));
  return { ...model, prices };
}

/** On the day of the catalog that is believed. */
function disagreementsOn(
  key: string,
  { litellm, genaiPrices, modelsDev }: SyncInput,
): Disagreement[] {
  const found = [litellm, genaiPrices, modelsDev].flatMap((catalog) => {
    const model = catalog.find(key)?.model;
    return model ? [{ name: catalog.name, model, checkedOn: catalog.checkedOn }] : [];
  });
  const [first] = found;
  return first ? disagreementsAt(key, first.checkedOn, found) : [];
}
