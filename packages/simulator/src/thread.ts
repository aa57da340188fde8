import { Worker } from 'node:worker_threads';
import type { SimulatorSettings } from './start.ts';

/** A simulator in a thread of this process; it ends with the process or when disposed. */
export interface SimulatorThread extends AsyncDisposable {
  readonly port: number;
}

export async function startSimulatorThread(settings: SimulatorSettings): Promise<SimulatorThread> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
  const started = await new Promise<{ port?: number; failure?: string }>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  if (started.port === undefined) {
    await worker.terminate();
    throw new Error(`The simulator cannot start: ${started.failure ?? 'unknown reason'}`);
  }
  worker.unref();
  return {
    port: started.port,
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  };
}
