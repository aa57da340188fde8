import type { FoundEngine } from '@weir/config';

/** Where self-hosted engines listen unless told otherwise. */
const USUAL: readonly { readonly dialect: FoundEngine['dialect']; readonly port: number }[] = [
  { dialect: 'vllm', port: 8000 },
  { dialect: 'sglang', port: 30000 },
  { dialect: 'tabbyapi', port: 5000 },
  { dialect: 'ollama', port: 11434 },
  { dialect: 'llama.cpp', port: 8080 },
];

const PATIENCE_MS = 300;

interface ModelList {
  readonly data?: readonly { readonly id?: unknown; readonly owned_by?: unknown }[];
}

/** The first self-hosted engine that answers on its usual port of this machine. */
export async function findEngine(): Promise<FoundEngine | undefined> {
  const found = await Promise.all(USUAL.map(({ dialect, port }) => engineAt(dialect, port)));
  return found.find((engine) => engine !== undefined);
}

async function engineAt(
  dialect: FoundEngine['dialect'],
  port: number,
): Promise<FoundEngine | undefined> {
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  try {
    const response = await fetch(`${baseUrl}/models`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!response.ok) return undefined;
    const { data } = (await response.json()) as ModelList;
    const [model] = data ?? [];
    // Another Weir is no engine.
    if (typeof model?.id !== 'string' || model.owned_by === 'weir') return undefined;
    return {
      dialect: model.owned_by === 'llamacpp' ? 'llama.cpp' : dialect,
      baseUrl,
      model: model.id,
    };
  } catch {
    return undefined;
  }
}
