import { splitAddress } from '../address.ts';
import { type Command, UsageError } from '../command.ts';

export const simulator: Command = {
  name: 'simulator',
  summary: 'run the simulated providers alone',
  usage: '',
  details:
    'Backends /draft, /frontier and /spare: tiny real models, recorded and scripted answers, faults on demand. Each speaks\n' +
    'the protocols of OpenAI, Anthropic (below /v1), Gemini (/v1beta), Cohere (/v2), Bedrock and Ollama (as it is).\n' +
    'GET /__log?from=N is the log of every token served; POST /__recordings teaches recorded answers (JSON lines);\n' +
    'POST /__engines/BACKEND restarts one with other settings: {"version": "sim-2", "speculates": true, "fault": "zerofill"}.',
  options: {
    listen: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'where to listen (default 127.0.0.1:9100)',
    },
    'first-token-ms': {
      type: 'string',
      value: 'MS',
      help: 'delay before the first token (default 0)',
    },
    'token-ms': { type: 'string', value: 'MS', help: 'delay per token (default 0)' },
  },
  async run({ text, json, print }) {
    const { startSimulator } = await import('@weir/simulator');
    const { host, port } = splitAddress(text('listen') ?? '127.0.0.1:9100');
    const started = await startSimulator({
      host,
      port,
      firstTokenMs: milliseconds('first-token-ms', text('first-token-ms')),
      tokenMs: milliseconds('token-ms', text('token-ms')),
      maxLogEntries: 5_000_000,
    });
    if (json) print(JSON.stringify({ ready: true, port: started.port }));
    else print(`Simulated providers at http://${host}:${started.port}/{draft,frontier,spare}/v1`);
    await new Promise<void>((resolve) => {
      process.once('SIGTERM', resolve);
      process.once('SIGINT', resolve);
    });
    await started.simulator[Symbol.asyncDispose]();
    return 0;
  },
};

function milliseconds(option: string, text: string | undefined): number {
  const value = Number(text ?? 0);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new UsageError(`--${option} must be a number of milliseconds, not "${text}"`);
}
