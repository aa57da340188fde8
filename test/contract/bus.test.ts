import { COST_STREAM, MemoryBus, NatsBus, type NatsOptions } from '@weir/bus';
import { eventIdOf, eventsOf, Fault, type LedgerEvent } from '@weir/core';
import {
  makeAttempt,
  makeDraftLabelled,
  makeRequestCompleted,
  type NatsServer,
  startNats,
} from '@weir/testkit';
import { connect, type JetStreamManager, type NatsConnection } from 'nats';
import { describe, expect, test } from 'vitest';
import { busContract, publishUntilTaken } from './bus.contract.ts';
import { Reader } from './reader.ts';

const DEAD_STREAM = 'WEIR_DEAD';

describe('the bus in memory', () => {
  busContract(async () =>
    Object.assign(new MemoryBus(), { [Symbol.asyncDispose]: async () => {} }),
  );

  test('a publication that nobody reads is not accepted', async () => {
    await expect(new MemoryBus().publish([makeAttempt()])).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });
});

describe('the bus over NATS', () => {
  busContract(async () => {
    const server = await startNats();
    const bus = await open(server);
    return {
      publish: (events) => bus.publish(events),
      consume: (handle) => bus.consume(handle),
      async [Symbol.asyncDispose]() {
        await bus[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  });

  test('its streams refuse new events when full, and let nobody delete old ones', async () => {
    await using server = await startNats();
    await using _bus = await open(server);
    await using outside = await look(server);
    for (const name of [COST_STREAM, DEAD_STREAM]) {
      const { config } = await outside.manager.streams.info(name);
      expect(config).toMatchObject({
        discard: 'new',
        deny_delete: true,
        deny_purge: true,
        storage: 'file',
        retention: 'limits',
        max_bytes: OPTIONS.streamMaxBytes,
        max_age: 0,
        duplicate_window: OPTIONS.duplicateWindowMs * 1e6,
      });
      await expect(outside.manager.streams.purge(name)).rejects.toThrow();
    }
  });

  test('opening it again, or twice at once, finds the streams that are there', async () => {
    await using server = await startNats();
    const buses = await Promise.all([open(server), open(server), open(server)]);
    await buses[0]?.publish([makeAttempt()]);
    await using _again = await open(server);
    await using outside = await look(server);
    expect((await outside.manager.streams.info(COST_STREAM)).state.messages).toBe(1);
    for (const bus of buses) await bus[Symbol.asyncDispose]();
  });

  test('an event goes out once under its tenant and route, with CloudEvents headers', async () => {
    await using server = await startNats();
    await using bus = await open(server);
    await using outside = await look(server);
    const event = makeAttempt({ tenant: 'acme corp.', route: 'support.chat' });
    await bus.publish([event, event]);
    await bus.publish([event]);
    const { state } = await outside.manager.streams.info(COST_STREAM);
    expect(state.messages).toBe(1);
    const message = await outside.manager.streams.getMessage(COST_STREAM, { seq: 1 });
    expect(message.subject).toBe('weir.cost.v1.acme_corp_.support_chat');
    expect(message.header.get('ce-id')).toBe(event.attemptId);
    expect(message.header.get('ce-type')).toBe('weir.v1.attempt.settled');
    expect(message.header.get('ce-time')).toBe(new Date(event.settledAtMs).toISOString());
  });

  test('a label goes out below its route, where nobody meets it who subscribed to costs', async () => {
    await using server = await startNats();
    await using bus = await open(server);
    await using outside = await look(server);
    const costs: string[] = [];
    const subscription = outside.connection.subscribe('weir.cost.v1.*.*', {
      callback: (_error, message) => void costs.push(message.headers?.get('ce-type') ?? ''),
    });
    const label = makeDraftLabelled({ tenant: 'acme corp.', route: 'support.chat' });
    const attempt = makeAttempt({ route: 'support.chat' });
    await outside.connection.flush();
    await bus.publish([label]);
    await bus.publish([attempt]);
    await expect.poll(() => costs).toEqual(['weir.v1.attempt.settled']);
    subscription.unsubscribe();
    const message = await outside.manager.streams.getMessage(COST_STREAM, { seq: 1 });
    expect(message.subject).toBe('weir.cost.v1.acme_corp_.support_chat.label');
    expect(message.header.get('ce-id')).toBe(label.labelId);
    expect(message.header.get('ce-type')).toBe('weir.v1.draft.labelled');
    expect(message.header.get('ce-time')).toBe(new Date(label.labelledAtMs).toISOString());
  });

  test('nothing is accepted while the server hangs, and all of it once it goes on', async () => {
    await using server = await startNats();
    await using bus = await open(server);
    const events = [makeAttempt(), makeRequestCompleted()];
    await server.pause();
    await expect(bus.publish(events)).rejects.toMatchObject({ kind: 'unavailable' });
    server.resume();
    await publishUntilTaken(bus, events);
    await using outside = await look(server);
    expect((await outside.manager.streams.info(COST_STREAM)).state.messages).toBe(2);
  });

  test('nothing is accepted while the server is down, and all of it once it is back', async () => {
    await using server = await startNats();
    await using bus = await open(server);
    const events = [makeAttempt(), makeRequestCompleted()];
    await server.stop();
    await expect(bus.publish(events)).rejects.toMatchObject({ kind: 'unavailable' });
    await server.restart();
    await publishUntilTaken(bus, events);
    await using outside = await look(server);
    expect((await outside.manager.streams.info(COST_STREAM)).state.messages).toBe(2);
  });

  test('a crash of the server in the midst of it loses nothing that was accepted', async () => {
    await using server = await startNats();
    await using bus = await open(server);
    const reader = new Reader();
    await using _reading = await bus.consume(reader.handle);
    const events = Array.from({ length: 60 }, () => makeAttempt());
    const publishing = publishInOrder(bus, events);
    await reader.has(events.slice(0, 20).map(eventIdOf));
    await server.kill();
    await server.restart();
    await publishing;
    await reader.has(events.map(eventIdOf));
    await using outside = await look(server);
    expect((await outside.manager.streams.info(COST_STREAM)).state.messages).toBe(60);
  });

  test('what was accepted before a crash is read by whoever comes after it', async () => {
    await using server = await startNats();
    const events = Array.from({ length: 30 }, () => makeAttempt());
    {
      await using bus = await open(server);
      await bus.publish(events);
      await server.kill();
    }
    await server.restart();
    await using bus = await open(server);
    const reader = new Reader();
    await using _reading = await bus.consume(reader.handle);
    await reader.has(events.map(eventIdOf));
    expect(reader.events.map(eventIdOf)).toEqual(events.map(eventIdOf));
  });

  test('a full stream refuses what comes and keeps what it has', async () => {
    await using server = await startNats();
    await using bus = await open(server, { streamMaxBytes: 4096 });
    const accepted: string[] = [];
    const fill = async () => {
      for (;;) {
        const event = makeAttempt();
        await bus.publish([event]);
        accepted.push(eventIdOf(event));
      }
    };
    await expect(fill()).rejects.toMatchObject({ kind: 'unavailable' });
    const reader = new Reader();
    await using _reading = await bus.consume(reader.handle);
    await reader.has(accepted);
    expect(reader.events.map(eventIdOf)).toEqual(accepted);
  });

  test('a message that nobody can read is put aside whole, and the others go on', async () => {
    await using server = await startNats();
    const poison: string[] = [];
    await using bus = await open(server, { onPoison: (subject) => poison.push(subject) });
    await using outside = await look(server);
    const payload = new Uint8Array([0xff, 0xff, 0xff, 0x00, 0x01]);
    const [before, after] = [makeAttempt(), makeAttempt()];
    await bus.publish([before]);
    await outside.connection.jetstream().publish('weir.cost.v1.acme.support', payload);
    await bus.publish([after]);
    const reader = new Reader();
    await using _reading = await bus.consume(reader.handle);
    await reader.has([eventIdOf(before), eventIdOf(after)]);
    const dead = await outside.dead(1);
    expect(dead).toMatchObject([{ subject: 'weir.dead.v1.acme.support', data: payload }]);
    expect(poison).toEqual(['weir.cost.v1.acme.support']);
  });

  test('an event that its reader refuses for ever is put aside, and the others go on', async () => {
    await using server = await startNats();
    await using bus = await open(server, { maxDeliver: 2 });
    await using outside = await look(server);
    const reader = new Reader();
    const bad = makeAttempt({ route: 'bad' });
    await using _reading = await bus.consume(async (events) => {
      if (eventsOf(events).some(({ route }) => route === 'bad'))
        throw new Error('cannot be booked');
      await reader.handle(events);
    });
    const good = [makeAttempt(), makeAttempt()];
    await bus.publish([...good.slice(0, 1), bad, ...good.slice(1)]);
    await reader.has(good.map(eventIdOf));
    const [dead] = await outside.dead(1);
    expect(dead?.subject).toBe('weir.dead.v1.acme.bad');
    expect(dead?.id).toBe(bad.attemptId);
  });

  test('an outage of the ledger puts no event aside, however long it lasts', async () => {
    await using server = await startNats();
    await using bus = await open(server, { maxDeliver: 1, batchEvents: 1 });
    await using outside = await look(server);
    const reader = new Reader();
    let deliveries = 0;
    await using _reading = await bus.consume(async (events) => {
      if (++deliveries <= 4) throw new Fault('ledger_unavailable', 'The ledger is away.');
      await reader.handle(events);
    });
    const event = makeAttempt();
    await bus.publish([event]);
    await reader.has([eventIdOf(event)]);
    expect((await outside.manager.streams.info(DEAD_STREAM)).state.messages).toBe(0);
  });

  test.each(['stop', 'pause'] as const)(
    'it can be closed after its server came to a %s',
    async (end) => {
      await using server = await startNats();
      const bus = await open(server);
      const reader = new Reader();
      const reading = await bus.consume(reader.handle);
      await server[end]();
      await expect(bus.publish([makeAttempt()])).rejects.toThrow();
      await reading[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      await expect(bus.publish([makeAttempt()])).rejects.toMatchObject({ kind: 'unavailable' });
    },
  );
});

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
  onStatus: () => {},
  onPoison: () => {},
} satisfies Partial<NatsOptions>;

function open(server: NatsServer, options: Partial<NatsOptions> = {}): Promise<NatsBus> {
  return NatsBus.open({ ...OPTIONS, servers: [server.url], ...options });
}

async function publishInOrder(bus: NatsBus, events: readonly LedgerEvent[]): Promise<void> {
  for (const event of events) await publishUntilTaken(bus, [event]);
}

interface DeadMessage {
  readonly subject: string;
  readonly id: string;
  readonly data: Uint8Array;
}

interface Outside extends AsyncDisposable {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** The first so many messages that were put aside, once there are that many. */
  dead(count: number): Promise<DeadMessage[]>;
}

/** The server as another client sees it. */
async function look(server: NatsServer): Promise<Outside> {
  const connection = await connect({ servers: server.url });
  const manager = await connection.jetstreamManager();
  return {
    connection,
    manager,
    async dead(count) {
      const messages: DeadMessage[] = [];
      for (let seq = 1; seq <= count; seq++) {
        await expect
          .poll(async () => (await manager.streams.info(DEAD_STREAM)).state.last_seq, {
            timeout: 20_000,
          })
          .toBeGreaterThanOrEqual(seq);
        const { subject, header, data } = await manager.streams.getMessage(DEAD_STREAM, { seq });
        messages.push({ subject, id: header?.get('ce-id') ?? '', data: new Uint8Array(data) });
      }
      return messages;
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}
