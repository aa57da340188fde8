/** What one model costs at one provider, in picodollars per token. An absent cache price means "as input", never free. */
export interface Price {
  readonly inputPicoUsd: bigint;
  readonly outputPicoUsd: bigint;
  readonly cacheReadPicoUsd?: bigint | undefined;
  readonly cacheWrite5mPicoUsd?: bigint | undefined;
  readonly cacheWrite1hPicoUsd?: bigint | undefined;
}
