import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completion, json } from './own-provider.ts';
import { refusalIn } from './refusal.ts';
import { asking, LIMITED_KEY, openScene, POOR_KEY, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const SURE = '[[script: tokens=20 logprob=-0.01]]';
const UNSURE = '[[script: tokens=20 logprob=-3]]';

async function answerTo(body: object, headers?: Record<string, string>) {
  const answer = await scene.post(body, headers);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return { headers: answer.headers, body: JSON.parse(text) };
}

/** What the test's own provider was asked when its caller said this. */
async function passedOn(more: object): Promise<Readonly<Record<string, unknown>>> {
  scene.own.will(({ response }) => json(response, completion('Own.')));
  await answerTo(asking('Hi', { model: 'own/m', ...more }));
  expect(scene.own.calls).toHaveLength(1);
  return scene.own.calls[0]?.body ?? {};
}

const idOf = (headers: Headers) => headers.get('x-request-id') ?? '';

describe('a completion', () => {
  test('has the shape that OpenAI gives it, with every field that must be there', async () => {
    const before = Math.floor(Date.now() / 1000);
    const { headers, body } = await answerTo(asking('[[say:It is on its way.]]'));
    expect(headers.get('content-type')).toBe('application/json');
    expect(body).toEqual({
      id: expect.stringMatching(/^chatcmpl-/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'cascade',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'It is on its way.', refusal: null },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: expect.any(Number),
        completion_tokens: 6,
        total_tokens: expect.any(Number),
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
    });
    expect(body.created).toBeGreaterThanOrEqual(before);
    expect(body.created).toBeLessThanOrEqual(Date.now() / 1000);
    const { usage } = body;
    expect(usage.prompt_tokens).toBeGreaterThan(0);
    expect(usage.prompt_tokens + usage.completion_tokens).toBe(usage.total_tokens);
  });

  test('never has the id of another', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => answerTo(asking(SURE))));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(20);
  });

  test.each(['max_tokens', 'max_completion_tokens'])(
    'ends for its length where %s says so, at every tier',
    async (name) => {
      for (const model of ['draft/weak', 'frontier/strong', 'cascade']) {
        const { body } = await answerTo(asking(SURE, { model, [name]: 5 }));
        expect(body.choices[0]).toMatchObject({
          finish_reason: 'length',
          message: { content: 'The river runs over the' },
        });
        expect(body.usage.completion_tokens).toBe(5);
      }
    },
  );

  test('takes the newer limit where both are said', async () => {
    const { body } = await answerTo(asking(SURE, { max_tokens: 9, max_completion_tokens: 2 }));
    expect(body.usage.completion_tokens).toBe(2);
  });

  test.each([
    ['a word', ' low'],
    ['a list', ['nowhere', ' low', ' and']],
  ])('ends before %s at which it is to stop', async (_what, stop) => {
    const { body } = await answerTo(asking(SURE, { stop }));
    expect(body.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'The river runs over the' },
    });
  });

  test('of n answers has n choices, each by itself, and one usage for all', async () => {
    const { headers, body } = await answerTo(asking(SURE, { n: 2 }));
    const { body: one } = await answerTo(asking(SURE));
    expect(body.choices.map(({ index }: { index: number }) => index)).toEqual([0, 1]);
    expect(body.usage.completion_tokens).toBe(2 * one.usage.completion_tokens);
    const first = await scene.ledger.request(idOf(headers));
    const second = await scene.ledger.request(`${idOf(headers)}-1`);
    expect([first, second].map(({ attempts }) => attempts.length)).toEqual([1, 1]);
  });

  test('of n answers is none when one of them fails, and the others are given up', async () => {
    const begin = performance.now();
    const first = scene.own.nextCall();
    scene.own.will(({ response }) => {
      if (scene.own.calls.length === 2) json(response, { error: { message: 'no' } }, 400);
    });
    const answer = scene.post(asking('Hi', { model: 'own/m', n: 2 }));
    const { closed } = await first;
    await refusalIn(await answer, 400);
    await closed;
    // Its provider would have been waited for four times as long.
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  test('is repeatable where a seed makes it so', async () => {
    const seeded = asking('tell me of rivers', {
      model: 'frontier/strong',
      seed: 7,
      temperature: 1,
      max_tokens: 12,
    });
    const [one, two] = [await answerTo(seeded), await answerTo(seeded)];
    expect(one.body.choices[0].message).toEqual(two.body.choices[0].message);
    expect(one.body.system_fingerprint).not.toBe(null);
  });

  test.each([
    ['accepted', SURE, 'draft'],
    ['escalated', UNSURE, 'primary'],
  ])('has log-probabilities when they are asked for, %s or not', async (_what, ask, servedBy) => {
    const { headers, body } = await answerTo(asking(ask, { logprobs: true, top_logprobs: 1 }));
    expect(headers.get('x-weir-served-by')).toBe(servedBy);
    const [{ logprobs, message }] = body.choices;
    expect(logprobs.content.map(({ token }: { token: string }) => token).join('')).toBe(
      message.content,
    );
    for (const entry of logprobs.content) {
      expect(entry).toEqual({
        token: expect.any(String),
        logprob: expect.any(Number),
        bytes: [...Buffer.from(entry.token)],
        top_logprobs: [
          { token: entry.token, logprob: entry.logprob, bytes: [...Buffer.from(entry.token)] },
        ],
      });
    }
  });

  test('keeps every character that its provider wrote', async () => {
    const text = 'Ünïcödé 🏞️ 水 \\ "quoted" \u2028 </script> \u0000 end';
    scene.own.will(({ response }) => json(response, completion(text)));
    const { body } = await answerTo(asking('🏞️ 水 \u2028', { model: 'own/m' }));
    expect(body.choices[0].message.content).toBe(text);
    expect(scene.own.calls[0]?.body['messages']).toEqual([
      { role: 'user', content: '🏞️ 水 \u2028' },
    ]);
  });
});

