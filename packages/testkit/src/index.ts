export {
  Cluster,
  type ClusterMode,
  type ClusterOptions,
  type ClusterPart,
  type ReplayReport,
} from './cluster.ts';
export { freePort } from './free-port.ts';
export { makeAttempt } from './make-attempt.ts';
export { makeChat } from './make-chat.ts';
export { makeDraftLabelled } from './make-draft-labelled.ts';
export { makeJudgement } from './make-judgement.ts';
export { makeModelCall } from './make-model-call.ts';
export { makeOpened } from './make-opened.ts';
export { makeReply } from './make-reply.ts';
export { makeRequestCompleted } from './make-request-completed.ts';
export { ManualClock } from './manual-clock.ts';
export { type NatsServer, type NatsServerOptions, startNats } from './nats.ts';
export { type PostgresServer, startPostgres } from './postgres.ts';
export { silentLog } from './silent-log.ts';
export { stopped } from './stopped.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary-directory.ts';
export {
  type RunningProcess,
  type SimulatorProcess,
  type SimulatorProcessOptions,
  startSimulatorProcess,
  startWeir,
  type WeirOptions,
  type WeirProcess,
} from './weir-process.ts';
