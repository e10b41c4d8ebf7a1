import { verifyModels, type VerifyModelsOptions } from '../../../src/main/models/verify.ts';

export interface Report {
  readonly passed: boolean;
  readonly text: string;
}

/** What `switchyard models verify` says of the models in a folder. */
export async function verify(
  modelsDirectory: string,
  options: Partial<VerifyModelsOptions> = {},
): Promise<Report> {
  const lines: string[] = [];
  const passed = await verifyModels({
    names: [],
    modelsDirectory,
    out: (line) => lines.push(line),
    signal: new AbortController().signal,
    progress: { write: () => undefined },
    ...options,
  });
  return { passed, text: lines.join('\n') };
}
