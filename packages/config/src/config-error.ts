/** One thing wrong with a configuration: where, what, and what to do. */
export interface ConfigProblem {
  /** Dotted path, "routes.support-chat.draft"; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** In the file, from 1; absent when the configuration came from none. */
  readonly line?: number | undefined;
}

/** Everything wrong with a configuration, at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(source: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, message, line }) => {
      const place = line === undefined ? source : `${source}:${line}`;
      return `  ${place}: ${path ? `${path}: ` : ''}${message}`;
    });
    super(`The configuration is not usable:\n${lines.join('\n')}`);
    this.problems = problems;
  }
}
