import { wordsIn } from './plain-words.ts';

const MAX_OPTIONS = 10;
/** Where the letter of an answer is looked for: at its beginning and in its end. */
const END_CHARACTERS = 512;

const OPTION = /(?<![\p{L}\p{N}])[([]?([A-J])[.):\]]{1,2}\s+/gu;
/** One letter, or several: `A`, `A, C`, `A and C`. */
const LETTERS = String.raw`([A-J](?:(?:\s?[,&/]\s?(?:and )?|\s(?:and|und|et|y|e)\s)[A-J])*)(?![\p{L}\p{N}'’])`;
const ALONE = new RegExp(`^[([*\\s]*${LETTERS}[)\\]*.\\s]*$`, 'u');
const OPENING = new RegExp(
  `^(?:[Oo]ption )?[([*\\s]*${LETTERS}(?:[)\\]*]*[.):,\\]]|\\s*[\\r\\n–—]|\\*\\*|\\s+-|\\sis (?:the )?(?:correct|right))`,
  'u',
);
const MARKED = new RegExp(
  `(?:[Aa]nswer|(?:[Cc]orrect|[Rr]ight|[Bb]est) (?:option|choice)|[Aa]ntwort|[Rr][ée]ponse|[Rr]espuesta|[Rr]isposta|[Rr]esposta|[Оо]твет|答案|正解|答え|\\\\boxed)[^\\p{L}\\p{N}]{0,4}(?:(?:is|are|ist|lautet|sind|est|es|son|è|é)(?!\\p{L})|는|是|为|は)?[^\\p{L}\\p{N}]{0,6}(?:[Oo]ption )?[([*{"']{0,4}${LETTERS}`,
  'gu',
);

/** What a question offers to choose from: by letter, the words of each option. Empty where it offers nothing. */
export function optionsIn(question: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  let expected = 'A';
  let open: { readonly letter: string; readonly from: number } | undefined;
  for (const match of question.matchAll(OPTION)) {
    const [, letter = ''] = match;
    if (letter !== expected) continue;
    if (open) options.set(open.letter, joined(question.slice(open.from, match.index)));
    open = { letter, from: match.index + match[0].length };
    if (options.size + 1 === MAX_OPTIONS) break;
    expected = String.fromCharCode(letter.charCodeAt(0) + 1);
  }
  if (open) options.set(open.letter, joined(question.slice(open.from).split('\n', 1)[0] ?? ''));
  return options.size >= 2 ? options : new Map();
}

/** The letter or letters that an answer settles on, ascending; undefined where it is not clear. */
export function choiceIn(text: string, options: ReadonlyMap<string, string>): string | undefined {
  const end = text.slice(-END_CHARACTERS);
  const marked = [...end.matchAll(MARKED)].at(-1) ?? ALONE.exec(text.slice(0, END_CHARACTERS));
  const letters =
    marked ?? OPENING.exec(text.slice(0, END_CHARACTERS)) ?? ALONE.exec(lastLine(end));
  if (letters) return offered(letters[1] ?? '', options);
  const [only = ''] = /^[([]?([a-j])[)\].]*$/.exec(text) ?? [];
  if (only !== '') return offered(only.replace(/[^a-j]/g, '').toUpperCase(), options);
  return text.length <= END_CHARACTERS ? optionNamed(joined(text), options) : undefined;
}

function offered(letters: string, options: ReadonlyMap<string, string>): string | undefined {
  const chosen = [...new Set(letters.match(/(?<!\p{L})[A-J](?!\p{L})/gu) ?? [])].sort();
  return chosen.length > 0 && chosen.every((letter) => options.has(letter))
    ? chosen.join('')
    : undefined;
}

function optionNamed(text: string, options: ReadonlyMap<string, string>): string | undefined {
  for (const [letter, option] of options) if (option === text && text !== '') return letter;
  return undefined;
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

function joined(text: string): string {
  return wordsIn(text).join(' ');
}
