import type { Config } from '@weir/config';
import { type Channel, dialLedgerReading, type LedgerReading } from '@weir/rpc';
import { newId } from '@weir/runtime';
import { type Command, type CommandContext, UsageError } from '../command.ts';
import { findConfiguration } from '../configuration.ts';
import { openChannel } from '../open-channel.ts';
import { priceBook } from '../prices/price-book.ts';
import { Progress } from '../progress.ts';
import { type Answered, ask, type ReplayTarget } from '../replay/client.ts';
import { ProviderLog } from '../replay/provider-log.ts';
import { settleUp } from '../replay/reconcile.ts';
import { formatReport, reportOf } from '../replay/report.ts';
import { type ReplayRow, readRows } from '../replay/rows.ts';
import { DEV_KEY } from '../settings.ts';

export const replay: Command = {
  name: 'replay',
  summary: 'send a file of real questions through a running Weir, and check the bill',
  usage: 'FILE',
  details:
    'FILE has one JSON object a line with "prompt", and "truth" or recorded answers (weak_text, strong_text and their\n' +
    'weak_correct, strong_correct) to grade by. Prints quality, share escalated, latency, spend from the ledger, and the\n' +
    "reconciliation with the simulated provider's log of tokens served. Exits with 1 when the bill does not agree.",
  options: {
    url: {
      type: 'string',
      value: 'URL',
      help: 'the running Weir (default http://127.0.0.1:8080, or WEIR_HTTP_PORT)',
    },
    grpc: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'its gRPC face, for the ledger (default 127.0.0.1:50051, or WEIR_GRPC_PORT)',
    },
    key: { type: 'string', value: 'KEY', help: `virtual key (default ${DEV_KEY})` },
    route: {
      type: 'string',
      value: 'NAME',
      help: 'route (default support-chat; "recorded" for files of recorded answers)',
    },
    limit: { type: 'string', value: 'N', help: 'only the first N questions' },
    concurrency: { type: 'string', value: 'N', help: 'questions in flight (default 8)' },
    'max-tokens': { type: 'string', value: 'N', help: 'output limit per answer (default 2048)' },
    'provider-log': {
      type: 'string',
      value: 'URL',
      help: 'simulated provider (default: as the configuration says)',
    },
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration with the prices (default: as `weir up` finds it)',
    },
    'ledger-wait': {
      type: 'string',
      value: 'SECONDS',
      help: 'how long to wait for the ledger to catch up (default 60)',
    },
    patience: {
      type: 'string',
      value: 'SECONDS',
      help: 'how long to wait for a Weir that cannot be reached (default 60)',
    },
    answers: { type: 'boolean', help: 'with --json: every answer as well' },
  },
  async run(context) {
    const [file] = context.words;
    if (file === undefined) throw new UsageError('which file of questions?');
    const rows = readRows(file, count(context, 'limit', Number.MAX_SAFE_INTEGER));
    const { config } = await findConfiguration(context.text('config'));
    const target = targetOf(context, config, rows);
    const log = new ProviderLog(context.text('provider-log') ?? simulatorUrl(config));
    const position = await log.position();
    if (position === undefined)
      context.note('no simulated provider answers: the bill cannot be reconciled');
    else if (rows.some(({ recordedOnly }) => recordedOnly)) await log.teach(file);

    const answers: Answered[] = [];
    const progress = new Progress('answered', rows.length);
    const startedAt = performance.now();
    await ask(rows, target, (answer) => {
      answers.push(answer);
      progress.step();
    });
    const seconds = (performance.now() - startedAt) / 1000;

    using channel = ledgerChannel(context, config);
    const served = position === undefined ? undefined : await log.since(position);
    if (position !== undefined && !served) {
      context.note(
        'the simulated provider has lost its log meanwhile: the bill cannot be reconciled',
      );
    }
    const { totals, found } = await settleUp(dialLedger(channel, target.key), {
      runId: target.runId,
      requests: answers.filter(({ status }) => status === 200).length,
      attempts: answers.reduce((sum, { attempts }) => sum + attempts, 0),
      served,
      prices: priceBook(config),
      patienceMs: count(context, 'ledger-wait', 60) * 1000,
    });
    const report = reportOf(file, target.route, answers, totals, found, seconds);
    if (!context.json) context.print(formatReport(report));
    else {
      const all = context.flag('answers') ? { answers: answers.map(brief) } : {};
      context.print(JSON.stringify({ ...report, runId: target.runId, ...all }));
    }
    return report.failed > 0 || report.reconciliation?.agrees === false ? 1 : 0;
  },
};

function targetOf(
  context: CommandContext,
  config: Config,
  rows: readonly ReplayRow[],
): ReplayTarget {
  const recorded = rows.some(({ recordedOnly }) => recordedOnly) && 'recorded' in config.routes;
  return {
    url: (context.text('url') ?? `http://127.0.0.1:${config.gateway.httpPort}`).replace(/\/$/, ''),
    key: context.text('key') ?? DEV_KEY,
    route: context.text('route') ?? (recorded ? 'recorded' : 'support-chat'),
    runId: newId('replay'),
    maxTokens: count(context, 'max-tokens', 2048),
    concurrency: count(context, 'concurrency', 8),
    patienceMs: count(context, 'patience', 60) * 1000,
  };
}

function simulatorUrl(config: Config): string {
  return `http://${config.simulator?.listen ?? '127.0.0.1:9100'}`.replace(
    '//0.0.0.0:',
    '//127.0.0.1:',
  );
}

function ledgerChannel(context: CommandContext, config: Config): Channel {
  return openChannel(context.text('grpc') ?? `127.0.0.1:${config.gateway.grpcPort}`, config);
}

function dialLedger(channel: Channel, key: string): LedgerReading {
  return dialLedgerReading(channel, `Bearer ${key}`);
}

function count(context: CommandContext, option: string, byDefault: number): number {
  const text = context.text(option);
  if (text === undefined) return byDefault;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`--${option} must be a whole number above 0, not "${text}"`);
}

function brief({ row, status, text, servedBy, confidence, latencyMs }: Answered) {
  return { id: row.id, status, text, servedBy, confidence, latencyMs };
}
