import { pastNames } from '../engine/decoder-shape.ts';
import type { DecoderManifest, EncoderManifest, ModelManifest } from '../model-folder.ts';

/** What a dimension must be: that number, one the engine chooses a run, or the number of rows, of which some exports take only one. */
export type ExpectedDimension = number | 'free' | 'rows';

export interface ExpectedPort {
  readonly name: string;
  /** Element types that the engine gives or takes. */
  readonly types: readonly string[];
  readonly dimensions: readonly ExpectedDimension[];
  /** @default false */
  readonly optional?: boolean;
}

export interface ExpectedPorts {
  readonly inputs: readonly ExpectedPort[];
  readonly outputs: readonly ExpectedPort[];
}

const integers = ['int64'];
const floats = ['float32', 'float16'];

/** What the graph of such a model takes and gives; see `graph-form.md` of this folder's parent for the delta form. */
export function expectedPorts(manifest: ModelManifest): ExpectedPorts {
  switch (manifest.graph) {
    case 'delta':
      return deltaPorts(manifest);
    case 'past-present':
      return pastPresentPorts(manifest);
    case 'encoder':
      return encoderPorts(manifest);
  }
}

function deltaPorts({ decoder }: DecoderManifest): ExpectedPorts {
  const { layers, keyValueHeads, headSize, vocabularySize } = decoder;
  return {
    inputs: [
      { name: 'input_ids', types: integers, dimensions: ['free', 'free'] },
      { name: 'new_len', types: integers, dimensions: ['free'] },
      { name: 'past_len', types: integers, dimensions: ['free'] },
      ...pastNames(decoder).flatMap(({ key, value }) => [
        { name: key, types: floats, dimensions: ['free', keyValueHeads, headSize, 'free'] as const },
        { name: value, types: floats, dimensions: ['free', keyValueHeads, 'free', headSize] as const },
      ]),
    ],
    outputs: [
      { name: 'logits', types: ['float32'], dimensions: ['free', vocabularySize] },
      { name: 'new_kv', types: floats, dimensions: ['free', 2 * layers * keyValueHeads, 'free', headSize] },
    ],
  };
}

function pastPresentPorts({ decoder }: DecoderManifest): ExpectedPorts {
  const { keyValueHeads, headSize, vocabularySize } = decoder;
  const cache = (name: string): ExpectedPort => ({
    name,
    types: floats,
    dimensions: ['rows', keyValueHeads, 'free', headSize],
  });
  const past = pastNames(decoder).flatMap(({ key, value }) => [key, value]);
  return {
    inputs: [
      { name: 'input_ids', types: integers, dimensions: ['rows', 'free'] },
      { name: 'attention_mask', types: integers, dimensions: ['rows', 'free'], optional: true },
      { name: 'position_ids', types: integers, dimensions: ['rows', 'free'], optional: true },
      { name: 'num_logits_to_keep', types: integers, dimensions: [], optional: true },
      ...past.map(cache),
    ],
    outputs: [
      { name: 'logits', types: floats, dimensions: ['rows', 'free', vocabularySize] },
      ...past.map((name) => cache(name.replace('past_key_values', 'present'))),
    ],
  };
}

function encoderPorts({ encoder }: EncoderManifest): ExpectedPorts {
  const tokens = { types: integers, dimensions: ['free', 'free'] } as const;
  return {
    inputs: [
      { name: 'input_ids', ...tokens },
      { name: 'attention_mask', ...tokens },
      { name: 'token_type_ids', ...tokens, optional: true },
    ],
    outputs: [encoderOutput(encoder)],
  };
}

function encoderOutput(encoder: EncoderManifest['encoder']): ExpectedPort {
  switch (encoder.task) {
    case 'embed':
      return { name: 'last_hidden_state', types: floats, dimensions: ['free', 'free', encoder.dimensions] };
    case 'classify':
      return { name: 'logits', types: floats, dimensions: ['free', encoder.labels.length] };
    case 'rerank':
      return { name: 'logits', types: floats, dimensions: ['free', 1] };
  }
}
