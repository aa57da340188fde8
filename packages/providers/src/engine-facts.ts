import { listOf, parsedOr, record, text, type Wire } from './wire.ts';

/** Software that runs models on hardware of one's own, and tells what it runs and how. */
export type EngineName =
  | 'vllm'
  | 'sglang'
  | 'tensorrt-llm'
  | 'llama.cpp'
  | 'tabbyapi'
  | 'tgi'
  | 'ollama';

/** What an engine tells of itself, as far as it shapes log-probabilities. What it does not tell is absent. */
export interface EngineFacts {
  readonly engine?: EngineName | undefined;
  readonly version?: string | undefined;
  /** The weights, by whatever names them best: a path, a revision, a digest. */
  readonly model?: string | undefined;
  readonly quantisation?: string | undefined;
  /** `off`, `on`, or how it guesses ahead. */
  readonly speculation?: string | undefined;
  /** The chat template, or its name. */
  readonly template?: string | undefined;
}

/** One question to an engine about itself: nothing is generated for it. */
export interface Lookup {
  /** The engine's own paths are beside the base URL's `/v1`, those of OpenAI's protocol below it. */
  readonly below: 'root' | 'base';
  /** The same under its newer and its older name: the first that there is tells. */
  readonly paths: readonly string[];
  /** It is posted. */
  readonly body?: string;
  /** Total: whatever came. */
  read(body: string): EngineFacts;
}

/** What to ask such an engine about one of its models. Of an unknown one its list of models may tell what it is. */
export function engineLookups(engine: EngineName | undefined, model: string): readonly Lookup[] {
  return engine ? LOOKUPS[engine](model) : [models(model)];
}

/** As whose property engines list a model; TGI calls it its own owner. */
export function engineByOwner(owner: unknown, model: unknown): EngineName | undefined {
  if (typeof owner !== 'string') return undefined;
  return OWNERS.get(owner) ?? (owner === model ? 'tgi' : undefined);
}

const OWNERS: ReadonlyMap<string, EngineName> = new Map([
  ['llamacpp', 'llama.cpp'],
  ['vllm', 'vllm'],
  ['sglang', 'sglang'],
  ['tensorrt_llm', 'tensorrt-llm'],
]);

/** What is read of each is from its own source or documents; which versions have which path, from the same. */
const LOOKUPS: Readonly<Record<EngineName, (model: string) => readonly Lookup[]>> = {
  'llama.cpp': () => [
    // Its `speculative.types` are a request's default and say "none" whatever the server does; its slots tell.
    asked('root', ['/props'], (wire) => ({
      version: told(wire['build_info']),
      model: fileOf(told(wire['model_path'])),
      quantisation: told(wire['model_ftype']),
      template: whole(wire['chat_template']),
    })),
    {
      below: 'root',
      paths: ['/slots'],
      read: (body) => ({ speculation: onOff(slotsIn(body)) }),
    },
  ],
  vllm: (model) => [
    asked('root', ['/version'], ({ version }) => ({ version: told(version) })),
    models(model),
    // Counters of guesses are there only if it guesses.
    measured('/metrics', (metrics) => ({
      speculation: metrics.has('vllm:')
        ? onOff(metrics.has('vllm:spec_decode_num_drafts'))
        : undefined,
      quantisation: cacheKind(metrics.label('vllm:cache_config_info', 'cache_dtype')),
    })),
  ],
  sglang: () => [
    // The rest of it are its command line and its secrets.
    asked('root', ['/server_info', '/get_server_info'], (wire) => ({
      version: told(wire['version']),
      model: joined(told(wire['model_path']), told(wire['revision'])),
      quantisation: joined(
        told(wire['quantization']),
        told(wire['dtype']),
        cacheKind(told(wire['kv_cache_dtype'])),
      ),
      speculation:
        'speculative_algorithm' in wire ? guessing(wire['speculative_algorithm']) : undefined,
      template: told(wire['chat_template']),
    })),
  ],
  'tensorrt-llm': () => [
    asked('root', ['/version'], ({ version }) => ({ version: told(version) })),
    // Its `/metrics` are gone once they are read; these are not, and not always there.
    measured('/prometheus/metrics', (metrics) => ({
      model: metrics.label('trtllm_model_config_info', 'model'),
      quantisation: joined(
        metrics.label('trtllm_model_config_info', 'quantization'),
        metrics.label('trtllm_model_config_info', 'dtype'),
        cacheKind(metrics.label('trtllm_kv_cache_config_info', 'cache_dtype')),
      ),
      speculation: ofTensorRt(metrics),
    })),
  ],
  tgi: () => [
    asked('root', ['/info'], (wire) => ({
      version: joined(told(wire['version']), told(wire['sha'])),
      model: joined(told(wire['model_id']), told(wire['model_sha'])),
      quantisation: told(wire['model_dtype']),
    })),
  ],
  ollama: (model) => [
    asked('root', ['/api/version'], ({ version }) => ({ version: told(version) })),
    {
      ...asked('root', ['/api/show'], (wire) => ({
        quantisation: told(record(wire['details'])['quantization_level']),
        template: whole(wire['template']),
      })),
      body: JSON.stringify({ model }),
    },
    // By its digest: a name may mean other weights tomorrow.
    asked('root', ['/api/tags'], (wire) => ({
      model: told(named(wire['models'], model)?.['digest']),
    })),
  ],
  tabbyapi: () => [
    asked('base', ['/model'], (wire) => {
      const parameters = record(wire['parameters']);
      return {
        model: told(wire['id']),
        quantisation: cacheKind(told(parameters['cache_mode'])),
        template: told(parameters['prompt_template']),
        // Without a model that drafts it may still guess by what was said before.
        speculation: told(record(parameters['draft'])['id']),
      };
    }),
  ],
};

