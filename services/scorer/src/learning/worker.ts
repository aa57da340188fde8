import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { LearningDesk } from './learning-desk.ts';
import type { FromThread, ThreadSettings, ToThread } from './protocol.ts';

/** The learning thread: one question after the other, some of which take seconds. */

const port = parentPort as MessagePort;
const desk = new LearningDesk(workerData as ThreadSettings);

port.on('message', ({ id, question }: ToThread) => {
  let message: FromThread;
  try {
    message = { id, answer: desk.answer(question) };
  } catch (error) {
    message = { id, failure: String(error) };
  }
  port.postMessage(message);
});
