/** Where the decimal digits of other scripts begin. */
const ZEROS = [
  0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
  0xf20, 0x1040, 0x17e0, 0x1810, 0xff10,
];
const FRACTIONS: Readonly<Record<string, string>> = {
  '½': '1/2',
  '⅓': '1/3',
  '⅔': '2/3',
  '¼': '1/4',
  '¾': '3/4',
  '⅕': '1/5',
  '⅛': '1/8',
};

/**
 * A text with its numbers written in one way: ASCII digits, commas between thousands, plain fractions and signs, without
 * the mark-up of LaTeX and Markdown and without a calculator's notes (`<<9*2=18>>`).
 */
export function numericText(text: string): string {
  return text
    .replace(/<<[^<>\n]{0,256}>>/g, '')
    .replace(/[½⅓⅔¼¾⅕⅛]/g, (sign) => ` ${FRACTIONS[sign] ?? ''}`)
    .replace(/(?<=\d)[\u00a0\u202f\u2009'’](?=\d{3}(?!\d))/g, ',')
    .replace(/(?<![\d.,])[1-9]\d{0,2}(?: \d{3})+(?![\d,])/g, (groups) =>
      groups.replaceAll(' ', ','),
    )
    .replace(/\p{Nd}/gu, asciiDigit)
    .replace(/\\[dt]?frac\{(\d{1,9})\}\{(\d{1,9})\}/g, ' $1/$2')
    .replace(/\\(?:text|mathrm|mathbf|left|right)\b|\\[,!;()[\]]/g, ' ')
    .replace(/\{,\}/g, ',')
    .replace(/\\(?=[$%])|[*`]{2,}/g, '')
    .replace(/[\u2212\u2010\u2011\uff0d]/g, '-')
    .replace(/[\uff0c\uff0e\uff05\uff1a\uff1d\uff04]/g, (wide) =>
      String.fromCharCode(wide.charCodeAt(0) - 0xfee0),
    );
}

function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0) ?? 0;
  if (code < 0x80) return digit;
  const zero = ZEROS.find((start) => code >= start && code < start + 10);
  return zero === undefined ? digit : String(code - zero);
}
