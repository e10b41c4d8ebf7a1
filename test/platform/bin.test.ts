import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';

const project = new URL('../..', import.meta.url).pathname;

/** With this flag the running Node.js cannot run TypeScript, as an old one cannot. */
const asOldNode = '--no-experimental-strip-types';

let copy = '';
let children: ChildProcess[] = [];

/** A copy of the launcher with a main of its own that tells what it got. */
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'switchyard-bin-'));
  cpSync(join(project, 'bin'), join(copy, 'bin'), { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{ "type": "module" }');
  mkdirSync(join(copy, 'src'));
  mkdirSync(join(copy, 'node_modules'));
  writeFileSync(
    join(copy, 'src', 'main.ts'),
    `const [, script, ...args]: string[] = process.argv;
    if (args[0] === 'wait') setInterval(() => {}, 1000);
    if (args[1] === 'drain') for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(7));
    console.log(JSON.stringify({ pid: process.pid, major: parseInt(process.versions.node), script, args }));
    if (args[0] === 'exit') process.exit(Number(args[1]));`,
  );
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  rmSync(copy, { recursive: true, force: true });
});

function installNode(): void {
  symlinkSync(join(project, 'node_modules', 'node'), join(copy, 'node_modules', 'node'));
}

function run(flags: string[], ...args: string[]) {
  return spawnSync(process.execPath, [...flags, join(copy, 'bin', 'switchyard.js'), ...args], {
    encoding: 'utf8',
  });
}

async function start(...args: string[]): Promise<{ child: ChildProcess; inner: { pid: number } }> {
  const child = spawn(process.execPath, [asOldNode, join(copy, 'bin', 'switchyard.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, inner: JSON.parse(String(line)) as { pid: number } };
}

test('a Node.js that runs TypeScript runs main itself', () => {
  const { stdout, status, pid } = run([], 'a', '--b', 'c d');
  expect(JSON.parse(stdout)).toMatchObject({
    pid,
    script: join(copy, 'src', 'main.ts'),
    args: ['a', '--b', 'c d'],
  });
  expect(status).toBe(0);
});

test('another hands over to the installed one, with arguments and exit code', () => {
  installNode();
  const { stdout, stderr, status, pid } = run([asOldNode], 'exit', '3', '--b');
  const told = JSON.parse(stdout) as { pid: number };
  expect(told).toMatchObject({ major: 24, args: ['exit', '3', '--b'] });
  expect(told.pid).not.toBe(pid);
  expect(stderr).toBe('');
  expect(status).toBe(3);
});

test('without an installed one it says in a line what to do', () => {
  const { stdout, stderr, status } = run([asOldNode], '--version');
  expect(stdout).toBe('');
  expect(stderr).toBe(
    `Switchyard needs Node.js 24 or newer, and this is ${process.version}. Run "npm install" in ${copy}/ to get one, or install it from https://nodejs.org.\n`,
  );
  expect(status).toBe(1);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s reaches the gateway, and its exit code comes back',
  async (signal) => {
    installNode();
    const { child } = await start('wait', 'drain');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([7, null]);
  },
);

test('a gateway that dies of a signal takes its launcher along', async () => {
  installNode();
  const { child, inner } = await start('wait');
  process.kill(inner.pid, 'SIGTERM');
  expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
});
