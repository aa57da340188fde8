import { type Log, openLog } from '@weir/runtime';

/** For tests that are not about the log. */
export const silentLog: Log = openLog({ level: 'silent', service: 'test' });
