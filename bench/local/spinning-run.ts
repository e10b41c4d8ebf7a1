/**
 * Runs steps of a decoder for a while, in a process of its own, and is idle for a second after. Arguments: the model's folder, how long
 * its threads spin (see `openGraphSession`), answers at once. Prints one line of JSON.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createDecoder } from '../../adapters/onnx/engine/create-decoder.ts';
import { openGraphSession } from '../../adapters/onnx/engine/graph-session.ts';
import { readModelFolder } from '../../adapters/onnx/read-model-folder.ts';

const [directory = '', spinning = '', rowCount] = process.argv.slice(2);
const warmUpSteps = 10;
const measuredMs = 3000;

const { manifest } = await readModelFolder(directory, new AbortController().signal);
if (manifest.graph === 'encoder') throw new Error('the model is no decoder');
const spin = spinning === 'without-end' ? spinning : Number(spinning);
const session = await openGraphSession(join(directory, manifest.graphFile), manifest, { threads: 2, spin });
const decoder = createDecoder(session, manifest);
const rows = Array.from({ length: Number(rowCount) }, () => decoder.open());
const step = (): Promise<unknown> => decoder.run(rows.map((row) => ({ row, tokens: [100] })));

for (let steps = 0; steps < warmUpSteps; steps += 1) await step();
const cpu = process.cpuUsage();
const startedMs = performance.now();
let steps = 0;
for (; performance.now() - startedMs < measuredMs; steps += 1) await step();
const stepMs = (performance.now() - startedMs) / steps;
const cpuMs = millisecondsSince(cpu) / steps;
const idle = process.cpuUsage();
await pause(1000);
const idleCpuMs = millisecondsSince(idle);
process.stdout.write(`${JSON.stringify({ stepMs, cpuMs, idleCpuMs })}\n`);

function millisecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
