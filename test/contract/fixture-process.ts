import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { stopped } from '@weir/testkit';

/** A script of `fixtures/` as a process of its own: it is told lines and says lines, until it is killed. */
export class FixtureProcess implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #errors: string[] = [];
  readonly #closed: Promise<unknown>;
  #wake: (() => void) | undefined;
  #ended = false;

  /** `launcher` is a command that starts the one given after it, "env" for instance. */
  constructor(script: string, args: readonly string[], launcher: readonly string[] = []) {
    const path = fileURLToPath(new URL(`./fixtures/${script}`, import.meta.url));
    const [command = '', ...rest] = [...launcher, process.execPath, path, ...args];
    this.#child = spawn(command, rest, { stdio: 'pipe' });
    this.#closed = once(this.#child, 'close').then(() => {
      this.#ended = true;
      this.#wake?.();
    });
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.lines.push(line);
      this.#wake?.();
    });
    this.#child.stderr?.on('data', (text) => this.#errors.push(String(text)));
    this.#child.stdin?.on('error', () => {});
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get errors(): string {
    return this.#errors.join('');
  }

  send(...lines: readonly string[]): void {
    this.#child.stdin?.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** Resolves once so many lines begin with `start`; throws when the process ends before. */
  async said(start: string, count = 1): Promise<void> {
    while (this.lines.filter((line) => line.startsWith(start)).length < count) {
      if (this.#ended)
        throw new Error(`the process ended before it said "${start}": ${this.errors}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The second words of the lines that begin with this one. */
  named(word: string): string[] {
    const lines = this.lines.filter((line) => line.startsWith(`${word} `));
    return lines.map((line) => line.split(' ')[1] ?? '');
  }

  async exit(): Promise<number | null> {
    await this.#closed;
    return this.#child.exitCode;
  }

  async pause(): Promise<void> {
    this.#child.kill('SIGSTOP');
    await stopped(this.pid);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