/** OpenAI's list of models, where engines say what they are and what stands behind the name. */
function models(model: string): Lookup {
  return asked('base', ['/models'], (wire) => {
    const list = listOf(wire['data']).map(record);
    const entry = list.find(({ id }) => id === model) ?? (list.length === 1 ? list[0] : undefined);
    if (!entry) return {};
    return {
      engine: engineByOwner(entry['owned_by'], entry['id']),
      model: joined(told(entry['root']), told(entry['parent'])),
    };
  });
}

function asked(
  below: Lookup['below'],
  paths: readonly string[],
  read: (wire: Wire) => EngineFacts,
): Lookup {
  return { below, paths, read: (body) => read(parsedOr(body)) };
}

function measured(path: string, read: (metrics: Measurements) => EngineFacts): Lookup {
  return { below: 'root', paths: [path], read: (body) => read(new Measurements(body)) };
}

/** Measurements in Prometheus' text, looked at by name; only labels tell anything here. */
class Measurements {
  readonly #text: string;

  constructor(text: string) {
    this.#text = `\n${text}`;
  }

  /** Whether there is any whose name begins so. */
  has(prefix: string): boolean {
    return this.#text.includes(`\n${prefix}`);
  }

  label(name: string, label: string): string | undefined {
    const start = this.#text.indexOf(`\n${name}{`);
    if (start < 0) return undefined;
    const end = this.#text.indexOf('\n', start + 1);
    const line = this.#text.slice(start, end < 0 ? undefined : end);
    for (const [, own, value] of line.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
      if (own === label) return told(value);
    }
    return undefined;
  }
}

function ofTensorRt(metrics: Measurements): string | undefined {
  const name = 'trtllm_speculative_config_info';
  if (!metrics.has(name)) return metrics.has('trtllm_model_config_info') ? 'off' : undefined;
  if (metrics.label(name, 'spec_enabled')?.toLowerCase() === 'false') return 'off';
  return metrics.label(name, 'spec_method') ?? metrics.label(name, 'method') ?? 'on';
}

const LONGEST = 300;

/** A word or a name; whatever says "none" of itself is none. */
function told(value: unknown): string | undefined {
  const word = text(value).slice(0, LONGEST);
  return /^(?:none|null)?$/i.test(word) ? undefined : word;
}

/** However long. */
function whole(value: unknown): string | undefined {
  return text(value) || undefined;
}

function joined(...parts: readonly (string | undefined)[]): string | undefined {
  return parts.filter((part) => part !== undefined).join(' ') || undefined;
}

/** What the cache is kept in, where that is not as the model is. */
function cacheKind(kind: string | undefined): string | undefined {
  return kind === undefined || kind === 'auto' ? undefined : `kv:${kind}`;
}

function onOff(isOn: boolean | undefined): string | undefined {
  if (isOn === undefined) return undefined;
  return isOn ? 'on' : 'off';
}

function guessing(algorithm: unknown): string {
  return told(algorithm) ?? 'off';
}

/** Where a file lies says nothing of what is in it. */
function fileOf(path: string | undefined): string | undefined {
  return path?.split(/[\\/]/).at(-1);
}

function named(list: unknown, name: string): Wire | undefined {
  const names = [name, `${name}:latest`];
  return listOf(list)
    .map(record)
    .find((entry) => names.includes(text(entry['model'])) || names.includes(text(entry['name'])));
}

/** Slots tell of what they are at, too, which nobody here needs to know. */
function slotsIn(body: string): boolean | undefined {
  let slots: unknown;
  try {
    slots = JSON.parse(body);
  } catch {
    return undefined;
  }
  const flags = listOf(slots).map((slot) => record(slot)['speculative']);
  return flags.some((flag) => typeof flag === 'boolean') ? flags.includes(true) : undefined;
}
