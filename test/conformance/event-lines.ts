/** A chunk of a streamed completion, as far as tests look at it. */
export interface Chunk {
  readonly id: string;
  readonly object: string;
  readonly created: number;
  readonly model: string;
  readonly choices: readonly ChunkChoice[];
  readonly usage?: Readonly<Record<string, number>> | null;
  readonly weir?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string; readonly type: string; readonly code: string };
}

export interface ChunkChoice {
  readonly index: number;
  readonly delta: {
    readonly role?: string;
    readonly content?: string;
    readonly tool_calls?: readonly {
      readonly index: number;
      readonly id?: string;
      readonly type?: string;
      readonly function?: { readonly name?: string; readonly arguments?: string };
    }[];
  };
  readonly logprobs: { readonly content: readonly unknown[] } | null;
  readonly finish_reason: string | null;
}

export interface EventText {
  /** Every `data`, the terminator too. */
  readonly data: readonly string[];
  readonly chunks: readonly Chunk[];
  readonly comments: number;
  readonly done: boolean;
}

/** Reads a finished event stream by the letter: fields and comments only, one blank line after each event. */
export function readEvents(text: string): EventText {
  if (!text.endsWith('\n\n')) throw new Error(`the stream does not end in a blank line: ${text}`);
  const data: string[] = [];
  let comments = 0;
  for (const block of text.slice(0, -2).split('\n\n')) {
    if (block.startsWith(':')) comments++;
    else if (block.startsWith('data: ') && !block.includes('\n')) data.push(block.slice(6));
    else throw new Error(`neither one field nor a comment: ${JSON.stringify(block)}`);
  }
  return {
    data,
    comments,
    chunks: data.filter((text) => text !== '[DONE]').map((text) => JSON.parse(text) as Chunk),
    done: data.at(-1) === '[DONE]',
  };
}

/** The text of one choice. */
export function textOf(chunks: readonly Chunk[], choice = 0): string {
  return chunks
    .flatMap(({ choices }) => choices)
    .filter(({ index }) => index === choice)
    .map(({ delta }) => delta.content ?? '')
    .join('');
}
