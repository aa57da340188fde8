import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const WEIR = fileURLToPath(new URL('./main.ts', import.meta.url));

test.each([['help'], ['eval', '--help']])(
  'when nobody reads any more, "weir %s" ends without a word',
  async (...args) => {
    const child = spawn(process.execPath, [WEIR, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += String(chunk);
    });
    const { promise, resolve } = Promise.withResolvers<number | null>();
    child.on('close', resolve);
    expect(await promise).toBe(0);
    expect(said).toBe('');
  },
);
