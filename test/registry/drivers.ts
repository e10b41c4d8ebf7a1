import { z } from 'zod';

/** Drivers as a catalogue sees them: one that asks its server nothing and must be told, one that finds out itself. */
export const drivers = {
  remote: z.strictObject({
    model: z.string(),
    baseUrl: z.string().default('https://api.example.com'),
    apiKey: z.string().optional(),
    capabilities: z.array(z.enum(['text', 'tools'])).optional(),
    contextTokens: z.int().optional(),
  }),
  local: z.strictObject({ threads: z.int().optional() }),
};
