import { ConfigurationError } from './platform/configuration-error.ts';
import { parseCommandLine, type Command } from './platform/config/command-line.ts';

/**
 * The composition root, with `src/main/`: the only place that knows every part. What a command does not need is not loaded for it.
 * Exit codes: 0 done, 1 it could not, 2 the command line is wrong.
 */
async function run(command: Command): Promise<void> {
  switch (command.type) {
    case 'start':
      await (await import('./main/start.ts')).start(command.flags);
      // All that was started has ended. A request to a collector that does not answer would hold the process for ten seconds more.
      return process.exit();
    case 'check':
      return await (await import('./main/check.ts')).check(command.flags);
    case 'import':
      return await (await import('./main/import-model.ts')).importModel(command);
    case 'models':
      return await (await import('./main/models/run-models.ts')).runModels(command);
    case 'schema':
      return await (await import('./main/print-schema.ts')).writeSchema();
    case 'help':
      return print(command.text);
    case 'version':
      return print(`${(await import('./main/version.ts')).version}\n`);
  }
}

function print(text: string): void {
  process.stdout.write(text);
}

try {
  await run(parseCommandLine(process.argv.slice(2)));
} catch (error) {
  // What a person can mend is told in a line. Everything else is a bug, and its stack helps.
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
