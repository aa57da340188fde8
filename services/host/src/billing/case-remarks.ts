import { plainUsd } from '@weir/providers';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What cases remark on a payload beside its buckets: figures that it states and that nothing is charged by. Only what
 * the payload has is in here. The payload is one that has been read already.
 */
export function remarksOn(payload: unknown): Fields {
  const fields = fieldsOf(payload);
  return { ...unbilledTokens(fields), ...writtenByTtl(fields), ...feeAndUpstream(fields) };
}

/** Cohere counts its templates too, which it does not bill. */
function unbilledTokens(payload: Fields): Fields {
  const { input_tokens: input, output_tokens: output } = fieldsOf(payload['tokens']);
  return input === undefined && output === undefined ? {} : { raw_tokens: { input, output } };
}

/** OpenAI writes for two times to live, at one price. */
function writtenByTtl(payload: Fields): Fields {
  const details = payload['input_tokens_details'] ?? payload['prompt_tokens_details'];
  const ttls = Object.entries(fieldsOf(fieldsOf(details)['cache_write_tokens_details']));
  if (ttls.length === 0) return {};
  const told = ttls.map(([name, count]) => [name.replace(/_tokens$/, ''), count]);
  return { cache_write_split: Object.fromEntries(told) };
}

/** OpenRouter with our own key bills its fee, and somebody else the rest. */
function feeAndUpstream({ is_byok: isByok, cost, cost_details: details }: Fields): Fields {
  const upstream = fieldsOf(details)['upstream_inference_cost'];
  if (isByok !== true || typeof cost !== 'number' || typeof upstream !== 'number') return {};
  const split = {
    openrouter_fee: plainUsd('cost', cost),
    upstream: plainUsd('upstream_inference_cost', upstream),
  };
  return { split };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
