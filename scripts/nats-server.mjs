import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A real nats-server on this machine: found, or installed by a package manager that checks what it installs (apt-get,
 * Homebrew, Go with its checksum database). Release archives are not downloaded: their checksums could only come from
 * where the archives come from.
 *
 * Plain JavaScript without dependencies, because `npm test` runs it before there is anything else.
 */

/** What Go builds, and where: a folder of this checkout that git ignores. */
const GO_MODULE = 'github.com/nats-io/nats-server/v2@v2.12.12';
const GO_FOLDER = fileURLToPath(new URL('../.weir/bin', import.meta.url));

/** Where package managers put it, when PATH does not say so: Debian installs daemons outside a user's PATH. */
const USUAL_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/bin',
  '/opt/homebrew/bin',
  GO_FOLDER,
];

/** The path of a nats-server that runs. Installs one where it may; throws an Error that says what to do otherwise. */
export function ensureNatsServer({ log = () => {} } = {}) {
  const named = process.env.NATS_SERVER;
  if (named) {
    if (runs(named)) return named;
    throw new Error(`NATS_SERVER is "${named}", and that is no nats-server that runs.`);
  }
  const found = find();
  if (found) return found;
  const refused = install(log);
  const installed = find();
  if (installed) return installed;
  throw new Error(
    'The tests of the event bus need a real nats-server, and there is none on this machine. ' +
      `${refused && `${refused} `}Install one (Debian and Ubuntu: "sudo apt-get install nats-server"; macOS: ` +
      '"brew install nats-server"; elsewhere: https://nats.io/download, or ' +
      `"go install ${GO_MODULE}") so that it is on PATH, or name it: ` +
      'NATS_SERVER=/path/to/nats-server npm test',
  );
}

function find() {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...USUAL_FOLDERS];
  return folders.map((folder) => join(folder, 'nats-server')).find(runs);
}

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
  } catch {
    return false;
  }
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/** Returns why nothing was installed, for the message. */
function install(log) {
  const failures = [withPackages, withGo].map((way) => (find() ? undefined : way(log)));
  return failures.filter((failure) => failure !== undefined).join(' ');
}

function withPackages(log) {
  if (process.platform === 'darwin') return withHomebrew(log);
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  if (process.getuid?.() !== 0) return 'It takes root to install one with apt-get.';
  return withApt(log);
}

function withHomebrew(log) {
  log('installing nats-server with Homebrew');
  return run('brew', ['install', 'nats-server'], {});
}

function withApt(log) {
  log('installing nats-server with apt-get');
  const allowServices = forbidServices();
  try {
    // Lists that cannot be renewed may still be good enough.
    const stale = run('apt-get', ['update'], {});
    const args = ['install', '-y', '--no-install-recommends', 'nats-server'];
    const failed = run('apt-get', args, { DEBIAN_FRONTEND: 'noninteractive' });
    return failed && [stale, failed].filter(Boolean).join(' ');
  } finally {
    allowServices();
  }
}

function withGo(log) {
  if (spawnSync('go', ['version'], { stdio: 'ignore' }).status !== 0) return undefined;
  log('building nats-server with Go');
  return run('go', ['install', GO_MODULE], { GOBIN: GO_FOLDER });
}

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * The package would start a daemon on port 4222. Debian asks this file whether it may, while it installs; one that is
 * already there is the administrator's and stays.
 */
function forbidServices() {
  if (existsSync(POLICY)) return () => {};
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
  chmodSync(POLICY, 0o755);
  return () => rmSync(POLICY, { force: true });
}

/** Undefined when it went well, or a sentence that says how it did not. */
function run(command, args, env) {
  const { status, error, stderr } = spawnSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  const reason = error?.message ?? stderr?.trim().split('\n').at(-1) ?? `status ${status}`;
  return `"${command} ${args.join(' ')}" failed: ${reason}.`;
}
