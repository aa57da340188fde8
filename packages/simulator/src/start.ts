import { fileURLToPath } from 'node:url';
import { systemClock } from '@weir/runtime';
import type { Mind } from './mind.ts';
import { RecordedMind, Recordings } from './recorded-mind.ts';
import { ScriptedMind } from './scripted-mind.ts';
import { Simulator } from './simulator.ts';
import { TinyMind } from './tiny/tiny-mind.ts';

export interface SimulatorSettings {
  readonly host: string;
  readonly port: number;
  readonly firstTokenMs: number;
  readonly tokenMs: number;
  readonly maxLogEntries: number;
}

/** Questions that a test wrote a script into. */
const SCRIPTED = /\[\[(script|say):/;

function modelFile(name: string): string {
  return fileURLToPath(new URL(`../models/${name}.gguf`, import.meta.url));
}

/**
 * The usual set: `draft` answers with the weak tiny model, `frontier` and `spare` with the strong one; recorded
 * questions are answered from their recording, scripted ones from their script.
 */
export async function startSimulator(
  settings: SimulatorSettings,
): Promise<{ simulator: Simulator; port: number }> {
  const recordings = new Recordings();
  const weak = await TinyMind.read(modelFile('draft-weak'));
  const good = await TinyMind.read(modelFile('draft-good'));
  const strong = await TinyMind.read(modelFile('strong'));
  const scripted = new ScriptedMind();
  const script: Mind = {
    answer: (request) =>
      SCRIPTED.test(request.messages.at(-1)?.content ?? '') ? scripted.answer(request) : undefined,
  };
  const drafts: Mind = {
    answer: (request) => (request.model === 'good' ? good : weak).answer(request),
  };
  const frontier = [script, new RecordedMind(recordings, 'strong'), strong];
  const simulator = new Simulator({
    backends: new Map([
      ['draft', [script, new RecordedMind(recordings, 'weak'), drafts]],
      ['frontier', frontier],
      ['spare', frontier],
    ]),
    recordings,
    firstTokenMs: settings.firstTokenMs,
    tokenMs: settings.tokenMs,
    maxLogEntries: settings.maxLogEntries,
    clock: systemClock,
  });
  const port = await simulator.listen(settings.host, settings.port);
  return { simulator, port };
}
