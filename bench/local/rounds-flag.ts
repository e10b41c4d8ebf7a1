import { parseArgs } from 'node:util';

/** `--rounds` of the command line. Prints the help and ends the process where that is asked for. */
export function roundsFlag(help: string, defaultRounds: number): number {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: String(defaultRounds) },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    process.exit();
  }
  return Number(values.rounds);
}
