import type { CallContext, ModelCall, Served, ServedEvent } from '@weir/core';
import type { Ladder, Rung } from '@weir/upstream';
import { expect, test } from 'vitest';
import { EscalationService } from './escalation-service.ts';

/** Whom the escalation asks, and as what that is booked. */

const rung = (tier: string) => ({ tier, maxAttempts: 1 }) as unknown as Rung;
const TIERS = [rung('primary'), rung('secondary')];
const JUDGE = rung('judge');
const NEVER = new AbortController().signal;

/** Notes who was to be asked, under which role, and answers nothing. */
function service() {
  const asked: string[] = [];
  const note = (rungs: readonly Rung[], role: string, { context }: ModelCall) =>
    asked.push(`${context.route} as ${role}: ${rungs.map(({ tier }) => tier).join()}`);
  const ladder: Pick<Ladder, 'generate' | 'stream'> = {
    async generate(rungs, role, call) {
      note(rungs, role, call);
      return {} as Served;
    },
    async *stream(rungs, role, call): AsyncGenerator<ServedEvent, void, undefined> {
      note(rungs, role, call);
      yield { type: 'text-delta', text: 'Hi' };
    },
  };
  const plans = new Map([
    ['support', { role: 'escalation', rungs: TIERS, judge: JUDGE } as const],
    ['plain', { role: 'escalation', rungs: TIERS } as const],
    ['openai/m', { role: 'direct', rungs: [rung('direct')] } as const],
  ]);
  return { asked, escalation: new EscalationService(ladder as Ladder, plans) };
}

function callOf(route: string, role?: CallContext['role']): ModelCall {
  const context = { requestId: 'r', tenant: 't', keyId: 'k', route, role };
  const limits = { deadlineAtMs: 1, attemptsLeft: 1, tags: {} };
  return { context: { ...context, ...limits }, chat: { messages: [] } };
}

test.each([
  ['support', undefined, 'support as escalation: primary,secondary'],
  ['openai/m', undefined, 'openai/m as direct: direct'],
  ['support', 'shadow', 'support as shadow: primary,secondary'],
  ['support', 'judge', 'support as judge: judge'],
] as const)('a call of %s (%s) goes by: %s', async (route, role, expected) => {
  const { asked, escalation } = service();
  await escalation.escalate(callOf(route, role), NEVER);
  const events = await Array.fromAsync(escalation.stream(callOf(route, role), NEVER));
  expect(events).toHaveLength(1);
  expect(asked).toEqual([expected, expected]);
});

test.each([
  ['a route that there is not', 'other', undefined],
  ['a judge where none is configured', 'plain', 'judge'],
  ['a draft', 'support', 'second_draft'],
] as const)('%s is refused before anybody is asked', (_what, route, role) => {
  const { asked, escalation } = service();
  const refusal = expect.objectContaining({
    attempts: [],
    fault: expect.objectContaining({ kind: 'model_not_found' }),
  });
  expect(() => escalation.escalate(callOf(route, role), NEVER)).toThrow(refusal);
  expect(asked).toEqual([]);
});
