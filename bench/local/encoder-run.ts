/**
 * Runs an encoder over texts of one width, so many tokens a run, for a while, in a process of its own, since memory once taken stays
 * taken. Arguments: the model's folder, tokens a run, width. Prints one line of JSON.
 */
import { join } from 'node:path';
import { createEncoder } from '../../adapters/onnx/encoder/encoder.ts';
import { openTextTokenizer } from '../../adapters/onnx/encoder/text-tokenizer.ts';
import { openGraphSession } from '../../adapters/onnx/engine/graph-session.ts';
import { readModelFolder } from '../../adapters/onnx/read-model-folder.ts';

const [directory = '', runTokens, textWidth] = process.argv.slice(2);
const width = Number(textWidth);
const rows = Math.max(1, Math.floor(Number(runTokens) / width));
const warmUpRuns = 3;
const measuredMs = 1500;

const { manifest } = await readModelFolder(directory, new AbortController().signal);
if (manifest.graph !== 'encoder') throw new Error('the model is no encoder');
const tokenizer = await openTextTokenizer(directory, width);
const session = await openGraphSession(join(directory, manifest.graphFile), manifest, { threads: 2 });
const encoder = createEncoder(session, { description: manifest.encoder, padToken: tokenizer.padToken });
const text = tokenizer.tokenize('The ship is in the harbour. '.repeat(width));
const texts = Array.from({ length: rows }, () => text);

for (let run = 0; run < warmUpRuns; run += 1) await encoder.run(texts, width);
const cpuBefore = process.cpuUsage();
const startedMs = performance.now();
let runs = 0;
for (; performance.now() - startedMs < measuredMs; runs += 1) await encoder.run(texts, width);
const tookMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(cpuBefore);

const tokens = runs * rows * width;
const figures = {
  runMs: tookMs / runs,
  tokensPerSecond: (1000 * tokens) / tookMs,
  cpuMicrosPerToken: (user + system) / tokens,
  residentMegabytes: process.memoryUsage.rss() / 1e6,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);
