import { env, InferenceSession } from 'onnxruntime-node';
import type { DecoderManifest, EncoderManifest, ModelManifest } from '../model-folder.ts';
import { pastNames } from './decoder-shape.ts';
import { LoadFailure } from '../load-failure.ts';

/** Loads the graph and checks that it takes and gives what its form promises. */
export async function openGraphSession(
  path: string,
  manifest: ModelManifest,
  threads: number,
): Promise<InferenceSession> {
  const session = await createSession(path, manifest, threads);
  const problem = findGraphProblem(session, manifest);
  if (problem === undefined) return session;
  await session.release();
  throw new LoadFailure(`The graph ${manifest.graphFile} does not fit the model: ${problem}.`);
}

async function createSession(
  path: string,
  manifest: ModelManifest,
  threads: number,
): Promise<InferenceSession> {
  // Below fatal the runtime prints inputs of failed runs, and those are prompts. Its errors reach us as exceptions anyway.
  env.logLevel = 'fatal';
  try {
    return await InferenceSession.create(path, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      // A spinning thread pool doubles the CPU time, and two models on one machine slow each other down several times.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    throw new LoadFailure(
      `The graph ${manifest.graphFile} cannot be loaded: it is damaged, incomplete or uses operators this runtime lacks. ` +
        'Remove the model folder so that it is fetched again, or use another export.',
      { cause },
    );
  }
}

function findGraphProblem(session: InferenceSession, manifest: ModelManifest): string | undefined {
  const expected = expectedNames(manifest);
  const inputs = new Set(session.inputNames);
  const outputs = new Set(session.outputNames);
  const missingInput = expected.inputs.find((name) => !inputs.has(name));
  if (missingInput !== undefined) return `it has no input "${missingInput}"`;
  const missingOutput = expected.outputs.find((name) => !outputs.has(name));
  if (missingOutput !== undefined) return `it has no output "${missingOutput}"`;
  const known = new Set([...expected.inputs, ...expected.optionalInputs]);
  const unknown = session.inputNames.find((name) => !known.has(name));
  return unknown === undefined ? undefined : `it needs an input "${unknown}" that this gateway does not know`;
}

interface ExpectedNames {
  readonly inputs: readonly string[];
  readonly optionalInputs: readonly string[];
  readonly outputs: readonly string[];
}

function expectedNames(manifest: ModelManifest): ExpectedNames {
  return manifest.graph === 'encoder' ? encoderNames(manifest) : decoderNames(manifest);
}

function encoderNames({ encoder }: EncoderManifest): ExpectedNames {
  return {
    inputs: ['input_ids', 'attention_mask'],
    optionalInputs: ['token_type_ids'],
    outputs: [encoder.task === 'embed' ? 'last_hidden_state' : 'logits'],
  };
}

function decoderNames({ graph, decoder }: DecoderManifest): ExpectedNames {
  const past = pastNames(decoder).flatMap(({ key, value }) => [key, value]);
  switch (graph) {
    case 'delta':
      return {
        inputs: ['input_ids', 'new_len', 'past_len', ...past],
        optionalInputs: [],
        outputs: ['logits', 'new_kv'],
      };
    case 'past-present':
      return {
        inputs: ['input_ids', ...past],
        optionalInputs: ['attention_mask', 'position_ids', 'num_logits_to_keep'],
        outputs: ['logits', ...past.map((name) => name.replace('past_key_values', 'present'))],
      };
  }
}
