import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@weir/config';
import { expect, test } from 'vitest';
import { BOOK_FILE, readBook } from './files.ts';
import { keepPrices, keptPrices } from './kept-prices.ts';
import { priceBook } from './price-book.ts';

const CONFIG = parseConfig(
  `
providers:
  engine:
    baseUrl: http://127.0.0.1:8000/v1
    models: { small: { price: { gpuUsdPerHour: "2.49", gpus: 2 } } }
  openai:
    baseUrl: https://api.openai.com/v1
    models: { gpt-4.1: {} }
routes:
  support: { draft: engine/small, escalate: [{ model: openai/gpt-4.1 }] }
`,
  'weir.yaml',
);

test('the prices that a process settles by are found again by their hash, all of them', () => {
  const directory = mkdtempSync(join(tmpdir(), 'weir-prices-'));
  try {
    const book = priceBook(CONFIG, () => readBook(BOOK_FILE));
    expect(book.prices.size).toBeGreaterThan(50);
    keepPrices(directory, book);
    keepPrices(directory, book);
    expect(readdirSync(join(directory, 'prices'))).toEqual([`${book.hash}.txt`]);
    const kept = keptPrices(directory, book.hash);
    expect(kept?.prices).toEqual(book.prices);
    expect(kept?.hash).toBe(book.hash);
    expect(keptPrices(directory, '0123456789abcdef')).toBeUndefined();
  } finally {
    rmSync(directory, { recursive: true });
  }
});
