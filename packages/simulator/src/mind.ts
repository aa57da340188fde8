import { type Failure, messageOf } from './failure.ts';

/** What a simulated provider is asked: the conversation, flattened, and how to answer. */
export interface MindRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly maxTokens: number;
  /** 0 takes the likeliest token every time. */
  readonly temperature: number;
  readonly seed: number;
  readonly stop: readonly string[];
  /** Alternatives wanted per token; negative when no log-probabilities are wanted. */
  readonly topLogprobs: number;
}

export interface MindToken {
  readonly text: string;
  readonly logprob?: number | undefined;
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

/** An answer in the making: the prompt has been read, the tokens come as they are pulled. */
export interface MindAnswer {
  readonly promptTokens: number;
  /** Yields visible tokens and returns why it stopped. An end-of-text token is counted, as engines do, but not yielded. */
  readonly tokens: Generator<MindToken, MindEnd>;
}

export interface MindEnd {
  readonly finish: 'stop' | 'length';
  readonly completionTokens: number;
  /** The stop word that ended it, where one did. */
  readonly stopWord?: string | undefined;
}

/** Something that answers. Undefined when this prompt is not for it. */
export interface Mind {
  answer(request: MindRequest): MindAnswer | undefined;
}

/** A mind that will not answer this; how that is said is the protocol's matter. */
export class MindRefusal extends Error {
  override readonly name = 'MindRefusal';
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(messageOf(failure));
    this.failure = failure;
  }
}
