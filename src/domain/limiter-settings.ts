import { z } from 'zod';

/** How many calls a deployment gets at once, and who waits. */
export const limiterSettingsSchema = z.strictObject({
  minLimit: z
    .int()
    .positive()
    .default(8)
    .describe('The limit never falls below this, and so many calls may always wait for their first token.'),
  initialLimit: z
    .int()
    .positive()
    .default(1024)
    .describe('The limit until it has been measured; high, so that nothing is held up without a reason.'),
  maxLimit: z
    .int()
    .positive()
    .default(4096)
    .describe('Most calls under way at once, long streams included; goes before the other two.'),
  latencyTolerance: z
    .number()
    .min(1)
    .default(2)
    .describe('The limit falls where even the fastest calls take this many times their usual time.'),
  latencySlackMs: z
    .number()
    .nonnegative()
    .default(500)
    .describe('And at least so many milliseconds more than usual; shorter delays never count.'),
  windowMs: z
    .number()
    .positive()
    .default(1000)
    .describe('How often the limit is set anew, in milliseconds, if at least ten calls were measured.'),
  queueLength: z
    .int()
    .nonnegative()
    .default(512)
    .describe('Calls that may wait at the limit; at most half of them batch. 0: none waits.'),
  maxWaitMs: z
    .number()
    .positive()
    .default(10_000)
    .describe('Longest wait in milliseconds, where the deadline of the call does not end it before.'),
});

export type LimiterSettings = z.output<typeof limiterSettingsSchema>;

export const defaultLimiterSettings: LimiterSettings = limiterSettingsSchema.parse({});
