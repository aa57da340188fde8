import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { checkConfig, fillConfig, parseConfig } from './parse.ts';
import { priceRows } from './price.ts';
import type { ConfigInput } from './schema.ts';

const GOOD = `providers:
  local:
    dialect: vllm
    baseUrl: http://127.0.0.1:8000/v1
    models:
      small: {}
      large: {}
routes:
  support:
    draft: local/small
    escalate:
      - model: local/large
`;

function problemsOf(text: string) {
  return failureOf(() => parseConfig(text, 'weir.yaml')).problems;
}

function failureOf(read: () => unknown): ConfigError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
  throw new TypeError('the configuration was accepted');
}

test('a configuration that says only what it must is filled in with every default', () => {
  const config = parseConfig(GOOD, 'weir.yaml');
  expect(config.gateway.httpPort).toBe(8080);
  expect(config.routes['support']).toMatchObject({
    whenExhausted: 'error',
    scorer: { withoutEvidence: 'escalate', expect: {} },
    escalate: [{ model: 'local/large', maxAttempts: 2 }],
  });
  expect(config.providers['local']?.timeouts.connectMs).toBe(2000);
});

test('a configuration that was filled in is complete: filling it in again changes nothing', () => {
  const config = parseConfig(GOOD, 'weir.yaml');
  expect(checkConfig(config, 'again')).toEqual(config);
});

describe('a setting that there is not is named: path, line and what was probably meant', () => {
  test.each([
    ['at the top', `${GOOD}limit:\n  drainMs: 1\n`, 'limit', 13, 'limits'],
    [
      'within a section',
      `${GOOD}limits:\n  drainMs: 5000\n  maxInflight: 10\n`,
      'limits.maxInflight',
      15,
      'maxInFlight',
    ],
    [
      'in a provider that the user named',
      GOOD.replace('    models:', '    maxConnection: 3\n    models:'),
      'providers.local.maxConnection',
      5,
      'maxConnections',
    ],
    [
      'in an element of a list',
      `${GOOD.trimEnd()}\n        maxAttempt: 1\n`,
      'routes.support.escalate.0.maxAttempt',
      13,
      'maxAttempts',
    ],
    [
      'below a setting with defaults',
      `${GOOD.trimEnd()}\n    scorer:\n      treshold: 0.5\n`,
      'routes.support.scorer.treshold',
      14,
      'threshold',
    ],
    [
      'in a key of a tenant',
      `${GOOD}tenants:\n  acme:\n    keys:\n      - id: k\n        key: env:K\n        requestPerMinute: 5\n`,
      'tenants.acme.keys.0.requestPerMinute',
      18,
      'requestsPerMinute',
    ],
  ])('%s', (_where, text, path, line, meant) => {
    const [problem, ...others] = problemsOf(text);
    expect(others).toEqual([]);
    expect(problem).toEqual({
      path,
      line,
      message: `is not a setting; did you mean "${meant}"?`,
    });
  });

  test('also when it belongs one section further down', () => {
    const text = 'providers: {}\nroutes:\n  a:\n    treshold: 1\n    escalate: [{ model: b/c }]\n';
    expect(() => parseConfig(text, 'weir.yaml')).toThrow(
      'weir.yaml:4: routes.a.treshold: is not a setting; did you mean "scorer.threshold"?',
    );
  });

  test('and where nothing is near, what there is', () => {
    const [problem] = problemsOf(`${GOOD}log:\n  zzzzzzzzzz: 1\n`);
    expect(problem?.message).toBe('is not a setting; known here: level');
  });
});

test('everything that is wrong is said at once, each with its place', () => {
  const text = GOOD.replace('dialect: vllm', 'dialect: vlm').replace(
    'http://127.0.0.1:8000/v1',
    'ftp://127.0.0.1',
  );
  const failure = failureOf(() => parseConfig(`${text}gateway:\n  httpPort: 70000\n`, 'weir.yaml'));
  expect(failure.problems.map(({ path, line }) => [path, line])).toEqual([
    ['gateway.httpPort', 14],
    ['providers.local.dialect', 3],
    ['providers.local.baseUrl', 4],
  ]);
  expect(failure.message).toContain('weir.yaml:3: providers.local.dialect: ');
});

