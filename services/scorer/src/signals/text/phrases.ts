import { Lexicon } from './lexicon.ts';
import { hashOf, type Words } from './words.ts';

/**
 * What people say when they are not sure, when they cannot or will not, and when they take back what they said. In
 * lower case, and with apostrophes parting words.
 */
const PHRASES = {
  hedge: [
    ...['i think', 'i believe', 'i guess', 'i assume', 'i m not sure', 'i am not sure', 'not sure'],
    ...['not certain', 'probably', 'perhaps', 'maybe', 'possibly', 'presumably', 'supposedly'],
    ...['might be', 'may be', 'could be', 'it seems', 'it appears', 'seems to', 'appears to'],
    ...['likely', 'unclear', 'as far as i know', 'to my knowledge', 'approximately', 'roughly'],
    ...['assuming', 'if i recall', 'i m guessing'],
    ...['vielleicht', 'wahrscheinlich', 'vermutlich', 'möglicherweise', 'eventuell', 'ich glaube'],
    ...['ich denke', 'ich vermute', 'nicht sicher', 'soweit ich weiß', 'scheint', 'könnte sein'],
    ...['peut être', 'probablement', 'je pense', 'je crois', 'il semble', 'sans doute', 'pas sûr'],
    ...['éventuellement', 'apparemment', 'il se peut', 'pas certain', 'à ma connaissance'],
    ...['quizás', 'quizá', 'tal vez', 'probablemente', 'posiblemente', 'creo que', 'parece que'],
    ...['no estoy seguro', 'no estoy segura', 'al parecer', 'supongo', 'podría ser', 'a lo mejor'],
  ],
  refusal: [
    ...['i cannot', 'i can t', 'i can not', 'i am unable', 'i m unable', 'unable to', 'i won t'],
    ...['i don t know', 'i do not know', 'i don t have', 'i do not have', 'as an ai', 'i m sorry'],
    ...['i am sorry', 'i apologize', 'not enough information', 'insufficient information'],
    ...['not possible to', 'impossible to', 'cannot be determined', 'can t be determined'],
    ...['cannot determine', 'can t determine', 'does not provide', 'doesn t provide'],
    ...['not provided', 'not specified', 'does not specify', 'doesn t specify', 'not mentioned'],
    ...['no information', 'ich kann nicht', 'ich kann ihnen nicht', 'ich kann dir nicht'],
    ...['ich weiß nicht', 'leider', 'tut mir leid', 'keine informationen', 'nicht möglich'],
    ...['keine angaben', 'je ne peux pas', 'je ne sais pas', 'je ne suis pas en mesure'],
    ...['désolé', 'désolée', 'malheureusement', 'pas assez d informations', 'impossible de'],
    ...['aucune information', 'no puedo', 'no sé', 'lo siento', 'no tengo información'],
    ...['lamentablemente', 'no es posible', 'no se especifica', 'no hay información'],
  ],
  turn: [
    ...['wait', 'actually', 'however', 'but since', 'correction', 'oops', 'on second thought'],
    ...['let me recheck', 'let me check', 'let me reconsider', 'i made a mistake', 'my mistake'],
    ...['that s not right', 'that is not right', 'that can t be', 'this is incorrect', 'instead'],
    ...['doesn t make sense', 'does not make sense', 'contradicts', 'contradiction', 'although'],
    ...['moment', 'allerdings', 'jedoch', 'korrektur', 'eigentlich', 'doch', 'obwohl'],
    ...['attendez', 'cependant', 'toutefois', 'en fait', 'pourtant', 'je me suis trompé'],
    ...['espera', 'sin embargo', 'en realidad', 'me equivoqué', 'no obstante', 'aunque'],
  ],
} as const;

type PhraseKind = keyof typeof PHRASES;
const KINDS: readonly PhraseKind[] = ['hedge', 'refusal', 'turn'];

/** How often phrases of each kind occur. */
export type PhraseCounts = Readonly<Record<PhraseKind, number>>;

interface Phrase {
  readonly kind: PhraseKind;
  /** The hashes of its words after the first. */
  readonly rest: readonly number[];
}

/** Phrases by their first word. */
const PHRASES_FROM = new Lexicon<readonly Phrase[]>(
  KINDS.flatMap((kind) => PHRASES[kind].map((phrase) => entryOf(kind, phrase))),
  (some, others) => [...some, ...others],
);

function entryOf(kind: PhraseKind, phrase: string): [string, readonly Phrase[]] {
  const [first = '', ...rest] = phrase.split(' ');
  return [first, [{ kind, rest: rest.map(hashOf) }]];
}

export function countPhrases({ hashes }: Words): PhraseCounts {
  const counts = { hedge: 0, refusal: 0, turn: 0 };
  for (let at = 0; at < hashes.length; at++) {
    const phrases = PHRASES_FROM.get(hashes[at] ?? 0);
    if (phrases === undefined) continue;
    for (const { kind, rest } of phrases) {
      if (rest.every((hash, index) => hashes[at + 1 + index] === hash)) counts[kind]++;
    }
  }
  return counts;
}
