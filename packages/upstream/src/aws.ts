import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import type { Clock } from '@weir/core';
import type { Authorize, OutgoingCall } from './authorize.ts';
import { unlessAborted } from './unless-aborted.ts';

/** Of Bedrock in signatures, whatever its hosts are called. */
const SERVICE = 'bedrock';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsOptions {
  readonly region: string;
  readonly clock: Pick<Clock, 'nowMs'>;
  /** By default from wherever AWS' own tools have them; asked for before every call, so that they may expire. */
  readonly credentials?: (() => Promise<AwsCredentials>) | undefined;
}

/**
 * Signs every call with Signature Version 4. Of its headers those are signed that say where it goes and what it is:
 * a proxy may do with the others as it likes. What AWS has written for this is loaded with the first call, since few
 * processes ever make one.
 */
export function awsAuthorize({ region, clock, credentials = ambient() }: AwsOptions): Authorize {
  return async (call, signal) => {
    const found = Promise.all([import('@smithy/signature-v4'), credentials()]);
    const [{ SignatureV4 }, identity] = await unlessAborted(found, signal);
    const signer = new SignatureV4({
      service: SERVICE,
      region,
      credentials: identity,
      sha256: Sha256,
    });
    const signingDate = new Date(clock.nowMs());
    const { headers } = await signer.sign(requestOf(call), { signingDate });
    return Object.fromEntries(Object.entries(headers).filter(([name]) => ADDED.test(name)));
  };
}

const ADDED = /^(?:authorization|x-amz-.*)$/;

/** The path as it is sent: the signature covers its escapes, escaped once more. */
function requestOf({ url, headers, body }: OutgoingCall) {
  const contentType = headers['content-type'];
  return {
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, ...(contentType && { 'content-type': contentType }) },
    body,
  };
}

/**
 * The region in which a host of Bedrock's stands: `bedrock-runtime.<region>.<partition's domain>`, with `-fips` where
 * FIPS is spoken, and behind the name of the endpoint where it is one within a private network.
 */
export function awsRegionOf(baseUrl: string): string | undefined {
  const { hostname } = new URL(baseUrl);
  return /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z]+(?:-[a-z]+)+-\d+)\./.exec(hostname)?.[1];
}

/** Environment, profiles, SSO, web identity, container and machine, in the order of AWS' own tools; kept until they expire. */
function ambient(): () => Promise<AwsCredentials> {
  let chain: Promise<() => Promise<AwsCredentials>> | undefined;
  return async () => {
    chain ??= import('@aws-sdk/credential-provider-node').then(({ defaultProvider }) =>
      defaultProvider(),
    );
    const provider = await chain;
    try {
      return await provider();
    } catch (error) {
      // The library's own errors hold what was sent and received.
      throw new Error(error instanceof Error ? error.message : 'AWS gave no credentials');
    }
  };
}

/** As the signer wants its hash, keyed where it is to be a MAC. */
class Sha256 {
  readonly #secret: Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
    this.#hash = this.#fresh();
  }

  #fresh(): Hash | Hmac {
    return this.#secret ? createHmac('sha256', this.#secret) : createHash('sha256');
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
