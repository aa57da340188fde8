import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type SimulatorSettings, startSimulator } from './start.ts';

/** The simulator in a thread, so that its thinking does not count as the gateway's. */
const port = parentPort as MessagePort;
try {
  const started = await startSimulator(workerData as SimulatorSettings);
  port.postMessage({ port: started.port });
} catch (error) {
  port.postMessage({ failure: String(error) });
}
