let end: Promise<void> | undefined;

/**
 * The end of this turn of the event loop: what has arrived in it has been read by then. Whoever awaits it goes on
 * together with everybody else who does, so that work of one kind, writes to sockets above all, is done in one go.
 */
export function turnEnd(): Promise<void> {
  end ??= new Promise((resolve) => {
    setImmediate(() => {
      end = undefined;
      resolve();
    });
  });
  return end;
}
