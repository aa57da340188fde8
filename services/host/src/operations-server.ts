import { createServer, type Server } from 'node:http';
import type { Metrics } from '@weir/runtime';

/** `/healthz`, `/readyz` and `/metrics` of a process that has no HTTP face of its own. */
export class OperationsServer {
  readonly #server: Server;

  constructor(metrics: Metrics, ready: () => boolean) {
    this.#server = createServer((request, response) => {
      switch (request.url) {
        case '/healthz':
          response.writeHead(200).end('ok\n');
          return;
        case '/readyz':
          response.writeHead(ready() ? 200 : 503).end(`${ready()}\n`);
          return;
        case '/metrics':
          void metrics.render().then(({ text, contentType }) => {
            response.writeHead(200, { 'content-type': contentType }).end(text);
          });
          return;
        default:
          response.writeHead(404).end();
      }
    });
  }

  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
