#!/usr/bin/env node
// The `weir` command. Plain JavaScript without dependencies, so that it can also speak on a Node that is too old.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const NEEDED = 24;
const major = Number(process.versions.node.split('.')[0]);

if (major >= NEEDED) {
  // Types are stripped once and not at every start, which takes half of its time.
  module.enableCompileCache();
  // While starting up everything lives long; V8 would conclude that what a request makes does too (docs/decisions).
  setFlagsFromString('--no-allocation-site-pretenuring');
  await import('../src/main.ts');
} else {
  // `npm ci` puts a Node 24 beside the other dependencies.
  const own = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url));
  if (!existsSync(own)) {
    console.error(
      `weir needs Node ${NEEDED} or later; this is Node ${process.versions.node}. ` +
        `Run "npm ci" here, which brings one, or install Node ${NEEDED}.`,
    );
    process.exit(1);
  }
  // In its place: same streams, same signals, same exit. What stops this one must let that one drain.
  const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('exit', (status, signal) => process.exit(status ?? (signal ? 1 : 0)));
}
