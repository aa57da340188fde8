/** What a signature covers. */
export interface OutgoingCall {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Headers that authorise one call, for clouds whose credentials expire or sign what they send. Cancelled with the call;
 * whatever it throws, nothing was sent.
 */
export type Authorize = (
  call: OutgoingCall,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, string>>>;
