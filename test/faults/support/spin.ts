import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { GatewayProcess } from '../../support/gateway-process.ts';

/** Sends a process of Node.js that the gateway has started into a loop without end: its debugger, which SIGUSR1 opens, runs one there. */
export async function spin(gateway: GatewayProcess, pid: number): Promise<void> {
  const announced = gateway.logged((line) => line['pid'] === pid && debuggerUrl(line['line']) !== undefined);
  process.kill(pid, 'SIGUSR1');
  const url = debuggerUrl((await announced)['line']) ?? '';
  const socket = new WebSocket(url);
  await once(socket, 'open');
  // Never answered.
  const order = { id: 1, method: 'Runtime.evaluate', params: { expression: 'for (;;);' } };
  socket.send(JSON.stringify(order));
  socket.on('error', () => undefined);
}

function debuggerUrl(line: unknown): string | undefined {
  return /Debugger listening on (ws:\S+)/.exec(z.string().safeParse(line).data ?? '')?.[1];
}
