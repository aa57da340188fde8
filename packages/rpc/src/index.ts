export { Channel, type ChannelOptions } from './channel.ts';
export { dialDraft, serveDraft } from './draft.ts';
export { dialEscalation, serveEscalation } from './escalation.ts';
export { type Door, serveInference } from './inference.ts';
export {
  dialLedger,
  dialLedgerReading,
  type LedgerReading,
  serveLedger,
  serveLedgerReading,
} from './ledger.ts';
export { dialScorer, serveScorer } from './scorer.ts';
export { RpcServer, type RpcServerOptions } from './server.ts';
