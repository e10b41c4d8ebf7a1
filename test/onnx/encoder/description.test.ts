import { expect, test } from 'vitest';
import {
  describeEncoder,
  encoderConfigSchema,
  isEncoder,
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
    pooling: { pooling_mode_cls_token: true },
    modules: [{ type: 'sentence_transformers.models.Transformer' }],
    sentence: { max_seq_length: 128 },
  });
  expect(described).toMatchObject({ pooling: 'cls', normalize: false, contextTokens: 128 });
});

test.each([
  ['that is not known', { pooling_mode_max_tokens: true }, 'asks for pooling_mode_max_tokens'],
  [
    'that combines two',
    { pooling_mode_mean_tokens: true, pooling_mode_max_tokens: true, pooling_mode_cls_token: false },
    'asks for pooling_mode_mean_tokens and pooling_mode_max_tokens',
  ],
  ['that is none', { pooling_mode_mean_tokens: false }, 'asks for no pooling'],
])('a pooling %s is refused by its file, with those that are served', (_what, pooling, found) => {
  expect(() => describeEncoder({ config: config(), pooling })).toThrow(
    `1_Pooling/config.json ${found}, and only one of ` +
      'pooling_mode_mean_tokens, pooling_mode_cls_token or pooling_mode_lasttoken is served',
  );
});

test('a step that is not served is refused by its file, with those that are', () => {
  const modules = ['Transformer', 'Pooling', 'Dense', 'Normalize'].map((name) => ({
    type: `sentence_transformers.models.${name}`,
  }));
  const pooling = { pooling_mode_mean_tokens: true };
  expect(() => describeEncoder({ config: config(), modules, pooling })).toThrow(
    'modules.json has a Dense module, and only Transformer, Pooling and Normalize are served',
  );
});

test('a pooling whose file is missing is not guessed', () => {
  const modules = [{ type: 'sentence_transformers.models.Pooling' }];
  expect(() => describeEncoder({ config: config(), modules })).toThrow(
    'modules.json has a Pooling module, and its 1_Pooling/config.json is missing',
  );
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
