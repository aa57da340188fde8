/**
 * Ways in which a provider fails, asked for in the question itself: `[[draft:e500]]` makes the backend called `draft`
 * fail so, `[[any:stall]]` every one.
 */
export const FAULT_NAMES = [
  // Error replies.
  'e400',
  'e401',
  'e404',
  'e429',
  'equota',
  'e500',
  'e503',
  'e529',
  'econtext',
  // Status 200, and no answer.
  'html200',
  'cut200',
  'nochoices',
  'err200',
  // Sockets.
  'hang',
  'firsthang',
  'reset',
  'trunceof',
  'truncrst',
  'stall',
  'drip',
  'errmid',
  'junkmid',
  // Answers that look well.
  'empty',
  'garble',
  'refusal',
  'nousage',
  'modelswap',
  'zerofill',
  'nodone',
  'crlf',
  'heartbeat',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/** The fault that a question asks of a backend. */
export function faultFor(backend: string, question: string): FaultName | undefined {
  for (const [, target, name] of question.matchAll(/\[\[(\w+):(\w+)\]\]/g)) {
    if (target !== 'any' && target !== backend) continue;
    const known = FAULT_NAMES.find((fault) => fault === name);
    if (known) return known;
  }
  return undefined;
}

export interface ErrorReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function openAiError(
  status: number,
  type: string,
  code: string | null,
  headers: Readonly<Record<string, string>> = {},
): ErrorReply {
  const error = { message: 'simulated failure', type, param: null, code };
  return { status, headers, body: JSON.stringify({ error }) };
}

/** The error reply of those faults that are one. */
export function errorReply(fault: FaultName): ErrorReply | undefined {
  switch (fault) {
    case 'e400':
      return openAiError(400, 'invalid_request_error', null);
    case 'econtext':
      return openAiError(400, 'invalid_request_error', 'context_length_exceeded');
    case 'e401':
      return openAiError(401, 'invalid_request_error', 'invalid_api_key');
    case 'e404':
      return openAiError(404, 'invalid_request_error', 'model_not_found');
    case 'e429':
      return openAiError(429, 'rate_limit_error', 'rate_limit_exceeded', {
        'retry-after-ms': '50',
      });
    case 'equota':
      return openAiError(429, 'insufficient_quota', 'insufficient_quota');
    case 'e500':
      return openAiError(500, 'server_error', null);
    case 'e503':
      return openAiError(503, 'server_error', null);
    case 'e529':
      return {
        status: 529,
        headers: {},
        body: '{"object":"error","message":"overloaded","type":"overloaded","code":529}',
      };
    default:
      return undefined;
  }
}