describe('what a caller asks for arrives at the provider', () => {
  test('with the roles and parts of its messages', async () => {
    const messages = [
      { role: 'developer', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url: 'https://a.example/a.png', detail: 'low' } },
        ],
        name: 'ann',
      },
    ];
    expect((await passedOn({ messages }))['messages']).toEqual(messages);
  });

  test('with what Weir does not look into', async () => {
    const more = {
      user: 'u',
      metadata: { team: 'a' },
      service_tier: 'default',
      store: false,
      logit_bias: { '50256': -100 },
      prompt_cache_key: 'k',
      safety_identifier: 's',
      reasoning_effort: 'low',
    };
    expect(await passedOn(more)).toMatchObject(more);
  });

  test('with its sampling, and with a limit even where it named none', async () => {
    const sampling = {
      temperature: 0.5,
      top_p: 0.9,
      seed: 3,
      presence_penalty: 1,
      frequency_penalty: -1,
    };
    expect(await passedOn(sampling)).toMatchObject({ ...sampling, max_tokens: 100_000 });
  });

  test('without its key, its cookies or its own headers', async () => {
    scene.own.will(({ response }) => json(response, completion('Own.')));
    await answerTo(asking('Hi', { model: 'own/m' }), {
      cookie: 'session=secret',
      'x-api-key': 'secret',
      'openai-organization': 'secret',
      'x-stainless-lang': 'js',
    });
    const headers = JSON.stringify(scene.own.calls[0]?.headers);
    expect(headers).not.toMatch(/secret|stainless|key-of-the-tests|cookie/);
  });

  test('with the tools, their choice, and the calls and results so far', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [{ type: 'function', function: { name: 'weather', parameters, strict: true } }];
    const messages = [
      { role: 'user', content: 'Weather?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Ulm"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'Rain.' },
    ];
    const tool_choice = { type: 'function', function: { name: 'weather' } };
    const asked = await passedOn({ messages, tools, tool_choice, parallel_tool_calls: false });
    expect(asked).toMatchObject({ messages, tools, tool_choice, parallel_tool_calls: false });
  });
});

