import { isSyntax, isTest, lineOf, nameOf, type Source, type Syntax, syntaxOf } from './source.ts';

const MAX_FILE_LINES = 500;
const MAX_FUNCTION_LINES = 70;

/** Names that say where code was put and not what it is. */
const SAYS_NOTHING = /^(utils?|helpers?|common|misc|types?)\.[cm]?[jt]s$/;

/** Notes to oneself; the words are put together here so that this file has none. */
const NOTES = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`,
);

const FUNCTIONS = new Set([
  'FunctionDeclaration',
  'FunctionExpression',
  'ArrowFunctionExpression',
  'TSDeclareFunction',
]);

/** Everything untidy in a file, one line for each. */
export function untidinessIn(source: Source): string[] {
  const name = source.path.split('/').at(-1) ?? '';
  const found: string[] = [];
  if (SAYS_NOTHING.test(name)) found.push('has a name that says nothing');
  const lines = source.text.trimEnd().split('\n');
  if (lines.length > MAX_FILE_LINES) found.push(`has ${lines.length} lines`);
  for (const [index, line] of lines.entries()) {
    const note = NOTES.exec(line);
    if (note) found.push(`notes ${note[1]} at line ${index + 1}`);
  }
  for (const node of syntaxOf(source)) {
    const fault = faultOf(source, node);
    if (fault) found.push(`${fault} at line ${lineOf(source, node.start)}`);
  }
  return found.map((what) => `${source.path} ${what}`);
}

function faultOf(source: Source, node: Syntax): string | undefined {
  if (node.type === 'TSAnyKeyword') return 'says any';
  if (isTest(source.path)) return heldBack(node);
  if (!FUNCTIONS.has(node.type)) return undefined;
  const lines = source.text.slice(node.start, node.end).split('\n').length;
  return lines > MAX_FUNCTION_LINES ? `has a function of ${lines} lines` : undefined;
}

/** A test that does not run, or keeps others from running. */
function heldBack(node: Syntax): string | undefined {
  if (node.type !== 'MemberExpression') return undefined;
  const match = /^(test|it|describe|suite|bench)\b.*\.(only|skip|todo|fails)$/.exec(nameOf(node));
  return match ? `has a test held back by ${match[2]}` : undefined;
}

/** The titles of a file's tests, as they are written. */
export function testTitlesIn(source: Source): string[] {
  return syntaxOf(source).flatMap((node) => {
    if (node.type !== 'CallExpression' || !/^(test|it)\b/.test(calledName(node['callee'])))
      return [];
    const [title] = Array.isArray(node['arguments']) ? node['arguments'] : [];
    return isSyntax(title) && typeof title['value'] === 'string' ? [title['value']] : [];
  });
}

/** `test`, `test.for`, or that of `test.each(rows)`. */
function calledName(callee: unknown): string {
  if (isSyntax(callee) && callee.type === 'CallExpression') return calledName(callee['callee']);
  return nameOf(callee);
}
