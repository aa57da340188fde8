export * from './calls.ts';
export * from './chat.ts';
export { decodeEvent, encodeEvent, eventFromWire, eventToWire } from './events.ts';
export * from './ledger.ts';
export * from './scoring.ts';
export * from './status.ts';
export { verdictFromWire, verdictToWire } from './verdict.ts';
