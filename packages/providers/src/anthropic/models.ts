/**
 * What some Claude models refuse that others take: the Messages API answers 400 to a parameter that its model does not
 * know, so what to leave out is read off the model's name. A Claude of unknown generation counts as the newest, since
 * a parameter left out is named to the caller and a refused call is not answered at all. Models of other makers, behind
 * the same protocol, take everything.
 */
export interface Abilities {
  /** Any temperature and top_p; without it only those that change nothing are taken. */
  readonly sampling: boolean;
  /** Temperature and top_p in one request. */
  readonly samplingTogether: boolean;
  /** The efforts that it grades, the lowest first; none where it is told in tokens only. */
  readonly efforts: readonly string[];
  /** Calls of a tool can be held to its schema. */
  readonly strictTools: boolean;
  /** How it is told to think: by a budget of tokens, or to see for itself. */
  readonly thinking: 'budget' | 'adaptive' | 'none';
  /** It answers without a thought when told so. */
  readonly thoughtless: boolean;
}

const EFFORTS = ['low', 'medium', 'high', 'xhigh', 'max'];

const EVERYTHING: Abilities = {
  sampling: true,
  samplingTogether: true,
  efforts: EFFORTS,
  // Not known to be: a field that is ignored would be lost without a word.
  strictTools: false,
  thinking: 'budget',
  thoughtless: true,
};

export function abilitiesOf(model: string): Abilities {
  if (!/claude/i.test(model)) return EVERYTHING;
  const generation = generationOf(model);
  return {
    sampling: generation <= 406,
    samplingTogether: generation < 400,
    efforts: effortsOf(generation, /opus/i.test(model)),
    strictTools: generation >= 405,
    thinking: thinkingOf(generation),
    thoughtless: generation < 500,
  };
}

/** Effort began with Opus 4.5, `max` with 4.6, and `xhigh` between them with 4.7. */
function effortsOf(generation: number, isOpus: boolean): readonly string[] {
  if (generation >= 407) return EFFORTS;
  if (generation === 406) return EFFORTS.filter((effort) => effort !== 'xhigh');
  return generation === 405 && isOpus ? EFFORTS.slice(0, 3) : [];
}

/** Budgets came with 3.7; 4.6 still takes them, its successors refuse them. */
function thinkingOf(generation: number): Abilities['thinking'] {
  if (generation < 307) return 'none';
  return generation < 406 ? 'budget' : 'adaptive';
}

/** 4.6 is 406. Dates are no versions: `claude-sonnet-4-20250514` is 400. */
export function generationOf(model: string): number {
  const match = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/i.exec(model);
  if (!match) return Number.POSITIVE_INFINITY;
  return Number(match[1]) * 100 + Number(match[2] ?? 0);
}
