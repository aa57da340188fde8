import { createHash } from 'node:crypto';
import {
  type SimulatorProcess,
  startSimulatorProcess,
  startWeir,
  type WeirProcess,
} from '@weir/testkit';
import { LedgerFeed } from './ledger-feed.ts';
import { OwnProvider } from './own-provider.ts';

export const KEY = 'key-of-the-tests';
/** One request a minute. */
export const LIMITED_KEY = 'key-with-a-rate';
/** May only use the route `cascade`. */
export const NARROW_KEY = 'key-for-one-route';
/** Its budget is a hundred-thousandth of a cent. */
export const POOR_KEY = 'key-without-money';

/** A running Weir with everything that it talks to, and what a test needs to look at both ends. */
export interface Scene extends AsyncDisposable {
  readonly weir: WeirProcess;
  readonly url: string;
  readonly simulator: SimulatorProcess;
  readonly own: OwnProvider;
  readonly ledger: LedgerFeed;
  /** `POST /v1/chat/completions`; an object becomes its JSON, a question a request to the route `cascade`. */
  post(
    body: object | string,
    headers?: Record<string, string>,
    signal?: AbortSignal,
  ): Promise<Response>;
  /** What the simulator served for one request. */
  served(requestId: string): Promise<ServedCall[]>;
}

export interface ServedCall {
  readonly id: string;
  readonly backend: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly whole: boolean;
}

export interface SceneOptions {
  readonly limits?: object;
  /** Of the simulator, per token. */
  readonly tokenMs?: number;
}

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  await using open = new AsyncDisposableStack();
  const { tokenMs = 0 } = options;
  const simulator = open.use(await startSimulatorProcess({ tokenMs }));
  const own = open.use(await OwnProvider.open());
  const config = configOf(simulator.url, own.url, options.limits ?? {});
  const weir = open.use(await startWeir({ config }));
  const ledger = open.use(new LedgerFeed(weir.grpcPort, KEY));
  const whole = open.move();
  return {
    weir,
    url: weir.httpUrl,
    simulator,
    own,
    ledger,
    post: (body, headers = {}, signal = null as unknown as AbortSignal) =>
      fetch(`${weir.httpUrl}/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${KEY}`,
          'content-type': 'application/json',
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        signal,
      }),
    async served(requestId) {
      const text = await (await fetch(`${simulator.url}/__log`)).text();
      const calls = text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as ServedCall);
      return calls.filter(({ id }) => id.startsWith(`${requestId}.`));
    },
    [Symbol.asyncDispose]: () => whole.disposeAsync(),
  };
}

/** A body that is looked at field by field. */
export async function jsonOf(answer: Response) {
  return JSON.parse(await answer.text());
}

/** A request to the route `cascade`. */
export function asking(question: string, more: object = {}): object {
  return { model: 'cascade', messages: [{ role: 'user', content: question }], ...more };
}

const model = (usd: string) => ({
  price: { inputUsdPerMTok: usd, outputUsdPerMTok: usd },
  maxOutputTokens: 100_000,
});
/** Tests break providers on purpose; that is no reason not to call them for the next test. */
const NEVER_OPEN = { minCalls: 1_000_000 };
/** For providers that never begin, and for those that never go on; each is patient otherwise. */
const HASTY = { firstTokenMs: 300 };
const RESTLESS = { idleMs: 300 };

function configOf(simulatorUrl: string, ownUrl: string, limits: object): object {
  const provider = (url: string, name: string, usd: string, more: object = {}) => ({
    baseUrl: `${url}/v1`,
    models: { [name]: model(usd) },
    breaker: NEVER_OPEN,
    ...more,
  });
  const draft = (more?: object) => provider(`${simulatorUrl}/draft`, 'weak', '0.06', more);
  const frontier = (more?: object) => provider(`${simulatorUrl}/frontier`, 'strong', '1', more);
  const spare = (more?: object) => provider(`${simulatorUrl}/spare`, 'strong', '1', more);
  // Its tests count what providers are asked, which only callers should ask here.
  const streaming = { dialect: 'llama.cpp', probe: { enabled: false } };
  const tiers = (first: string, second: string) => [
    { name: 'primary', model: first },
    { name: 'secondary', model: second },
  ];
  const patient = tiers('frontier/strong', 'spare/strong');
  const scorer = { signal: 'worst_token', threshold: 0.8 };
  const route = (draftModel: string, escalate: object[], more: object = {}) => ({
    draft: draftModel,
    scorer,
    escalate,
    ...more,
  });
  return {
    log: { level: 'warn' },
    limits: { relayLingerMs: 0, retryBaseMs: 5, retryMaxMs: 100, ...limits },
    providers: {
      draft: draft(),
      // Asks for a stream even where a whole answer is wanted, as llama.cpp needs it.
      'stream-draft': draft(streaming),
      'hasty-draft': draft({ timeouts: HASTY }),
      'hasty-stream-draft': draft({ ...streaming, timeouts: { ...HASTY, ...RESTLESS } }),
      frontier: frontier(),
      'hasty-frontier': frontier({ timeouts: HASTY }),
      'restless-frontier': frontier({ timeouts: RESTLESS }),
      spare: spare(),
      'hasty-spare': spare({ timeouts: HASTY }),
      'restless-spare': spare({ timeouts: RESTLESS }),
      own: provider(`${ownUrl}/own`, 'm', '1', { maxReplyBytes: 1024 * 1024 * 1024 }),
      'own-draft': provider(`${ownUrl}/draft`, 'm', '0.06'),
      'own-spare': provider(`${ownUrl}/spare`, 'm', '1'),
      'own-messages': provider(`${ownUrl}/messages`, 'claude-sonnet-4-5', '1', {
        dialect: 'anthropic',
      }),
      fragile: provider(`${ownUrl}/fragile`, 'm', '1', { breaker: { minCalls: 2 } }),
    },
    routes: {
      cascade: route('draft/weak', patient),
      flagged: route('draft/weak', patient, { whenExhausted: 'flagged_draft' }),
      'stream-draft': route('stream-draft/weak', patient),
      'hasty-draft': route('hasty-draft/weak', patient),
      'hasty-stream-draft': route('hasty-stream-draft/weak', patient),
      'hasty-tiers': route('draft/weak', tiers('hasty-frontier/strong', 'hasty-spare/strong')),
      'restless-tiers': route(
        'draft/weak',
        tiers('restless-frontier/strong', 'restless-spare/strong'),
      ),
      own: route('own-draft/m', tiers('own/m', 'own-spare/m')),
      'own-messages': {
        escalate: [{ name: 'primary', model: 'own-messages/claude-sonnet-4-5' }],
        unsupportedParameters: 'drop',
      },
      'own-tiers': { escalate: tiers('own/m', 'own-spare/m'), maxAttempts: 3 },
    },
    tenants: {
      tests: {
        keys: [
          { id: 'main', sha256: sha256(KEY) },
          { id: 'limited', sha256: sha256(LIMITED_KEY), requestsPerMinute: 1 },
          { id: 'narrow', sha256: sha256(NARROW_KEY), models: ['cascade'] },
          { id: 'poor', sha256: sha256(POOR_KEY), budget: { usd: '0.0000001' } },
        ],
      },
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
