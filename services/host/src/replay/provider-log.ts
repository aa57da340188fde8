import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { ServedTokens } from '@weir/simulator';

/** The simulated provider's side of the bill. */
export class ProviderLog {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Where its log stands; undefined when there is no simulated provider at this address. */
  async position(): Promise<number | undefined> {
    try {
      const response = await fetch(`${this.#url}/__position`, {
        signal: AbortSignal.timeout(2000),
      });
      if (!response.ok) return undefined;
      return ((await response.json()) as { position: number }).position;
    } catch {
      return undefined;
    }
  }

  /** Everything served since a position; undefined when it was started anew and has forgotten. */
  async since(position: number): Promise<ServedTokens[] | undefined> {
    if (((await this.position()) ?? -1) < position) return undefined;
    const response = await fetch(`${this.#url}/__log?from=${position}`);
    const text = await response.text();
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as ServedTokens);
  }

  /** Teaches it the recorded answers of a file. */
  async teach(path: string): Promise<void> {
    const bytes = readFileSync(path);
    const response = await fetch(`${this.#url}/__recordings`, {
      method: 'POST',
      body: path.endsWith('.gz') ? gunzipSync(bytes) : bytes,
    });
    if (!response.ok)
      throw new Error(`the simulated provider did not take the recordings (${response.status})`);
  }
}