describe('a tool call', () => {
  const WEATHER = {
    type: 'function',
    function: {
      name: 'weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  };
  const calling = (name: string, args: string) =>
    completion(
      null,
      { tool_calls: [{ id: 'c1', type: 'function', function: { name, arguments: args } }] },
      'stop',
    );

  test('comes back as one, and ends for it', async () => {
    scene.own.will(({ response }) => json(response, calling('weather', '{"city":"Ulm"}')));
    const { body } = await answerTo(asking('Hi', { model: 'own/m', tools: [WEATHER] }));
    expect(body.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [
          {
            id: 'c1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Ulm"}' },
          },
        ],
      },
    });
  });

  test.each([
    ['of a tool that was not offered', 'oven', '{}'],
    ['whose arguments are no JSON', 'weather', '{"city":'],
    ['whose arguments do not fit', 'weather', '{"town":"Ulm"}'],
  ])('%s is no draft to be trusted', async (_what, name, args) => {
    scene.own.will(({ backend, response }) =>
      json(response, backend === 'draft' ? calling(name, args) : completion('Own.')),
    );
    const { headers, body } = await answerTo(asking('Hi', { model: 'own', tools: [WEATHER] }));
    expect(headers.get('x-weir-verdict')).toBe('escalate');
    expect(body.choices[0].message.content).toBe('Own.');
  });
});

describe('a structured answer', () => {
  const schema = {
    type: 'object',
    properties: { city: { type: 'string' }, degrees: { type: 'number' } },
    required: ['city', 'degrees'],
    additionalProperties: false,
  };
  const strict = { type: 'json_schema', json_schema: { name: 'weather', schema, strict: true } };

  test.each([
    ['that fits its schema is accepted', '{"city": "Ulm", "degrees": 7}', strict, 'accept'],
    ['that lacks a field escalates', '{"city": "Ulm"}', strict, 'escalate'],
    ['that is no JSON escalates', 'It rains.', strict, 'escalate'],
    ['that is any object is accepted', '{"a": 1}', { type: 'json_object' }, 'accept'],
    ['that is no object escalates', '7', { type: 'json_object' }, 'escalate'],
  ])('%s', async (_what, text, response_format, verdict) => {
    const { headers, body } = await answerTo(asking(`[[say:${text}]]`, { response_format }));
    expect(headers.get('x-weir-verdict')).toBe(verdict);
    expect(body.choices[0].message.content).toBe(text);
  });

  test('is asked of the provider with its schema', async () => {
    expect((await passedOn({ response_format: strict }))['response_format']).toEqual(strict);
  });
});

