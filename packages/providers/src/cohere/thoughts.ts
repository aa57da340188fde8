/**
 * Cohere tells what a model thinks in two ways: thoughts before its answer, and a plan before its tool calls. Here both
 * are one `reasoning`, whose `reasoningState` says where the one ends and the other begins, so that each can be given
 * back as what it was. Neither is signed; but only models that think take thoughts, and the state is the sign that
 * these came from one.
 */
export interface Thoughts {
  readonly thinking: string;
  readonly plan: string;
}

const STATE = /^cohere:(\d{1,9})$/;

export function stateFrom(thinking: string): string {
  return `cohere:${thinking.length}`;
}

/** Undefined for what another provider thought, and for thoughts that are no longer the ones that the state is of. */
export function thoughtsIn(
  reasoning: string | undefined,
  state: string | undefined,
): Thoughts | undefined {
  const characters = Number(STATE.exec(state ?? '')?.[1]);
  if (!reasoning || !(characters <= reasoning.length)) return undefined;
  return { thinking: reasoning.slice(0, characters), plan: reasoning.slice(characters) };
}
