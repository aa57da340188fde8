import {
  LedgerService as definition,
  type LookupResponse,
  type WatchRequest,
} from '@weir/contracts';
import {
  eventsOf,
  Fault,
  type Ledger,
  type LedgerEntry,
  type LedgerEvent,
  type Principal,
  type WatchCall,
} from '@weir/core';
import {
  entryFromWire,
  entryToWire,
  eventFromWire,
  eventToWire,
  queryFromWire,
  queryToWire,
  rowFromWire,
  rowToWire,
} from '@weir/wire';
import type { Channel } from './channel.ts';
import { type Handlers, type RpcServer, stream, unary } from './server.ts';

/** The whole ledger, for Weir's own services. */
export function serveLedger(server: RpcServer, ledger: Ledger): void {
  const { unary: reading, streams } = readers(ledger, () => undefined);
  const hold = unary(definition.hold, async (request, { signal }) => {
    await ledger.hold(request, signal);
    return {};
  });
  const settle = unary(definition.settle, async ({ events }, { signal }) => {
    const known = events
      .map(eventFromWire)
      .filter((event): event is LedgerEvent => event !== undefined);
    if (known.length < events.length) {
      throw new Fault(
        'invalid_request',
        'Some events are of a kind that this ledger does not know.',
      );
    }
    await ledger.settle(known, signal);
    return {};
  });
  server.add(definition, { unary: [...reading, hold, settle], streams: streams ?? [] }, true);
}

/** What callers may see of it: their own tenant's entries, read only. */
export function serveLedgerReading(
  server: RpcServer,
  ledger: Ledger,
  authenticate: (authorization: string | undefined) => Principal,
): void {
  const { unary: reading, streams } = readers(
    ledger,
    (authorization) => authenticate(authorization).tenant,
  );
  const refuse = async () => {
    throw new Fault('permission_denied', 'Only services of Weir may write to the ledger.');
  };
  const writing = [unary(definition.hold, refuse), unary(definition.settle, refuse)];
  server.add(definition, { unary: [...reading, ...writing], streams: streams ?? [] }, false);
}

/** `tenantOf` names the one tenant that a caller may see; undefined is every tenant. */
function readers(
  ledger: Ledger,
  tenantOf: (authorization: string | undefined) => string | undefined,
): Handlers {
  const query = unary(definition.query, async (request, { signal, authorization }) => {
    const asked = queryFromWire(request);
    const tenant = tenantOf(authorization) ?? asked.tenant;
    const rows = await ledger.query({ ...asked, tenant }, signal);
    return { rows: rows.map(rowToWire) };
  });
  const lookup = unary(definition.lookup, async (request, { signal, authorization }) => {
    const tenant = tenantOf(authorization) ?? request.tenant;
    const entries = await ledger.request({ ...request, tenant }, signal);
    return { entries: entries.map(entryToWire) };
  });
  const watch = stream(definition.watch, async function* (request, { signal, authorization }) {
    const tenant = tenantOf(authorization) ?? request.tenant;
    for await (const entry of ledger.watch({ ...request, tenant }, signal)) {
      yield entryToWire(entry);
    }
  });
  return { unary: [query, lookup], streams: [watch] };
}

/** What a caller with a key may read of its own tenant, from the gateway's public port. */
export type LedgerReading = Pick<Ledger, 'query' | 'request' | 'watch'>;

export function dialLedgerReading(channel: Channel, authorization: string): LedgerReading {
  return {
    async query(query, signal) {
      const request = queryToWire(query);
      const { rows } = await channel.unary(definition.query, request, signal, authorization);
      return rows.map(rowFromWire);
    },
    async request(call, signal) {
      return entriesOf(await channel.unary(definition.lookup, call, signal, authorization));
    },
    async *watch(call, signal) {
      const messages = channel.stream(
        definition.watch,
        watchToWire(call),
        signal,
        undefined,
        authorization,
      );
      for await (const message of messages) {
        const entry = entryFromWire(message);
        if (entry) yield entry;
      }
    },
  };
}

/** Without events of a kind that a newer ledger knows, as in a watch. */
function entriesOf({ entries }: LookupResponse): LedgerEntry[] {
  return entries.map(entryFromWire).filter((entry): entry is LedgerEntry => entry !== undefined);
}

function watchToWire({ tenant, tag, afterSequence }: WatchCall): WatchRequest {
  return { tenant, tag, afterSequence };
}

export function dialLedger(channel: Channel): Ledger {
  return {
    async hold(call, signal) {
      await channel.call(definition.hold, call, signal);
    },
    async settle(events, signal) {
      await channel.call(definition.settle, { events: eventsOf(events).map(eventToWire) }, signal);
    },
    async query(query, signal) {
      const { rows } = await channel.call(definition.query, queryToWire(query), signal);
      return rows.map(rowFromWire);
    },
    async request(call, signal) {
      return entriesOf(await channel.call(definition.lookup, call, signal));
    },
    async *watch(call, signal) {
      for await (const message of channel.stream(definition.watch, watchToWire(call), signal)) {
        const entry = entryFromWire(message);
        if (entry) yield entry;
      }
    },
  };
}
