import { posix } from 'node:path';
import { isSyntax, isTest, nameOf, type Source, type Syntax, syntaxOf } from './source.ts';

/** Where a package lies. */
const PLACES = {
  packages: [
    'bus',
    'cascade',
    'config',
    'contracts',
    'core',
    'journal',
    'pricing',
    'providers',
    'rpc',
    'runtime',
    'simulator',
    'testkit',
    'upstream',
    'wire',
  ],
  services: ['draft', 'escalation', 'gateway', 'host', 'ledger', 'scorer'],
} as const;

export type PackageName = (typeof PLACES)[keyof typeof PLACES][number];

const EVERYTHING: readonly PackageName[] = [...PLACES.packages, ...PLACES.services];

/** Who may import whom. This is the architecture; the rest of this file only reads it. */
export const MAY_IMPORT: Readonly<Record<PackageName, readonly PackageName[]>> = {
  contracts: [],
  core: [],
  cascade: ['core'],
  pricing: ['core'],
  providers: ['core'],
  config: ['core', 'pricing'],
  runtime: ['core'],
  wire: ['core', 'contracts'],
  journal: ['core', 'runtime'],
  upstream: ['core', 'providers', 'pricing', 'journal', 'runtime'],
  rpc: ['core', 'contracts', 'wire'],
  bus: ['core', 'contracts', 'wire'],
  simulator: ['core', 'runtime'],
  gateway: ['core', 'cascade', 'pricing', 'runtime'],
  draft: ['core', 'upstream', 'runtime'],
  escalation: ['core', 'upstream', 'runtime'],
  scorer: ['core', 'cascade', 'runtime'],
  ledger: ['core', 'pricing', 'runtime'],
  host: EVERYTHING.filter((name) => name !== 'testkit'),
  testkit: EVERYTHING,
};

/** No file system, no network, no clock, no chance: functions of their arguments. */
const PURE: readonly string[] = ['core', 'cascade', 'pricing', 'providers'];

/** The ways to reach the world that are not imports, and the packages that may use each. */
const REACHES: Readonly<Record<string, readonly string[]>> = {
  'Date.now': ['config', 'runtime', 'host', 'simulator', 'testkit'],
  'new Date': ['config', 'runtime', 'host', 'simulator', 'testkit'],
  'performance.now': ['config', 'runtime', 'host', 'simulator', 'testkit'],
  'Math.random': ['config', 'runtime', 'host', 'simulator', 'testkit'],
  console: ['config', 'runtime', 'host', 'simulator', 'testkit'],
  'process.env': ['config'],
};

/** Where global `fetch` would be a second way to call out, or five times the cost of the first. */
const NO_FETCH: readonly string[] = ['upstream', 'gateway'];

const TEST_TOOLS = ['vitest', 'fast-check'];

/** Everything in these files that crosses a boundary it may not: one line for each, naming file and target. */
export function breachesIn(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => {
    const home = homeOf(source.path);
    if (!home) return [`${source.path} belongs to no package`];
    const nodes = syntaxOf(source);
    const found = [
      ...nodes.flatMap(targetOf).flatMap((target) => importBreach(source, home, target) ?? []),
      ...nodes.flatMap(reachOf).flatMap((reach) => reachBreach(source, home, reach) ?? []),
    ];
    return found.map((breach) => `${source.path} ${breach}`);
  });
}

interface Home {
  readonly name: PackageName;
  readonly folder: string;
}

function homeOf(path: string): Home | undefined {
  const match = /^(packages|services)\/([^/]+)\//.exec(path);
  const name = EVERYTHING.find((known) => known === match?.[2]);
  return name && { name, folder: match?.[0] ?? '' };
}

/** What a node imports: statements, re-exports, types and calls of `import` alike. */
function targetOf(node: Syntax): string[] {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return textOf(node['source']);
    case 'CallExpression':
      return nameOf(node['callee']) === 'require' ? textOf(argumentsOf(node)[0]) : [];
    default:
      return [];
  }
}

function argumentsOf(node: Syntax): readonly unknown[] {
  return Array.isArray(node['arguments']) ? node['arguments'] : [];
}

function textOf(node: unknown): string[] {
  return isSyntax(node) && typeof node['value'] === 'string' ? [node['value']] : [];
}

/** Parts of Node that compute and reach nothing. */
const WORLDLESS = ['node:assert', 'node:assert/strict', 'node:string_decoder', 'node:zlib'];

function importBreach(source: Source, home: Home, target: string): string | undefined {
  if (target.startsWith('.')) return relativeBreach(source, home, target);
  if (target.startsWith('@weir/')) return workspaceBreach(source, home, target);
  if (TEST_TOOLS.includes(target.split('/')[0] ?? '')) {
    const may = isTest(source.path) || home.name === 'testkit';
    return may ? undefined : `imports ${target}, which is for tests`;
  }
  const isNode = target.startsWith('node:') && !WORLDLESS.includes(target);
  if (isNode && PURE.includes(home.name) && !isTest(source.path)) {
    return `imports ${target}, but ${home.name} is pure`;
  }
  return undefined;
}

function relativeBreach(source: Source, home: Home, target: string): string | undefined {
  const path = posix.join(posix.dirname(source.path), target);
  if (!path.startsWith(`${home.folder}src/`)) return `imports ${target}, which leaves its package`;
  if (isTest(path) && !isTest(source.path)) return `imports ${target}, which is for tests`;
  return undefined;
}

function workspaceBreach(source: Source, home: Home, target: string): string | undefined {
  const [name = '', ...deeper] = target.slice('@weir/'.length).split('/');
  if (deeper.length > 0) return `imports ${target}, past the front door`;
  // What is made for tests is for those beside the code as well.
  const isOwn = (name === home.name || name === 'testkit') && isTest(source.path);
  const may: readonly string[] = MAY_IMPORT[home.name];
  return isOwn || may.includes(name) ? undefined : `imports ${target}, which ${home.name} may not`;
}

/** Which way to the world a node is, if it is one. */
function reachOf(node: Syntax): string[] {
  if (node.type === 'NewExpression') {
    const isNow = nameOf(node['callee']) === 'Date' && argumentsOf(node).length === 0;
    return isNow ? ['new Date'] : [];
  }
  if (node.type === 'CallExpression') {
    return /^(globalThis\.)?fetch$/.test(nameOf(node['callee'])) ? ['fetch'] : [];
  }
  if (node.type !== 'MemberExpression') return [];
  const name = nameOf(node).replace(/^globalThis\./, '');
  if (name.startsWith('console.')) return ['console'];
  return Object.hasOwn(REACHES, name) ? [name] : [];
}

function reachBreach(source: Source, home: Home, reach: string): string | undefined {
  if (isTest(source.path)) return undefined;
  if (reach === 'fetch') {
    return NO_FETCH.includes(home.name) ? `calls fetch, which ${home.name} may not` : undefined;
  }
  return REACHES[reach]?.includes(home.name)
    ? undefined
    : `uses ${reach}, which ${home.name} may not`;
}
