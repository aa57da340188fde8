import { stringify } from 'yaml';
import type { Command } from '../command.ts';
import { findConfiguration } from '../configuration.ts';

export const config: Command = {
  name: 'config',
  summary: 'show the configuration in effect, every default filled in',
  usage: '',
  details:
    'Secrets are shown as the environment variable that holds them, key digests by their first digits.',
  options: {
    config: {
      type: 'string',
      value: 'FILE',
      help: 'configuration (default: as `weir up` finds it)',
    },
  },
  async run({ text, json, print }) {
    const found = await findConfiguration(text('config'));
    const shown = redacted(found.config);
    print(json ? JSON.stringify(shown) : `# ${found.source}\n${stringify(shown)}`);
    return 0;
  },
};

/** Secrets are only ever named in a configuration; what remains to be hidden is the digests of keys. */
function redacted(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, inner) =>
      name === 'sha256' && typeof inner === 'string' ? `${inner.slice(0, 8)}...` : inner,
    ),
  );
}
