import { Fault, isRetired, retiredFault } from '@weir/core';
import { mayUse } from '../authenticator.ts';
import type { HttpContext, KeyedExchange } from './context.ts';
import { type ModelView, modelBody } from './model-body.ts';
import { sendJson } from './send.ts';

/** `GET /v1/models`: what this key may ask for, and would get an answer from. */
export function listModels(exchange: KeyedExchange, context: HttpContext): void {
  const view = viewOf(exchange, context);
  const data = [...context.models.values()]
    .filter(({ id, retirement }) => view.mayUse(id) && !isRetired(retirement, view.nowMs))
    .map((entry) => modelBody(entry, view));
  sendJson(exchange, 200, JSON.stringify({ object: 'list', data }));
}

/** `GET /v1/models/{id}`; the id may hold slashes, as `provider/model` does. */
export function getModel(exchange: KeyedExchange, context: HttpContext): void {
  const view = viewOf(exchange, context);
  const entry = context.models.get(decode(exchange.rest));
  if (!entry || !view.mayUse(entry.id)) {
    throw new Fault('model_not_found', 'There is no such model here.', { param: 'model' });
  }
  const { id, retirement } = entry;
  if (retirement && isRetired(retirement, view.nowMs)) throw retiredFault(id, retirement);
  sendJson(exchange, 200, JSON.stringify(modelBody(entry, view)));
}

function viewOf({ key }: KeyedExchange, { models, clock }: HttpContext): ModelView {
  return { models, nowMs: clock.nowMs(), mayUse: (model) => mayUse(key, model) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
