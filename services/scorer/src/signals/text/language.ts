import type { Signal } from '../signal.ts';
import { kindOf, LOWER } from './characters.ts';
import { Lexicon } from './lexicon.ts';
import type { Words } from './words.ts';

/** The commonest words of languages in Latin letters, without those that two of them share much. */
const COMMON_WORDS: readonly string[] = [
  'the and is of to that it for with this are be was not have you they his from which would',
  'der die das und ist nicht ein eine zu den mit auf für sich dem auch wird sind von im wie',
  'le les est une dans pour pas que vous nous des sur avec ce qui sont au aux cette être je',
  'el los las es una por con para del se como pero más su este esta y son hay muy qué lo',
  'il è di che per non una sono gli della nel con questo anche più alla dei ma come lo',
  'o os um uma não é com para do da em você mas na no são por isso ao está seu',
  'het een van en niet dat ik zijn voor je met er aan ook maar wordt naar bij deze hebben',
];

/** The languages that a word is common in, a bit for each. */
const LANGUAGES_OF = new Lexicon(
  COMMON_WORDS.flatMap((words, index) =>
    words.split(' ').map((word) => [word, 1 << index] as const),
  ),
  (some, others) => some | others,
);

/** Words looked at to tell the language. */
const COUNTED_WORDS = 128;
/** Fewer common words than this say nothing. */
const MIN_COMMON_WORDS = 3;
/** How much likelier the best guess must be than the next. */
const LEAD = 2;
/** Letters looked at to tell the script. */
const SCRIPT_CHARACTERS = 2_048;
const MIN_LETTERS = 4;

/**
 * Whether the answer is in another language than the question (1) or the same (0), by script and commonest words.
 * Abstains when unsure of either.
 */
export const LANGUAGE_MISMATCH: Signal = {
  name: 'language_mismatch',
  cost: 'context',
  read: ({ text, question, words, questionWords }) => {
    const asked = scriptOf(question, questionWords);
    const answered = scriptOf(text, words);
    if (asked === undefined || answered === undefined) return undefined;
    if (asked !== answered) return 1;
    if (asked !== LATIN) return 0;
    const from = languageOf(questionWords);
    const to = languageOf(words);
    return from === undefined || to === undefined ? undefined : Number(from !== to);
  },
};

/** The index in COMMON_WORDS, or nothing when it is not clear. */
function languageOf({ hashes }: Words): number | undefined {
  const hits = [0, 0, 0, 0, 0, 0, 0];
  const end = Math.min(hashes.length, COUNTED_WORDS);
  for (let at = 0; at < end; at++) {
    let languages = LANGUAGES_OF.get(hashes[at] ?? 0) ?? 0;
    for (; languages !== 0; languages &= languages - 1) {
      const language = 31 - Math.clz32(languages & -languages);
      hits[language] = (hits[language] ?? 0) + 1;
    }
  }
  const most = Math.max(...hits);
  const best = hits.indexOf(most);
  hits[best] = 0;
  return most >= MIN_COMMON_WORDS && most >= LEAD * Math.max(...hits) ? best : undefined;
}

/** The script that most letters are in, as an index into SCRIPTS; none where there are too few. */
function scriptOf(text: string, words: Words): number | undefined {
  if (words.letters < MIN_LETTERS) return undefined;
  if (words.highest <= SCRIPTS[LATIN][1]) return LATIN;
  const letters = SCRIPTS.map(() => 0);
  let total = 0;
  const end = Math.min(text.length, SCRIPT_CHARACTERS);
  for (let at = 0; at < end; at++) {
    const code = text.charCodeAt(at);
    if (kindOf(code) < LOWER) continue;
    const script = SCRIPTS.findIndex(([first, last]) => code >= first && code <= last);
    if (script !== -1) letters[script] = (letters[script] ?? 0) + 1;
    total++;
  }
  const most = Math.max(...letters);
  return most * 2 > total ? letters.indexOf(most) : undefined;
}

const LATIN = 0;
/** The code units of the scripts told apart: Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Thai, Hangul, Han and Kana. */
const SCRIPTS = [
  [0x41, 0x24f],
  [0x370, 0x3ff],
  [0x400, 0x52f],
  [0x590, 0x5ff],
  [0x600, 0x6ff],
  [0x900, 0x97f],
  [0xe00, 0xe7f],
  [0xac00, 0xd7af],
  [0x2e80, 0x9fff],
] as const;
