import { asking, openScene } from './scene.ts';

const t0 = Date.now();
await using s = await openScene({});
console.log('up', Date.now() - t0);
const show = async (r: Response) => {
  console.log(r.status, Object.fromEntries(r.headers));
  const t = await r.text();
  console.log(t.slice(0, 3000));
  return r;
};
const r = await show(await s.post(asking('[[say:hello there world]]', { weir: { report: true } })));
console.log(
  JSON.stringify(await s.ledger.request(r.headers.get('x-request-id')!)),
  await s.served(r.headers.get('x-request-id')!),
);
await show(
  await s.post(
    asking('[[script: tokens=5 logprob=-2]]', {
      stream: true,
      stream_options: { include_usage: true },
      weir: { report: true },
    }),
  ),
);
const body = 'a'.repeat(30e6);
for (let i = 0; i < 4; i++)
  for (const key of ['key-of-the-tests', 'nope'])
    try {
      const r = await fetch(s.url + '/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: 'Bearer ' + key, 'content-type': 'application/json' },
        body,
      });
      console.log(r.status, (await r.text()).slice(0, 60));
    } catch (e) {
      console.log('ERR', (e as any).cause?.code, (e as any).cause?.message);
    }
console.log(s.weir.stderr);
