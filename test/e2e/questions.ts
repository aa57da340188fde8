import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAMES = ['Ivy', 'Dan', 'Hal', 'Kim', 'Leo', 'Ann', 'Cara'];
const CITIES = ['Cairo', 'Berlin', 'Paris', 'Madrid', 'Tokyo'];

/**
 * Questions of two kinds that the tiny models were trained on, with their answers, as a file for `weir replay`. Of sums
 * the draft is unsure; of people it mostly is not.
 */
export function writeQuestions(directory: string, count: number): string {
  const lines = Array.from({ length: count }, (_value, index) =>
    JSON.stringify(index % 2 === 0 ? sum(index) : person(index)),
  );
  const file = join(directory, 'questions.jsonl');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function sum(index: number) {
  const a = 2 + ((index * 7) % 45);
  const b = 3 + ((index * 13) % 45);
  const prompt = index % 4 === 0 ? `What is ${a} + ${b}?` : `Add ${a} and ${b}.`;
  return { id: `sum-${index}`, task: 'addition', prompt, truth: String(a + b) };
}

function person(index: number) {
  const name = NAMES[index % NAMES.length];
  const city = CITIES[index % CITIES.length];
  const age = 10 + ((index * 11) % 80);
  return {
    id: `person-${index}`,
    task: 'json',
    prompt: `Extract JSON: ${name} is ${age} and lives in ${city}.`,
    truth: JSON.stringify({ name, age, city }),
  };
}
