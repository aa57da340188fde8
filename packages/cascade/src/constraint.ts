import type { ChatRequest } from '@weir/core';

/** Fields that Weir hands on and by which an engine is told what it may say. */
const CONSTRAIN: readonly string[] = [
  'grammar',
  'json_schema',
  'regex',
  'ebnf',
  'structural_tag',
  'structured_outputs',
  'guided_json',
  'guided_regex',
  'guided_choice',
  'guided_grammar',
  'regex_pattern',
  'grammar_string',
];

/** And by which it is told to choose otherwise than its model would. */
const STEER: readonly string[] = [
  'logit_bias',
  'repetition_penalty',
  'repeat_penalty',
  'dry_multiplier',
  'xtc_probability',
  'bad_words',
  'min_tokens',
  'ignore_eos',
];

/** Whether the answer had a form to keep to. JSON that nobody asked for is not constrained. */
export function isConstrained({ responseFormat, passthrough }: ChatRequest): boolean {
  if (responseFormat !== undefined && responseFormat.type !== 'text') return true;
  return passthrough !== undefined && CONSTRAIN.some((name) => Object.hasOwn(passthrough, name));
}

/** Whether what was chosen need not be what the model thought likeliest, even at temperature 0. */
export function isSteered({
  frequencyPenalty,
  presencePenalty,
  passthrough,
}: ChatRequest): boolean {
  if (frequencyPenalty || presencePenalty) return true;
  return passthrough !== undefined && STEER.some((name) => Object.hasOwn(passthrough, name));
}

/** A letter or a number: in a form to keep to, the rest is punctuation that was forced. */
export function holdsWord(token: string): boolean {
  for (let at = 0; at < token.length; at++) {
    const code = token.charCodeAt(at);
    if (code > 0x7f) return WORD.test(token);
    if (isDigit(code) || isLetter(code)) return true;
  }
  return false;
}

const WORD = /[\p{L}\p{N}]/u;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isLetter(code: number): boolean {
  const small = code | 0x20;
  return small >= 0x61 && small <= 0x7a;
}
