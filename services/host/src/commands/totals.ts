import { formatUsd, type LedgerGroup } from '@weir/core';
import { dialLedgerReading } from '@weir/rpc';
import { type Command, UsageError } from '../command.ts';
import { findConfiguration } from '../configuration.ts';
import { openChannel } from '../open-channel.ts';
import { DEV_KEY } from '../settings.ts';
import { table } from '../table.ts';

const GROUPS: readonly LedgerGroup[] = ['tenant', 'route', 'model', 'day'];

export const totals: Command = {
  name: 'totals',
  summary: "print the ledger's totals",
  usage: '',
  details:
    "What the key's tenant spent, by any of tenant, route, model and day, and what the frontier alone would have cost.\n" +
    'By model, requests have a row of their own without one: each may have asked several.',
  options: {
    grpc: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'the gRPC face of a running Weir (default: 127.0.0.1 at the port of the configuration, or WEIR_GRPC_PORT)',
    },
    key: { type: 'string', value: 'KEY', help: `virtual key (default ${DEV_KEY})` },
    by: {
      type: 'string',
      multiple: true,
      value: 'GROUP',
      help: `one of ${GROUPS.join(', ')}; may be repeated`,
    },
  },
  async run({ text, texts, json, print }) {
    const groupBy = texts('by').map((word) => {
      const group = GROUPS.find((name) => name === word);
      if (!group) throw new UsageError(`--by takes ${GROUPS.join(', ')}, not "${word}"`);
      return group;
    });
    const { config } = await findConfiguration();
    using channel = openChannel(text('grpc') ?? `127.0.0.1:${config.gateway.grpcPort}`, config);
    const ledger = dialLedgerReading(channel, `Bearer ${text('key') ?? DEV_KEY}`);
    const rows = await ledger.query({ groupBy }, new AbortController().signal);
    const shown = rows.map(({ group, totals: sums }) => ({
      ...group,
      requests: Number(sums.requests),
      attempts: Number(sums.attempts),
      escalated: Number(sums.escalated),
      inputTokens: Number(sums.inputTokens),
      outputTokens: Number(sums.outputTokens),
      spentUsd: formatUsd(sums.costPicoUsd),
      frontierOnlyUsd: formatUsd(sums.counterfactualPicoUsd),
      inexactAttempts: Number(sums.inexactAttempts),
    }));
    if (json) print(JSON.stringify(shown));
    else print(table(shown) || 'The ledger is empty.');
    return 0;
  },
};
