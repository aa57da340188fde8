import { randomBytes } from 'node:crypto';
import type { Command } from '../command.ts';
import { sha256 } from '../settings.ts';

export const key: Command = {
  name: 'key',
  summary: 'make a new virtual key',
  usage: '',
  details:
    'Prints a random 256-bit key, to be given to its user once, and the SHA-256 that goes into the configuration.',
  options: {},
  async run({ json, print }) {
    const made = `weir_live_${randomBytes(32).toString('base64url')}`;
    const digest = sha256(made);
    print(
      json ? JSON.stringify({ key: made, sha256: digest }) : `key     ${made}\nsha256  ${digest}`,
    );
    return 0;
  },
};
