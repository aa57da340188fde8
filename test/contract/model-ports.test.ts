import { dialDraft, dialEscalation, serveDraft, serveEscalation } from '@weir/rpc';
import { systemClock } from '@weir/runtime';
import { describe } from 'vitest';
import {
  asDraft,
  asEscalation,
  fromDraft,
  fromEscalation,
  modelPortContract,
} from './model-port.contract.ts';
import { link } from './rpc-link.ts';

describe('a model that is called in this process', () => {
  modelPortContract(async (port) => ({ port, [Symbol.asyncDispose]: async () => {} }));
});

describe('a draft an address away', () => {
  modelPortContract(async (port) => {
    const wire = await link((server) => serveDraft(server, asDraft(port), systemClock));
    return {
      port: fromDraft(dialDraft(wire.channel)),
      [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
    };
  });
});

describe('an escalation an address away', () => {
  modelPortContract(async (port) => {
    const wire = await link((server) => serveEscalation(server, asEscalation(port), systemClock));
    return {
      port: fromEscalation(dialEscalation(wire.channel)),
      [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
    };
  });
});
