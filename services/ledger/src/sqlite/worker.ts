import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { linesOf, parseEvent } from '@weir/core';
import { type Booking, bookingOf } from '../booking.ts';
import { LedgerDatabase } from './database.ts';
import type { Answer, FromWorker, Question, ToWorker } from './protocol.ts';

/** The ledger's thread: one question after the other, each one transaction. */

const port = parentPort as MessagePort;
const { path, readOnly } = workerData as { path: string; readOnly: boolean };
const database = new LedgerDatabase(path, readOnly);

function answer(question: Question): Answer {
  switch (question.type) {
    case 'append':
      return {
        type: 'append',
        booked: database.append(bookingsOf(question.text)),
      };
    case 'hold':
      return {
        type: 'hold',
        granted: database.hold(question.call, question.limit, question.nowMs),
      };
    case 'query':
      return { type: 'query', rows: database.query(question.query) };
    case 'request':
      return { type: 'request', entries: database.request(question.call) };
    case 'read':
      return { type: 'read', entries: database.read(question.call, question.limit) };
    case 'close':
      database.close();
      return { type: 'close' };
  }
}

/** SQLITE_TOOBIG, SQLITE_CONSTRAINT, SQLITE_MISMATCH; and what JavaScript could not make a row of. */
const REFUSALS = [18, 19, 20];

function isLasting(error: unknown): boolean {
  const { errcode } = error as { errcode?: number };
  return errcode === undefined ? error instanceof RangeError : REFUSALS.includes(errcode & 0xff);
}

function bookingsOf(text: Uint8Array): Booking[] {
  return linesOf(text).map((line) => bookingOf(parseEvent(line), line));
}

port.on('message', ({ id, question }: ToWorker) => {
  let message: FromWorker;
  try {
    message = { id, answer: answer(question) };
  } catch (error) {
    message = { id, failure: String(error), lasting: isLasting(error) };
  }
  port.postMessage(message);
});
