import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LoadFailure } from '../load-failure.ts';
import type { PenaltySettings } from './penalties.ts';
import type { EngineSampling } from './protocol.ts';
import type { SamplerSettings } from './sampler.ts';

/** The part of a model's `generation_config.json` that says how its authors sample. */
const generationConfigSchema = z.object({
  do_sample: z.boolean().nullish(),
  temperature: z.number().nonnegative().nullish(),
  top_k: z.int().nonnegative().nullish(),
  top_p: z.number().positive().max(1).nullish(),
  repetition_penalty: z.number().positive().nullish(),
});

export type GenerationConfig = z.infer<typeof generationConfigSchema>;

/** Reads `generation_config.json`; a folder without one has no defaults of its own. */
export async function readGenerationConfig(directory: string): Promise<GenerationConfig> {
  const text = await readFile(join(directory, 'generation_config.json'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}';
      throw error;
    },
  );
  try {
    return generationConfigSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new LoadFailure(
      'generation_config.json is damaged: it is not JSON or holds values out of range. Repair or remove it.',
      { cause },
    );
  }
}

/**
 * What the request sets goes before what the model's authors recommend. As in the transformers library a model without
 * `do_sample` is greedy; a request that sets `topP`, `topK` or `minP` wants to sample all the same, at temperature 1.
 */
export function samplerSettings(sampling: EngineSampling, config: GenerationConfig): SamplerSettings {
  const recommended = config.do_sample === true ? sampledSettings(config) : greedySettings;
  const wantsChoice = [sampling.topP, sampling.topK, sampling.minP].some((wish) => wish !== undefined);
  const temperature = wantsChoice ? recommended.temperature || 1 : recommended.temperature;
  return {
    temperature: sampling.temperature ?? temperature,
    topK: sampling.topK ?? recommended.topK,
    topP: sampling.topP ?? recommended.topP,
    minP: sampling.minP ?? 0,
    seed: sampling.seed,
    ...penaltySettings(sampling, config),
  };
}

function penaltySettings(sampling: EngineSampling, config: GenerationConfig): PenaltySettings {
  return {
    repetitionPenalty: sampling.repetitionPenalty ?? config.repetition_penalty ?? 1,
    presencePenalty: sampling.presencePenalty ?? 0,
    frequencyPenalty: sampling.frequencyPenalty ?? 0,
    logitBias: sampling.logitBias ?? {},
  };
}

type RecommendedSettings = Pick<SamplerSettings, 'temperature' | 'topK' | 'topP'>;

const greedySettings: RecommendedSettings = { temperature: 0, topK: undefined, topP: 1 };

/** A `top_k` of 0 is the library's way to say that there is none. */
function sampledSettings(config: GenerationConfig): RecommendedSettings {
  return {
    temperature: config.temperature ?? 1,
    topK: config.top_k === 0 ? undefined : (config.top_k ?? undefined),
    topP: config.top_p ?? 1,
  };
}
