import { appendFileSync } from 'node:fs';
import { NatsBus } from '@weir/bus';
import { makeAttempt, startNats } from '@weir/testkit';
import { connect } from 'nats';
import { test } from 'vitest';

const OPTIONS = {
  name: 'test',
  streamMaxBytes: 16 * 1024 * 1024,
  duplicateWindowMs: 60_000,
  replicas: 1,
  publishTimeoutMs: 500,
  ackWaitMs: 2000,
  maxDeliver: 5,
  batchEvents: 10,
  batchWaitMs: 10,
  onPoison: () => {},
};
let run = 0;
test('hang', { repeats: 100, timeout: 20000 }, async () => {
  run++;
  const t0 = performance.now();
  const log = (s: string) =>
    appendFileSync('/tmp/trial/stages.log', `${run} ${Math.round(performance.now() - t0)} ${s}\n`);
  const server = await startNats();
  log(`started ${server.port}`);
  const bus = await NatsBus.open({
    ...OPTIONS,
    servers: [server.url],
    onStatus: (s) => log(`status ${s}`),
  });
  log('open');
  server.pause();
  const events = [makeAttempt(), makeAttempt()];
  await bus.publish(events).catch((e) => log(`rejected ${e.cause}`));
  server.resume();
  for (;;) {
    try {
      await bus.publish(events);
      break;
    } catch (e) {
      log(`again ${(e as Error).cause}`);
      await new Promise((r) => setImmediate(r));
    }
  }
  log('published');
  const c = await connect({ servers: server.url });
  log('connected');
  const m = await c.jetstreamManager();
  await m.streams.info('WEIR_COST');
  log('info');
  await c.close();
  log('closed');
  await bus[Symbol.asyncDispose]();
  log('bus closed');
  await server[Symbol.asyncDispose]();
  log('done');
});
