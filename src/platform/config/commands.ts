import { variableTable, type VariableName } from './variables.ts';

export interface Flag {
  readonly name: string;
  /** How the value is called in `--help`; left out for a flag without one. */
  readonly value?: string;
  readonly purpose: string;
  /** One letter, for `-h`. */
  readonly short?: string;
  /** The environment variable that the flag sets for this run. */
  readonly variable?: VariableName;
}

export interface CommandFacts {
  readonly purpose: string;
  /** What follows the command: `<file>` is needed, `[file]` is not. */
  readonly argument?: {
    readonly usage: string;
    readonly required: boolean;
    /** Most words. @default 1 */
    readonly words?: number;
  };
  readonly flags: readonly Flag[];
}

export const commonFlags: readonly Flag[] = [
  { name: 'help', short: 'h', purpose: 'Print help, for all or for one command.' },
  { name: 'version', short: 'v', purpose: 'Print the version.' },
];

/** What `switchyard` can do: the one table behind parsing and `--help`. */
export const commands = {
  start: { purpose: 'Start the gateway (the default command).', flags: variableFlags() },
  check: {
    purpose: 'Check a catalogue and print what it declares.',
    argument: { usage: '[file]', required: false },
    flags: [],
  },
  import: {
    purpose:
      'Import a local model: a GGUF file, or the model.safetensors of a BERT-style encoder with its other files beside it.',
    argument: { usage: '<file>', required: true },
    flags: [
      {
        name: 'name',
        value: 'name',
        purpose: 'Name of the model. Default: from the file, or the folder of model.safetensors.',
      },
      ...variableFlags().filter(({ name }) => name === 'data'),
    ],
  },
  models: {
    purpose:
      'List, fetch, remove, verify or measure local models: ls; pull <name>, of a known model or hf:owner/name[@revision] for one of the hub; rm <name>; verify [name], which compares a model with a reference implementation; bench <name or folder>, which measures what it does on this machine.',
    argument: { usage: '<ls|pull|rm|verify|bench> [name]', required: true, words: 2 },
    flags: [
      {
        name: 'name',
        value: 'name',
        purpose: 'With pull: name of the model here. Default: that of its repository, in lower case.',
      },
      {
        name: 'source',
        value: 'file',
        purpose:
          'With verify: the GGUF or safetensors file the model was imported from. Default: the weights of its folder.',
      },
      {
        name: 'callers',
        value: 'count',
        purpose: 'With bench: who ask at once. Default: 8 for a model that writes, 50 for an encoder.',
      },
      { name: 'json', purpose: 'With bench: print JSON.' },
      ...variableFlags().filter(({ name }) => name === 'data'),
    ],
  },
  schema: { purpose: 'Print the GraphQL schema.', flags: [] },
} satisfies Record<string, CommandFacts>;

export type CommandName = keyof typeof commands;

export function isCommandName(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function variableFlags(): readonly Flag[] {
  return variableTable().flatMap(({ name, flag, purpose, defaultText }) =>
    flag === undefined ? [] : [{ ...flag, purpose: `${purpose} Default: ${defaultText}.`, variable: name }],
  );
}
