import { expect, test } from 'vitest';
import {
  describeEncoder,
  encoderConfigSchema,
  isEncoder,
  poolingConfigSchema,
} from '../../../adapters/onnx/encoder-description.ts';

const config = (more: object = {}): ReturnType<typeof encoderConfigSchema.parse> =>
  encoderConfigSchema.parse({
    model_type: 'bert',
    architectures: ['BertModel'],
    hidden_size: 384,
    max_position_embeddings: 512,
    ...more,
  });

test('a plain encoder embeds by the mean and normalises where nothing else is said', () => {
  expect(describeEncoder({ config: config() })).toEqual({
    task: 'embed',
    dimensions: 384,
    pooling: 'mean',
    normalize: true,
    contextTokens: 512,
  });
});

test('what sentence-transformers says of pooling, length and normalising counts', () => {
  const described = describeEncoder({
    config: config(),
    pooling: poolingConfigSchema.parse({ pooling_mode_cls_token: true }),
    modules: [{ type: 'sentence_transformers.models.Transformer' }],
    sentence: { max_seq_length: 128 },
  });
  expect(described).toMatchObject({ pooling: 'cls', normalize: false, contextTokens: 128 });
});

test('a pooling that is not known is refused', () => {
  const pooling = poolingConfigSchema.parse({ pooling_mode_max_tokens: true });
  expect(() => describeEncoder({ config: config(), pooling })).toThrow(/pooling/);
});

test('labels come in the order of their numbers, and one label is a grade', () => {
  const architectures = ['BertForSequenceClassification'];
  const labels = describeEncoder({ config: config({ architectures, id2label: { 1: 'good', 0: 'bad' } }) });
  expect(labels).toMatchObject({ task: 'classify', labels: ['bad', 'good'], multiLabel: false });
  const grade = describeEncoder({ config: config({ architectures, id2label: { 0: 'LABEL_0' } }) });
  expect(grade).toMatchObject({ task: 'rerank' });
});

test('RoBERTa counts its positions from behind the padding', () => {
  const roberta = config({
    model_type: 'roberta',
    architectures: ['RobertaModel'],
    max_position_embeddings: 514,
    pad_token_id: 1,
  });
  expect(describeEncoder({ config: roberta }).contextTokens).toBe(512);
});

test('a head for something else is refused by name', () => {
  const other = config({ architectures: ['BertForTokenClassification'] });
  expect(() => describeEncoder({ config: other })).toThrow(/BertForTokenClassification/);
});

test('a decoder is no encoder', () => {
  expect(isEncoder({ architectures: ['LlamaForCausalLM'] })).toBe(false);
  expect(isEncoder({ architectures: ['XLMRobertaModel'] })).toBe(true);
});
