import type { ChatReply, ChatRequest, Fault, ProviderEvent, Usage } from '@weir/core';

/** One model at one provider, as its adapter needs to know it. */
export interface Target {
  readonly model: string;
  readonly dialect: Dialect;
}

/** What differs among providers that speak the same protocol: data, not branches. */
export interface Dialect {
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** Refuses or misreads fields it does not know, so passthrough parameters are left out. */
  readonly knownFieldsOnly: boolean;
  readonly takesStreamOptions: boolean;
  /** Takes `logprobs`; where not, the field is never sent and its evidence is missing. */
  readonly takesLogprobs: boolean;
  /** Notices that a caller has gone only while streaming (llama.cpp), so that every call must stream. */
  readonly freesSlotOnlyOnStreams: boolean;
}

/** Body and path of a call; where it goes and with which key is the transport's matter. */
export interface ProviderCall {
  readonly path: string;
  readonly body: string;
}

export interface ProviderReply {
  readonly reply: ChatReply;
  /** Absent when the provider reported none, or figures that contradict themselves. */
  readonly usage: Usage | undefined;
  readonly model: string;
  readonly upstreamId: string;
}

/** Feed it the data of each server-sent event in order; it says what they mean, or throws a fault. */
export interface StreamReader {
  read(data: string): readonly ProviderEvent[];
}

/** How one provider speaks. Pure: every method is a function of its arguments. */
export interface ProviderAdapter {
  readonly name: string;
  toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall;
  fromBody(body: string): ProviderReply;
  reader(): StreamReader;
  /** Classifies an error reply from its status, its parsed fields and its Retry-After; never from prose. */
  toFault(status: number, body: string, retryAfterMs: number | undefined): Fault;
}
