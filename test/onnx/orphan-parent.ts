import { once } from 'node:events';
import { firstText, generate } from '../conformance/observe.ts';
import { ask, openTinyModel } from './tiny-model.ts';

/** A gateway in small: brings a model up, begins an answer, says in a line of JSON what runs where, and waits to be killed. */
await using model = await (await openTinyModel()).ready();
const answer = generate(model.adapter, ask('Go on', { maxOutputTokens: 4000 }));
await firstText(answer);
const libraries = process.report.getReport() as { readonly sharedObjects: readonly string[] };
const line = {
  pid: model.adapter.inspect().pid,
  directory: model.directory,
  onnxruntime: libraries.sharedObjects.filter((path) => path.includes('onnxruntime')),
};
process.stdout.write(`${JSON.stringify(line)}\n`);
await once(process.stdin.resume(), 'end');
