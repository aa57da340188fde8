// Makes a fresh clone runnable. Plain JavaScript without dependencies, for any Node that npm itself runs on.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MARK = `${ROOT}node_modules/.weir-installed`;

/** The Node 24 that `npm ci` brings, whatever the machine has. */
export const NODE = `${ROOT}node_modules/node/bin/node`;

/** Runs `npm ci` unless what the lock file says is installed already. */
export function ensureInstalled() {
  const lock = createHash('sha256')
    .update(readFileSync(`${ROOT}package-lock.json`))
    .digest('hex');
  if (existsSync(MARK) && existsSync(NODE) && readFileSync(MARK, 'utf8') === lock) return;
  console.error('Installing what Weir needs (npm ci); this is done once.');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status, error } = spawnSync(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  if (status !== 0) {
    console.error(
      `"npm ci" failed${error ? ` (${error.message})` : ''}. Run it by hand to see why; Weir needs npm and a reachable registry.`,
    );
    process.exit(1);
  }
  if (!existsSync(NODE)) {
    console.error(
      'npm did not install the package "node", which brings Node 24. If install scripts are off, run ' +
        '"npm rebuild node", or use Node 24 or later and "node services/host/bin/weir.mjs".',
    );
    process.exit(1);
  }
  writeFileSync(MARK, lock);
}

/** Runs a program in this one's place: same streams, same signals, same exit. */
export function become(program, args, env = process.env) {
  const child = spawn(program, args, { cwd: process.cwd(), stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}
