/** Text that a log or a file name brought, safe between tags and in quoted attributes. */
export function escaped(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** From the values of an axis to its place in a drawing. */
export interface Scale {
  (value: number): number;
  readonly from: number;
  readonly to: number;
}

/** Linear; values beyond the ends are drawn at the ends, and what is no number at the first. */
export function scale(
  [from, to]: readonly [number, number],
  place: readonly [number, number],
): Scale {
  const [start, end] = place;
  const at = (value: number) => {
    const part = Math.min(1, Math.max(0, (value - from) / (to - from)));
    return start + (Number.isNaN(part) ? 0 : part) * (end - start);
  };
  return Object.assign(at, { from, to });
}

/** A coordinate as short as the eye needs it. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${px(x)} ${px(y)}`).join('');
}

/** Round values between two ends, about so many of them. */
export function ticks(from: number, to: number, about: number): number[] {
  const rough = (to - from) / Math.max(1, about);
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * magnitude).find((each) => each >= rough * 0.99);
  if (step === undefined || !Number.isFinite(step)) return [from];
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  // Of ends whose distance is lost in their size, counting upwards would never come to the second.
  if (!(last >= first && last - first <= 2 * Math.max(1, about) && Number.isSafeInteger(last)))
    return [from];
  return Array.from({ length: last - first + 1 }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}

interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly as?: string;
}

export function textAt(x: number, y: number, text: string, options: TextOptions = {}): string {
  const { anchor = 'start', as = 'label' } = options;
  return `<text class="${as}" x="${px(x)}" y="${px(y)}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

export function line(as: string, from: readonly [number, number], to: readonly [number, number]) {
  return `<line class="${as}" x1="${px(from[0])}" y1="${px(from[1])}" x2="${px(to[0])}" y2="${px(to[1])}"/>`;
}

/** A drawing with what it shows in words, for those who do not see it. */
export function drawing(
  { id, width, height }: { readonly id: string; readonly width: number; readonly height: number },
  { title, description }: { readonly title: string; readonly description: string },
  body: readonly string[],
): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 ${px(width)} ${px(height)}" role="img" aria-labelledby="${id}-title ${id}-desc">`,
    `<title id="${id}-title">${escaped(title)}</title>`,
    `<desc id="${id}-desc">${escaped(description)}</desc>`,
    ...body,
    '</svg>',
  ].join('\n');
}
