// `buf breaking` against the newest release, or against the last commit while there is none.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const git = (...args) => spawnSync('git', args, { cwd: root, encoding: 'utf8' });
const tag = git('describe', '--tags', '--abbrev=0', '--match', 'v*').stdout.trim();
const base = tag || git('rev-parse', '--verify', '--quiet', 'HEAD~1').stdout.trim();
if (!base || git('cat-file', '-e', `${base}:buf.yaml`).status !== 0) {
  console.log('There is no earlier version of the contracts to compare with.');
  process.exit(0);
}
const { status } = spawnSync(
  `${root}node_modules/.bin/buf`,
  ['breaking', '--against', `${root}.git#ref=${base}`],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
