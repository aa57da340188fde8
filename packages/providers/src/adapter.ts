import type { ChatReply, ChatRequest, Fault, ProviderEvent, UsageReport } from '@weir/core';

/** One model at one provider, as its adapter needs to know it. */
export interface Target {
  readonly model: string;
  readonly dialect: Dialect;
}

/** What differs among providers that speak the same protocol: data, not branches. */
export interface Dialect {
  /** Whose requests and replies these are. */
  readonly adapter: ProviderAdapter;
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** Refuses or misreads fields it does not know, so passthrough parameters are left out. */
  readonly knownFieldsOnly: boolean;
  readonly takesStreamOptions: boolean;
  /** Takes `logprobs`; where not, the field is never sent and its evidence is missing. */
  readonly takesLogprobs: boolean;
  /** Where there is no key, calls are authorised by what this cloud finds in its environment. */
  readonly credentials?: 'aws' | 'google';
  /** Notices that a caller has gone only while streaming (llama.cpp), so that every call must stream. */
  readonly freesSlotOnlyOnStreams: boolean;
}

/** What a call says and to which path below the base URL; the host and the connection are the transport's matter. */
export interface ProviderCall {
  readonly path: string;
  readonly body: string;
  /** Parameters of the request, under OpenAI's names, that this provider cannot take and that were left out. */
  readonly dropped: readonly string[];
}

export interface ProviderReply {
  readonly reply: ChatReply;
  /** Absent when the provider reported none, or figures that contradict themselves. */
  readonly report: UsageReport | undefined;
  readonly model: string;
  readonly upstreamId: string;
}

/** Cuts a streamed reply, in whatever pieces its bytes come, into the texts of its events. Throws a fault for junk. */
export interface StreamParser {
  push(chunk: Buffer): readonly string[];
  /** What was left when the connection ended. */
  end(): readonly string[];
}

/** Feed it the text of each event in order; it says what they mean, or throws a fault. */
export interface StreamReader {
  read(data: string): readonly ProviderEvent[];
}

/** How one provider speaks. Pure: every method is a function of its arguments. */
export interface ProviderAdapter {
  readonly name: string;
  /** Headers of every call: the key, in whatever form this provider wants it, and versions. */
  headers(apiKey: string | undefined): Readonly<Record<string, string>>;
  /** Throws an `unsupported_parameter` with its `param` for what can neither be said in this dialect nor left out. */
  toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall;
  fromBody(body: string): ProviderReply;
  reader(): StreamReader;
  /** Classifies an error reply from its status, its parsed fields and its Retry-After; never from prose. */
  toFault(status: number, body: string, retryAfterMs: number | undefined): Fault;
}
