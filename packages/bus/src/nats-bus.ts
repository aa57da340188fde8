import {
  type EventBatch,
  type EventBus,
  eventIdOf,
  eventsOf,
  Fault,
  type LedgerEvent,
} from '@weir/core';
import { decodeEvent, encodeEvent } from '@weir/wire';
import {
  AckPolicy,
  type ConsumerMessages,
  connect,
  DiscardPolicy,
  headers,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import {
  COST_STREAM,
  COST_SUBJECTS,
  costSubject,
  DEAD_LETTER_STREAM,
  DEAD_LETTER_SUBJECTS,
  deadLetterSubject,
} from './subjects.ts';

export interface NatsOptions {
  readonly servers: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
  /** Shown by the server beside the connection. */
  readonly name: string;
  readonly streamMaxBytes: number;
  /** For how long a second publication of an event is recognised by the server; readers recognise it for ever. */
  readonly duplicateWindowMs: number;
  readonly replicas: number;
  readonly publishTimeoutMs: number;
  readonly ackWaitMs: number;
  readonly maxDeliver: number;
  readonly batchEvents: number;
  /** A batch that does not fill up is handed over after this. */
  readonly batchWaitMs: number;
  readonly onStatus: (status: string) => void;
  readonly onPoison: (subject: string, reason: string) => void;
}

/** The durable consumer that books into the ledger; all replicas of the ledger share it. */
const LEDGER_CONSUMER = 'ledger';

/**
 * The bus over NATS JetStream. A publish counts only once the server has acknowledged it, so an outage costs nothing but
 * time. The client is `nats` 2; this file is the only one that knows.
 */
export class NatsBus implements EventBus, AsyncDisposable {
  readonly #options: NatsOptions;
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #jetstream: JetStreamClient;

  private constructor(options: NatsOptions, connection: NatsConnection, manager: JetStreamManager) {
    this.#options = options;
    this.#connection = connection;
    this.#manager = manager;
    this.#jetstream = connection.jetstream({ timeout: options.publishTimeoutMs });
  }

  /** Connects, waiting for the server as long as it takes, and makes sure that both streams are there. */
  static async open(options: NatsOptions): Promise<NatsBus> {
    const connection = await connect({
      servers: [...options.servers],
      name: options.name,
      ...(options.user !== undefined && { user: options.user }),
      ...(options.password !== undefined && { pass: options.password }),
      ...(options.token !== undefined && { token: options.token }),
      maxReconnectAttempts: -1,
      waitOnFirstConnect: true,
      reconnectTimeWait: 500,
      reconnectJitter: 250,
    });
    void reportStatus(connection, options.onStatus);
    const manager = await connection.jetstreamManager({ timeout: options.publishTimeoutMs });
    const bus = new NatsBus(options, connection, manager);
    await bus.#ensureStream(COST_STREAM, COST_SUBJECTS);
    await bus.#ensureStream(DEAD_LETTER_STREAM, DEAD_LETTER_SUBJECTS);
    return bus;
  }

  /** A full stream refuses new events rather than forget old ones: the journal keeps what was refused. */
  async #ensureStream(name: string, subjects: string): Promise<void> {
    const wanted: Partial<StreamConfig> & { name: string } = {
      name,
      subjects: [subjects],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      max_bytes: this.#options.streamMaxBytes,
      duplicate_window: nanos(this.#options.duplicateWindowMs),
      num_replicas: this.#options.replicas,
      deny_delete: true,
      deny_purge: true,
    };
    try {
      await this.#manager.streams.info(name);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#manager.streams.add(wanted);
    }
  }

  async publish(events: EventBatch): Promise<void> {
    if (this.#connection.isClosed())
      throw new Fault('unavailable', 'The connection to NATS is closed.');
    const outcomes = await Promise.allSettled(
      eventsOf(events).map((event) => this.#publishOne(event)),
    );
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed)
      throw new Fault('unavailable', 'NATS did not take every event.', { cause: failed.reason });
  }

  #publishOne(event: LedgerEvent): Promise<unknown> {
    const id = eventIdOf(event);
    const head = headers();
    head.set('ce-specversion', '1.0');
    head.set('ce-id', id);
    head.set('ce-source', '//weir/ledger');
    head.set('ce-type', `weir.v1.${event.type}`);
    head.set('ce-time', new Date(timeOf(event)).toISOString());
    head.set('content-type', 'application/protobuf');
    return this.#jetstream.publish(costSubject(event), encodeEvent(event), {
      msgID: id,
      headers: head,
    });
  }

  async consume(handle: (events: EventBatch) => Promise<void>): Promise<AsyncDisposable> {
    await this.#ensureConsumer();
    const consumer = await this.#jetstream.consumers.get(COST_STREAM, LEDGER_CONSUMER);
    const messages = await consumer.consume({ max_messages: this.#options.batchEvents * 2 });
    const running = this.#handleBatches(messages, handle);
    return {
      [Symbol.asyncDispose]: async () => {
        await messages.close();
        await running;
      },
    };
  }

  async #ensureConsumer(): Promise<void> {
    try {
      await this.#manager.consumers.info(COST_STREAM, LEDGER_CONSUMER);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#manager.consumers.add(COST_STREAM, {
        durable_name: LEDGER_CONSUMER,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(this.#options.ackWaitMs),
        max_ack_pending: this.#options.batchEvents * 4,
      });
    }
  }

  /** Gathers messages into batches by number or by time, whichever comes first. */
  async #handleBatches(
    messages: ConsumerMessages,
    handle: (events: EventBatch) => Promise<void>,
  ): Promise<void> {
    const { batchEvents, batchWaitMs } = this.#options;
    let batch: JsMsg[] = [];
    let timer: NodeJS.Timeout | undefined;
    let handling = Promise.resolve();
    const flush = () => {
      clearTimeout(timer);
      timer = undefined;
      const full = batch;
      batch = [];
      if (full.length > 0) handling = handling.then(() => this.#handle(full, handle));
      return handling;
    };
    for await (const message of messages) {
      batch.push(message);
      if (batch.length >= batchEvents) await flush();
      else timer ??= setTimeout(() => void flush(), batchWaitMs);
    }
    await flush();
  }

  /** Acknowledged after the reader has committed. What fails is delivered again; what cannot be read is put aside. */
  async #handle(
    messages: readonly JsMsg[],
    handle: (events: EventBatch) => Promise<void>,
  ): Promise<void> {
    const readable: { message: JsMsg; event: LedgerEvent }[] = [];
    for (const message of messages) {
      const event = decoded(message);
      if (event) readable.push({ message, event });
      else await this.#bury(message, 'it is no ledger event that this version knows');
    }
    try {
      if (readable.length > 0) await handle(readable.map(({ event }) => event));
      for (const { message } of readable) message.ack();
    } catch (error) {
      if (isOutage(error)) for (const { message } of readable) message.nak(RETRY_MS);
      else if (readable.length === 1) await this.#retryOrBury(readable[0]?.message, String(error));
      // One bad event must not hold back the others: each is tried alone.
      else for (const { message } of readable) await this.#handle([message], handle);
    }
  }

  async #retryOrBury(message: JsMsg | undefined, reason: string): Promise<void> {
    if (!message) return;
    if (message.info.redeliveryCount >= this.#options.maxDeliver) await this.#bury(message, reason);
    else message.nak(RETRY_MS);
  }

  /** To the dead-letter stream, payload and all, and only then out of the way. */
  async #bury(message: JsMsg, reason: string): Promise<void> {
    this.#options.onPoison(message.subject, reason);
    try {
      await this.#jetstream.publish(deadLetterSubject(message.subject), message.data, {
        msgID: `dead-${message.seq}`,
        ...(message.headers && { headers: message.headers }),
      });
      message.ack();
    } catch {
      message.nak(RETRY_MS);
    }
  }

  /** Draining asks the server, and one that hangs never answers: what is not said by then is said again by the relay. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#connection.isClosed()) return;
    const drained = this.#connection.drain().catch(() => {});
    const timeUp = Promise.withResolvers<void>();
    const timer = setTimeout(timeUp.resolve, this.#options.publishTimeoutMs);
    await Promise.race([drained, timeUp.promise]);
    clearTimeout(timer);
    await this.#connection.close();
  }
}

const RETRY_MS = 1000;

async function reportStatus(
  connection: NatsConnection,
  report: (status: string) => void,
): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type !== 'pingTimer') report(status.type);
  }
}

function decoded(message: JsMsg): LedgerEvent | undefined {
  try {
    return decodeEvent(message.data);
  } catch {
    return undefined;
  }
}

function timeOf(event: LedgerEvent): number {
  switch (event.type) {
    case 'attempt.settled':
      return event.settledAtMs;
    case 'request.completed':
      return event.completedAtMs;
    case 'draft.labelled':
      return event.labelledAtMs;
  }
}

function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === '404';
}

/** The ledger is away: no event is to blame. */
function isOutage(error: unknown): boolean {
  const { kind } = Fault.from(error);
  return kind === 'ledger_unavailable' || kind === 'unavailable';
}
