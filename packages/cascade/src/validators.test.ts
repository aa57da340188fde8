import type { ChatReply } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isLoop, textVetoes } from './validators.ts';

function replyOf(text: string, rest: Partial<ChatReply> = {}): ChatReply {
  return { text, toolCalls: [], finish: 'stop', ...rest };
}

describe('a draft is vetoed', () => {
  test.each([
    ['empty', replyOf(' \n')],
    ['refusal', replyOf("I'm sorry, but I can't help with that.")],
    ['refusal', replyOf('I’m unable to answer questions about that.')],
    ['refusal', replyOf('As an AI language model, I have no opinion.')],
    ['refusal', replyOf('Something', { refusal: 'No.' })],
    ['truncated', replyOf('The three reasons are', { finish: 'length' })],
    ['content_filter', replyOf('The', { finish: 'content_filter' })],
    ['repetition', replyOf('and the '.repeat(20))],
    ['broken_characters', replyOf('caf\u{fffd}')],
  ])('for being %s', (veto, reply) => {
    expect(textVetoes(reply)).toEqual([veto]);
  });
});

describe('a draft is not vetoed', () => {
  test.each([
    [
      'a tool call without text',
      replyOf('', { toolCalls: [{ id: 'c', name: 'f', arguments: '{}' }] }),
    ],
    ['a refusal as a topic', replyOf('The clerk said: I cannot help. She left.')],
    ['an apology that goes on to answer', replyOf("I'm sorry to hear that. Try a restart.")],
    ['a word that comes often', replyOf('no, no, no: that that is, is; that that is not, is not')],
    ['a table with many columns', replyOf(`| a | b | c | d | e | f |\n${'| --- '.repeat(6)}|`)],
    ['a short list of equal entries', replyOf('yes\nyes\nyes\nyes\nyes\nyes')],
  ])('for %s', (_what, reply) => {
    expect(textVetoes(reply)).toEqual([]);
  });
});

const word = fc.stringMatching(/^[a-z]{1,6}$/);

test('any phrase of up to eight words said often enough is a loop, whatever stands around it', () => {
  const phrase = fc.array(word, { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(phrase, fc.array(word), fc.array(word), (said, before, after) => {
      const repeated = Array.from({ length: 13 }, () => said).flat();
      expect(isLoop([...before, ...repeated, ...after].join(' '))).toBe(true);
    }),
  );
});

test('words that are all different are never a loop', () => {
  fc.assert(
    fc.property(fc.uniqueArray(word), (words) => {
      expect(isLoop(words.join(' '))).toBe(false);
    }),
  );
});
