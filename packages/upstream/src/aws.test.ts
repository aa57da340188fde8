import { afterEach, describe, expect, test, vi } from 'vitest';
import { type AwsOptions, awsAuthorize, awsRegionOf } from './aws.ts';

const KEYS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const AT_MS = Date.UTC(2026, 10, 22, 9, 30, 15);
const FOREVER = new AbortController().signal;
const CALL = {
  url: new URL('https://bedrock-runtime.us-east-1.amazonaws.com/model/a%3A0/converse'),
  headers: { 'content-type': 'application/json', accept: 'x', traceparent: 't' },
  body: '{"messages":[]}',
};

function authorize(options: Partial<AwsOptions> = {}) {
  const clock = { nowMs: () => AT_MS };
  return awsAuthorize({ region: 'us-east-1', clock, credentials: async () => KEYS, ...options });
}

afterEach(() => vi.unstubAllEnvs());

describe('the region is the one in which the host stands', () => {
  test.each([
    ['https://bedrock-runtime.us-east-1.amazonaws.com', 'us-east-1'],
    ['https://bedrock-runtime.us-gov-west-1.amazonaws.com/', 'us-gov-west-1'],
    ['https://bedrock-runtime-fips.ca-central-1.amazonaws.com', 'ca-central-1'],
    ['https://bedrock-runtime.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['https://bedrock-runtime.eu-west-3.api.aws', 'eu-west-3'],
    ['https://vpce-0a1b-2c3d.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com', 'ap-southeast-2'],
    ['https://vpce-0a1b-2c3d-us-east-1a.bedrock-runtime.us-east-1.vpce.amazonaws.com', 'us-east-1'],
    ['https://BEDROCK-RUNTIME.US-WEST-2.AMAZONAWS.COM', 'us-west-2'],
    ['https://bedrock.example.com', undefined],
    ['http://127.0.0.1:9100/frontier', undefined],
    ['https://example.com/bedrock-runtime.us-east-1.amazonaws.com', undefined],
  ])('%s: %s', (baseUrl, region) => {
    expect(awsRegionOf(baseUrl)).toBe(region);
  });
});

describe('a signature', () => {
  test('covers where a call goes, what it is and when, and nothing that a proxy may change', async () => {
    expect(await authorize()(CALL, FOREVER)).toEqual({
      'x-amz-date': '20261122T093015Z',
      'x-amz-content-sha256': expect.stringMatching(/^[0-9a-f]{64}$/),
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261122\/us-east-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  test('is another for another body, path, host, region, time and key', async () => {
    const signatureOf = async (call: Partial<typeof CALL>, options: Partial<AwsOptions> = {}) =>
      (await authorize(options)({ ...CALL, ...call }, FOREVER))['authorization'];
    const other = { ...KEYS, secretAccessKey: 'other' };
    const all = [
      await signatureOf({}),
      await signatureOf({ body: '{}' }),
      await signatureOf({ url: new URL('/model/b/converse', CALL.url) }),
      await signatureOf({ url: new URL(CALL.url.href.replace('us-east', 'us-west')) }),
      await signatureOf({}, { region: 'us-west-1' }),
      await signatureOf({}, { clock: { nowMs: () => AT_MS + 1000 } }),
      await signatureOf({}, { credentials: async () => other }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(await signatureOf({ headers: { ...CALL.headers, traceparent: 'u' } })).toBe(all[0]);
  });

  test('goes with the token of credentials that expire, and covers it', async () => {
    const credentials = async () => ({ ...KEYS, sessionToken: 'token' });
    const headers = await authorize({ credentials })(CALL, FOREVER);
    expect(headers['x-amz-security-token']).toBe('token');
    expect(headers['authorization']).toContain('x-amz-date;x-amz-security-token,');
  });

  test('holds no secret', async () => {
    const headers = JSON.stringify(await authorize()(CALL, FOREVER));
    expect(headers).not.toContain(KEYS.secretAccessKey);
  });
});

test('credentials are asked for before every call, so that a new one is signed with what then holds', async () => {
  let asked = 0;
  const credentials = async () => ({ ...KEYS, accessKeyId: `AKID${++asked}` });
  const sign = authorize({ credentials });
  expect((await sign(CALL, FOREVER))['authorization']).toContain('AKID1/');
  expect((await sign(CALL, FOREVER))['authorization']).toContain('AKID2/');
});

test('a call that is given up waits for no credentials', async () => {
  const sign = authorize({ credentials: () => new Promise(() => {}) });
  const controller = new AbortController();
  const signed = sign(CALL, controller.signal);
  controller.abort(new Error('enough'));
  await expect(signed).rejects.toThrow('enough');
  await expect(sign(CALL, AbortSignal.abort(new Error('at once')))).rejects.toThrow('at once');
});

test('credentials are found where AWS’ own tools find them', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDENV');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
  const headers = await authorize({ credentials: undefined })(CALL, FOREVER);
  expect(headers['authorization']).toContain('Credential=AKIDENV/');
  expect(headers['x-amz-security-token']).toBe('session');
});

test('where there are none, nothing is signed', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', '');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', '');
  vi.stubEnv('AWS_PROFILE', 'nobody');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
  await expect(authorize({ credentials: undefined })(CALL, FOREVER)).rejects.toThrow();
});
