import { type ParseArgsConfig, parseArgs } from 'node:util';

export interface CommandContext {
  /** Words after the command that are no options. */
  readonly words: readonly string[];
  readonly text: (option: string) => string | undefined;
  readonly flag: (option: string) => boolean;
  readonly texts: (option: string) => readonly string[];
  /** One JSON object instead of prose. */
  readonly json: boolean;
  readonly print: (line: string) => void;
  /** Progress and remarks; never part of the result. */
  readonly note: (line: string) => void;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What may follow the name, "FILE" for example. */
  readonly usage: string;
  readonly details: string;
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Resolves to the exit status. */
  run(context: CommandContext): Promise<number>;
}

export interface CommandOption {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  readonly help: string;
  /** What its value is called in the help. */
  readonly value?: string;
}

const COMMON: Readonly<Record<string, CommandOption>> = {
  json: { type: 'boolean', help: 'print one JSON object' },
  help: { type: 'boolean', help: 'show this help' },
};

/** Runs a command with its arguments. What is wrong with them is said together with where help is. */
export async function runCommand(command: Command, args: readonly string[]): Promise<number> {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, { type, multiple }] of Object.entries({ ...command.options, ...COMMON })) {
    options[name] = { type, ...(multiple && { multiple }) };
  }
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    process.stderr.write(
      `weir ${command.name}: ${(error as Error).message}\nSee "weir ${command.name} --help".\n`,
    );
    return 2;
  }
  const { values, positionals } = parsed;
  if (values['help']) {
    process.stdout.write(`${helpFor(command)}\n`);
    return 0;
  }
  return command.run({
    words: positionals,
    text: (option) => values[option] as string | undefined,
    flag: (option) => values[option] === true,
    texts: (option) => (values[option] as string[] | undefined) ?? [],
    json: values['json'] === true,
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
  });
}

export function helpFor(command: Command): string {
  const rows = Object.entries({ ...command.options, ...COMMON }).map(([name, option]) => {
    const value = option.type === 'string' ? ` ${option.value ?? 'TEXT'}` : '';
    return `  --${`${name}${value}`.padEnd(24)} ${option.help}`;
  });
  const usage = command.usage ? ` ${command.usage}` : '';
  return [
    `weir ${command.name}${usage} [options]`,
    '',
    command.details,
    '',
    'Options:',
    ...rows,
  ].join('\n');
}

/** For wrong words on the command line: what, and where help is. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
