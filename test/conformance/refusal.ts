import { expect } from 'vitest';

export interface Refusal {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string | null;
}

/** An answer that must be this error, in OpenAI's envelope: all four fields, nothing else, and a request id. */
export async function refusalIn(response: Response, status: number): Promise<Refusal> {
  const text = await response.text();
  expect(response.status, text).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/json');
  expect(response.headers.get('x-request-id')).toMatch(/^req_/);
  const body = JSON.parse(text) as { error: Refusal };
  expect(body).toEqual({
    error: {
      message: expect.any(String),
      type: expect.any(String),
      param: expect.toSatisfy((param) => param === null || typeof param === 'string'),
      code: expect.toSatisfy((code) => code === null || typeof code === 'string'),
    },
  });
  return body.error;
}
