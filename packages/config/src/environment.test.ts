import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { readConfigFile, readEnvironment, Secrets } from './environment.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-config-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test('secrets that are missing are reported together, by the setting that names each', () => {
  const secrets = new Secrets(readEnvironment({ PRESENT: 'sk-live-4242', EMPTY: '' }));
  expect(secrets.resolve('env:PRESENT', 'providers.a.apiKey')).toBe('sk-live-4242');
  secrets.resolve('env:ABSENT', 'providers.b.apiKey');
  secrets.resolve('env:EMPTY', 'ledger.url');
  const check = () => secrets.check();
  expect(check).toThrow(ConfigError);
  expect(check).toThrow('providers.b.apiKey: the environment variable ABSENT is not set');
  expect(check).toThrow('ledger.url: the environment variable EMPTY is not set');
  expect(check).not.toThrow('4242');
});

test('secrets that are all there are no problem', () => {
  const secrets = new Secrets(readEnvironment({ A: 'x' }));
  secrets.resolve('env:A', 'providers.a.apiKey');
  expect(() => secrets.check()).not.toThrow();
});

test('an environment that says nothing leaves every setting to the file', () => {
  const environment = readEnvironment({});
  expect(environment).toMatchObject({ httpPort: undefined, grpcPort: undefined, dataDir: '.weir' });
  expect(readEnvironment({ WEIR_HTTP_PORT: '', WEIR_DATA_DIR: '' })).toMatchObject({
    httpPort: undefined,
    dataDir: '.weir',
  });
});

test('a port may be any port, and zero is the one that is free', () => {
  expect(readEnvironment({ WEIR_HTTP_PORT: '0', WEIR_GRPC_PORT: '65535' })).toMatchObject({
    httpPort: 0,
    grpcPort: 65535,
  });
});

test.each(['65536', '-1', '80.5', 'http', ' '.repeat(2).concat('x')])(
  '"%s" is no port, and is told so',
  (text) => {
    expect(() => readEnvironment({ WEIR_GRPC_PORT: text })).toThrow(/WEIR_GRPC_PORT: .*not a port/);
  },
);

test('the file that the environment names is the one that is read', () => {
  const path = join(directory, 'weir.yaml');
  writeFileSync(
    path,
    'providers: { p: { baseUrl: "http://127.0.0.1:1", models: { m: {} } } }\n' +
      'routes: { r: { escalate: [{ model: p/m }] } }\n',
  );
  const { configFile } = readEnvironment({ WEIR_CONFIG: path });
  expect(readConfigFile(configFile ?? '').routes['r']?.escalate).toHaveLength(1);
});

test('a file that is not there is said to be not there, under the name that was given', () => {
  const path = join(directory, 'absent.yaml');
  expect(() => readConfigFile(path)).toThrow(`${path}: there is no such file`);
});

test('a file that cannot be read is said to be so', () => {
  expect(() => readConfigFile(directory)).toThrow('that is a folder: name a file in it');
});
