/** What a unit measures, and how much of the dimension's own unit it is. */
export interface Unit {
  readonly dimension: string;
  readonly factor: number;
}

/** Percent is a number and not a dimension: `20 %` may also be said as `0.2`. */
export const PERCENT: Unit = { dimension: '%', factor: 1 };
/** Minutes after midnight. */
export const CLOCK: Unit = { dimension: 'clock', factor: 1 };

/** By dimension: words and signs, in lower case and without accents, each with its factor. */
const UNITS: Readonly<Record<string, readonly (readonly [factor: number, words: string])[]>> = {
  usd: [
    [1, '$ usd dollar dollars dolares'],
    [0.01, '¢ cent cents'],
  ],
  eur: [[1, '€ eur euro euros']],
  gbp: [[1, '£ gbp']],
  yen: [[1, '¥ jpy cny rmb yen yuan 円 元']],
  inr: [[1, '₹ inr rupee rupees']],
  '%': [[1, '% percent prozent pourcent porciento percento procent']],
  metres: [
    [1000, 'km kilometer kilometers kilometre kilometres kilometro kilometros'],
    [1, 'meter meters metre metres metro metros'],
    [0.01, 'cm centimeter centimeters centimetre centimetres zentimeter'],
    [0.001, 'mm millimeter millimeters millimetre millimetres'],
  ],
  inches: [
    [63_360, 'mile miles'],
    [36, 'yard yards'],
    [12, 'ft foot feet'],
    [1, 'inch inches'],
  ],
  grams: [
    [1000, 'kg kilo kilos kilogram kilograms kilogramm'],
    [1, 'gram grams gramm grammes gramos'],
    [0.001, 'mg milligram milligrams'],
  ],
  ounces: [
    [16, 'lb lbs'],
    [1, 'oz ounce ounces'],
  ],
  litres: [
    [1, 'liter liters litre litres litro litros'],
    [0.001, 'ml milliliter milliliters millilitre millilitres'],
  ],
  seconds: [
    [1, 'sec second seconds sekunde sekunden seconde secondes segundo segundos'],
    [60, 'min mins minute minutes minuten minuto minutos'],
    [3600, 'hr hrs hour hours stunde stunden heure heures hora horas'],
    [86_400, 'day days tag tage tagen jour jours dia dias'],
    [604_800, 'week weeks woche wochen semaine semaines semana semanas'],
  ],
  months: [
    [1, 'month months monat monate monaten mois mes meses'],
    [12, 'year years jahr jahre jahren ans annees ano anos'],
  ],
};

const BY_WORD = new Map<string, Unit>(
  Object.entries(UNITS).flatMap(([dimension, rows]) =>
    rows.flatMap(([factor, words]) =>
      words.split(' ').map((word) => [word, { dimension, factor }] as const),
    ),
  ),
);

/** Words that multiply the number before them. */
const MAGNITUDES = new Map<string, number>(
  (
    [
      [1e3, 'k thousand tausend mille mil'],
      [1e4, '万 萬'],
      [1e5, 'lakh'],
      [1e6, 'm mn mio million millions millionen millones milhoes milioni'],
      [1e7, 'crore'],
      [1e8, '亿 億'],
      [1e9, 'bn billion billions mrd milliarde milliarden milliard milliards'],
      [1e12, 'trillion trillions'],
    ] as const
  ).flatMap(([factor, words]) => words.split(' ').map((word) => [word, factor] as const)),
);

/** Undefined for what is counted rather than measured: eggs, people. */
export function unitOf(word: string): Unit | undefined {
  return BY_WORD.get(word);
}

export function magnitudeOf(word: string): number | undefined {
  return MAGNITUDES.get(word);
}
