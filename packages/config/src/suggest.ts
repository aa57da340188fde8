import leven from 'leven';
import type { z } from 'zod';

/** The known key that was probably meant, when one is near enough to be a slip. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = leven(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly innerType?: z.core.$ZodType;
  readonly in?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly keyType?: z.core.$ZodType;
}

/** The keys that the schema has at a path; empty where it has none of its own. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const definition = schema._zod.def as unknown as Definition;
  const inner = definition.innerType ?? definition.in;
  if (inner) return keysAt(inner, path);
  const { options } = definition;
  if (options) return [...new Set(options.flatMap((option) => keysAt(option, path)))];
  const [step, ...rest] = path;
  if (step === undefined) {
    return Object.keys(definition.shape ?? {}).concat(namesOf(definition.keyType));
  }
  const element = typeof step === 'number' ? definition.element : undefined;
  const next = definition.shape?.[String(step)] ?? definition.valueType ?? element;
  return next ? keysAt(next, rest) : [];
}

/** The names that a section takes, where it takes no others. */
function namesOf(keyType: z.core.$ZodType | undefined): string[] {
  return [...(keyType?._zod.values ?? [])].map(String);
}

/** The key one section further down that was probably meant, "scorer.threshold" for instance. */
export function nearestBelow(
  schema: z.core.$ZodType,
  path: readonly PropertyKey[],
  word: string,
): string | undefined {
  for (const section of keysAt(schema, path)) {
    const meant = nearest(word, keysAt(schema, [...path, section]));
    if (meant) return `${section}.${meant}`;
  }
  return undefined;
}
