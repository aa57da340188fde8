import type { Answer } from './answer.ts';

/** Folded. */
const YES = 'yes|yeah|yep|ja|oui|si|sim|да|はい|是的|是|对|對|네|예|true|correct|tak|evet';
const NO = 'no|nope|nein|non|nao|нет|いいえ|否|不是|不|아니요|아니오|nee|false|incorrect|nie|hayir';
/** Alone, or parted from what follows: `No problem` and `Si vous ...` answer nothing. */
const ENDED = String.raw`(?=\s*(?:$|[,.!:;…–—、。，！\n-]))`;
const OPENS_YES = new RegExp(`^[^\\p{L}\\p{N}]*(?:${YES})${ENDED}`, 'iu');
const OPENS_NO = new RegExp(`^[^\\p{L}\\p{N}]*(?:${NO})${ENDED}`, 'iu');

/** What an answer to a yes-or-no question opens with. */
export function polarityOf({ folded }: Answer): 'yes' | 'no' | undefined {
  if (OPENS_YES.test(folded)) return 'yes';
  return OPENS_NO.test(folded) ? 'no' : undefined;
}
