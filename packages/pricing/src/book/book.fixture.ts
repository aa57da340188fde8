import type { Book, BookModel, PriceRow } from './schema.ts';

export function makeRow(fields: Partial<PriceRow> = {}): PriceRow {
  return {
    source: 'https://example.com/pricing',
    checkedOn: '2026-11-22',
    inputUsdPerMTok: '2.5',
    outputUsdPerMTok: '10',
    ...fields,
  };
}

export function makeModel(fields: Partial<BookModel> = {}): BookModel {
  return { provider: 'openai', model: 'gpt-x', prices: [makeRow()], ...fields };
}

export function makeBook(...models: BookModel[]): Book {
  return { version: 1, builtOn: '2026-11-22', models };
}