test('what is true of every call of a provider is said by the names that prices have for it', () => {
  const saying = (conditions: string) =>
    GOOD.replace('    models:', `    conditions: ${conditions}\n    models:`);
  const config = parseConfig(saying('{ processing_region: eu }'), 'weir.yaml');
  expect(config.providers['local']?.conditions).toEqual({ processing_region: 'eu' });
  expect(parseConfig(GOOD, 'weir.yaml').providers['local']?.conditions).toEqual({});
  expect(problemsOf(saying('{ "Processing Region": eu }')).map(({ path }) => path)).toEqual([
    'providers.local.conditions.Processing Region',
  ]);
  expect(problemsOf(saying('{ processing_region: "" }')).map(({ path }) => path)).toEqual([
    'providers.local.conditions.processing_region',
  ]);
});

describe('what only the whole tells', () => {
  test('a judge that no provider has is named', () => {
    const text = GOOD.replace(
      'draft: local/small',
      'draft: local/small\n    scorer: { judge: local/larg }',
    );
    const [problem, ...others] = problemsOf(text);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      path: 'routes.support.scorer.judge',
      message: '"local/larg" is no model of any provider; did you mean "local/large"?',
    });
  });

  test('a draft that no provider has is named, with the model that was probably meant', () => {
    const [problem] = problemsOf(GOOD.replace('draft: local/small', 'draft: local/smal'));
    expect(problem).toEqual({
      path: 'routes.support.draft',
      line: 10,
      message: '"local/smal" is no model of any provider; did you mean "local/small"?',
    });
  });

  test('so is a tier', () => {
    const [problem] = problemsOf(GOOD.replace('model: local/large', 'model: elsewhere/grand'));
    expect(problem).toEqual({
      path: 'routes.support.escalate.0.model',
      line: 12,
      message: '"elsewhere/grand" is no model of any provider; there are: local/small, local/large',
    });
  });

  test('an escalation reserve that leaves the draft no time', () => {
    const text = `${GOOD.trimEnd()}\n    timeoutMs: 5000\n    escalationReserveMs: 5000\n`;
    expect(problemsOf(text).map(({ path }) => path)).toEqual([
      'routes.support.escalationReserveMs',
    ]);
  });

  test('a ledger in PostgreSQL without its address', () => {
    expect(problemsOf(`${GOOD}ledger:\n  store: postgres\n`)).toEqual([
      { path: 'ledger.url', line: 13, message: 'is required when the store is postgres' },
    ]);
  });
});

