import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Resolves when a process that was sent SIGSTOP stands still: its threads go on for a moment, and may still answer. */
export async function stopped(pid: number): Promise<void> {
  for (;;) {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]);
    if (stdout.trim().startsWith('T')) return;
  }
}
