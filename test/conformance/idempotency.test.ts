import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { completion, json } from './own-provider.ts';
import { RawConnection, statusesIn } from './raw-connection.ts';
import { refusalIn } from './refusal.ts';
import { asking, jsonOf, KEY, openScene, type Scene } from './scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

const SURE = '[[script: tokens=20 logprob=-0.01]]';

async function answerTo(body: object, headers?: Record<string, string>) {
  const answer = await scene.post(body, headers);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return { headers: answer.headers, body: JSON.parse(text) };
}

const idOf = (headers: Headers) => headers.get('x-request-id') ?? '';

describe('an Idempotency-Key', () => {
  const told = (key: string) => ({ 'idempotency-key': key });

  test('with the same body has the same answer and one upstream call', async () => {
    const first = await answerTo(asking('[[say:Once.]]'), told('same'));
    const second = await answerTo(asking('[[say:Once.]]'), told('same'));
    expect(second.body.choices).toEqual(first.body.choices);
    expect(second.body.usage).toEqual(first.body.usage);
    expect(await scene.served(idOf(first.headers))).toHaveLength(1);
    expect(await scene.served(idOf(second.headers))).toHaveLength(0);
  });

  test('with another body is a mistake, and nothing is called for it', async () => {
    await answerTo(asking('[[say:Once.]]'), told('other'));
    const answer = await scene.post(asking('[[say:Twice.]]'), told('other'));
    const id = idOf(answer.headers);
    expect((await refusalIn(answer, 409)).code).toBe('idempotency_mismatch');
    expect(await scene.served(id)).toEqual([]);
  });

  test('with two requests at once makes one upstream call', async () => {
    const arrived = scene.own.nextCall();
    scene.own.will(() => {});
    const asked = asking('Hi', { model: 'own/m' });
    const both = [scene.post(asked, told('parallel')), scene.post(asked, told('parallel'))];
    const { response } = await arrived;
    await scene.post(asking(SURE));
    json(response, completion('Once.'));
    const texts = await Promise.all(
      both.map(async (answer) => (await jsonOf(await answer)).choices),
    );
    expect(texts[0]).toEqual(texts[1]);
    expect(scene.own.calls).toHaveLength(1);
  });

  test('with many requests read in one turn of the event loop makes one upstream call', async () => {
    scene.own.will(({ response }) => json(response, completion('Once.')));
    const open = Array.from({ length: 16 }, () =>
      RawConnection.open(Number(new URL(scene.url).port)),
    );
    const connections = await Promise.all(open);
    const body = JSON.stringify(asking('Hi', { model: 'own/m' }));
    for (const connection of connections) {
      connection.send(
        'POST /v1/chat/completions HTTP/1.1',
        'host: weir',
        `authorization: Bearer ${KEY}`,
        'idempotency-key: burst',
        'content-type: application/json',
        `content-length: ${body.length}`,
        '',
        body,
      );
    }
    const answers = await Promise.all(connections.map((connection) => connection.answers(1)));
    for (const connection of connections) connection[Symbol.dispose]();
    expect(answers.flatMap(statusesIn)).toEqual(answers.map(() => 200));
    expect(scene.own.calls).toHaveLength(1);
  });

  test('of a request that failed is free to be tried again', async () => {
    const asked = asking('Hi', { model: 'own/m' });
    scene.own.will(({ response }) => json(response, { error: { message: 'no' } }, 400));
    await refusalIn(await scene.post(asked, told('again')), 400);
    scene.own.will(({ response }) => json(response, completion('Now.')));
    expect((await answerTo(asked, told('again'))).body.choices[0].message.content).toBe('Now.');
  });

  test('of one caller who left is taken up by the other who waits', async () => {
    const asked = asking('Hi', { model: 'own/m' });
    const arrived = scene.own.nextCall();
    scene.own.will(() => {});
    const leaving = new AbortController();
    const left = scene
      .post(asked, told('left'), leaving.signal)
      .catch((error: Error) => error.name);
    const { closed } = await arrived;
    const waiting = answerTo(asked, told('left'));
    await scene.post(asking(SURE));
    scene.own.will(({ response }) => json(response, completion('Mine.')));
    leaving.abort();
    expect(await left).toBe('AbortError');
    await closed;
    expect((await waiting).body.choices[0].message.content).toBe('Mine.');
  });
});
