import { overlaps, priceFields, rowProblems, validity } from '@weir/pricing';
import { z } from 'zod';

/** A decimal with at most so many places, as a person writes it: quoted or not. */
export function decimal(places: 3 | 6 | 12) {
  return z
    .union([z.string(), z.number()])
    .transform(String)
    .pipe(
      z
        .string()
        .regex(
          new RegExp(`^\\d+(\\.\\d{1,${places}})?$`),
          `must be a decimal with at most ${PLACES[places]} places; quote it if in doubt`,
        ),
    );
}

const PLACES = { 3: 'three', 6: 'six', 12: 'twelve' } as const;

/** For every token: what a row of the price book can say, most of it optional. */
const tokenPrice = z.strictObject(
  priceFields({ usdPerMTok: decimal(6), usd: decimal(12), factor: decimal(3) }),
);

/** For hardware of one's own or rented, by its time, whatever it is used for. */
const gpuPrice = z.strictObject({
  ...validity,
  gpuUsdPerHour: decimal(12),
  /** How many of them answer together. */
  gpus: z.number().int().positive().default(1),
});

const row = z.union([tokenPrice, gpuPrice]);

/** One price for ever, or several by time. */
export const price = z.union([row, z.array(row).min(1)]);

export type PriceConfig = z.output<typeof price>;
export type PriceConfigRow = z.output<typeof row>;

/** Its rows, whichever way it was written. */
export function priceRows(given: PriceConfig): readonly PriceConfigRow[] {
  return Array.isArray(given) ? given : [given];
}

/** What is wrong with a price beyond its shape: prices that hold at once, hours in two bands, and the like. */
export function priceProblems(given: PriceConfig): string[] {
  const rows = priceRows(given);
  const found = [
    ...rows.flatMap((one, index) =>
      'gpuUsdPerHour' in one ? [] : rowProblems(one, `price[${index}]`),
    ),
    ...overlaps(rows, 'price'),
  ];
  return found.map(({ path, message }) => {
    const where = Array.isArray(given) ? path : path.replace('price[0]', 'price');
    return `${where} ${message}`;
  });
}
