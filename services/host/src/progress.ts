/** A progress bar on a terminal; a line now and then where there is none. */
export class Progress {
  readonly #total: number;
  readonly #label: string;
  readonly #startedAt = performance.now();
  #done = 0;
  #shown = -1;

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
  }

  step(): void {
    this.#done++;
    const percent = Math.floor((this.#done * 100) / Math.max(1, this.#total));
    if (percent === this.#shown) return;
    const terminal = process.stderr.isTTY === true;
    if (!terminal && percent % 10 !== 0) return;
    this.#shown = percent;
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const rate = (this.#done / Math.max(0.001, seconds)).toFixed(0);
    const text = `${this.#label} ${this.#done}/${this.#total} ${percent} % ${rate}/s`;
    if (!terminal) process.stderr.write(`${text}\n`);
    else {
      const filled = Math.floor(percent / 4);
      process.stderr.write(`\r[${'#'.repeat(filled)}${' '.repeat(25 - filled)}] ${text} `);
      if (this.#done === this.#total) process.stderr.write('\n');
    }
  }
}
