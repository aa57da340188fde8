import { chatCompletions } from './completions.ts';
import type { Exchange, HttpContext, KeyedExchange } from './context.ts';
import { feedback } from './feedback.ts';
import { getModel, listModels } from './models.ts';
import { health, metrics, readiness } from './operations.ts';

interface OpenRoute {
  readonly needsKey: false;
  readonly handle: (exchange: Exchange, context: HttpContext) => void | Promise<void>;
}

interface KeyedRoute {
  readonly needsKey: true;
  readonly handle: (exchange: KeyedExchange, context: HttpContext) => void | Promise<void>;
}

export type HttpRoute = OpenRoute | KeyedRoute;

/** Every path there is, by method. Authentication and dispatch both go by this table and by nothing else. */
const EXACT: ReadonlyMap<string, ReadonlyMap<string, HttpRoute>> = new Map([
  ['/v1/chat/completions', methods('POST', { needsKey: true, handle: chatCompletions })],
  ['/v1/feedback', methods('POST', { needsKey: true, handle: feedback })],
  ['/v1/models', methods('GET', { needsKey: true, handle: listModels })],
  ['/healthz', methods('GET', { needsKey: false, handle: health })],
  ['/readyz', methods('GET', { needsKey: false, handle: readiness })],
  ['/metrics', methods('GET', { needsKey: false, handle: metrics })],
]);

/** Paths that go on after a fixed part. */
const PREFIXED: ReadonlyMap<string, ReadonlyMap<string, HttpRoute>> = new Map([
  ['/v1/models/', methods('GET', { needsKey: true, handle: getModel })],
]);

function methods(method: 'GET' | 'POST', route: HttpRoute): ReadonlyMap<string, HttpRoute> {
  // HEAD is GET whose body Node leaves out.
  return new Map(
    method === 'GET'
      ? [
          ['GET', route],
          ['HEAD', route],
        ]
      : [['POST', route]],
  );
}

export interface RouteMatch {
  readonly methods: ReadonlyMap<string, HttpRoute>;
  readonly rest: string;
}

/** The route of a path, already cut off at its query; undefined when there is none. */
export function matchRoute(path: string): RouteMatch | undefined {
  const exact = EXACT.get(path);
  if (exact) return { methods: exact, rest: '' };
  for (const [prefix, table] of PREFIXED) {
    if (path.startsWith(prefix) && path.length > prefix.length) {
      return { methods: table, rest: path.slice(prefix.length) };
    }
  }
  return undefined;
}
