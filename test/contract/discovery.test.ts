import { once } from 'node:events';
import { createRequire } from 'node:module';
import { credentials, makeGenericClientConstructor, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  type RpcServer,
  serveDraft,
  serveEscalation,
  serveInference,
  serveLedger,
  serveScorer,
} from '@weir/rpc';
import { systemClock } from '@weir/runtime';
import { protoPath as healthProto } from 'grpc-health-check';
import { describe, expect, test } from 'vitest';
import { fakeLedger } from './ledger-port.contract.ts';
import { asDraft, asEscalation, fake } from './model-port.contract.ts';
import { buf } from './proto-schema.ts';
import { link } from './rpc-link.ts';

/** How tools that know nothing of Weir find their way: reflection and health, through generic clients. */

const WEIR = ['Draft', 'Escalation', 'Inference', 'Ledger', 'Scorer'].map(
  (one) => `weir.v1.${one}`,
);
const SERVICES = ['grpc.health.v1.Health', ...WEIR];

describe.each(['v1', 'v1alpha'])('reflection %s', (version) => {
  test('lists every service, and health', async () => {
    await using wire = await linkAll();
    const answer = await reflect(wire.address, version, { list_services: '' });
    const listed = answer.list_services_response?.service ?? [];
    expect(listed.map(({ name }) => name).toSorted()).toEqual(SERVICES);
  });

  test.each(SERVICES)('describes %s with all that it needs', async (name) => {
    await using wire = await linkAll();
    const answer = await reflect(wire.address, version, { file_containing_symbol: name });
    const files = answer.file_descriptor_response?.file_descriptor_proto ?? [];
    const service = name.slice(name.lastIndexOf('.') + 1);
    expect(files.some((file) => file.includes(service))).toBe(true);
  });
});

describe('health', () => {
  test('is told for the whole server and for each service', async () => {
    await using wire = await linkAll();
    using health = openHealth(wire.address);
    for (const [serving, status] of [
      [false, 'NOT_SERVING'],
      [true, 'SERVING'],
    ] as const) {
      wire.server.setServing(serving);
      for (const service of ['', ...WEIR]) expect(await health.check(service)).toBe(status);
    }
    await expect(health.check('weir.v1.Nothing')).rejects.toMatchObject({ code: 5 });
  });

  test('tells those who watch it when it changes, and first when the server drains', async () => {
    await using wire = await linkAll();
    using health = openHealth(wire.address);
    const watch = health.watch('weir.v1.Draft');
    expect((await watch.next()).value).toBe('SERVING');
    const draining = wire.server.drain(100);
    expect((await watch.next()).value).toBe('NOT_SERVING');
    await watch.return();
    await draining;
  });
});

describe('buf curl', () => {
  test('checks health by reflection alone', async () => {
    await using wire = await linkAll();
    const answer = await curl(wire.address, 'grpc.health.v1.Health/Check', '{"service":""}');
    expect(JSON.parse(answer)).toEqual({ status: 'SERVING' });
  });

  test('asks a service by reflection alone, and understands how it refuses', async () => {
    await using wire = await linkAll();
    const asked = curl(wire.address, 'weir.v1.Inference/Complete', '{"model":"support"}');
    const { stderr } = (await asked.catch((error: unknown) => error)) as { stderr: string };
    expect(JSON.parse(stderr)).toMatchObject({
      code: 'invalid_argument',
      message: 'The message has no chat.',
    });
  });
});

function linkAll() {
  const unexpected = () => Promise.reject(new TypeError('not expected to be called'));
  return link((server: RpcServer) => {
    const inference = { complete: unexpected, stream: () => fake({}).stream };
    serveInference(server, inference as never, {
      authenticate: () => ({ tenant: 'acme', keyId: 'key-1' }),
      admit: () => ({ [Symbol.dispose]() {} }),
      newRequestId: () => 'made-here',
      notices: () => ({}),
      limits: { maxMessages: 3, maxTools: 2, maxTags: 16 },
    });
    serveDraft(server, asDraft(fake({})), systemClock);
    serveEscalation(server, asEscalation(fake({})), systemClock);
    serveScorer(server, { score: unexpected, plan: unexpected, compare: unexpected });
    serveLedger(server, fakeLedger({}));
  });
}

interface ReflectionAnswer {
  readonly list_services_response?: { readonly service: readonly { readonly name: string }[] };
  readonly file_descriptor_response?: { readonly file_descriptor_proto: readonly Buffer[] };
}

async function reflect(
  address: string,
  version: string,
  question: Readonly<Record<string, string>>,
): Promise<ReflectionAnswer> {
  const path = `@grpc/reflection/build/proto/grpc/reflection/${version}/reflection.proto`;
  const proto = createRequire(import.meta.url).resolve(path);
  using client = open(address, proto, `grpc.reflection.${version}.ServerReflection`);
  const call = client.bidi('ServerReflectionInfo');
  call.write({ host: '', ...question });
  const [answer] = await once(call, 'data');
  call.on('error', () => {});
  call.cancel();
  return answer as ReflectionAnswer;
}

function openHealth(address: string) {
  const client = open(address, healthProto, 'grpc.health.v1.Health');
  type Answer = { readonly status: string };
  return {
    check: async (service: string) => ((await client.unary('Check', { service })) as Answer).status,
    async *watch(service: string) {
      const call = client.stream('Watch', { service });
      try {
        for await (const answer of call) yield (answer as Answer).status;
      } finally {
        call.on('error', () => {});
        call.cancel();
      }
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

/** A client made at run time out of a .proto file. */
function open(address: string, proto: string, name: string) {
  const definition = loadSync(proto, { keepCase: true, enums: String, longs: String });
  const service = definition[name] as ServiceDefinition;
  const Client = makeGenericClientConstructor(service, name);
  const client = new Client(address, credentials.createInsecure());
  const methodOf = (method: string) => {
    const found = service[method];
    if (!found) throw new TypeError(`${name} has no method ${method}`);
    return [found.path, found.requestSerialize, found.responseDeserialize] as const;
  };
  return {
    unary: (method: string, request: object) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(...methodOf(method), request, (error, response) =>
          error ? reject(error) : resolve(response),
        );
      }),
    stream: (method: string, request: object) =>
      client.makeServerStreamRequest(...methodOf(method), request),
    bidi: (method: string) => client.makeBidiStreamRequest(...methodOf(method)),
    [Symbol.dispose]: () => client.close(),
  };
}

function curl(address: string, method: string, data: string): Promise<string> {
  const protocol = ['--protocol', 'grpc', '--http2-prior-knowledge', '--reflect'];
  return buf('curl', ...protocol, '-d', data, `http://${address}/${method}`);
}
