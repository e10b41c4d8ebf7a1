import { commands, commonFlags, type CommandFacts, type CommandName, type Flag } from './commands.ts';
import { variableTable } from './variables.ts';

/** The text of `--help`: of everything, or of one command. */
export function helpText(command: CommandName | undefined): string {
  return command === undefined ? overview() : commandHelp(command, commands[command]);
}

function overview(): string {
  const list = Object.entries(commands).map(
    ([name, facts]: [string, CommandFacts]) => [usage(name, facts), facts.purpose] as const,
  );
  return [
    'Switchyard: a GraphQL gateway for AI models.',
    '',
    'Usage: switchyard [command] [flags]',
    '',
    'Commands:',
    ...columns(list),
    '',
    'Flags of start:',
    ...flagLines(commands.start.flags),
    '',
    'Flags of every command:',
    ...flagLines(commonFlags),
    '',
    'Environment:',
    ...environmentLines(),
    '',
  ].join('\n');
}

function commandHelp(name: string, facts: CommandFacts): string {
  return [
    facts.purpose,
    '',
    `Usage: switchyard ${usage(name, facts)} [flags]`,
    '',
    'Flags:',
    ...flagLines([...facts.flags, ...commonFlags]),
    '',
  ].join('\n');
}

function usage(name: string, { argument }: CommandFacts): string {
  return argument === undefined ? name : `${name} ${argument.usage}`;
}

function flagLines(flags: readonly Flag[]): readonly string[] {
  return columns(
    flags.map(({ name, short, value, purpose }) => {
      const long = `--${name}${value === undefined ? '' : ` <${value}>`}`;
      return [short === undefined ? long : `-${short}, ${long}`, purpose] as const;
    }),
  );
}

function environmentLines(): readonly string[] {
  return columns(
    variableTable().map(
      ({ name, purpose, defaultText }) => [name, `${purpose} Default: ${defaultText}.`] as const,
    ),
  );
}

function columns(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
