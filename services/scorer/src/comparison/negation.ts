import type { Answer } from './answer.ts';

const WORDS =
  'not no never none nothing nobody neither nor without cannot nicht kein keine keinen keinem keiner keines nie niemals ohne nichts weder pas jamais aucun aucune sans rien nunca jamas sin ningun ninguna ninguno nada tampoco non senza nessun nessuna nessuno nulla nao sem nenhum nenhuma niet geen nooit zonder не нет ни никогда без nigdy bez degil inte aldrig ikke aldri';
const NEGATIONS = new Set(WORDS.split(' '));
const ONLY = new Set('only nur seulement solo soltanto apenas alleen только'.split(' '));
/** Where negations are parts of words, or words are not parted. */
const WITHIN = /n['’]t(?!\p{L})|[不没沒无無未]|ません|ない|なかった|않|없|아니|아닙|못/u;

const PREFIXES = ['un', 'in', 'im', 'ir', 'il', 'dis', 'non', 'des'];

const OPPOSITES = new Map<string, readonly string[]>();
for (const pair of `true false,always never,increase decrease,increases decreases,increased decreased,more less,more fewer,
  higher lower,rise fall,rises falls,positive negative,allowed forbidden,safe dangerous,accept reject,accepted rejected,
  open closed,buy sell,left right,hot cold,up down,before after,first last,maximum minimum,most least,with without,
  success failure,passed failed,enable disable,enabled disabled,win lose,won lost,richtig falsch,immer nie,mehr weniger,
  vrai faux,toujours jamais,plus moins,verdadero falso,siempre nunca,mas menos`.split(',')) {
  const [one = '', other = ''] = pair.trim().split(' ');
  OPPOSITES.set(one, [...(OPPOSITES.get(one) ?? []), other]);
  OPPOSITES.set(other, [...(OPPOSITES.get(other) ?? []), one]);
}

export function isNegation(word: string): boolean {
  return NEGATIONS.has(word);
}

/** Whether a folded sentence denies something; `words` are its own. `Not only` denies nothing. */
export function isNegated(sentence: string, words: readonly string[]): boolean {
  const isDenial = (word: string, at: number) =>
    NEGATIONS.has(word) && !ONLY.has(words[at + 1] ?? '');
  return words.some(isDenial) || WITHIN.test(sentence);
}

export function isDenied({ folded, words }: Pick<Answer, 'folded' | 'words'>): boolean {
  return isNegated(folded.toLowerCase(), words);
}

/** Whether one has a word of which the other has the opposite: `safe` and `unsafe`, `more` and `less`. */
export function areOpposite(left: ReadonlySet<string>, right: ReadonlySet<string>): boolean {
  return hasOppositeIn(left, right) || hasOppositeIn(right, left);
}

function hasOppositeIn(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  for (const word of some) {
    if (others.has(word)) continue;
    if (OPPOSITES.get(word)?.some((opposite) => others.has(opposite) && !some.has(opposite))) {
      return true;
    }
    if (word.length < 3) continue;
    if (PREFIXES.some((prefix) => others.has(prefix + word) && !some.has(prefix + word))) {
      return true;
    }
  }
  return false;
}
