import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';

const lineSchema = z.object({ pid: z.int(), directory: z.string(), onnxruntime: z.array(z.string()) });

test('a model’s process ends when its gateway is killed, and the gateway never loads the runtime', async () => {
  const script = fileURLToPath(new URL('orphan-parent.ts', import.meta.url));
  // Its report would look up the names of open connections, which takes seconds.
  const gateway = spawn(process.execPath, ['--report-exclude-network', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(gateway.stdout), 'line');
  const { pid, directory, onnxruntime } = lineSchema.parse(JSON.parse(String(line)));
  expect(onnxruntime).toEqual([]);

  const orphanEnded = once(watch(pid), 'exit');
  gateway.kill('SIGKILL');
  await once(gateway, 'exit');
  await orphanEnded;
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  await rm(dirname(directory), { recursive: true, force: true });
});

/** A process that is not our child: `tail` ends with it. */
function watch(pid: number): ReturnType<typeof execFile> {
  return execFile('tail', ['--pid', String(pid), '--sleep-interval', '0.05', '-f', '/dev/null']);
}
