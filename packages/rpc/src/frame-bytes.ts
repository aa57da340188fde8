import type { CallFrame, ReplyFrame } from '@weir/contracts';

/** More than protobuf adds to the texts and bytes of one frame. */
const OVERHEAD_BYTES = 48;

/** At least as many bytes as the frame takes in a message. */
export function callBytes({ frame }: CallFrame): number {
  if (frame?.$case !== 'call') return OVERHEAD_BYTES;
  return frame.value.request.length + frame.value.method.length + OVERHEAD_BYTES;
}

export function replyBytes({ frame }: ReplyFrame): number {
  return (frame?.value.length ?? 0) + OVERHEAD_BYTES;
}
