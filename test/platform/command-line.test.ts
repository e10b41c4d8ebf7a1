import { expect, test } from 'vitest';
import { parseCommandLine } from '../../src/platform/config/command-line.ts';
import { variableTable } from '../../src/platform/config/variables.ts';
import { ConfigurationError } from '../../src/platform/configuration-error.ts';

function problemOf(...argv: string[]): ConfigurationError {
  try {
    parseCommandLine(argv);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('There was no problem.');
}

test('no arguments start the gateway', () => {
  expect(parseCommandLine([])).toEqual({ type: 'start', flags: {} });
});

test('flags of start stand for variables, with or without the command', () => {
  const flags = { PORT: '0', HOST: '::', SWITCHYARD_DATA: '/d', SWITCHYARD_CONFIG: 'c.yaml' };
  const argv = ['--port', '0', '--host=::', '--data', '/d', '--config', 'c.yaml'];
  expect(parseCommandLine(argv)).toEqual({ type: 'start', flags });
  expect(parseCommandLine(['start', ...argv])).toEqual({ type: 'start', flags });
  expect(parseCommandLine([...argv, 'start'])).toEqual({ type: 'start', flags });
});

test('the last of two equal flags holds', () => {
  expect(parseCommandLine(['--port', '1', '--port', '2'])).toEqual({ type: 'start', flags: { PORT: '2' } });
});

test('check takes a file or the configured one', () => {
  expect(parseCommandLine(['check'])).toEqual({ type: 'check', flags: {} });
  expect(parseCommandLine(['check', 'my.yaml'])).toEqual({
    type: 'check',
    flags: { SWITCHYARD_CONFIG: 'my.yaml' },
  });
});

test('import takes a file, a name and the data folder', () => {
  expect(parseCommandLine(['import', 'm.gguf', '--name', 'mine', '--data', '/d'])).toEqual({
    type: 'import',
    file: 'm.gguf',
    name: 'mine',
    flags: { SWITCHYARD_DATA: '/d' },
  });
  expect(parseCommandLine(['import', '--', '-odd.gguf'])).toMatchObject({
    file: '-odd.gguf',
    name: undefined,
  });
});

test('schema and version take no more', () => {
  expect(parseCommandLine(['schema'])).toEqual({ type: 'schema' });
  expect(parseCommandLine(['--version'])).toEqual({ type: 'version' });
  expect(parseCommandLine(['import', '-v'])).toEqual({ type: 'version' });
});

test.each([
  [['--prot', '1'], 'There is no flag --prot (did you mean "--port"?). See switchyard --help.'],
  [['-x'], 'There is no flag -x. See switchyard --help.'],
  [['chekc'], 'There is no command "chekc" (did you mean "check"?). See switchyard --help.'],
  [['--port'], '--port needs a value: --port <port>. See switchyard --help.'],
  [['--port', '--host', 'x'], '--port needs a value: --port <port>. See switchyard --help.'],
  [['--help=yes'], '--help takes no value. See switchyard --help.'],
  [['schema', '--port', '1'], '"schema" has no flag --port. See switchyard --help.'],
  [['import'], '"import" needs an argument: switchyard import <file>. See switchyard --help.'],
  [['check', 'a', 'b'], '"check" does not know what to do with "b". See switchyard --help.'],
  [['schema', 'a'], '"schema" does not know what to do with "a". See switchyard --help.'],
])('%j is a wrong use, exit code 2', (argv, message) => {
  const problem = problemOf(...argv);
  expect(problem.message).toBe(message);
  expect(problem.exitCode).toBe(2);
});

test('help lists every command, every flag and every variable', () => {
  const command = parseCommandLine(['--help']);
  if (command.type !== 'help') throw new Error('This is not help.');
  for (const word of ['start', 'check [file]', 'import <file>', 'schema', '-h, --help', '-v, --version']) {
    expect(command.text).toContain(`  ${word}`);
  }
  for (const { name, flag, purpose, defaultText } of variableTable()) {
    expect(command.text).toContain(`  ${name}`);
    expect(command.text).toContain(`${purpose} Default: ${defaultText}.`);
    if (flag !== undefined) expect(command.text).toContain(`  --${flag.name} <${flag.value}>`);
  }
});

test('a command has help of its own', () => {
  expect(parseCommandLine(['schema', '-h'])).toEqual({
    type: 'help',
    text: `Print the GraphQL schema.

Usage: switchyard schema [flags]

Flags:
  -h, --help     Print help, for all or for one command.
  -v, --version  Print the version.
`,
  });
});

test('models bench takes a number of callers, and says what is wrong with it', () => {
  expect(parseCommandLine(['models', 'bench', 'tiny', '--callers', '16', '--json'])).toMatchObject({
    action: 'bench',
    model: 'tiny',
    callers: 16,
    json: true,
  });
  expect(problemOf('models', 'bench', 'tiny', '--callers', '0')).toMatchObject({
    exitCode: 2,
    message: expect.stringContaining('--callers must be a whole number from 1 to 1000; it is "0"'),
  });
  expect(problemOf('models', 'bench').message).toContain('"models bench" needs the name of a model');
});
