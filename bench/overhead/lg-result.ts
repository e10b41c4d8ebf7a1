import { z } from 'zod';

/** What lg prints, as far as it is read here; its README says what each field means. */
const sample = z.looseObject({ n: z.number(), p50: z.number(), p99: z.number() }).nullable();

export const loadResult = z.looseObject({
  mode: z.literal('load'),
  ok: z.number(),
  httpErrors: z.number(),
  graphqlErrors: z.number(),
  wrong: z.number(),
  ioErrors: z.number(),
  timeouts: z.number(),
  stale: z.number(),
  backlog: z.number(),
  rps: z.number(),
  latencyMs: sample,
  ttftMs: sample,
  gapMs: sample,
  cpu: z.looseObject({ usPerRequest: z.number().optional(), usPerToken: z.number().optional() }).optional(),
  rssMb: z.number().optional(),
});

export const cancelResult = z.looseObject({
  mode: z.literal('cancel'),
  tries: z.number(),
  missed: z.number(),
  broken: z.number(),
  abortMs: sample,
});

export const holdResult = z.looseObject({
  mode: z.literal('hold'),
  streams: z.number(),
  opened: z.number(),
  ioErrors: z.number(),
  kbPerStream: z.number().optional(),
});

export type LoadResult = z.infer<typeof loadResult>;
export type CancelResult = z.infer<typeof cancelResult>;
export type HoldResult = z.infer<typeof holdResult>;
export type LgResult = LoadResult | CancelResult | HoldResult;

/** What makes the figures of a run worthless, in lg's own words; empty if nothing does. */
export function faultsOf(result: LgResult): readonly string[] {
  switch (result.mode) {
    case 'load': {
      const { httpErrors, graphqlErrors, wrong, ioErrors, timeouts, ok } = result;
      const bad = named({ httpErrors, graphqlErrors, wrong, ioErrors, timeouts });
      return ok === 0 ? [...bad, 'no right answer'] : bad;
    }
    case 'cancel':
      return named({ broken: result.broken });
    case 'hold':
      return named({ ioErrors: result.ioErrors, notOpened: result.streams - result.opened });
  }
}

function named(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts).flatMap(([name, count]) => (count === 0 ? [] : [`${name} ${count}`]));
}
