import { Fault, type FaultKind } from '@weir/core';
import { UNSUPPORTED } from '../openai/bases.ts';
import { toFault as chatFault, faultIn as chatFaultIn } from '../openai/error.ts';

/** The API's policies on what is asked, whatever status says so. */
const FILTER_WORDS = {
  invalid_prompt: 'content_filtered',
  bio_policy: 'content_filtered',
  misalignment_policy_violation: 'content_filtered',
  image_content_policy_violation: 'content_filtered',
} as const satisfies Record<string, FaultKind>;

/** Words that are enough where there is no status; everything else that has none failed at the provider. */
const WORDS_WITHOUT_STATUS: Readonly<Record<string, FaultKind>> = {
  ...FILTER_WORDS,
  rate_limit_exceeded: 'upstream_rate_limited',
  too_many_requests: 'upstream_rate_limited',
  invalid_request_error: 'invalid_request',
  data_residency_mismatch: 'upstream_rejected',
  invalid_image: 'invalid_request',
  invalid_image_format: 'invalid_request',
  invalid_base64_image: 'invalid_request',
  invalid_image_url: 'invalid_request',
  invalid_image_mode: 'invalid_request',
  image_too_large: 'invalid_request',
  image_too_small: 'invalid_request',
  image_parse_error: 'invalid_request',
  image_file_too_large: 'invalid_request',
  image_file_not_found: 'invalid_request',
  empty_image_file: 'invalid_request',
  unsupported_image_media_type: 'invalid_request',
  failed_to_download_image: 'invalid_request',
};

/** Classifies an error reply, which is in the envelope and the words of chat completions. */
export function toFault(status: number, body: string, retryAfterMs: number | undefined): Fault {
  return inChatWords(
    chatFault(status, body, retryAfterMs, { kinds: FILTER_WORDS, unsupported: UNSUPPORTED }),
  );
}

/**
 * An error where the status is 200 and says nothing: an event of a stream, flat as it is documented or nested as it is
 * sent, or the `error` of a response that failed.
 */
export function faultIn(error: unknown): Fault {
  const words = { kinds: WORDS_WITHOUT_STATUS };
  return inChatWords(chatFaultIn(error, 'upstream_unavailable', words));
}

/** The caller asked in the words of chat completions, so that is how it is told what was wrong. */
const CHAT_WORDS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^input\b.*$/, 'messages'],
  [/^max_output_tokens$/, 'max_completion_tokens'],
  [/^text\.verbosity$/, 'verbosity'],
  [/^text\b.*$/, 'response_format'],
  [/^reasoning\b.*$/, 'reasoning_effort'],
  [/^tools\[(\d+)\]\.(.+)$/, 'tools[$1].function.$2'],
];

function inChatWords(fault: Fault): Fault {
  const { param } = fault;
  const [pattern, name] = CHAT_WORDS.find(([words]) => param && words.test(param)) ?? [];
  if (param === undefined || pattern === undefined || name === undefined) return fault;
  const { kind, message, retryAfterMs, cause } = fault;
  return new Fault(kind, message, { param: param.replace(pattern, name), retryAfterMs, cause });
}
