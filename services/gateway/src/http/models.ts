import { Fault } from '@weir/core';
import { mayUse, type VirtualKey } from '../authenticator.ts';
import type { HttpContext, KeyedExchange } from './context.ts';
import { sendJson } from './send.ts';

/** `GET /v1/models`: what this key may ask for. */
export function listModels(exchange: KeyedExchange, context: HttpContext): void {
  const data = context.models.filter((model) => mayUse(exchange.key, model)).map(describe);
  sendJson(exchange, 200, JSON.stringify({ object: 'list', data }));
}

/** `GET /v1/models/{id}`; the id may hold slashes, as `provider/model` does. */
export function getModel(exchange: KeyedExchange, context: HttpContext): void {
  const model = decode(exchange.rest);
  if (!isThere(exchange.key, context, model)) {
    throw new Fault('model_not_found', 'There is no such model here.', { param: 'model' });
  }
  sendJson(exchange, 200, JSON.stringify(describe(model)));
}

function isThere(key: VirtualKey, context: HttpContext, model: string): boolean {
  return context.models.includes(model) && mayUse(key, model);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function describe(id: string) {
  return { id, object: 'model', created: 0, owned_by: 'weir' };
}
