import { type Logger, pino } from 'pino';

export type Log = Logger;

/** Structured JSON on stderr. Prompts, answers and keys are never among the fields; nothing is logged per chunk. */
export function openLog(options: { readonly level: string; readonly service: string }): Log {
  return pino(
    { level: options.level, base: { service: options.service }, messageKey: 'message' },
    pino.destination({ dest: 2, sync: false }),
  );
}
