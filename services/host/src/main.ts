import { ConfigError } from '@weir/config';
import { type Command, runCommand, UsageError } from './command.ts';
import { calibrate } from './commands/calibrate.ts';
import { check } from './commands/check.ts';
import { config } from './commands/config.ts';
import { cost } from './commands/cost.ts';
import { doctor } from './commands/doctor.ts';
import { evaluate } from './commands/eval.ts';
import { explain } from './commands/explain.ts';
import { key } from './commands/key.ts';
import { models } from './commands/models.ts';
import { replay } from './commands/replay.ts';
import { simulator } from './commands/simulator.ts';
import { totals } from './commands/totals.ts';
import { up } from './commands/up.ts';
import { usage } from './commands/usage.ts';
import { pricesCommand } from './prices/index.ts';

const COMMANDS: readonly Command[] = [
  up,
  check,
  config,
  doctor,
  key,
  models,
  totals,
  cost,
  usage,
  evaluate,
  calibrate,
  explain,
  replay,
  simulator,
];

function help(): string {
  const all = [...COMMANDS, { name: 'prices', summary: 'sync, check or show the price book' }];
  const rows = all.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`);
  return [
    'weir: a cheap model answers first; what cannot be trusted escalates; a ledger knows what it cost.',
    '',
    'weir COMMAND [options]',
    '',
    ...rows,
    '',
    'weir COMMAND --help says more.',
  ].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    process.stdout.write(`${help()}\n`);
    return name === undefined ? 2 : 0;
  }
  const command = COMMANDS.find((known) => known.name === name);
  if (!command && name !== 'prices') {
    process.stderr.write(`weir: there is no command "${name}"\n\n${help()}\n`);
    return 2;
  }
  try {
    return command ? await runCommand(command, rest) : await pricesCommand(rest);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`weir ${name}: ${error.message}\nSee "weir ${name} --help".\n`);
      return 2;
    }
    process.stderr.write(`weir ${name}: ${describe(error)}\n`);
    return 1;
  }
}

/** What people should read: the message for what was foreseen, all of it for what was not. */
function describe(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  const { message, code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' && path !== undefined) return `there is no file "${path}"`;
  if (code === 'EISDIR') {
    return `${path === undefined ? 'what was given' : `"${path}"`} is a folder: name a file`;
  }
  if (error instanceof SyntaxError) return `the file is not JSON: ${message}`;
  if (/EADDRINUSE/.test(message)) {
    return `${message}. Another program uses this port: stop it, or choose others by WEIR_HTTP_PORT, WEIR_GRPC_PORT and the configuration.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Who reads has read enough (`weir usage | head`): there is nobody left to write for, and nothing has gone wrong. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

process.exitCode = await main(process.argv.slice(2));
