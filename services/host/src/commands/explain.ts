import type { Config } from '@weir/config';
import { type Environment, Secrets } from '@weir/config';
import { FailedCall, Fault, type LedgerEvent, type RequestCompleted } from '@weir/core';
import { dialLedgerReading } from '@weir/rpc';
import { type Command, UsageError } from '../command.ts';
import { findConfiguration } from '../configuration.ts';
import { openChannel } from '../open-channel.ts';
import { explanationOf } from '../scorers/explanation.ts';
import { explanationLines } from '../scorers/explanation-text.ts';
import { keptVersion, scorerFiles } from '../scorers/versions.ts';
import { DEV_KEY, sha256, virtualKeys } from '../settings.ts';

export const explain: Command = {
  name: 'explain',
  summary: 'say why a request was answered as it was: signals, weights, verdict, attempts',
  usage: 'REQUEST_ID',
  details:
    'REQUEST_ID is the `x-request-id` of an answer. Asks a running Weir for the request, with its verdict, attempts and\n' +
    'labels, and takes the scorer model that judged it from the data directory (WEIR_DATA_DIR), so that every signal is\n' +
    'told with its weight. Numbers only: the ledger has no texts.',
  options: {
    grpc: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'the gRPC face of a running Weir (default: 127.0.0.1 at the port of the configuration, or WEIR_GRPC_PORT)',
    },
    key: { type: 'string', value: 'KEY', help: `virtual key (default ${DEV_KEY})` },
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration (default: as `weir up` finds it)',
    },
  },
  async run({ words, text, json, print, note }) {
    const [requestId, ...others] = words;
    if (!requestId || others.length > 0) throw new UsageError('takes one REQUEST_ID');
    const { config, environment } = await findConfiguration(text('config'));
    const address = text('grpc') ?? `127.0.0.1:${config.gateway.grpcPort}`;
    const key = text('key') ?? DEV_KEY;
    let events: readonly LedgerEvent[];
    try {
      using channel = openChannel(address, config);
      const ledger = dialLedgerReading(channel, `Bearer ${key}`);
      const entries = await ledger.request({ requestId }, new AbortController().signal);
      events = entries.map(({ event }) => event);
    } catch (error) {
      if (!(error instanceof Fault || error instanceof FailedCall)) throw error;
      note(`weir explain: ${refusal(error, address)}`);
      return 1;
    }
    const files = scorerFiles(environment.dataDir, config);
    const explained = explanationOf(events, {
      version: (route, version) => keptVersion(files, route, version),
      thresholdWords: (request) => thresholdWords(request, config),
    });
    if (!explained) {
      note(
        `weir explain: ${address} knows no request "${requestId}" of ${tenantOf(key, config, environment)}. ` +
          'A request is known once it is over and in the ledger.',
      );
      return 1;
    }
    if (json) print(JSON.stringify(explained));
    else for (const line of explanationLines(explained)) print(line);
    return 0;
  },
};

/** What the server said, or that there is none. */
function refusal(error: Fault | FailedCall, address: string): string {
  const { kind, message, cause } = error instanceof FailedCall ? error.fault : error;
  // What a server says itself has no gRPC error underneath.
  if (kind !== 'unavailable' || cause === undefined) return `${address} says: ${message}`;
  return `no Weir answers at ${address}: start one (weir up), or say where its gRPC face is by --grpc or WEIR_GRPC_PORT`;
}

/** What is known of a verdict by a fixed number: the ledger keeps the confidence and the decision. */
function thresholdWords(
  { route, confidence, decision }: RequestCompleted,
  { routes }: Config,
): string | undefined {
  const scorer = Object.hasOwn(routes, route) ? routes[route]?.scorer : undefined;
  if (!scorer) return undefined;
  const { signal, threshold, withoutEvidence } = scorer;
  const name = SIGNAL_WORDS[signal];
  const now = 'as the configuration has it now; the ledger does not keep that';
  if (confidence === null) {
    return `There were no log-probabilities to judge by: ${decision === 'accept' ? 'the validators alone decided' : 'it escalated'} (withoutEvidence: ${withoutEvidence}, ${now}).`;
  }
  const isAbove = confidence >= threshold;
  const side = isAbove ? 'reaches' : 'is below';
  const vetoed =
    isAbove && decision === 'escalate'
      ? ' It escalated all the same: a hard check failed, or the threshold was another then.'
      : '';
  return `The ${name} gave ${Number(confidence.toFixed(4))}, which ${side} the threshold of ${threshold} (${now}).${vetoed}`;
}

const SIGNAL_WORDS = {
  mean: 'mean chance of its tokens',
  worst_window: 'mean chance of its worst 8 tokens',
  worst_token: 'chance of its worst token',
} as const;

/** By the configuration at hand, which need not be the server's. */
function tenantOf(key: string, config: Config, environment: Environment): string {
  const digest = sha256(key);
  const known = virtualKeys(config, new Secrets(environment)).find(
    ({ sha256: own }) => own === digest,
  );
  return known ? `tenant ${known.tenant} (key ${known.keyId})` : "this key's tenant";
}
