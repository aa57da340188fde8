import { Fault, type FaultKind } from '@weir/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DIALECTS } from '../dialects.ts';
import { NAMES, type Name } from './rows.fixture.ts';

function kindOf(name: Name, status: number, body: unknown): FaultKind {
  return DIALECTS[name].adapter.toFault(status, JSON.stringify(body), undefined).kind;
}

function faultOf(act: () => unknown): Fault {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown;
  }
  throw new Error('There was no fault.');
}

type Line = readonly [
  name: Name,
  what: string,
  status: number,
  body: Record<string, unknown>,
  kind: FaultKind,
];

const invalid = (message: string, code: unknown = null) => ({
  error: { message, type: 'invalid_request_error', param: null, code },
});
const flat = (message: string, type = 'BadRequestError', code: unknown = 400) => ({
  object: 'error',
  message,
  type,
  param: null,
  code,
});

describe('a prompt that does not fit is known, by a machine word or by how a server begins to say so', () => {
  const lines: readonly Line[] = [
    ['openai', 'word', 400, invalid('Too long.', 'context_length_exceeded'), 'context_overflow'],
    [
      'mistral',
      'sentence',
      400,
      flat('Prompt contains 40000 tokens, too large for model', 'invalid_request_error', '3051'),
      'context_overflow',
    ],
    [
      'deepseek',
      'sentence',
      400,
      invalid(
        "This model's maximum context length is 131072 tokens. However, you requested 131134",
        'invalid_request_error',
      ),
      'context_overflow',
    ],
    [
      'qwen',
      'sentence',
      400,
      invalid(
        '<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 983616]',
        'invalid_parameter_error',
      ),
      'context_overflow',
    ],
    [
      'xai',
      'sentence beside a sentence',
      400,
      {
        code: 'Client specified an invalid argument',
        error: "This model's maximum prompt length is 131072 but the request contains 136973",
      },
      'context_overflow',
    ],
    ['groq', 'word', 400, invalid('Please reduce.', 'context_length_exceeded'), 'context_overflow'],
    [
      'together',
      'sentence',
      422,
      invalid('Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097. Given'),
      'context_overflow',
    ],
    [
      'fireworks',
      'sentence',
      400,
      invalid('The prompt is too long: 5014, model maximum context length: 4095'),
      'context_overflow',
    ],
    [
      'cerebras',
      'word, flat',
      400,
      {
        message: 'Please reduce the length. Current length is 8195 while limit is 8192',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
      'context_overflow',
    ],
    [
      'openrouter',
      'its own word',
      400,
      {
        error: {
          code: 400,
          message: 'Provider returned error',
          metadata: { error_type: 'context_length_exceeded', provider_name: 'X' },
        },
      },
      'context_overflow',
    ],
    [
      'openrouter',
      'sentence',
      400,
      { error: { code: 400, message: "This endpoint's maximum context length is 128000 tokens." } },
      'context_overflow',
    ],
    [
      'litellm',
      'the name of its exception',
      400,
      {
        error: {
          message: 'litellm.ContextWindowExceededError: litellm.BadRequestError: OpenAI',
          type: null,
          param: null,
          code: '400',
        },
      },
      'context_overflow',
    ],
    [
      'portkey',
      'word',
      400,
      invalid('openai error: x', 'context_length_exceeded'),
      'context_overflow',
    ],
    [
      'vllm',
      'parameter',
      400,
      { error: { message: 'm', type: 'BadRequestError', param: 'input_tokens', code: 400 } },
      'context_overflow',
    ],
    [
      'vllm',
      'sentence of older versions',
      400,
      flat(
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens",
      ),
      'context_overflow',
    ],
    [
      'sglang',
      'sentence',
      400,
      flat("The input (9000 tokens) is longer than the model's context length (8192 tokens)."),
      'context_overflow',
    ],
    [
      'sglang',
      'sentence of today',
      400,
      flat('Input length (9000 tokens) exceeds the maximum allowed length (8191 tokens).'),
      'context_overflow',
    ],
    [
      'tensorrt-llm',
      'sentence',
      400,
      flat('The sum of prompt length (9351.0), query length (0) should not exceed max_num_tokens'),
      'context_overflow',
    ],
    [
      'llama.cpp',
      'word',
      400,
      { error: { code: 400, type: 'exceed_context_size_error', n_ctx: 256 } },
      'context_overflow',
    ],
    [
      'tabbyapi',
      'word',
      400,
      invalid('Prompt length', 'context_length_exceeded'),
      'context_overflow',
    ],
  ];
  test.each(lines)('%s: %s', (name, _what, status, body, kind) => {
    expect(kindOf(name, status, body)).toBe(kind);
  });

  test('and nothing that a caller wrote can make an error one of these', () => {
    const sentences = lines.map(([, , , body]) => JSON.stringify(body));
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), fc.constantFrom(...sentences), (name, sentence) => {
        const message = `Invalid value: "${sentence}"`;
        expect(kindOf(name, 400, invalid(message))).toBe('invalid_request');
      }),
    );
  });
});

