export { FAULT_NAMES, type FaultName } from './faults.ts';
export type { Mind, MindAnswer, MindEnd, MindRequest, MindToken } from './mind.ts';
export { RecordedMind, type Recording, Recordings } from './recorded-mind.ts';
export { ScriptedMind } from './scripted-mind.ts';
export { Simulator, type SimulatorOptions } from './simulator.ts';
export { type SimulatorSettings, startSimulator } from './start.ts';
export { type SimulatorThread, startSimulatorThread } from './thread.ts';
export { TinyMind } from './tiny/tiny-mind.ts';
export type { ServedTokens } from './token-log.ts';
