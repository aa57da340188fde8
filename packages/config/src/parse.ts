import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { type Found, referenceProblems } from './references.ts';
import { type Config, type ConfigInput, configSchema } from './schema.ts';
import { keysAt, nearest, nearestBelow } from './suggest.ts';
import { wording } from './wording.ts';

/** Reads a configuration's text. `source` is what the errors call it. Throws `ConfigError` with every problem found. */
export function parseConfig(text: string, source: string): Config {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, merge: true });
  if (document.errors.length > 0) {
    throw new ConfigError(
      source,
      document.errors.map((error) => ({
        path: '',
        // Its own place is told by the line.
        message: (error.message.split('\n')[0] ?? 'not YAML').replace(/ at line \d+.*$/, ''),
        line: counter.linePos(error.pos[0]).line,
      })),
    );
  }
  const lineOf = (path: readonly PropertyKey[]) => lineIn(document, counter, path);
  return checkConfig(document.toJS() ?? {}, source, lineOf);
}

/** The same for a configuration that is already data. */
export function checkConfig(
  input: unknown,
  source: string,
  lineOf: (path: readonly PropertyKey[]) => number | undefined = () => undefined,
): Config {
  const result = configSchema.safeParse(input, { error: wording });
  const problems = result.success
    ? referenceProblems(result.data)
    : result.error.issues.flatMap(withoutUnions).flatMap(problemsOf);
  if (result.success && problems.length === 0) return result.data;
  throw new ConfigError(
    source,
    problems.map(({ path, message }) => ({ path: path.join('.'), message, line: lineOf(path) })),
  );
}

/** For configurations made in code: the input as the schema fills it in. */
export function fillConfig(input: ConfigInput): Config {
  return checkConfig(input, 'the built-in configuration');
}

function problemsOf(issue: z.core.$ZodIssue): Found[] {
  if (issue.code !== 'unrecognized_keys') {
    return [{ path: issue.path, message: issue.message }];
  }
  const known = keysAt(configSchema, issue.path);
  return issue.keys.map((key) => {
    // Known, and still none of this shape's: it is one of another shape's.
    if (known.includes(key)) {
      const section = issue.path.findLast((step) => SHAPES.has(step));
      const why = SHAPES.get(section) ?? 'it goes with other settings than those here';
      return { path: [...issue.path, key], message: `cannot stand here: ${why}` };
    }
    const meant = nearest(key, known) ?? nearestBelow(configSchema, issue.path, key);
    const hint = meant ? `did you mean "${meant}"?` : `known here: ${known.join(', ')}`;
    return { path: [...issue.path, key], message: `is not a setting; ${hint}` };
  });
}

/** Of unions for which the schema has no words of its own. */
const UNTOLD = 'Invalid input';

/** The sections that have two shapes, and what tells these apart. */
const SHAPES: ReadonlyMap<PropertyKey | undefined, string> = new Map([
  ['price', 'a price is by tokens or by the hour, and not both'],
  ['target', 'a target is a quality (with a confidence) or a budget, and not both'],
]);

/** Of the shapes that a value could have, the one that it comes nearest to is the one that was meant. */
function withoutUnions(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const shapes = issue.errors.map((errors) => errors.flatMap(withoutUnions));
  const possible = shapes.filter((errors) => !errors.some(isOfAnotherKind));
  // Of a value that says nothing at all, nobody knows which shape was meant.
  const saysNothing = possible.length > 1 && possible.every((errors) => errors.every(isMissing));
  if (saysNothing && issue.message !== UNTOLD) return [issue];
  const [first = [], ...others] = possible.length > 0 ? possible : shapes;
  const meant = others.reduce(
    (best, errors) => (faultsIn(errors) < faultsIn(best) ? errors : best),
    first,
  );
  return meant.map((error) => ({ ...error, path: [...issue.path, ...error.path] }));
}

/** A list where there should be none, and the like. */
function isOfAnotherKind({ code, path }: z.core.$ZodIssue): boolean {
  return path.length === 0 && code === 'invalid_type';
}

function isMissing({ code, message }: z.core.$ZodIssue): boolean {
  return code === 'invalid_type' && message === 'is missing';
}

function faultsIn(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce(
    (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1),
    0,
  );
}

/** The line of a path, or of the nearest part of it that the file has. */
function lineIn(
  document: Document,
  counter: LineCounter,
  path: readonly PropertyKey[],
): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(document, path.slice(0, length));
    if (node?.range) return counter.linePos(node.range[0]).line;
  }
  return undefined;
}

/** Where a setting begins: at its key, since its value may be lines below. */
function nodeAt(document: Document, path: readonly PropertyKey[]): Node | undefined {
  const parent = path.length > 0 ? document.getIn(path.slice(0, -1), true) : undefined;
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)))
    : undefined;
  const node = pair ? pair.key : document.getIn(path, true);
  return isNode(node) ? node : undefined;
}

export type { ConfigProblem };
