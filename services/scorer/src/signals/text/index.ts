import type { Signal } from '../signal.ts';
import { UNSUPPORTED_ADDRESSES } from './addresses.ts';
import { EQUATION_ERRORS, FRACTION_CONCLUDED, RESULT_KEPT } from './arithmetic.ts';
import { HEDGING, REFUSAL, SECOND_THOUGHTS } from './doubts.ts';
import { ECHO } from './echo.ts';
import { CUT_OFF, LAST_LINE } from './ending.ts';
import { GROUNDING } from './grounding.ts';
import { LANGUAGE_MISMATCH } from './language.ts';
import { ANSWER_LENGTH, LENGTH_RATIO } from './length.ts';
import { UNSUPPORTED_NAMES } from './names.ts';
import { REPETITION } from './repetition.ts';
import { UNSUPPORTED_NUMBERS, UNUSED_NUMBERS } from './supported-numbers.ts';

/** What can be read off an answer without log-probabilities. */
export const TEXT_SIGNALS: readonly Signal[] = [
  HEDGING,
  REFUSAL,
  SECOND_THOUGHTS,
  ANSWER_LENGTH,
  LENGTH_RATIO,
  REPETITION,
  CUT_OFF,
  LAST_LINE,
  LANGUAGE_MISMATCH,
  UNSUPPORTED_NUMBERS,
  UNUSED_NUMBERS,
  UNSUPPORTED_NAMES,
  UNSUPPORTED_ADDRESSES,
  GROUNDING,
  ECHO,
  EQUATION_ERRORS,
  RESULT_KEPT,
  FRACTION_CONCLUDED,
];
