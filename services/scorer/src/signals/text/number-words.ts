import { Lexicon } from './lexicon.ts';
import type { Words } from './words.ts';

/**
 * Numbers that people write as words, and what an answer takes them up as. One is left out, being an article as often,
 * and so is what means something else in another of the languages: once, cent.
 */
const NUMBER_WORDS: readonly (readonly [value: number, words: string])[] = [
  [2, 'two twice double half zwei doppelt hälfte deux double moitié dos doble mitad'],
  [3, 'three triple thrice drei dreifach trois tres'],
  [4, 'four vier quatre cuatro'],
  [5, 'five fünf cinq cinco'],
  [6, 'six sechs seis'],
  [7, 'seven sieben sept siete'],
  [8, 'eight acht huit ocho'],
  [9, 'nine neun neuf nueve'],
  [10, 'ten zehn dix diez'],
  [11, 'eleven elf onze'],
  [12, 'twelve dozen zwölf dutzend douze douzaine doce docena'],
  [20, 'twenty zwanzig vingt veinte'],
  [30, 'thirty dreißig trente treinta'],
  [100, 'hundred hundert cien'],
  [1_000, 'thousand tausend mille mil'],
];

const VALUES = new Lexicon(
  NUMBER_WORDS.flatMap(([value, words]) => words.split(' ').map((word) => [word, value] as const)),
  (first) => first,
);

/** The values of the number words among a text's words. */
export function spelledNumbersIn({ hashes }: Words): number[] {
  const values: number[] = [];
  for (const hash of hashes) {
    const value = VALUES.get(hash);
    if (value !== undefined) values.push(value);
  }
  return values;
}
