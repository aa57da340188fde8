// `npm test`: sets up what is missing, a real nats-server included, then runs every suite (or what it is told to).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, NODE } from './bootstrap.mjs';
import { ensureNatsServer } from './nats-server.mjs';

ensureInstalled();
let natsServer;
try {
  natsServer = ensureNatsServer({ log: (line) => console.error(line) });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
const root = fileURLToPath(new URL('..', import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'weir-test-'));
const results = join(directory, 'results.json');
const { status } = spawnSync(
  NODE,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${results}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, NATS_SERVER: natsServer } },
);
try {
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(
    readFileSync(results, 'utf8'),
  );
  console.log(`\n${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
} catch {
  console.error('The tests left no results.');
}
rmSync(directory, { recursive: true, force: true });
process.exit(status ?? 1);
