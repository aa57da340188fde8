import type { FoundEngine } from '@weir/config';
import { engineByOwner } from '@weir/providers';

/** Where self-hosted engines listen unless told otherwise. */
const USUAL: readonly { readonly dialect: FoundEngine['dialect']; readonly port: number }[] = [
  { dialect: 'vllm', port: 8000 },
  { dialect: 'sglang', port: 30000 },
  { dialect: 'tabbyapi', port: 5000 },
  { dialect: 'ollama', port: 11434 },
  { dialect: 'llama.cpp', port: 8080 },
  { dialect: 'tgi', port: 3000 },
];

const PATIENCE_MS = 300;

interface ModelList {
  readonly data?: readonly { readonly id?: unknown; readonly owned_by?: unknown }[];
}

interface OllamaModels {
  readonly models?: readonly {
    readonly model?: unknown;
    readonly remote_host?: unknown;
    readonly details?: { readonly family?: unknown } | null;
  }[];
}

/** The first self-hosted engine that answers on its usual port of this machine. */
export async function findEngine(): Promise<FoundEngine | undefined> {
  const found = await Promise.all(
    USUAL.map(({ dialect, port }) => engineAt(dialect, `http://127.0.0.1:${port}`)),
  );
  return found.find((engine) => engine !== undefined);
}

/** The engine that answers there, if one does and has a model to answer with. */
export async function engineAt(
  dialect: FoundEngine['dialect'],
  origin: string,
): Promise<FoundEngine | undefined> {
  try {
    return dialect === 'ollama' ? await ollamaAt(origin) : await compatibleAt(dialect, origin);
  } catch {
    return undefined;
  }
}

async function compatibleAt(
  usual: FoundEngine['dialect'],
  origin: string,
): Promise<FoundEngine | undefined> {
  const baseUrl = `${origin}/v1`;
  const list = (await listAt(`${baseUrl}/models`)) as ModelList | undefined;
  const model = list?.data?.[0];
  // Another Weir is no engine.
  if (typeof model?.id !== 'string' || model.owned_by === 'weir') return undefined;
  // Several of them listen on the same port.
  const dialect = engineByOwner(model.owned_by, model.id) ?? usual;
  return { dialect, baseUrl, model: model.id };
}

/** Its own list tells apart what cannot draft, or not here: models that only embed, and those of Ollama's cloud. */
async function ollamaAt(origin: string): Promise<FoundEngine | undefined> {
  const list = (await listAt(`${origin}/api/tags`)) as OllamaModels | undefined;
  const local = list?.models?.find(
    ({ remote_host, details }) => !remote_host && !/bert$/.test(String(details?.family)),
  );
  if (typeof local?.model !== 'string') return undefined;
  return { dialect: 'ollama', baseUrl: origin, model: local.model };
}

async function listAt(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  return response.ok ? response.json() : undefined;
}
