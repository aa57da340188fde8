import type { ChatDelta, TokenLogprob } from '@weir/core';
import { tokensFrom } from '../openai/wire.ts';
import { invalid, listOf, record, text, type Wire } from '../wire.ts';

/** What was told of one item so far. */
interface Told {
  readonly type: unknown;
  /** Among the tool calls only. */
  readonly call: number | undefined;
  text: string;
  tokens: number;
  refusal: string;
  reasoning: string;
  /** The part of its reasoning that was told last. */
  part: string;
  arguments: string;
  /** All of it, once the API has said that it is done. */
  whole: Wire | undefined;
}

const PARAGRAPH = '\n\n';

/**
 * The items of a response, each told once: in the pieces it comes in, or at its end as far as it was not. Streams tell
 * some items in no pieces at all, and a whole response is a stream without any.
 */
export class Output {
  /** By whatever names an item: its place in the output, or its id where the server counts no places. */
  readonly #items = new Map<unknown, Told>();
  readonly #order: Told[] = [];
  #calls = 0;
  #thought = false;

  get hasCalls(): boolean {
    return this.#calls > 0;
  }

  /** The items that are done, in their order. */
  get items(): readonly Wire[] {
    return this.#order.map(({ whole }) => whole).filter((whole) => whole !== undefined);
  }

  /** An item of which nothing is there yet but its name. */
  begin(wire: Wire): ChatDelta[] {
    const item = record(wire['item']);
    return this.#known(wire, item['type']) ? [] : this.#add(namesIn(wire), item).deltas;
  }

  text(wire: Wire): ChatDelta[] {
    const told = this.#begun(wire, 'message');
    return say(told, text(wire['delta']), logprobsIn(wire));
  }

  refusal(wire: Wire): ChatDelta[] {
    const told = this.#begun(wire, 'message');
    const piece = text(wire['delta']);
    told.refusal += piece;
    return piece ? [{ type: 'refusal-delta', text: piece }] : [];
  }

  /** A piece of a summary, or of the thoughts themselves where a model shows them. */
  reasoning(wire: Wire): ChatDelta[] {
    const told = this.#begun(wire, 'reasoning');
    const places = [wire['type'], wire['summary_index'], wire['content_index']];
    const part = JSON.stringify(places);
    const isNext = told.reasoning !== '' && told.part !== part;
    const delta = text(wire['delta']);
    if (delta === '') return [];
    told.part = part;
    return this.#think(told, isNext ? PARAGRAPH + delta : delta);
  }

  arguments(wire: Wire): ChatDelta[] {
    const told = this.#known(wire, 'function_call');
    if (!told) throw invalid('a piece of a tool call that it never began');
    return argue(told, text(wire['delta']));
  }

  /** An item that is done: what of it was not told. */
  done(wire: Wire): ChatDelta[] {
    const item = record(wire['item']);
    const known = this.#known(wire, item['type']);
    if (known) return this.#rest(known, item);
    return this.#all(namesIn(wire), item);
  }

  /**
   * All of the output, at the end of the response. Its items need not be numbered and named as they were before, so one
   * that is not recognised is told only where nothing of its kind was.
   */
  end(output: readonly unknown[]): ChatDelta[] {
    const kinds = new Set(this.#order.map(({ type }) => type));
    return output.flatMap((value, index) => {
      const item = record(value);
      const type = item['type'];
      const known = this.#known({ item }, type) ?? this.#known({ output_index: index }, type);
      if (known) return known.whole ? [] : this.#rest(known, item);
      return kinds.has(type) ? [] : this.#all([], item);
    });
  }

  #known(wire: Wire, type: unknown): Told | undefined {
    for (const name of namesIn(wire)) {
      const told = this.#items.get(name);
      if (told?.type === type) return told;
    }
    return undefined;
  }

