import { expect, test } from 'vitest';
import { stoppedBy } from './stop.ts';

test.each([
  ['One two', ' two', ['two'], { word: 'two', visible: ' ' }],
  ['One two', 'wo', ['two'], { word: 'two', visible: '' }],
  ['One two', ' two', ['', 'three'], undefined],
] as const)(
  'in "%s", with its last piece "%s" and the stop words %o',
  (text, piece, stop, stopped) => {
    expect(stoppedBy(text, piece, stop)).toEqual(stopped);
  },
);
