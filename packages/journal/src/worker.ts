import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import type { FromWorker, ToWorker } from './protocol.ts';
import { JournalStore } from './store.ts';

/**
 * The journal's thread. Group commit: whatever has piled up while one batch was being written to disk becomes the next
 * batch, so that one fsync serves every request that waits. A batch that cannot be written (disk full) is kept and
 * tried again, because its events exist nowhere else.
 */

const RETRY_MS = 200;
/** How often a failing batch is still tried once the process wants to end. */
const LAST_TRIES = 5;

const port = parentPort as MessagePort;
const say = (message: FromWorker) => port.postMessage(message);
const pending: ToWorker[] = [];

function pull(): void {
  let received = receiveMessageOnPort(port);
  while (received) {
    pending.push(received.message as ToWorker);
    received = receiveMessageOnPort(port);
  }
}

function work(store: JournalStore): void {
  let failures = 0;
  pull();
  while (pending.length > 0) {
    const commits = leadingCommits();
    if (commits.length === 0) {
      act(store, pending.shift() as ToWorker);
      continue;
    }
    const batch = commits.at(-1)?.batch ?? 0;
    try {
      store.append(commits);
      pending.splice(0, commits.length);
      failures = 0;
      say({ type: 'committed', batch });
    } catch (error) {
      failures++;
      say({ type: 'failing', batch, message: String(error) });
      if (failures >= LAST_TRIES && pending.some((message) => message.type === 'close')) {
        say({ type: 'broken', message: `closed while its disk refused writes: ${String(error)}` });
        port.close();
        return;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
    pull();
  }
}

function leadingCommits(): Extract<ToWorker, { type: 'commit' }>[] {
  const commits = [];
  for (const message of pending) {
    if (message.type !== 'commit') break;
    commits.push(message);
  }
  return commits;
}

function act(store: JournalStore, message: ToWorker): void {
  switch (message.type) {
    case 'take':
      say({ type: 'taken', rows: store.take(message.afterBatch, message.limit) });
      return;
    case 'trim':
      store.trim(message.upToBatch);
      return;
    case 'close':
      store.close();
      say({ type: 'closed' });
      port.close();
      return;
    case 'commit':
      throw new TypeError('commits are taken together, before this');
  }
}

try {
  const store = new JournalStore((workerData as { path: string }).path);
  say({ type: 'ready', ...store.find() });
  port.on('message', (message: ToWorker) => {
    pending.push(message);
    work(store);
  });
} catch (error) {
  say({ type: 'broken', message: String(error) });
}
