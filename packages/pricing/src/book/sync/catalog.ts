import { parseUsdPerMTok } from '@weir/core';
import { faultInPrice, plainDecimal, shiftDecimal } from '../number-text.ts';
import { ratesOf, usableModel } from '../parse-book.ts';
import { type BookModel, type PriceRow, RATE_NAMES, type RowRates } from '../schema.ts';

export const CATALOG_NAMES = ['litellm', 'genai-prices', 'models.dev'] as const;
export type CatalogName = (typeof CATALOG_NAMES)[number];

/** Where a catalog was read, and of what day its figures are. */
export interface Origin {
  readonly source: string;
  readonly checkedOn: string;
}

export interface ReadOptions extends Origin {
  /** Models retired before this day are left out. */
  readonly today: string;
  /** Models whose price of zero is meant, as `provider/model`. Any other zero is a figure that is missing. */
  readonly free: ReadonlySet<string>;
}

/** A figure that is not one. It is left out, never made to fit. */
export interface Rejected {
  readonly catalog: CatalogName;
  readonly model: string;
  readonly field: string;
  readonly value: string;
  readonly why: string;
}

/** A model that a catalog has and the book cannot take from it. */
export interface PassedOver {
  readonly catalog: CatalogName;
  readonly model: string;
  readonly why: string;
}

/** One catalog, in the book's terms. */
export interface Catalog extends Origin {
  readonly name: CatalogName;
  readonly models: ReadonlyMap<string, BookModel>;
  /** Models that it says are gone; no other catalog brings them back. */
  readonly retired: ReadonlySet<string>;
  readonly rejected: readonly Rejected[];
  readonly passedOver: readonly PassedOver[];
  /** Models whose price is to change after the catalog's day. */
  readonly announced: readonly string[];
  /** Its model for a name; `exactly` is false where a pattern and not the name was found. */
  find(key: string): { readonly model: BookModel; readonly exactly: boolean } | undefined;
}

/** A model as a catalog tells it: not checked yet, and with its zeros. */
export type Candidate = Omit<BookModel, 'prices'> & { prices: CandidateRow[] };
export type CandidateRow = Omit<PriceRow, keyof RowRates> & Partial<RowRates>;
export type CandidateRates = Partial<RowRates>;

/** Collects one catalog while it is read. */
export class CatalogReading {
  readonly models = new Map<string, BookModel>();
  readonly retired = new Set<string>();
  readonly rejected: Rejected[] = [];
  readonly passedOver: PassedOver[] = [];
  readonly announced: string[] = [];
  readonly #name: CatalogName;
  readonly #options: ReadOptions;

  constructor(name: CatalogName, options: ReadOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** A number of a catalog as USD per million tokens; `places` from its own unit to that. */
  rate(model: string, field: string, value: unknown, places: number): string | undefined {
    return this.#figure(model, field, value, places, 6);
  }

  /** A number of a catalog as USD apiece. */
  fee(model: string, field: string, value: unknown, places: number): string | undefined {
    return this.#figure(model, field, value, places, 12);
  }

  #figure(model: string, field: string, value: unknown, shift: number, places: number) {
    if (value === undefined || value === null) return undefined;
    const reject = (why: string) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      this.rejected.push({ catalog: this.#name, model, field, value: text, why });
      return undefined;
    };
    if (typeof value !== 'string' || !/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(value)) {
      return reject('is no number');
    }
    const plain = plainDecimal(value);
    const fault = faultInPrice(plain);
    if (fault !== undefined) return reject(fault);
    const shifted = shiftDecimal(plain, shift);
    const fraction = shifted.split('.')[1] ?? '';
    return fraction.length > places ? reject('is finer than a picodollar') : shifted;
  }

  passOver(model: string, why: string): void {
    this.passedOver.push({ catalog: this.#name, model, why });
  }

  /** Takes a model in, or says why not. The first of a name wins. */
  add(candidate: Candidate): BookModel | undefined {
    const key = `${candidate.provider}/${candidate.model}`;
    const rows = candidate.prices.flatMap((row) => withoutZeros(row, this.#options.free.has(key)));
    if (rows.length < candidate.prices.length) {
      this.passOver(key, 'has a price of zero, and is not on the list of free models');
      return undefined;
    }
    const model = usableModel({ ...candidate, prices: rows });
    if (!model) this.passOver(key, 'has a price that the book cannot express');
    else if (this.models.has(key)) this.passOver(key, 'is there twice');
    else this.models.set(key, model);
    return model;
  }

  done(find?: Catalog['find']): Catalog {
    const { source, checkedOn } = this.#options;
    const { models, retired, rejected, passedOver, announced } = this;
    const byName = (key: string) => {
      const model = models.get(key);
      return model && { model, exactly: true };
    };
    return {
      name: this.#name,
      source,
      checkedOn,
      models,
      retired,
      rejected,
      passedOver,
      announced,
      find: find ?? byName,
    };
  }
}

/** A row with its zeros meant, or without them; no row where input or output itself is zero. */
function withoutZeros(row: CandidateRow, isFree: boolean): CandidateRow[] {
  if (isFree && row.inputUsdPerMTok === '0' && row.outputUsdPerMTok === '0') {
    return [{ ...row, zeroMeans: 'free' }];
  }
  const copy = structuredClone(row) as PriceRow;
  for (const [, rates] of ratesOf(copy)) {
    for (const name of RATE_NAMES) if (rates[name] === '0') delete rates[name];
  }
  for (const [name, tier] of Object.entries(copy.serviceTiers ?? {})) {
    if (!isWhole(tier)) delete copy.serviceTiers?.[name];
  }
  return isWhole(copy) ? [copy] : [];
}

function isWhole(rates: CandidateRates): boolean {
  return rates.inputUsdPerMTok !== undefined && rates.outputUsdPerMTok !== undefined;
}

/** Compares two rates as amounts. */
export function isAbove(rate: string, other: string): boolean {
  return parseUsdPerMTok(rate) > parseUsdPerMTok(other);
}

/** What an object is as a record; undefined for anything else. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Record<string, unknown>;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The records in a list; whatever else is in it is left out. */
export function recordsOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return listOf(value).flatMap((item) => {
    const record = recordOf(item);
    return record ? [record] : [];
  });
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A count in a catalog; undefined for none, zero and nonsense. */
export function countOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,15}(\.0+)?$/.test(value)) return undefined;
  const count = Number(value);
  return count > 0 ? count : undefined;
}
