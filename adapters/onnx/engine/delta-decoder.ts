import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { Decoder } from './decoder.ts';
import { pastNames, type DecoderShape } from './decoder-shape.ts';
import { createKeyValueCache, type KeyValueCache } from './key-value-cache.ts';
import { floatsOf, int64Tensor } from './tensors.ts';

/** The graph of graph-form.md, one row at a time: it returns only new keys and values, and the cache is ours. */
export function createDeltaDecoder(session: InferenceSession, shape: DecoderShape): Decoder {
  return {
    openSequence() {
      const cache = createKeyValueCache(shape);
      let past = pastTensors(cache, shape);
      return {
        async append(tokens) {
          const capacityBefore = cache.capacity;
          const { logits, new_kv: newRows } = await session.run({
            input_ids: int64Tensor(tokens, [1, tokens.length]),
            new_len: int64Tensor([tokens.length], [1]),
            past_len: int64Tensor([cache.length], [1]),
            ...past,
          });
          cache.append(floatsOf(newRows, 'new_kv'), tokens.length);
          if (cache.capacity !== capacityBefore) past = pastTensors(cache, shape);
          return floatsOf(logits, 'logits');
        },
      };
    },
  };
}

/** Views of the cache's own memory: the runtime reads it without a copy. */
function pastTensors(cache: KeyValueCache, shape: DecoderShape): Record<string, Tensor> {
  const { keyValueHeads, headSize } = shape;
  const tensors: Record<string, Tensor> = {};
  for (const [index, name] of pastNames(shape).entries()) {
    const layer = cache.layers[index];
    if (layer === undefined) continue;
    const { capacity } = cache;
    tensors[name.key] = new Tensor('float32', layer.keys, [1, keyValueHeads, headSize, capacity]);
    tensors[name.value] = new Tensor('float32', layer.values, [1, keyValueHeads, capacity, headSize]);
  }
  return tensors;
}