describe('an error is what its words say, where they say more than its status', () => {
  const own = (error_type: string) => ({
    error: { code: 400, message: 'm', metadata: { error_type } },
  });
  const lines: readonly Line[] = [
    ['mistral', 'flat', 422, flat('Extra', 'invalid_request_error', null), 'invalid_request'],
    ['mistral', 'FastAPI', 422, { detail: [{ type: 'extra_forbidden' }] }, 'invalid_request'],
    ['deepseek', 'no money', 402, invalid('Insufficient Balance'), 'upstream_rejected'],
    ['qwen', 'no money', 400, invalid('m', 'Arrearage'), 'upstream_rejected'],
    ['qwen', 'too much a minute', 429, invalid('m', 'insufficient_quota'), 'upstream_rate_limited'],
    ['openai', 'no money', 429, invalid('m', 'insufficient_quota'), 'upstream_rejected'],
    ['qwen', 'its filter', 400, invalid('m', 'data_inspection_failed'), 'content_filtered'],
    ['openai', 'its filter', 400, invalid('m', 'content_policy_violation'), 'content_filtered'],
    ['xai', 'our key', 401, { code: 'Unauthenticated', error: 'No key.' }, 'upstream_auth'],
    ['groq', 'no room', 498, invalid('capacity'), 'upstream_unavailable'],
    ['fireworks', 'a text', 500, { error: 'Internal server error' }, 'upstream_unavailable'],
    [
      'perplexity',
      'a number',
      401,
      { error: { code: 401, type: 'invalid_api_key' } },
      'upstream_auth',
    ],
    ['openrouter', 'the provider behind', 400, own('provider_overloaded'), 'upstream_unavailable'],
    ['openrouter', 'too fast', 400, own('rate_limit_exceeded'), 'upstream_rate_limited'],
    ['openrouter', 'a filter', 403, own('content_policy_violation'), 'content_filtered'],
    ['openrouter', 'a refusal', 400, own('refusal'), 'content_filtered'],
    ['openrouter', 'our money', 402, own('payment_required'), 'upstream_rejected'],
    ['openrouter', 'the request itself', 400, own('invalid_request'), 'invalid_request'],
    [
      'litellm',
      'our budget there',
      400,
      { error: { message: 'Budget', type: 'budget_exceeded', param: null, code: '400' } },
      'upstream_rejected',
    ],
    [
      'portkey',
      'a guardrail',
      446,
      { error: { message: 'm', type: 'hooks_failed', param: null, code: null } },
      'content_filtered',
    ],
    ['portkey', 'itself', 400, { status: 'failure', message: 'Invalid config' }, 'invalid_request'],
    ['tensorrt-llm', 'a field that it does not know', 400, flat('Extra'), 'invalid_request'],
    ['triton', 'FastAPI', 400, { detail: 'Unknown model: x' }, 'invalid_request'],
    [
      'sglang',
      'a full queue',
      503,
      flat('Full.', 'ServiceUnavailable', 503),
      'upstream_unavailable',
    ],
  ];
  test.each(lines)('%s: %s', (name, _what, status, body, kind) => {
    expect(kindOf(name, status, body)).toBe(kind);
  });
});

