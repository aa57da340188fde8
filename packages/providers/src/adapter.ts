import type {
  ChatReply,
  ChatRequest,
  Fault,
  ProviderEvent,
  UsageErrorCode,
  UsageReport,
} from '@weir/core';
import type { EngineName } from './engine-facts.ts';

/** One model at one provider, as its adapter needs to know it. */
export interface Target {
  readonly model: string;
  readonly dialect: Dialect;
}

/** What differs among providers that speak the same protocol: data, not branches. */
export interface Dialect {
  /** Whose requests and replies these are. */
  readonly adapter: ProviderAdapter;
  /** Takes `logprobs`; where not, the field is never sent and its evidence is missing. */
  readonly takesLogprobs: boolean;
  /** Hardware of one's own runs this, and it tells more of itself than its replies do. */
  readonly engine?: EngineName | undefined;
  /** Where there is no key, calls are authorised by what this cloud finds in its environment. */
  readonly credentials?: 'aws' | 'google';
  /** The key goes into this header by itself, and not into `Authorization` as a bearer's. */
  readonly keyHeader?: string;
  /** Charges for a prompt that its content filter refused, as it had to be read. */
  readonly billsFilteredPrompts?: boolean;
  /** Tool calls and results are paired by their order: their ids are refused. */
  readonly refusesCallIds?: boolean;
  /** The service tier is told in this header and not in the body. */
  readonly tierHeader?: string;
  /** Takes labels, by which its bill can be divided; OpenAI's `metadata` are the same to others. */
  readonly takesLabels?: boolean;
  /** Goes on with an answer that nobody reads any more, and bills all of it: so it is better heard out. */
  readonly billsCancelled?: boolean;
  /** Notices that a caller has gone only while streaming (llama.cpp), so that every call must stream. */
  readonly freesSlotOnlyOnStreams: boolean;
}

/** What a call says and to which path below the base URL; the host and the connection are the transport's matter. */
export interface ProviderCall {
  readonly path: string;
  readonly body: string;
  /** Of this call alone, beside those that every call has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Parameters of the request, under OpenAI's names, that this provider cannot take and that were left out. */
  readonly dropped: readonly string[];
}

export interface ProviderReply {
  readonly reply: ChatReply;
  /** Absent when the provider reported none, or figures that contradict themselves. */
  readonly report: UsageReport | undefined;
  /** Why what it did report cannot be billed from. */
  readonly refusedUsage?: UsageErrorCode | undefined;
  readonly model: string;
  readonly upstreamId: string;
  /** What the provider calls the software and settings that answered. */
  readonly build?: string | undefined;
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
  headers(
    apiKey: string | undefined,
    dialect?: Pick<Dialect, 'keyHeader'>,
  ): Readonly<Record<string, string>>;
  /** Throws an `unsupported_parameter` with its `param` for what can neither be said in this dialect nor left out. */
  toCall(request: ChatRequest, target: Target, stream: boolean): ProviderCall;
  /** Throws a fault for what is no answer: a `BrokenReply` where it told what it cost. */
  fromBody(body: string): ProviderReply;
  reader(): StreamReader;
  /** Classifies an error reply from its status, its parsed fields and its Retry-After; never from prose. */
  toFault(status: number, body: string, retryAfterMs: number | undefined): Fault;
}
