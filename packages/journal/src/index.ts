export { DurableJournal, type JournalOptions, type RelayBatch } from './journal.ts';
export { Relay, type RelayOptions } from './relay.ts';
