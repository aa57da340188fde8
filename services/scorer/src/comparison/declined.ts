import { textVetoes } from '@weir/cascade';
import type { ChatReply } from '@weir/core';
import { foldText } from './plain-words.ts';

/** Declining is said first. */
const OPENING_CHARACTERS = 320;

/** How answers begin that give none; folded. */
const DECLINES = new RegExp(
  `^[^\\p{L}\\p{N}]*(?:${[
    "(?:i['’]?m|i am) (?:very |really |terribly )?sorry[,.]?(?: but)?(?: i)? (?:can['’]?t|cannot|can not|am not able|am unable|don['’]?t|do not)",
    "(?:sorry|unfortunately|i apologi[sz]e)[,.]? (?:but )?i (?:can['’]?t|cannot|can not|am not able|am unable|don['’]?t|do not|won['’]?t)",
    "i (?:can['’]?t|cannot|can not|won['’]?t) (?:help|assist|answer|provide|comply|do that|fulfil|determine|discuss)",
    "i(?: a|['’])m (?:not able|unable) to",
    "i (?:don['’]?t|do not) (?:know|have (?:enough|any|access|information|that information))",
    '(?:es )?tut mir leid,? (?:aber )?(?:ich|dabei|das) ',
    '(?:leider )?(?:kann ich|ich kann) (?:\\p{L}+ ){0,4}nicht (?:helfen|beantworten|sagen)',
    'ich wei(?:ss|ß) (?:es |das )?nicht',
    '(?:je suis )?desole[e]?,? (?:mais )?je ne ',
    'je ne (?:peux|sais) pas',
    'lo siento,? (?:pero )?no ',
    'no (?:puedo (?:ayudar|responder|proporcionar)|lo se)',
    'mi dispiace,? (?:ma )?non ',
    '(?:desculpe|sinto muito|lamento),? (?:mas )?nao ',
    '(?:извините|к сожалению|простите),? (?:но )?я не ',
    '(?:对不起|對不起|抱歉|很抱歉|非常抱歉)',
    '(?:申し訳|すみませんが|ごめんなさい)',
    '(?:죄송|미안)',
  ].join('|')})`,
  'iu',
);

/** Whether a reply gives no answer but the word that it will not, or cannot. */
export function isDeclined(reply: ChatReply, text: string): boolean {
  if (reply.refusal || reply.finish === 'content_filter') return true;
  if (reply.toolCalls.length > 0) return false;
  const opening = text.slice(0, OPENING_CHARACTERS);
  return (
    textVetoes({ ...reply, text: opening }).includes('refusal') || DECLINES.test(foldText(opening))
  );
}
