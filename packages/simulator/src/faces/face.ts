import type { ErrorReply, Failure } from '../failure.ts';
import type { FramingName, Piece } from '../framing.ts';
import type { MindEnd, MindRequest, MindToken } from '../mind.ts';

/** A protocol that the simulator speaks: how to read what is asked, and how to put what a mind says to it. */
export interface Face {
  /** Whose protocol it is. */
  readonly name: string;
  /** How what is posted to this path below a backend is read; undefined where the protocol has no such path. */
  readerAt(path: string, query: URLSearchParams): Reader | undefined;
  whole(reply: Reply, tokens: readonly MindToken[], end: MindEnd): string;
  /** A body that would be a whole reply if there were an answer in it. */
  readonly unanswered: string;

  /** The stream: before the first token, for every token, and after the last, where some say all of them again. */
  head(reply: Reply): readonly Piece[];
  token(reply: Reply, token: MindToken, at: number): Piece;
  tail(reply: Reply, end: MindEnd, tokens?: readonly MindToken[]): readonly Piece[];
  /** By which a stream is known to be whole; undefined where the connection's end is all there is. */
  readonly terminator: Piece | undefined;
  /** Where the protocol has a message of its own for it; the framing's comment otherwise. */
  readonly heartbeat: Piece | undefined;
  /** An error in place of an answer or of the rest of it, where the status is 200. */
  readonly brokenOff: Piece;
  /** Half a message. */
  readonly junk: Piece;

  /** Undefined where the protocol has no such error. */
  error(failure: Failure): ErrorReply | undefined;
  readonly givesLogprobs: boolean;
}

/** Undefined when the body is no request of this protocol. */
export type Reader = (body: string) => Asked | undefined;

export interface Asked {
  readonly request: MindRequest;
  /** Undefined when the reply is wanted whole. */
  readonly stream: FramingName | undefined;
  /** Streams tell their usage without being asked in every protocol but one. */
  readonly includeUsage: boolean;
}

export interface Identity {
  readonly id: string;
  readonly model: string;
  /** It is not the one that was asked. */
  readonly isOther?: boolean;
  readonly createdS: number;
}

/** What is known of a reply before its first token. */
export interface Reply {
  readonly identity: Identity;
  readonly promptTokens: number;
  readonly includeUsage: boolean;
  /** Were asked for, and the protocol has them. */
  readonly logprobs: boolean;
}

/** Only real log-probabilities are written; a mind that has none gives none. */
export function hasLogprobs(tokens: readonly MindToken[]): boolean {
  return tokens.every(({ logprob }) => logprob !== undefined);
}

export function textOf(tokens: readonly MindToken[]): string {
  return tokens.map(({ text }) => text).join('');
}
