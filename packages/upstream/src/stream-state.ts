import {
  type ChatDelta,
  type ChatReply,
  Fault,
  type FinishReason,
  type ProviderEvent,
  ReplyBuilder,
  type UsageErrorCode,
  type UsageReport,
} from '@weir/core';
import type { Heard, Seen } from './attempt.ts';

/** What a streamed answer has come to so far. */
export class StreamState implements Heard {
  readonly #builder = new ReplyBuilder();
  #finish: FinishReason | undefined;
  #tokens = 0;
  report: UsageReport | undefined;
  refused: UsageErrorCode | undefined;
  /** The terminator was seen; whatever follows it is not part of the answer. */
  done = false;

  /** Takes an event in; gives it back when it is a piece of the answer. */
  take(event: ProviderEvent): ChatDelta | undefined {
    switch (event.type) {
      case 'finish':
        this.#finish = event.reason;
        return undefined;
      case 'usage':
        this.report = event.report;
        this.refused = undefined;
        return undefined;
      case 'usage-refused':
        this.refused = event.reason;
        return undefined;
      case 'done':
        this.done = true;
        return undefined;
      case 'identity':
        return undefined;
      case 'text-delta':
        this.#tokens += event.tokens?.length ?? 0;
        this.#builder.add(event);
        return event;
      default:
        this.#builder.add(event);
        return event;
    }
  }

  get seen(): Seen {
    return { tokens: this.#tokens, characters: this.#builder.characters };
  }

  /** The whole answer. A stream that never said why it ended was cut, however cleanly its connection closed. */
  reply(): ChatReply {
    if (!this.#finish) {
      throw new Fault('upstream_invalid', 'The provider ended its answer without finishing it.');
    }
    return this.#builder.build(this.#finish);
  }
}
