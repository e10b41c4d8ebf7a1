import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An address of this machine whose SYNs go unanswered, as behind a firewall that drops them. */
export interface Unreachable extends AsyncDisposable {
  readonly baseUrl: string;
}

const listener =
  "require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })";

/** A process that stands still accepts nothing: once its short backlog is full, the kernel drops what comes. */
export async function startUnreachable(): Promise<Unreachable> {
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line);
  child.kill('SIGSTOP');
  const fillers = await fillBacklog(port);
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      for (const socket of fillers) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** Linux takes one more than it is told. */
async function fillBacklog(port: number): Promise<readonly Socket[]> {
  const fillers = Array.from({ length: 2 }, () => connect(port, '127.0.0.1'));
  await Promise.all(fillers.map(async (socket) => await once(socket, 'connect')));
  for (const socket of fillers) socket.on('error', () => socket.destroy());
  return fillers;
}
