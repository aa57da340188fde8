import type { Signal } from '../signal.ts';
import { codeAt } from './characters.ts';

const MAX_ADDRESSES = 16;
const MAX_CHARACTERS = 256;

/** The share of the answer's web addresses that the request does not have. Without any it abstains. */
export const UNSUPPORTED_ADDRESSES: Signal = {
  name: 'unsupported_addresses',
  cost: 'context',
  read: (draft) => {
    const addresses = addressesIn(draft.text);
    if (addresses.length === 0) return undefined;
    const missing = addresses.filter(
      (address) => !draft.question.includes(address) && !draft.context.includes(address),
    );
    return missing.length / addresses.length;
  },
};

/** Web addresses without their scheme. */
function addressesIn(text: string): string[] {
  const found: string[] = [];
  for (let at = text.indexOf('://'); at !== -1 && found.length < MAX_ADDRESSES; ) {
    const start = at + 3;
    let end = start;
    while (end - start < MAX_CHARACTERS && !endsAddress(codeAt(text, end))) end++;
    while (end > start && TRAILING.includes(text.charAt(end - 1))) end--;
    if (end > start) found.push(text.slice(start, end));
    at = text.indexOf('://', start);
  }
  return found;
}

/** What stands after an address and is no part of it. */
const TRAILING = ".,;:!?*_'";

/** White space, brackets, quotes and whatever is not ASCII. */
function endsAddress(code: number): boolean {
  return !(code > 0x20 && code < 0x7f) || '"<>()[]{}|\\^`'.includes(String.fromCharCode(code));
}
