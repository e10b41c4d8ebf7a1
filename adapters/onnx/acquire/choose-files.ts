import { preferredGraph } from './graph-preference.ts';
import type { HubListing, ListedFile } from './hub-listing.ts';
import { isRelativePath } from './relative-path.ts';
import type { HubSource } from './sources.ts';

/** Thrown where a repository holds no model that runs here. The message says what it would need. */
export class NoModelError extends Error {
  override readonly name = 'NoModelError';
}

/**
 * Weights that keep the most at the least size go first. All are rounded to 8 bits in the end, so more than that is a longer download only.
 */
const ggufPreference = ['Q8_0', 'Q6_K', 'Q5_K_M', 'Q5_1', 'Q4_K_M', 'Q4_1', 'Q4_0', 'F16', 'BF16', 'F32'];

/** Beside a graph or weights; what is not there is not needed by every model. */
const companions = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
  'modules.json',
  'sentence_bert_config.json',
  '1_Pooling/config.json',
]);
const needed = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];

/** The files of a repository that make a model, within a size in bytes. Throws `NoModelError`. */
export function chooseFiles(repository: string, listing: HubListing, maxBytes: number): HubSource {
  const files = listing.files.filter(({ path }) => isRelativePath(path));
  const model = chooseModel(listing, files, maxBytes);
  if (model === undefined) throw new NoModelError(nothingUsable(files));
  const chosen = files.filter(({ path }) => path === model || belongsTo(model, path));
  const missing = missingBeside(model, chosen);
  if (missing.length > 0) throw new NoModelError(`it lacks ${missing.join(', ')}`);
  checkSize(chosen, maxBytes);
  return { kind: 'hub', repository, revision: listing.commit, model, files: [...chosen] };
}

/** A GGUF file is whole by itself. A graph has its external data beside it: `model.onnx_data`, `model.onnx_data_1`. */
function belongsTo(model: string, path: string): boolean {
  if (model.endsWith('.gguf')) return false;
  return companions.has(path) || path.startsWith(`${model}_data`);
}

function missingBeside(model: string, chosen: readonly ListedFile[]): readonly string[] {
  if (model.endsWith('.gguf')) return [];
  return needed.filter((path) => chosen.every((file) => file.path !== path));
}

function chooseModel(
  { architectures }: HubListing,
  files: readonly ListedFile[],
  maxBytes: number,
): string | undefined {
  const paths = files.map(({ path }) => path);
  const isBert = architectures.some((name) => name.startsWith('Bert'));
  if (isBert && paths.includes('model.safetensors')) return 'model.safetensors';
  return chooseGguf(files, maxBytes) ?? preferredGraph(paths);
}

function chooseGguf(files: readonly ListedFile[], maxBytes: number): string | undefined {
  // Parts of a split file cannot be read alone, and a projector of images is no model.
  const whole = files.filter(({ path }) => path.endsWith('.gguf') && !/-of-\d{5}|mmproj/.test(path));
  const ranked = ggufPreference.flatMap((format) =>
    whole.filter(({ path }) => new RegExp(`[.-]${format}\\.gguf$`, 'i').test(path)),
  );
  const fitting = ranked.find(({ bytes = 0 }) => bytes <= maxBytes);
  return (fitting ?? ranked[0] ?? (whole.length === 1 ? whole[0] : undefined))?.path;
}

function checkSize(files: readonly ListedFile[], maxBytes: number): void {
  const unknown = files.find(({ bytes }) => bytes === undefined);
  if (unknown !== undefined) throw new NoModelError(`the hub does not say how large ${unknown.path} is`);
  const total = files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  if (total <= maxBytes) return;
  throw new NoModelError(
    `its files have ${total} bytes, and local models may take ${maxBytes} bytes of memory in all: take a smaller model, or raise SWITCHYARD_LOCAL_MEMORY_BYTES`,
  );
}

function nothingUsable(files: readonly ListedFile[]): string {
  const weights = files.some(({ path }) => path.endsWith('.safetensors'))
    ? ' Safetensors are read of BERT-style encoders only.'
    : '';
  return `it holds neither a whole GGUF file of a format that is read, nor an ONNX export (onnx/model.onnx).${weights} Look for a GGUF or ONNX conversion of it`;
}
