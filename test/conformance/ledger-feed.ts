import { fileURLToPath } from 'node:url';
import {
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceClientConstructor,
} from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO_ROOT = fileURLToPath(new URL('../../proto', import.meta.url));

/** Clients as another program would make them: from the .proto files, knowing nothing of Weir's code. */
export function clientOf(service: 'Inference' | 'Ledger', port: number): Client & Methods {
  const definition = loadSync(['weir/v1/inference.proto', 'weir/v1/ledger.proto'], {
    includeDirs: [PROTO_ROOT],
    enums: String,
    longs: Number,
    defaults: true,
    oneofs: true,
  });
  const { weir } = loadPackageDefinition(definition) as unknown as {
    weir: { v1: Record<string, ServiceClientConstructor> };
  };
  const Constructor = weir.v1[service] as ServiceClientConstructor;
  return new Constructor(`127.0.0.1:${port}`, credentials.createInsecure()) as Client & Methods;
}

type Methods = Readonly<Record<string, (...values: unknown[]) => unknown>>;

export function keyed(key: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  return metadata;
}

export interface BookedAttempt {
  readonly attemptId: string;
  readonly requestId: string;
  readonly role: string;
  readonly tier: string;
  readonly provider: string;
  readonly servedModel: string;
  readonly outcome: string;
  readonly fault?: string;
  readonly provenance: string;
  readonly costPicoUsd?: number;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  readonly tags: Readonly<Record<string, string>>;
}

export interface BookedRequest {
  readonly requestId: string;
  readonly outcome: string;
  readonly fault?: string;
  readonly decision: string;
  readonly servedBy: string;
  readonly attempts: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** What the ledger says of one request, once it is all there. */
export interface Booked {
  readonly request: BookedRequest;
  readonly attempts: readonly BookedAttempt[];
}

interface Entry {
  readonly event: {
    readonly attemptSettled?: BookedAttempt;
    readonly requestCompleted?: BookedRequest;
  };
}

/** Follows a tenant's ledger entries over gRPC as they are booked, so that tests await a booking and never poll. */
export class LedgerFeed implements Disposable {
  readonly #client: Client;
  readonly #stream: ClientReadableStream<Entry>;
  readonly #requests: BookedRequest[] = [];
  readonly #attempts: BookedAttempt[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(port: number, key: string) {
    const client = clientOf('Ledger', port);
    this.#client = client;
    this.#stream = client['watch']?.({}, keyed(key)) as ClientReadableStream<Entry>;
    this.#stream.on('data', ({ event }: Entry) => {
      if (event.attemptSettled) this.#attempts.push(event.attemptSettled);
      if (event.requestCompleted) this.#requests.push(event.requestCompleted);
      for (const look of this.#waiting) look();
    });
    this.#stream.on('error', () => {});
  }

  /** The request that was answered under this `x-request-id`. */
  request(requestId: string): Promise<Booked> {
    return this.#find((request) => request.requestId === requestId);
  }

  /** The request whose metadata had this in `case`. */
  tagged(name: string): Promise<Booked> {
    return this.#find(({ tags }) => tags['case'] === name);
  }

  /** Everything booked so far. */
  get attempts(): readonly BookedAttempt[] {
    return this.#attempts;
  }

  #find(wanted: (request: BookedRequest) => boolean): Promise<Booked> {
    return new Promise((resolve) => {
      const look = () => {
        const request = this.#requests.find(wanted);
        if (!request) return;
        const { requestId } = request;
        const attempts = this.#attempts.filter((attempt) => attempt.requestId === requestId);
        if (attempts.length < request.attempts) return;
        this.#waiting.delete(look);
        resolve({ request, attempts });
      };
      this.#waiting.add(look);
      look();
    });
  }

  [Symbol.dispose](): void {
    this.#stream.cancel();
    this.#client.close();
  }
}