describe('an error after status 200 is what it would have been before', () => {
  const lines: readonly (readonly [Name, string, Record<string, unknown>, FaultKind])[] = [
    [
      'openrouter',
      'beside the choices',
      {
        error: { code: 429, message: 'Slow down', metadata: { error_type: 'rate_limit_exceeded' } },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      },
      'upstream_rate_limited',
    ],
    [
      'openrouter',
      'on the choice',
      {
        choices: [
          {
            index: 0,
            delta: { content: '' },
            message: { content: 'Half' },
            finish_reason: 'error',
            error: { code: 502, message: 'The provider is gone.' },
          },
        ],
      },
      'upstream_unavailable',
    ],
    [
      'openrouter',
      'on the choice, with a word',
      {
        choices: [
          {
            index: 0,
            delta: {},
            message: { content: '' },
            error: { code: 400, metadata: { error_type: 'context_length_exceeded' } },
          },
        ],
      },
      'context_overflow',
    ],
    [
      'cerebras',
      'with its status beside it',
      { error: { message: 'm', type: 'too_many_requests_error' }, status_code: 429 },
      'upstream_rate_limited',
    ],
    [
      'sglang',
      'whose code is a status',
      { error: flat('Input length (9000 tokens) exceeds the maximum allowed length') },
      'context_overflow',
    ],
    [
      'litellm',
      'whose code is a text',
      { error: { message: 'litellm.RateLimitError: x', code: '429' } },
      'upstream_rate_limited',
    ],
  ];
  test.each(lines)('%s: %s', (name, _what, wire, kind) => {
    const { adapter } = DIALECTS[name];
    const data = JSON.stringify(wire);
    expect(faultOf(() => adapter.reader().read(data)).kind).toBe(kind);
    expect(faultOf(() => adapter.fromBody(data)).kind).toBe(kind);
  });

  test('one that says no more than that it broke is a broken stream, or a body that is none', () => {
    const data = JSON.stringify({ error: { message: 'secret', code: 500 } });
    const { adapter } = DIALECTS.vllm;
    const broken = faultOf(() => adapter.reader().read(data));
    expect(broken.kind).toBe('upstream_unavailable');
    expect(faultOf(() => adapter.fromBody(data)).kind).toBe('upstream_invalid');
    expect(`${broken.message} ${broken.cause}`).not.toContain('secret');
  });

  test('Groq tells in a field of its own that it stopped', () => {
    const data = JSON.stringify({ choices: [], x_groq: { id: 'r', error: 'over capacity' } });
    const fault = faultOf(() => DIALECTS.groq.adapter.reader().read(data));
    expect(fault.kind).toBe('upstream_unavailable');
  });
});

describe('what only this model refuses is known without a machine word too, by how OpenAI begins to say it', () => {
  const tools =
    'Function tools with reasoning_effort are not supported for gpt-6-sol in /v1/chat/completions.';
  const parameter = "Unsupported parameter: 'temperature' is not supported with this model.";

  test.each<[Name, string, FaultKind]>([
    ['openai', tools, 'unsupported_parameter'],
    ['azure', parameter, 'unsupported_parameter'],
    ['tokenmix', parameter, 'unsupported_parameter'],
    ['openai', `The prompt says: ${parameter}`, 'invalid_request'],
  ])('%s: %s', (name, message, kind) => {
    const body = { error: { ...invalid(message).error, param: 'reasoning_effort' } };
    const fault = DIALECTS[name].adapter.toFault(400, JSON.stringify(body), undefined);
    expect([fault.kind, fault.param]).toEqual([kind, 'reasoning_effort']);
    // Of a status that says more, words say nothing.
    expect(kindOf(name, 404, body)).toBe('upstream_rejected');
  });
});

test('whatever an error says, of all that is written in it nothing is told', () => {
  const secret = 'sk-secret-0123456789 my mother’s maiden name';
  const place = fc.constantFrom(
    'message',
    'type',
    'code',
    'param',
    'detail',
    'error_type',
    'metadata',
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...NAMES),
      fc.integer({ min: 200, max: 599 }),
      place,
      fc.boolean(),
      (name, status, field, nested) => {
        const value = field === 'metadata' ? { error_type: secret } : secret;
        const body = JSON.stringify(nested ? { error: { [field]: value } } : { [field]: value });
        const fault = DIALECTS[name].adapter.toFault(status, body, undefined);
        expect(`${fault.message} ${fault.param} ${fault.cause}`).not.toContain('secret');
      },
    ),
  );
});
