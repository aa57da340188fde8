export { MemoryBus } from './memory-bus.ts';
export { NatsBus, type NatsOptions } from './nats-bus.ts';
export { COST_STREAM, COST_SUBJECTS, costSubject } from './subjects.ts';