describe('what Weir says of its own', () => {
  test('is in headers: who answered, the verdict, what it cost and saved', async () => {
    const { headers } = await answerTo(asking(SURE));
    const said = Object.fromEntries([...headers].filter(([name]) => name.startsWith('x-weir-')));
    expect(said).toEqual({
      'x-weir-route': 'cascade',
      'x-weir-served-by': 'draft',
      'x-weir-verdict': 'accept',
      'x-weir-confidence': '0.9900',
      'x-weir-cost-usd': expect.stringMatching(/^0\.0\d+$/),
      'x-weir-saved-usd': expect.stringMatching(/^0\.0\d+$/),
    });
  });

  test('is in the body only for those who ask', async () => {
    expect((await answerTo(asking(UNSURE))).body).not.toHaveProperty('weir');
    const { headers, body } = await answerTo(asking(UNSURE, { weir: { report: true } }));
    expect(body.weir).toMatchObject({
      request_id: idOf(headers),
      route: 'cascade',
      served_by: 'primary',
      degraded: false,
      verdict: { decision: 'escalate', threshold: 0.8, reasons: ['below_threshold'] },
      cost_is_lower_bound: false,
      saved_usd: expect.stringMatching(/^-0\.0/),
      attempts: [{ tier: 'draft' }, { tier: 'primary' }],
    });
  });

  test('agrees with the ledger and with what the provider served', async () => {
    const { headers, body } = await answerTo(asking(UNSURE, { weir: { report: true } }));
    const { request, attempts } = await scene.ledger.request(idOf(headers));
    expect(request).toMatchObject({
      outcome: 'REQUEST_OUTCOME_SERVED',
      decision: 'DECISION_ESCALATE',
      servedBy: 'primary',
    });
    const pico = attempts.reduce((sum, { costPicoUsd }) => sum + (costPicoUsd ?? 0), 0);
    expect(pico).toBeGreaterThan(0);
    expect(Math.round(Number(body.weir.cost_usd) * 1e12)).toBe(pico);
    const served = await scene.served(idOf(headers));
    expect(
      served.map(({ id, promptTokens, completionTokens }) => [id, promptTokens, completionTokens]),
    ).toEqual(
      attempts.map(({ attemptId, usage }) => [attemptId, usage.inputTokens, usage.outputTokens]),
    );
  });

  test('keeps the caller’s metadata with everything that it books', async () => {
    const { headers } = await answerTo(asking(UNSURE, { metadata: { team: 'a', case: 'tags' } }));
    const { request, attempts } = await scene.ledger.request(idOf(headers));
    for (const { tags } of [request, ...attempts])
      expect(tags).toEqual({ team: 'a', case: 'tags' });
  });

  test('names the parameters that it does not know', async () => {
    const { headers } = await answerTo(asking(SURE, { frobnicate: 1, ünknown: 2 }));
    expect(headers.get('x-weir-ignored-parameters')).toBe('frobnicate,?nknown');
  });

  test('holds what a caller expects against the draft', async () => {
    for (const expected of [
      { keywords: ['dam'] },
      { pattern: 'r[ui]ns' },
      { min_characters: 20 },
    ]) {
      const { headers } = await answerTo(asking(SURE, { weir: { expect: expected } }));
      expect(headers.get('x-weir-verdict')).toBe('accept');
    }
    for (const expected of [{ keywords: ['sea'] }, { pattern: '^\\d' }, { max_characters: 5 }]) {
      const { headers } = await answerTo(asking(SURE, { weir: { expect: expected } }));
      expect(headers.get('x-weir-verdict')).toBe('escalate');
    }
  });

  test('is an honest 504 when the caller’s own time is up', async () => {
    scene.own.will(() => {});
    const answer = await scene.post(asking('Hi', { model: 'own/m', weir: { timeout_ms: 100 } }));
    expect((await refusalIn(answer, 504)).code).toBe('deadline_exceeded');
    await scene.own.calls[0]?.closed;
  });
});

describe('limits of a key', () => {
  test('on its rate are told before they are reached, and when to come back after', async () => {
    const limited = { authorization: `Bearer ${LIMITED_KEY}` };
    const { headers } = await answerTo(asking(SURE), limited);
    expect(headers.get('x-ratelimit-limit-requests')).toBe('1');
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^\d+ms$/);
    const answer = await scene.post(asking(SURE), limited);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await refusalIn(answer, 429)).toMatchObject({
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
    });
  });

  test('on its money are told as such, and not to come back', async () => {
    const answer = await scene.post(asking(SURE), { authorization: `Bearer ${POOR_KEY}` });
    expect(answer.headers.get('x-should-retry')).toBe('false');
    const id = idOf(answer.headers);
    expect((await refusalIn(answer, 429)).type).toBe('insufficient_quota');
    expect(await scene.served(id)).toEqual([]);
  });
});
