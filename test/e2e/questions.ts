import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Questions of the kind that the tiny models were trained on, with their answers, as a file for `weir replay`. */
export function writeQuestions(directory: string, count: number): string {
  const lines = Array.from({ length: count }, (_value, index) => {
    const a = 2 + ((index * 7) % 45);
    const b = 3 + ((index * 13) % 45);
    const prompt = index % 2 === 0 ? `What is ${a} + ${b}?` : `Add ${a} and ${b}.`;
    return JSON.stringify({ id: `sum-${index}`, task: 'addition', prompt, truth: String(a + b) });
  });
  const file = join(directory, 'questions.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}
