import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Keeps a directory to one process. Node has no file locks of its own; SQLite's is one, works between containers that
 * share a volume, and goes with the process however that ends.
 */
export function lockDirectory(directory: string): Disposable {
  const database = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT;');
  } catch (cause) {
    database.close();
    throw new Error('another process uses it', { cause });
  }
  return { [Symbol.dispose]: () => database.close() };
}