  /** A piece of an item that no event began is enough to know that there is one. */
  #begun(wire: Wire, type: string): Told {
    const names = namesIn(wire);
    const known = this.#known(wire, type) ?? this.#items.get(type);
    // Where the server names none, there can only be one of each kind.
    return known ?? this.#add(names.length > 0 ? names : [type], { type }).told;
  }

  #all(names: readonly unknown[], item: Wire): ChatDelta[] {
    const { told, deltas } = this.#add(names, item);
    return [...deltas, ...this.#rest(told, item)];
  }

  #add(names: readonly unknown[], item: Wire): { told: Told; deltas: ChatDelta[] } {
    const isCall = item['type'] === 'function_call';
    const told: Told = {
      type: item['type'],
      call: isCall ? this.#calls++ : undefined,
      text: '',
      tokens: 0,
      refusal: '',
      reasoning: '',
      part: '',
      arguments: '',
      whole: undefined,
    };
    this.#order.push(told);
    for (const name of names) this.#items.set(name, told);
    if (told.call === undefined) return { told, deltas: [] };
    // Its own id is the item's; what answers it goes by this one.
    const id = text(item['call_id']);
    const name = text(item['name']);
    const named = { ...(id && { id }), ...(name && { name }) };
    const delta: ChatDelta = { type: 'tool-delta', index: told.call, ...named, arguments: '' };
    return { told, deltas: [delta] };
  }

  #rest(told: Told, item: Wire): ChatDelta[] {
    told.whole = item;
    switch (item['type']) {
      case 'message':
        return restOfMessage(told, listOf(item['content']).map(record));
      case 'reasoning': {
        const parts = [...listOf(item['summary']), ...listOf(item['content'])].map((part) =>
          text(record(part)['text']),
        );
        return this.#think(told, rest(told.reasoning, parts.filter(Boolean).join(PARAGRAPH)));
      }
      case 'function_call':
        return told.call === undefined
          ? []
          : argue(told, rest(told.arguments, text(item['arguments'])));
      default:
        return [];
    }
  }

  #think(told: Told, piece: string): ChatDelta[] {
    if (piece === '') return [];
    const isFirst = told.reasoning === '' && this.#thought;
    this.#thought = true;
    told.reasoning += piece;
    return [{ type: 'reasoning-delta', text: isFirst ? PARAGRAPH + piece : piece }];
  }
}

/** By what the item of an event is known. */
function namesIn(wire: Wire): readonly unknown[] {
  const names = [wire['output_index'], wire['item_id'], record(wire['item'])['id']];
  return names.filter((name) => typeof name === 'number' || (typeof name === 'string' && name));
}

/** What of a text was not told; nothing where another one was. */
function rest(told: string, whole: string): string {
  return whole.startsWith(told) ? whole.slice(told.length) : '';
}

function restOfMessage(told: Told, parts: readonly Wire[]): ChatDelta[] {
  const texts = parts.filter((part) => part['type'] === 'output_text');
  const refusal = parts.map((part) => (part['type'] === 'refusal' ? text(part['refusal']) : ''));
  const unsaid = rest(told.refusal, refusal.join(''));
  told.refusal += unsaid;
  const deltas = restOfTexts(told, texts);
  if (unsaid) deltas.push({ type: 'refusal-delta', text: unsaid });
  return deltas;
}

/** Part by part, so that a part without log-probabilities is seen to have none. */
function restOfTexts(told: Told, parts: readonly Wire[]): ChatDelta[] {
  const whole = parts.map((part) => text(part['text'])).join('');
  if (rest(told.text, whole) === '') return [];
  let skipped = told.text.length;
  let skippedTokens = told.tokens;
  return parts.flatMap((part) => {
    const said = text(part['text']);
    const tokens = logprobsIn(part);
    const piece = said.slice(skipped);
    const left = tokens?.slice(skippedTokens);
    skipped = Math.max(0, skipped - said.length);
    skippedTokens = Math.max(0, skippedTokens - (tokens?.length ?? 0));
    return piece === '' ? [] : say(told, piece, left?.length ? left : undefined);
  });
}

function say(told: Told, piece: string, tokens: readonly TokenLogprob[] | undefined): ChatDelta[] {
  told.text += piece;
  told.tokens += tokens?.length ?? 0;
  if (piece === '' && !tokens) return [];
  return [{ type: 'text-delta', text: piece, ...(tokens && { tokens }) }];
}

function argue(told: Told, piece: string): ChatDelta[] {
  told.arguments += piece;
  if (told.call === undefined || piece === '') return [];
  return [{ type: 'tool-delta', index: told.call, arguments: piece }];
}

/** An empty list is what stands where there are none. */
function logprobsIn(wire: Wire): readonly TokenLogprob[] | undefined {
  const tokens = tokensFrom(wire['logprobs']);
  return tokens?.length ? tokens : undefined;
}
