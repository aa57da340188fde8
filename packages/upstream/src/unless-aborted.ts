/** What was being waited for goes on by itself: the next call may have use for it. */
export async function unlessAborted<T>(wanted: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = () => reject(signal.reason);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([wanted, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
