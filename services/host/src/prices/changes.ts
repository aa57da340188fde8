import type { BookChange, Disagreement, Stretch } from '@weir/pricing';

/** A change as lines to read: what, and for a price that changed, when and from what to what. */
export function formatChange({ model, what, stretches }: BookChange): string[] {
  return [`${what} ${model}`, ...stretches.map(formatStretch)];
}

function formatStretch({ fromMs, untilMs, differences }: Stretch): string {
  const texts = differences.map(
    ({ path, before = 'none', after = 'none' }) => `${path} ${before} → ${after}`,
  );
  return `    ${formatTime(fromMs, untilMs)}${texts.join(', ')}`;
}

function formatTime(fromMs: number, untilMs: number): string {
  const from = Number.isFinite(fromMs) ? `from ${formatInstant(fromMs)}` : '';
  const until = Number.isFinite(untilMs) ? `until ${formatInstant(untilMs)}` : '';
  const text = [from, until].filter(Boolean).join(' ');
  return text ? `${text}: ` : '';
}

/** A day, or a minute where it is not midnight. */
export function formatInstant(atMs: number): string {
  return new Date(atMs)
    .toISOString()
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/:00\.000Z$/, 'Z');
}

export function formatDisagreement({ model, kind, figures }: Disagreement): string {
  const texts = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`);
  return `${model} ${kind}: ${texts.join(', ')}`;
}

/** How many of each, the most frequent first. */
export function counts(names: Iterable<string>): Record<string, number> {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return Object.fromEntries([...found].sort(([, a], [, b]) => b - a));
}
