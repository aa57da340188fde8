import type { AuthClient } from 'google-auth-library';
import type { Authorize } from './authorize.ts';
import { unlessAborted } from './unless-aborted.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** For one answer of whoever gives out tokens: a silence must not keep all later calls waiting. */
const PATIENCE_MS = 10_000;

type Headers = Readonly<Record<string, string>>;

/**
 * Bearer tokens by Google's Application Default Credentials: what `GOOGLE_APPLICATION_CREDENTIALS` names, what gcloud
 * left, or the machine's own account. The library keeps a token and has a new one before it expires; calls that come
 * while it asks wait for the one answer. It is loaded with the first call, since few processes ever make one.
 */
export function googleAuthorize(fetchToken?: typeof fetch): Authorize {
  let client: AuthClient | undefined;
  let asked: Promise<Headers> | undefined;
  const ask = async (): Promise<Headers> => {
    try {
      client ??= await defaultClient(fetchToken);
      return Object.fromEntries(await client.getRequestHeaders());
    } catch (error) {
      // The library's own errors hold all that was sent.
      throw new Error(error instanceof Error ? error.message : 'Google gave no token');
    } finally {
      asked = undefined;
    }
  };
  return (_call, signal) => {
    asked ??= ask();
    return unlessAborted(asked, signal);
  };
}

async function defaultClient(fetchToken: typeof fetch | undefined): Promise<AuthClient> {
  const { GoogleAuth } = await import('google-auth-library');
  const transporterOptions = {
    timeout: PATIENCE_MS,
    ...(fetchToken && { fetchImplementation: fetchToken }),
  };
  return new GoogleAuth({ scopes: SCOPE, clientOptions: { transporterOptions } }).getClient();
}
