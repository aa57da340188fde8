import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync } from '@grpc/proto-loader';
import * as contracts from '@weir/contracts';
import { temporaryDirectory } from '@weir/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buf, ProtoSchema } from './proto-schema.ts';

/** The generated code against a reader that knows only the .proto files: does what one writes mean the same to the other? */

const PROTO = fileURLToPath(new URL('../../proto', import.meta.url));
const GENERATED = fileURLToPath(new URL('../../packages/contracts/src/gen', import.meta.url));

const schema = await ProtoSchema.load();
const loaded = loadSync(
  [
    'call',
    'chat',
    'draft',
    'escalation',
    'events',
    'fault',
    'inference',
    'ledger',
    'multiplex',
    'scorer',
  ]
    .map((name) => `weir/v1/${name}.proto`)
    .concat('google/rpc/status.proto', 'google/rpc/error_details.proto'),
  { includeDirs: [PROTO], keepCase: true, longs: String, enums: String, defaults: true },
);

interface Codec {
  serialize(value: unknown): Buffer;
  deserialize(bytes: Buffer): unknown;
}

interface GeneratedMessage {
  encode(value: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
}

interface GeneratedMethod {
  readonly path: string;
  readonly requestSerialize: Codec['serialize'];
  readonly requestDeserialize: Codec['deserialize'];
  readonly responseSerialize: Codec['serialize'];
  readonly responseDeserialize: Codec['deserialize'];
}

describe('every message', () => {
  const names = [
    ...schema.topLevel('weir.v1'),
    ...['Status', 'ErrorInfo', 'RetryInfo', 'QuotaFailure', 'BadRequest'].map(
      (name) => `google.rpc.${name}`,
    ),
  ];

  test.each(names)('%s means the same to the generated code and to proto-loader', (name) => {
    const dynamic = loaded[name] as unknown as Codec;
    expectAgreement(name, codecOf(name), dynamic);
  });
});

describe('every method', () => {
  const generated = new Map<string, GeneratedMethod>();
  for (const [name, value] of Object.entries(contracts)) {
    if (!name.endsWith('Service')) continue;
    for (const method of Object.values(value as unknown as Record<string, GeneratedMethod>)) {
      generated.set(method.path, method);
    }
  }
  const dynamic = new Map<string, GeneratedMethod>();
  for (const definition of Object.values(loaded)) {
    if ('format' in definition) continue;
    for (const method of Object.values(definition))
      dynamic.set(method.path, method as GeneratedMethod);
  }

  test('that the schema has is there on both sides, and no other', () => {
    const paths = schema.methods.map(({ path }) => path).toSorted();
    expect([...generated.keys()].toSorted()).toEqual(paths);
    expect([...dynamic.keys()].toSorted()).toEqual(paths);
  });

  test.each(schema.methods)(
    '$path is asked and answered in messages that both sides read',
    (method) => {
      const [ours, theirs] = [generated.get(method.path), dynamic.get(method.path)];
      if (!ours || !theirs) throw new TypeError(`${method.path} is missing`);
      expectAgreement(
        method.request,
        { serialize: ours.requestSerialize, deserialize: ours.requestDeserialize },
        { serialize: theirs.requestSerialize, deserialize: theirs.requestDeserialize },
      );
      expectAgreement(
        method.response,
        { serialize: ours.responseSerialize, deserialize: ours.responseDeserialize },
        { serialize: theirs.responseSerialize, deserialize: theirs.responseDeserialize },
      );
    },
  );
});

test('a figure that is not there is not there on the other side either, and zero is zero', () => {
  const dynamic = loaded['weir.v1.AttemptSettled'] as unknown as Codec;
  const ours = codecOf('weir.v1.AttemptSettled');
  const none = dynamic.deserialize(ours.serialize(contracts.AttemptSettled.create({})));
  expect(none).not.toHaveProperty('cost_pico_usd');
  expect(none).not.toHaveProperty('first_token_ms');
  const zero = contracts.AttemptSettled.create({ costPicoUsd: 0n, firstTokenMs: 0 });
  expect(dynamic.deserialize(ours.serialize(zero))).toMatchObject({
    cost_pico_usd: '0',
    first_token_ms: 0,
  });
});

test('the generated code is what buf generates from the schema', async () => {
  await using directory = await temporaryDirectory();
  await buf('generate', '--output', directory.path);
  const fresh = await filesOf(join(directory.path, 'packages/contracts/src/gen'));
  const checkedIn = await filesOf(GENERATED);
  expect([...checkedIn.keys()].toSorted()).toEqual([...fresh.keys()].toSorted());
  for (const [name, text] of fresh) expect(checkedIn.get(name) === text, name).toBe(true);
});

/** Written by either, read by the other, and back: any message stays what it was. */
function expectAgreement(name: string, generated: Codec, dynamic: Codec): void {
  fc.assert(
    fc.property(schema.anyOf(name), (value) => {
      const bytes = dynamic.serialize(value);
      const theirs = dynamic.deserialize(bytes);
      const ours = generated.deserialize(bytes);
      expect(dynamic.deserialize(generated.serialize(ours))).toEqual(theirs);
      expect(generated.deserialize(dynamic.serialize(theirs))).toEqual(ours);
    }),
    { numRuns: 30 },
  );
}

function codecOf(name: string): Codec {
  const exported = name.slice(name.lastIndexOf('.') + 1);
  const message = new Map(Object.entries(contracts)).get(exported) as unknown as GeneratedMessage;
  return {
    serialize: (value) => Buffer.from(message.encode(value).finish()),
    deserialize: (bytes) => message.decode(bytes),
  };
}

async function filesOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, string>();
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length + 1), await readFile(path, 'utf8'));
  }
  return files;
}
