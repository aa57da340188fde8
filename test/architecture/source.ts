import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'vitest/node';

/** One file of the repository. */
export interface Source {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** A node of the syntax tree, as far as these checks look at it. */
export interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Code that others generate, and what is no code. */
const PASSED_OVER = new Set(['node_modules', 'gen', '.weir', 'coverage']);

/** Every file below these folders whose name ends in one of these, in a fixed order. */
export function sourcesIn(folders: readonly string[], endings: readonly string[]): Source[] {
  return folders
    .flatMap((folder) => pathsIn(join(ROOT, folder)))
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => ({
      path: relative(ROOT, path).split(sep).join('/'),
      text: readFileSync(path, 'utf8'),
    }));
}

function pathsIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    if (PASSED_OVER.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pathsIn(path) : [path];
  });
}

/** Tests, and what only tests use: neither is part of the product. */
export function isTest(path: string): boolean {
  return /\.(test|fixture|contract)\.ts$/.test(path) || path.startsWith('test/');
}

/** Every node of a file's syntax tree, outermost first. Comments and texts are not among them. */
export function syntaxOf(source: Source): Syntax[] {
  const found: Syntax[] = [];
  const lang = source.path.endsWith('.ts') ? 'ts' : 'js';
  visit(parseAst(source.text, { lang }, source.path), found);
  return found;
}

function visit(value: unknown, found: Syntax[]): void {
  if (Array.isArray(value)) {
    for (const element of value) visit(element, found);
  } else if (isSyntax(value)) {
    found.push(value);
    for (const inner of Object.values(value)) visit(inner, found);
  }
}

export function isSyntax(value: unknown): value is Syntax {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** "a.b.c" for a plain chain of names; empty for anything else. */
export function nameOf(node: unknown): string {
  if (!isSyntax(node)) return '';
  if (node.type === 'Identifier') return String(node['name']);
  if (node.type === 'ThisExpression') return 'this';
  if (node.type !== 'MemberExpression') return '';
  const object = nameOf(node['object']);
  const property = node['property'];
  if (node['computed'] !== true) return `${object}.${nameOf(property)}`;
  return isSyntax(property) && typeof property['value'] === 'string'
    ? `${object}.${property['value']}`
    : object;
}

export function lineOf(source: Source, offset: number): number {
  return source.text.slice(0, offset).split('\n').length;
}
