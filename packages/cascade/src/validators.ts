import type { ChatReply } from '@weir/core';

/** Text checks that need no log-probabilities. Each names what is wrong with an answer, or nothing. */

/** Openings by which models decline; matched at the start of an answer only, where they are a refusal and not a topic. */
const REFUSAL =
  /^\W*(?:i(?:'|’)?m sorry,? (?:but )?i (?:can(?:'|’)?t|cannot|am unable)|i can(?:'|’)?t (?:help|assist|comply)|i cannot (?:help|assist|comply|fulfil)|i am unable to|i(?:'|’)m unable to|as an ai(?: language)? model)/i;

/** What draws a Markdown table; a wide one repeats it as no loop does. */
const TABLE_RULE = /^[|:-]+$/;
/** The same word this often in a row is a loop. */
const LOOP_WORDS = 12;
/** A phrase of up to this many words, repeated back to back, is a loop too ... */
const LOOP_PHRASE_WORDS = 8;
/** ... when it comes this often. */
const LOOP_PHRASES = 5;

export function textVetoes(reply: ChatReply): string[] {
  const vetoes: string[] = [];
  const text = reply.text.trim();
  if (text === '' && reply.toolCalls.length === 0) vetoes.push('empty');
  if (reply.refusal || REFUSAL.test(text)) vetoes.push('refusal');
  if (reply.finish === 'length') vetoes.push('truncated');
  if (reply.finish === 'content_filter') vetoes.push('content_filter');
  if (isLoop(text)) vetoes.push('repetition');
  if (text.includes('\u{fffd}')) vetoes.push('broken_characters');
  return vetoes;
}

/** True when the text repeats one word or phrase over and over: the commonest way in which a model breaks down. */
export function isLoop(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => !TABLE_RULE.test(word));
  if (words.length < Math.min(LOOP_WORDS, 2 * LOOP_PHRASES)) return false;
  for (let period = 1; period <= LOOP_PHRASE_WORDS; period++) {
    const needed = period === 1 ? LOOP_WORDS : period * LOOP_PHRASES;
    let run = period;
    for (let at = period; at < words.length; at++) {
      run = words[at] === words[at - period] ? run + 1 : period;
      if (run >= needed) return true;
    }
  }
  return false;
}
