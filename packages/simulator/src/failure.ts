/** How a simulated provider fails with an error reply, in nobody's protocol. */
export type Failure =
  | {
      readonly kind:
        | 'invalid_request'
        | 'authentication'
        | 'not_found'
        | 'rate_limit'
        | 'quota'
        | 'server_error'
        | 'unavailable'
        | 'overloaded';
      readonly message: string;
    }
  /** Two of three protocols say this in prose only, so that the figures are all that is kept of it. */
  | {
      readonly kind: 'context_overflow';
      readonly promptTokens: number;
      readonly contextTokens: number;
    };

export type FailureKind = Failure['kind'];

export interface ErrorReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** As who has words of his own for nothing would say it. */
export function messageOf(failure: Failure): string {
  return failure.kind === 'context_overflow'
    ? `The prompt has ${failure.promptTokens} tokens; the context holds ${failure.contextTokens}.`
    : failure.message;
}
