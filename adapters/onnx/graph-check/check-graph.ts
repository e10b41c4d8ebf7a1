import { LoadFailure } from '../load-failure.ts';
import type { ModelManifest } from '../model-folder.ts';
import { openRegular } from '../open-regular.ts';
import { expectedPorts } from './expected-ports.ts';
import { createExternalFiles } from './external-files.ts';
import { findPortProblem } from './find-port-problem.ts';
import { GraphProblem } from './graph-problem.ts';
import { readGraph, type GraphPorts } from './read-graph.ts';
import { createWireReader } from './wire-reader.ts';

/** Protobuf holds no more; larger weights lie in files beside the graph. */
const maxGraphBytes = 2 ** 31;

/**
 * Looks at the graph of a model folder, given by its absolute path, before the runtime does: that it is whole, that its weights lie in the
 * folder, and that it takes and gives what the manifest says. Weights are not read. Throws `LoadFailure`.
 */
export async function checkGraph(directory: string, manifest: ModelManifest): Promise<void> {
  const { graphFile } = manifest;
  try {
    const problem = findPortProblem(await readPorts(directory, manifest), expectedPorts(manifest));
    if (problem === undefined) return;
    throw new LoadFailure(
      `The graph ${graphFile} does not fit the model: it ${problem}. Either it is the graph of another model, or its configuration is.`,
    );
  } catch (cause) {
    if (!(cause instanceof GraphProblem)) throw cause;
    throw new LoadFailure(
      `The graph ${graphFile} cannot be loaded: it ${cause.message}. Repair the model folder, or remove it so that it is fetched again.`,
      { cause },
    );
  }
}

async function readPorts(directory: string, { graphFile, files }: ModelManifest): Promise<GraphPorts> {
  const file = await openRegular(directory, graphFile);
  if (file === undefined) throw new GraphProblem('is missing');
  try {
    const { size } = await file.stat();
    if (size > maxGraphBytes)
      throw new GraphProblem(
        `has ${size} bytes; a graph has at most ${maxGraphBytes}, larger weights lie beside it`,
      );
    const listed = new Set(files.map(({ path }) => path));
    const external = createExternalFiles({ directory, graphFile, listed });
    return readGraph(createWireReader(file.fd), { start: 0, end: size }, external);
  } finally {
    await file.close();
  }
}
