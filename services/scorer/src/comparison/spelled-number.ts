const VALUES = new Map<string, number>(
  Object.entries({
    0: 'zero none null nul cero',
    1: 'one eins un uno',
    2: 'two zwei deux dos due dois twee',
    3: 'three drei trois tres tre drie',
    4: 'four vier quatre cuatro quattro quatro',
    5: 'five funf cinq cinco cinque vijf',
    6: 'six sechs seis sei zes',
    7: 'seven sieben sept siete sette sete zeven',
    8: 'eight acht huit ocho otto oito',
    9: 'nine neun neuf nueve nove negen',
    10: 'ten zehn dix diez dieci dez tien',
    11: 'eleven elf onze once undici',
    12: 'twelve dozen zwolf douze doce dodici doze twaalf',
    13: 'thirteen dreizehn treize trece',
    14: 'fourteen vierzehn quatorze catorce',
    15: 'fifteen funfzehn quinze quince',
    16: 'sixteen sechzehn seize',
    17: 'seventeen siebzehn',
    18: 'eighteen achtzehn',
    19: 'nineteen neunzehn',
    20: 'twenty zwanzig vingt veinte venti vinte',
    30: 'thirty dreissig trente treinta trenta trinta',
    40: 'forty vierzig quarante cuarenta',
    50: 'fifty funfzig cinquante cincuenta',
    60: 'sixty sechzig soixante sesenta',
    70: 'seventy siebzig',
    80: 'eighty achtzig',
    90: 'ninety neunzig',
    100: 'hundred hundert cent cien cento',
    1000: 'thousand tausend mille mil',
    1000000: 'million',
  }).flatMap(([value, words]) => words.split(' ').map((word) => [word, Number(value)] as const)),
);

/** The one number that folded words spell (`one hundred and five`); undefined where there is none, or more than one. */
export function spelledNumber(words: readonly string[]): number | undefined {
  let total = 0;
  let group = 0;
  /** Nothing of this size or more may follow. */
  let limit = Number.POSITIVE_INFINITY;
  let ended = false;
  let found = false;
  for (const word of words) {
    const value = VALUES.get(word);
    if (value === undefined) {
      if (found && word !== 'and') ended = true;
      continue;
    }
    if (ended) return undefined;
    if (value >= 1000) {
      total += Math.max(group, 1) * value;
      group = 0;
      limit = value;
    } else if (value === 100) {
      group = Math.max(group, 1) * 100;
      limit = 100;
    } else {
      if (value >= limit) return undefined;
      group += value;
      limit = value >= 20 ? 10 : 1;
    }
    if (limit === 1000 || limit === 1_000_000) limit = 1000;
    found = true;
  }
  return found ? total + group : undefined;
}
