import type { PoolClient } from 'pg';
import { type Booking, MEASURES } from '../booking.ts';

const COLUMNS = ['event_id', 'tenant', 'route', 'model', 'day', 'at_ms', ...MEASURES, 'text'];
const TYPES = [
  ...['text', 'text', 'text', 'text', 'text', 'bigint'],
  ...MEASURES.map(() => 'bigint'),
  'text',
];

/** One array per column, whatever the batch's size: one statement, one plan. */
const INSERT = `
  INSERT INTO entry (${COLUMNS.join(', ')})
  SELECT * FROM unnest(${TYPES.map((type, index) => `$${index + 1}::${type}[]`).join(', ')})
  ON CONFLICT (event_id) DO NOTHING
  RETURNING sequence, event_id`;

const ADD_TAGS = `
  INSERT INTO entry_tag (name, value, sequence)
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING`;

const ADD_TOTALS = `
  INSERT INTO total (tenant, route, model, day, ${MEASURES.join(', ')})
  SELECT tenant, route, model, day, ${MEASURES.map((m) => `sum(${m})`).join(', ')}
  FROM entry WHERE sequence = ANY($1::bigint[])
  GROUP BY tenant, route, model, day
  ON CONFLICT (tenant, route, model, day)
  DO UPDATE SET ${MEASURES.map((m) => `${m} = total.${m} + excluded.${m}`).join(', ')}`;

const ADD_SPEND = `
  INSERT INTO spend (tenant, key_id, day, cost_pico_usd)
  SELECT tenant, key_id, day, sum(cost)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS booked (tenant, key_id, day, cost)
  GROUP BY tenant, key_id, day
  ON CONFLICT (tenant, key_id, day)
  DO UPDATE SET cost_pico_usd = spend.cost_pico_usd + excluded.cost_pico_usd`;

const SEE_ATTEMPTS = `
  UPDATE hold SET seen = seen + booked.attempts
  FROM (SELECT request_id, count(*) AS attempts FROM unnest($1::text[]) AS b (request_id) GROUP BY 1) AS booked
  WHERE hold.request_id = booked.request_id`;

const EXPECT_ATTEMPTS = `
  UPDATE hold SET expected = done.attempts
  FROM unnest($1::text[], $2::int[]) AS done (request_id, attempts)
  WHERE hold.request_id = done.request_id`;

/** Books what is not yet booked, inside the caller's transaction; returns how many events that were. */
export async function append(client: PoolClient, bookings: readonly Booking[]): Promise<number> {
  const rows = bookings.map((booking) => [
    booking.eventId,
    booking.tenant,
    booking.route,
    booking.model,
    booking.day,
    booking.atMs,
    ...booking.measures,
    booking.text,
  ]);
  const columns = COLUMNS.map((_column, index) => rows.map((row) => String(row[index])));
  const inserted = await client.query<{ sequence: string; event_id: string }>(INSERT, columns);
  const sequenceOf = new Map(inserted.rows.map((row) => [row.event_id, row.sequence]));
  const seen = new Set<string>();
  const booked = bookings.filter(({ eventId }) => {
    if (!sequenceOf.has(eventId) || seen.has(eventId)) return false;
    seen.add(eventId);
    return true;
  });
  if (booked.length === 0) return 0;
  await addTags(client, booked, sequenceOf);
  await client.query(ADD_TOTALS, [[...sequenceOf.values()]]);
  await addSpend(client, booked);
  await releaseHolds(client, booked);
  return booked.length;
}

async function addTags(
  client: PoolClient,
  booked: readonly Booking[],
  sequenceOf: ReadonlyMap<string, string>,
): Promise<void> {
  const tags = booked.flatMap((booking) =>
    booking.tags.map(({ name, value }) => [name, value, sequenceOf.get(booking.eventId)]),
  );
  if (tags.length === 0) return;
  await client.query(
    ADD_TAGS,
    [0, 1, 2].map((index) => tags.map((tag) => tag[index])),
  );
}

async function addSpend(client: PoolClient, booked: readonly Booking[]): Promise<void> {
  const paid = booked.filter((booking) => booking.costPicoUsd !== 0n);
  if (paid.length === 0) return;
  await client.query(ADD_SPEND, [
    paid.map((booking) => booking.tenant),
    paid.map((booking) => booking.keyId),
    paid.map((booking) => booking.day),
    paid.map((booking) => booking.costPicoUsd.toString()),
  ]);
}

/** A hold ends when its request is complete and every attempt that it made has been booked. */
async function releaseHolds(client: PoolClient, booked: readonly Booking[]): Promise<void> {
  const held = await client.query('SELECT 1 FROM hold LIMIT 1');
  if (held.rowCount === 0) return;
  const attempts = booked.filter(({ kind }) => kind === 'attempt.settled');
  const requests = booked.filter(({ kind }) => kind === 'request.completed');
  await client.query(SEE_ATTEMPTS, [attempts.map(({ requestId }) => requestId)]);
  await client.query(EXPECT_ATTEMPTS, [
    requests.map(({ requestId }) => requestId),
    requests.map(({ expectedAttempts }) => expectedAttempts),
  ]);
  await client.query('DELETE FROM hold WHERE expected IS NOT NULL AND seen >= expected');
}
