import { listOf, recordOf } from './catalog.ts';

/** How genai-prices says which names a price is for. A rule that is not known here matches nothing. */
export function matches(rule: unknown, name: string): boolean {
  const [[how, value] = []] = Object.entries(recordOf(rule) ?? {});
  switch (how) {
    case 'or':
      return listOf(value).some((part) => matches(part, name));
    case 'and':
      return listOf(value).length > 0 && listOf(value).every((part) => matches(part, name));
    case 'equals':
      return name === value;
    case 'starts_with':
      return typeof value === 'string' && name.startsWith(value);
    case 'ends_with':
      return typeof value === 'string' && name.endsWith(value);
    case 'contains':
      return typeof value === 'string' && name.includes(value);
    default:
      return false;
  }
}

/** The names that a rule spells out. */
export function namesIn(rule: unknown): string[] {
  const { or, equals } = recordOf(rule) ?? {};
  if (typeof equals === 'string') return [equals];
  return listOf(or).flatMap(namesIn);
}
