import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A TCP connection that says exactly what a test wants said, and nothing that HTTP clients would add or repair. */
export class RawConnection implements Disposable {
  readonly #socket: Socket;
  readonly #waiting = new Set<() => void>();
  #received = '';
  /** Resolves when the other side has closed it, to all that came. */
  readonly closed: Promise<string>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#received += text;
      for (const look of this.#waiting) look();
    });
    // A reset closes too; what came before it counts.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => socket.on('close', () => resolve(this.#received)));
  }

  static async open(port: number): Promise<RawConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawConnection(socket);
  }

  send(...lines: readonly string[]): void {
    this.#socket.write(lines.join('\r\n'));
  }

  /** Resolves when so many answers have begun. */
  answers(count: number): Promise<string> {
    return new Promise((resolve) => {
      const look = () => {
        if (statusesIn(this.#received).length < count) return;
        this.#waiting.delete(look);
        resolve(this.#received);
      };
      this.#waiting.add(look);
      look();
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** The status of every answer in what came over one connection. */
export function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
