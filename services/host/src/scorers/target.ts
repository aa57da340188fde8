import type { RouteConfig } from '@weir/config';
import type { RouteTarget } from '@weir/scorer';
import { UsageError } from '../command.ts';
import { targetOf } from '../scoring.ts';

type Text = (option: string) => string | undefined;

/** What is asked for where neither the command line nor the route says it. */
const USUAL = { quality: 0.99, confidence: 0.9 };

/** By the command line, where it says anything, or else by the route. */
export function targetFor(text: Text, { scorer }: RouteConfig): RouteTarget {
  const configured = scorer.target;
  const quality = shareOption(text, 'quality');
  const confidence = shareOption(text, 'confidence');
  const share = shareOption(text, 'share');
  if (share !== undefined) {
    if (quality !== undefined || confidence !== undefined) {
      throw new UsageError('takes --share, or --quality and --confidence, not both');
    }
    return { kind: 'budget', share };
  }
  if (quality === undefined && confidence === undefined && configured) return known(configured);
  const base = configured && 'quality' in configured ? configured : USUAL;
  return known({
    quality: quality ?? base.quality,
    confidence: confidence ?? base.confidence,
  });
}

function known(target: NonNullable<RouteConfig['scorer']['target']>): RouteTarget {
  const made = targetOf(target);
  if (!made) throw new TypeError('a target makes a target');
  return made;
}

function shareOption(text: Text, option: string): number | undefined {
  const given = text(option);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() !== '' && value > 0 && value < 1) return value;
  throw new UsageError(`--${option} takes a number between 0 and 1, such as 0.9, not "${given}"`);
}

/** What the owner should know where the route does not say the same. */
export function targetRemarks(
  target: RouteTarget,
  { draft, scorer }: RouteConfig,
  route: string,
): string[] {
  if (draft === undefined)
    return [`routes.${route} has no draft: no scorer model has a say there.`];
  const configured = targetOf(scorer.target);
  if (!configured) {
    return [
      `routes.${route}.scorer.target is not set: a server takes no notice of scorer models until it is, for example to ${targetText(target)}.`,
    ];
  }
  if (targetText(configured) === targetText(target)) return [];
  return [
    `routes.${route}.scorer.target is ${targetText(configured)}: a server that calibrates by itself goes by that.`,
  ];
}

function targetText(target: RouteTarget): string {
  if (target.kind === 'budget') return `{ budget: { share: ${target.share} } }`;
  return `{ quality: ${oneMinus(target.alpha)}, confidence: ${oneMinus(target.delta)} }`;
}

function oneMinus(share: number): number {
  return Number((1 - share).toPrecision(6));
}
