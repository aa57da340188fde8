import { awsFrame } from './aws-frame.ts';

/** One message of a stream, before it is framed. */
export interface Piece {
  readonly event?: string;
  readonly data: string;
}

/** How the messages of a stream are put one after another. */
export interface Framing {
  readonly contentType: string;
  frame(piece: Piece, first: boolean): string | Uint8Array;
  /** Says nothing and keeps the connection busy; undefined where there is no place for such. */
  readonly comment: string | undefined;
  /** What follows the last message; empty where that is nothing. */
  readonly close: string;
}

export type FramingName = 'events' | 'array' | 'lines' | 'frames';

export const FRAMINGS: Readonly<Record<FramingName, (newline: string) => Framing>> = {
  events: (newline) => ({
    contentType: 'text/event-stream',
    frame: ({ event, data }) =>
      `${event === undefined ? '' : `event: ${event}${newline}`}data: ${data}${newline}${newline}`,
    comment: `: ping${newline}${newline}`,
    close: '',
  }),
  array: (newline) => ({
    contentType: 'application/json; charset=UTF-8',
    frame: ({ data }, first) => `${first ? '[' : `,${newline}`}${data}`,
    comment: undefined,
    close: `]${newline}`,
  }),
  lines: (newline) => ({
    contentType: 'application/x-ndjson',
    frame: ({ data }) => `${data}${newline}`,
    comment: undefined,
    close: '',
  }),
  // Binary: nothing in it is a line.
  frames: () => ({
    contentType: 'application/vnd.amazon.eventstream',
    frame: awsFrame,
    comment: undefined,
    close: '',
  }),
};
