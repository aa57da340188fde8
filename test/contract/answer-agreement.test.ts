import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { agreement, draftRightFrom } from '../../services/scorer/src/comparison/index.ts';
import { exchangeOf, type LogRow } from '../../services/scorer/src/recorded/log-row.ts';

/** What two models answered to the same questions, and who was right; not part of the repository. */
const RECORDED = fileURLToPath(new URL('../../../shared/data/cascade/', import.meta.url));
/** Of these questions the frontier's answers were recorded up to here, without a word of it. */
const RECORDED_CHARACTERS = 400;

type Answered = LogRow & { readonly strong_text: string };

/** The share of answers for which agreeing with a frontier that is right is the same as being right. */
function shareRight(file: string, isWhole: (row: Answered) => boolean) {
  const lines = readFileSync(join(RECORDED, file), 'utf8').trimEnd().split('\n');
  let compared = 0;
  let right = 0;
  for (const line of lines) {
    const row = JSON.parse(line) as Answered;
    if (row.strong_correct !== 1 || !isWhole(row)) continue;
    const { chat, reply } = exchangeOf(row);
    const agreed = agreement(chat, reply, { ...reply, finish: 'stop', text: row.strong_text });
    if (!agreed) continue;
    compared++;
    if (Math.round(draftRightFrom(agreed)) === row.weak_correct) right++;
  }
  return { compared, share: right / compared };
}

test.skipIf(!existsSync(join(RECORDED, 'routellm_gsm8k.jsonl')))(
  'agreeing with a frontier that is right is being right: sums in prose',
  () => {
    const { compared, share } = shareRight(
      'routellm_gsm8k.jsonl',
      ({ strong_text }) => strong_text.length < RECORDED_CHARACTERS,
    );
    expect(compared).toBeGreaterThan(600);
    expect(share).toBeGreaterThanOrEqual(0.97);
  },
);

test
  .skipIf(!existsSync(join(RECORDED, 'tiny_dev.jsonl')))
  .each(['tiny_dev.jsonl', 'tiny_good_dev.jsonl'])(
  'agreeing with a frontier that is right is being right: five short tasks (%s)',
  (file) => {
    const { compared, share } = shareRight(file, () => true);
    expect(compared).toBeGreaterThan(1_000);
    expect(share).toBeGreaterThanOrEqual(0.99);
  },
);
