export { type Agreement, agreement, draftRightFrom, isAnswer } from './agreement.ts';
