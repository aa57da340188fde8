import { describe, expect, test } from 'vitest';
import { FACES } from './faces/index.ts';
import { FAULT_NAMES, failureOf, faultFor, isPossible } from './faults.ts';
import { FRAMINGS } from './framing.ts';

test('a fault is meant for the backend it names, or for any', () => {
  expect(faultFor('draft', 'x [[frontier:e500]] [[draft:stall]]')).toBe('stall');
  expect(faultFor('spare', 'x [[any:e529]]')).toBe('e529');
  expect(faultFor('spare', 'x [[draft:e500]] [[spare:unheard]]')).toBeUndefined();
});

test('every error of a status is one in every protocol that has it', () => {
  for (const fault of FAULT_NAMES) {
    const failure = failureOf(fault);
    expect(failure !== undefined, fault).toBe(/^e(\d|quota|context)/.test(fault));
    if (!failure) continue;
    for (const face of FACES) {
      const reply = face.error(failure);
      // Whom AWS does not know it forbids.
      const status = fault === 'e401' && face.name === 'Bedrock' ? 403 : Number(fault.slice(1));
      if (reply && /^e\d/.test(fault)) expect(reply.status, face.name).toBe(status);
    }
  }
});

describe('what a protocol has no means for is no fault of it', () => {
  const impossible = (framing: keyof typeof FRAMINGS | undefined) =>
    Object.fromEntries(
      FACES.map((face) => [
        face.name,
        FAULT_NAMES.filter(
          (fault) => !isPossible(fault, face, framing && FRAMINGS[framing]('\n')),
        ).join(' '),
      ]),
    );

  test('in a whole reply', () => {
    expect(impossible(undefined)).toEqual({
      OpenAI: '',
      'OpenAI Responses': '',
      Anthropic: 'zerofill',
      Gemini: 'e529',
      Bedrock: 'e529 zerofill',
      Ollama: 'e529',
      Cohere: 'e529',
    });
  });

  test('in events', () => {
    expect(impossible('events')).toMatchObject({
      OpenAI: '',
      'OpenAI Responses': 'nodone',
      Anthropic: 'zerofill',
      Gemini: 'e529 nodone',
      Cohere: 'e529 nodone',
    });
  });

  test('in an array or in frames, which only one of them has each', () => {
    expect(impossible('array')).toMatchObject({ Gemini: 'e529 heartbeat' });
    expect(impossible('frames')).toMatchObject({ Bedrock: 'e529 zerofill nodone heartbeat' });
  });
});
