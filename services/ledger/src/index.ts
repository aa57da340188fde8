export { type Budget, type LedgerOptions, LedgerService } from './ledger-service.ts';
export { type PostgresOptions, PostgresStore } from './postgres/postgres-store.ts';
export { SqliteStore } from './sqlite/sqlite-store.ts';
export type { LedgerStore, Limit } from './store.ts';
