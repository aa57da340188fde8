import { readdirSync, readFileSync } from 'node:fs';
import { saturate } from '/work/main/test/bench/load.ts';
import { parseProxy, startProvider } from '/work/main/test/bench/subjects.ts';

const tasks = (pid: number) => {
  const m: Record<string, number> = {};
  for (const t of readdirSync(`/proc/${pid}/task`)) {
    const s = readFileSync(`/proc/${pid}/task/${t}/stat`, 'utf8');
    const name = s.slice(s.indexOf('(') + 1, s.lastIndexOf(')'));
    const f = s.slice(s.lastIndexOf(')') + 2).split(' ');
    m[`${name}-${t}`] = (Number(f[11]) + Number(f[12])) * 10000;
  }
  return m;
};
const p = await startProvider();
const s = await parseProxy(p.port);
const pid = s.pids[0]!;
await saturate(s.target, 64, 3);
const a = tasks(pid);
const r = await saturate(s.target, 64, 6);
await new Promise((r) => setTimeout(r, 1500));
const b = tasks(pid);
console.log(r.answered, r.answered / r.seconds, 'req/s');
for (const k of Object.keys(b)) {
  const d = (b[k]! - (a[k] ?? 0)) / r.answered;
  if (d > 0.3) console.log(k, d.toFixed(1));
}
await s.stop();
await p.stop();
process.exit(0);
