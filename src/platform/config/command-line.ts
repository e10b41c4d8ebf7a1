import { parseArgs } from 'node:util';
import { ConfigurationError } from '../configuration-error.ts';
import { didYouMean } from '../nearest-names.ts';
import {
  commands,
  commonFlags,
  isCommandName,
  type CommandFacts,
  type CommandName,
  type Flag,
} from './commands.ts';
import { helpText } from './help.ts';
import type { VariableName } from './variables.ts';

/** Values of flags, by the environment variable they stand for; the second argument of `readEnvironment`. */
export type Flags = Readonly<Partial<Record<VariableName, string>>>;

export type Command =
  | { readonly type: 'start'; readonly flags: Flags }
  /** A file that was named stands in `flags`. */
  | { readonly type: 'check'; readonly flags: Flags }
  | {
      readonly type: 'import';
      readonly file: string;
      /** `undefined`: the file's own name. */
      readonly name: string | undefined;
      readonly flags: Flags;
    }
  | {
      readonly type: 'models';
      readonly action: ModelsAction;
      readonly model: string | undefined;
      /** What a pulled model is called here; `undefined`: as its repository is. */
      readonly name: string | undefined;
      readonly source: string | undefined;
      /** Callers of `bench`; `undefined`: as many as suit the model. */
      readonly callers: number | undefined;
      /** Whether `bench` prints JSON. */
      readonly json: boolean;
      readonly flags: Flags;
    }
  | { readonly type: 'schema' }
  | { readonly type: 'help'; readonly text: string }
  | { readonly type: 'version' };

/**
 * Reads the arguments behind `switchyard`. Values of flags are checked by `readEnvironment`, as those of variables are.
 * @throws ConfigurationError with exit code 2.
 */
export function parseCommandLine(argv: readonly string[]): Command {
  const { words, flags } = split(argv);
  const [name = 'start', ...rest] = words;
  if (flags.has('version')) return { type: 'version' };
  if (!isCommandName(name)) {
    throw usageError(`There is no command "${name}"${didYouMean(name, Object.keys(commands))}.`);
  }
  if (flags.has('help')) return { type: 'help', text: helpText(words.length === 0 ? undefined : name) };
  checkUse(name, commands[name], { words: rest, flags });
  return commandOf(name, rest, flags);
}

function commandOf(name: CommandName, rest: readonly string[], flags: ReadonlyMap<string, string>): Command {
  const variableFlags = flagsOf(commands[name], flags);
  switch (name) {
    case 'start':
      return { type: 'start', flags: variableFlags };
    case 'check':
      return { type: 'check', flags: rest[0] === undefined ? {} : { SWITCHYARD_CONFIG: rest[0] } };
    case 'import':
      return { type: 'import', file: rest[0] ?? '', name: flags.get('name'), flags: variableFlags };
    case 'models':
      return modelsCommand(rest, {
        name: flags.get('name'),
        source: flags.get('source'),
        callers: callersOf(flags.get('callers')),
        json: flags.has('json'),
        flags: variableFlags,
      });
    case 'schema':
      return { type: 'schema' };
  }
}

const modelsActions = ['ls', 'pull', 'rm', 'verify', 'bench'] as const;
export type ModelsAction = (typeof modelsActions)[number];

function modelsCommand(
  [word = '', model]: readonly string[],
  rest: Omit<Extract<Command, { type: 'models' }>, 'type' | 'action' | 'model'>,
): Command {
  const action = modelsActions.find((known) => known === word);
  if (action === undefined) {
    throw usageError(
      `"models" has no "${word}"${didYouMean(word, modelsActions)}; there is ${modelsActions.join(', ')}.`,
    );
  }
  if (action !== 'ls' && action !== 'verify' && model === undefined) {
    throw usageError(`"models ${action}" needs the name of a model.`);
  }
  return { type: 'models', action, model, ...rest };
}

function callersOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const callers = Number(value);
  if (Number.isInteger(callers) && callers >= 1 && callers <= 1000) return callers;
  throw usageError(`--callers must be a whole number from 1 to 1000; it is "${value}".`);
}

interface Arguments {
  readonly words: readonly string[];
  /** Values by name; '' for flags without one. */
  readonly flags: ReadonlyMap<string, string>;
}

/** Splits by every command's flags, so that a flag may stand before the command; `checkUse` finds those in the wrong place. */
function split(argv: readonly string[]): Arguments {
  const known = [
    ...commonFlags,
    ...Object.values(commands).flatMap((command): readonly Flag[] => command.flags),
  ];
  const options = Object.fromEntries(
    known.map(({ name, value, short }) => [
      name,
      {
        type: value === undefined ? 'boolean' : 'string',
        ...(short === undefined ? {} : { short }),
      } as const,
    ]),
  );
  // Not strict: what `parseArgs` says of mistakes is long, and it suggests nothing.
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const flags = new Map<string, string>();
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    flags.set(token.name, flagValue(token, known));
  }
  return { words, flags };
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function flagValue({ name, rawName, value, inlineValue }: OptionToken, known: readonly Flag[]): string {
  const flag = known.find((candidate) => candidate.name === name);
  if (flag === undefined) {
    const names = known.map((candidate) => `--${candidate.name}`);
    throw usageError(`There is no flag ${rawName}${didYouMean(rawName, names)}.`);
  }
  if (flag.value === undefined) {
    if (value !== undefined) throw usageError(`${rawName} takes no value.`);
    return '';
  }
  // `--port --host x` is a forgotten value, not a port called "--host".
  if (value === undefined || (inlineValue !== true && value.startsWith('-'))) {
    throw usageError(`${rawName} needs a value: ${rawName} <${flag.value}>.`);
  }
  return value;
}

function checkUse(name: string, command: CommandFacts, { words, flags }: Arguments): void {
  const own = new Set(command.flags.map((flag) => flag.name));
  for (const flag of flags.keys()) {
    if (!own.has(flag)) throw usageError(`"${name}" has no flag --${flag}.`);
  }
  const { argument } = command;
  if (argument?.required === true && words.length === 0) {
    throw usageError(`"${name}" needs an argument: switchyard ${name} ${argument.usage}.`);
  }
  const surplus = words[argument === undefined ? 0 : (argument.words ?? 1)];
  if (surplus !== undefined) throw usageError(`"${name}" does not know what to do with "${surplus}".`);
}

function flagsOf(command: CommandFacts, values: ReadonlyMap<string, string>): Flags {
  return Object.fromEntries(
    command.flags.flatMap(({ name, variable }) => {
      const value = values.get(name);
      return variable === undefined || value === undefined ? [] : [[variable, value]];
    }),
  );
}

function usageError(message: string): ConfigurationError {
  return new ConfigurationError(`${message} See switchyard --help.`, { exitCode: 2 });
}