describe('text that is no configuration', () => {
  test('broken YAML is said with its line', () => {
    const [problem] = problemsOf(`${GOOD}log: [1, 2\nlimits: {}\n`);
    expect(problem?.path).toBe('');
    expect(problem?.line).toBeGreaterThanOrEqual(13);
  });

  test('a setting that is there twice is a mistake, and not the later one', () => {
    const [problem] = problemsOf(`${GOOD}log:\n  level: info\nlog:\n  level: debug\n`);
    expect(problem?.line).toBe(15);
  });

  test.each(['', '# only a comment\n', '[]', '7', 'text'])('%j lacks what is required', (text) => {
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  test('any data at all is a configuration or a list of problems', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          checkConfig(value, 'data');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

describe('secrets are named, not written', () => {
  const secret = 'sk-live-4242';

  test.each([
    ['a provider', GOOD.replace('    models:', `    apiKey: ${secret}\n    models:`)],
    ['a tenant', `${GOOD}tenants:\n  acme:\n    keys:\n      - id: k\n        key: ${secret}\n`],
    ['the ledger', `${GOOD}ledger:\n  store: postgres\n  url: ${secret}\n`],
    ['NATS', `${GOOD}nats:\n  servers: [a:1]\n  password: ${secret}\n`],
  ])('one written into the file at %s is refused, and not repeated', (_where, text) => {
    const failure = failureOf(() => parseConfig(text, 'weir.yaml'));
    expect(failure.message).toContain('must be env:NAME');
    expect(failure.message).not.toContain(secret);
  });

  test('a virtual key needs its hash or its variable, and not both', () => {
    const keyed = (fields: string) =>
      `${GOOD}tenants:\n  acme:\n    keys:\n      - { id: k, ${fields} }\n`;
    const sha256 = `sha256: ${'ab'.repeat(32)}`;
    expect(parseConfig(keyed(sha256), 'weir.yaml').tenants['acme']?.keys).toHaveLength(1);
    expect(problemsOf(keyed(`${sha256}, key: env:K`))[0]?.message).toContain('not both');
    expect(problemsOf(keyed('requestsPerMinute: 1'))[0]?.message).toContain('not both');
  });
});

describe('prices are decimals, never floats', () => {
  const priced = (price: string) => GOOD.replace('small: {}', `small: { price: ${price} }`);

  test.each(['"2.5"', '2.5', '"0.000001"', '0', '15'])('%s is a price', (rate) => {
    const text = priced(`{ inputUsdPerMTok: ${rate}, outputUsdPerMTok: "1" }`);
    const model = parseConfig(text, 'weir.yaml').providers['local']?.models['small'];
    expect(model?.price).toMatchObject({ inputUsdPerMTok: rate.replaceAll('"', '') });
  });

  test.each(['0.0000001', '1e-7', '-1', '"1,5"', '.inf', 'true', '"$2"'])('%s is none', (rate) => {
    const text = priced(`{ inputUsdPerMTok: ${rate}, outputUsdPerMTok: "1" }`);
    expect(problemsOf(text).map(({ path }) => path)).toEqual([
      'providers.local.models.small.price.inputUsdPerMTok',
    ]);
  });
});

describe('what a model says of itself beside its price', () => {
  const saying = (fields: string) => GOOD.replace('small: {}', `small: { ${fields} }`);

  test('is kept as it is said', () => {
    const fields =
      'contextWindow: 32768, inputModalities: [text, image], retiresAt: 2027-01-31, successor: local/large';
    const config = parseConfig(saying(fields), 'weir.yaml');
    expect(config.providers['local']?.models['small']).toMatchObject({
      contextWindow: 32_768,
      inputModalities: ['text', 'image'],
      retiresAt: '2027-01-31',
      successor: 'local/large',
    });
  });

  test.each([
    ['retiresAt: never', true],
    ['retiresAt: 2027-02-30', false],
    ['retiresAt: soon', false],
    ['deprecatedAt: never', false],
    ['contextWindow: 0', false],
    ['inputModalities: [smell]', false],
    ['successor: support', true],
  ])('%s is taken: %s', (fields, isTaken) => {
    const read = () => parseConfig(saying(fields), 'weir.yaml');
    if (isTaken) expect(read).not.toThrow();
    else expect(read).toThrow(ConfigError);
  });

  test('a successor that there is not is said, with what was probably meant', () => {
    expect(problemsOf(saying('successor: local/lage'))).toEqual([
      {
        path: 'providers.local.models.small.successor',
        message: '"local/lage" is no model of any provider; did you mean "local/large"?',
        line: 6,
      },
    ]);
    expect(problemsOf(saying('successor: toString'))).toHaveLength(1);
  });
});

describe('a price is one, or several by time', () => {
  const priced = (price: string) =>
    GOOD.replace('small: {}', `small:\n        price:\n${price.replaceAll(/^/gm, '          ')}`);
  const rowsOf = (price: string) => {
    const model = parseConfig(priced(price), 'weir.yaml').providers['local']?.models['small'];
    return priceRows(model?.price ?? []);
  };

  test('with everything that the price book can say', () => {
    const full = `
- until: 2026-08-01T00:00:00Z
  inputUsdPerMTok: 5
  outputUsdPerMTok: "30.00"
- from: 2026-08-01T00:00:00Z
  inputUsdPerMTok: 4
  outputUsdPerMTok: 20
  cacheWriteOtherUsdPerMTok: 5
  inputAudioUsdPerMTok: 32
  contextTiers:
    - { thresholdTokens: 200000, operator: gt, inputUsdPerMTok: 8, outputUsdPerMTok: 30 }
  serviceTiers: { flex: { inputUsdPerMTok: 2, outputUsdPerMTok: 10 } }
  timeBands:
    - name: peak
      windows: [{ weekdays: [1, 2, 3, 4, 5], from: "01:00", until: "04:00" }]
      inputUsdPerMTok: 8
      outputUsdPerMTok: 40
  multipliers: [{ when: { inference_geo: us }, factor: 1.1 }]
  feesUsd: { web_search: "0.01" }`;
    const [first, second] = rowsOf(full);
    expect(first).toEqual({
      until: '2026-08-01T00:00:00Z',
      inputUsdPerMTok: '5',
      outputUsdPerMTok: '30.00',
    });
    expect(second).toMatchObject({
      multipliers: [{ when: { inference_geo: 'us' }, factor: '1.1' }],
      feesUsd: { web_search: '0.01' },
    });
  });

  test('of hardware by its time', () => {
    expect(rowsOf('gpuUsdPerHour: 2.49')).toEqual([{ gpuUsdPerHour: '2.49', gpus: 1 }]);
    expect(rowsOf('gpuUsdPerHour: "19.9"\ngpus: 8')).toMatchObject([{ gpus: 8 }]);
  });

  const at = 'providers.local.models.small.price';
  const USD = 'inputUsdPerMTok: 1\noutputUsdPerMTok: 1\n';
  test.each([
    ['a rate that is missing', 'inputUsdPerMTok: 1', `${at}.outputUsdPerMTok`, 'is missing'],
    [
      'a slip of the pen',
      `${USD}cacheReedUsdPerMTok: 1`,
      `${at}.cacheReedUsdPerMTok`,
      'did you mean "cacheReadUsdPerMTok"?',
    ],
    [
      'one of hardware',
      'gpuUsdPerHour: 1\ngpu: 1',
      `${at}.gpu`,
      'is not a setting; did you mean "gpus"?',
    ],
    [
      'one in a list',
      '- inputUsdPerMTok: 1\n  outputUsdPerMTok: -1',
      `${at}.0.outputUsdPerMTok`,
      'must be a decimal with at most six places; quote it if in doubt',
    ],
    ['none at all', '[]', at, 'must have at least 1 of them'],
    [
      'two at a time',
      '- { from: 2026-01-01T00:00:00Z, gpuUsdPerHour: 1 }\n- { gpuUsdPerHour: 2 }',
      at,
      'price[1] is valid at the same time as price[0]',
    ],
    [
      'thresholds in any order',
      `${USD}contextTiers:
  - { thresholdTokens: 9, operator: gt, inputUsdPerMTok: 1, outputUsdPerMTok: 1 }
  - { thresholdTokens: 8, operator: gt, inputUsdPerMTok: 1, outputUsdPerMTok: 1 }`,
      at,
      'price.contextTiers must have ascending thresholds',
    ],
  ])('and %s is said where it is', (_what, price, path, message) => {
    const [problem, ...more] = problemsOf(priced(price));
    expect(more).toEqual([]);
    expect(problem?.path).toBe(path);
    expect(problem?.message).toContain(message);
  });
});

test('every queue, buffer, body, retry and stream has a limit that is finite and not zero', () => {
  const input: ConfigInput = {
    providers: { p: { baseUrl: 'http://127.0.0.1:1', models: { m: {} } } },
    routes: { r: { escalate: [{ model: 'p/m' }] } },
    nats: { servers: ['127.0.0.1:4222'] },
  };
  const config = fillConfig(input);
  const found: string[] = [];
  const visit = (value: unknown, path: string) => {
    if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) visit(inner, `${path}.${name}`);
    } else if (/(Ms|Bytes|max\w+|Events|Entries|Connections|Attempts)$/.test(path)) {
      found.push(path);
      expect(Number.isFinite(value), path).toBe(true);
      if (!path.endsWith('LingerMs')) expect(value, path).toBeGreaterThan(0);
    }
  };
  visit(config, 'config');
  expect(found.length).toBeGreaterThan(40);
});

describe('a target that cannot be meant', () => {
  const saidOf = (target: string) =>
    problemsOf(`${GOOD}    scorer: { target: ${target} }\n`).map(
      ({ path, message }) => `${path} ${message}`,
    );

  test('has both shapes at once', () => {
    expect(saidOf('{ quality: 0.9, budget: { share: 0.5 } }')).toEqual([
      'routes.support.scorer.target.budget cannot stand here: a target is a quality (with a confidence) or a budget, and not both',
    ]);
  });

  test('has neither', () => {
    expect(saidOf('{}')).toEqual([
      'routes.support.scorer.target must be { quality: 0.99, confidence: 0.9 } or { budget: { share: 0.5 } }',
    ]);
  });

  test.each(['quality: 99', 'quality: 1', 'quality: 0, confidence: 0.9'])(
    'is in percent: %s',
    (target) => {
      expect(saidOf(`{ ${target} }`)).toEqual([
        'routes.support.scorer.target.quality must be above 0 and below 1: 99 % is written 0.99',
      ]);
    },
  );
});
