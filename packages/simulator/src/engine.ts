import { FAULT_NAMES, type FaultName } from './faults.ts';

/** How a simulated engine runs: what it tells of itself, and what is wrong with all its answers. */
export interface Engine {
  readonly version: string;
  /** Guesses ahead, and says so among its measurements. */
  readonly speculates: boolean;
  /** Of every answer whose question asks for none itself. */
  readonly fault: FaultName | undefined;
}

export const AS_SHIPPED: Engine = { version: 'sim-1', speculates: false, fault: undefined };

/** The same after a restart with other settings: `{"version": "sim-2", "speculates": true, "fault": "zerofill"}`. */
export function restarted(engine: Engine, body: string): Engine {
  const { version, speculates, fault } = JSON.parse(body) as Readonly<Record<string, unknown>>;
  return {
    version: typeof version === 'string' ? version : engine.version,
    speculates: typeof speculates === 'boolean' ? speculates : engine.speculates,
    fault: fault === undefined ? engine.fault : FAULT_NAMES.find((name) => name === fault),
  };
}

/** A page on which it tells of itself, as vLLM has them; undefined for every other. */
export function pageOf(
  { version, speculates }: Engine,
  path: string,
): { readonly type: string; readonly body: string } | undefined {
  switch (path) {
    case 'version':
      return { type: 'application/json', body: JSON.stringify({ version }) };
    case 'metrics':
      return { type: 'text/plain; version=0.0.4', body: measurements(speculates) };
    default:
      return undefined;
  }
}

function measurements(speculates: boolean): string {
  const guesses = speculates ? 'vllm:spec_decode_num_drafts_total{engine="0"} 1.0\n' : '';
  return `vllm:num_requests_running{engine="0"} 0.0\n${guesses}`;
}
