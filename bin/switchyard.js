#!/usr/bin/env node
// Plain JavaScript for any Node.js: it finds a Node.js that runs the TypeScript sources, this one or the one npm installed.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const oldestMajor = 24;
const main = new URL('../src/main.ts', import.meta.url);

if (runsTypeScript()) {
  process.argv[1] = fileURLToPath(main);
  await import(main.href);
} else {
  runWith(installedNode());
}

function runsTypeScript() {
  const major = Number(process.versions.node.split('.')[0]);
  return major >= oldestMajor && Boolean(process.features.typescript);
}

/** The `node` of the npm package `node`, a dependency; `undefined` where its install script did not run. */
function installedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}

function runWith(node) {
  if (node === undefined) return refuse();
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  // On a terminal Ctrl-C goes to both processes already; a second one would look impatient.
  const onInterrupt = () => process.stdin.isTTY || child.kill('SIGINT');
  process.on('SIGINT', onInterrupt);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', refuse);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function refuse() {
  const project = fileURLToPath(new URL('..', import.meta.url));
  process.stderr.write(
    `Switchyard needs Node.js ${oldestMajor} or newer, and this is ${process.version}. Run "npm install" in ${project} to get one, or install it from https://nodejs.org.\n`,
  );
  process.exitCode = 1;
}
