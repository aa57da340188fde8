export { type Agreement, agreement, draftRightFrom } from './agreement.ts';
