import { BookError } from '@weir/pricing';
import { type Command, runCommand, UsageError } from '../command.ts';
import { check } from './check.ts';
import { UnreadableError } from './files.ts';
import { show } from './show.ts';
import { sync } from './sync.ts';

const COMMANDS: readonly Command[] = [sync, check, show];

/** `weir prices sync | check | show`, with what follows "prices"; resolves to the exit status. */
export async function pricesCommand(args: readonly string[]): Promise<number> {
  const [word, ...rest] = args;
  if (word === undefined || word === '--help' || word === 'help') {
    process.stdout.write(`${help()}\n`);
    return word === undefined ? 2 : 0;
  }
  const command = COMMANDS.find(({ name }) => name === `prices ${word}`);
  if (!command) throw new UsageError(`there is no command "prices ${word}"`);
  try {
    return await runCommand(command, rest);
  } catch (error) {
    if (!(error instanceof BookError || error instanceof UnreadableError)) throw error;
    process.stderr.write(`weir ${command.name}: ${error.message}\n`);
    return 1;
  }
}

function help(): string {
  const rows = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`);
  return [
    'The price book: what models cost, since when, and who says so.',
    '',
    ...rows,
    '',
    'weir prices COMMAND --help says more.',
  ].join('\n');
}
