import { z } from 'zod';

/** The longest timer of Node, 24.8 days; a longer one would fire at once. */
const longestMs = 2 ** 31 - 1;

const durationMs = z.int().positive().max(longestMs);
const count = z.int().positive();
const share = z.number().positive().max(1);

/** One deployment's breaker, as written in the catalogue. What is left out has its default. */
export const breakerSettingsSchema = z.strictObject({
  windowMs: durationMs
    .min(1000)
    .default(30_000)
    .describe('How far back calls count, in milliseconds. Default: 30000.'),
  minimumCalls: count
    .default(10)
    .describe('Below this many calls in the window their rates say nothing. Default: 10.'),
  failureRate: share.default(0.5).describe('Share of failed calls that opens, above 0 to 1. Default: 0.5.'),
  slowCallRate: share.default(0.8).describe('Share of slow calls that opens, above 0 to 1. Default: 0.8.'),
  slowCallMs: durationMs
    .default(10_000)
    .describe(
      'A call is slow only if its first token came later than this, in milliseconds. Default: 10000.',
    ),
  slowCallFactor: z
    .number()
    .min(1)
    .default(3)
    .describe('And later than this many times the 95th percentile of the deployment. Default: 3.'),
  connectFailures: count
    .default(5)
    .describe('So many failed connections in a row open without waiting for minimumCalls. Default: 5.'),
  consecutiveFailures: count
    .default(10)
    .describe('So many failed calls in a row open, however many succeeded before. Default: 10.'),
  openMs: durationMs
    .default(15_000)
    .describe('How long it stays open the first time, in milliseconds; doubles each time. Default: 15000.'),
  maxOpenMs: durationMs
    .max(Math.floor(longestMs / 2))
    .default(300_000)
    .describe('What the doubling ends at, in milliseconds, before jitter. Default: 300000.'),
  jitter: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe(
      'Up to this share is added to the open time, so that gateways do not probe in step. Default: 0.2.',
    ),
  probes: count.default(3).describe('Calls let through at a time while half-open. Default: 3.'),
  probesToClose: count
    .default(2)
    .describe('Probes that must succeed before it closes; one that fails opens it again. Default: 2.'),
  probeDeadlineMs: durationMs
    .default(60_000)
    .describe('A longer probe frees its place, in milliseconds; its result still counts. Default: 60000.'),
  rampMs: z
    .int()
    .min(0)
    .max(longestMs)
    .default(30_000)
    .describe(
      'After it closed 10, 25 and 50 % of the calls pass, a third of this time each. 0: all at once. Default: 30000.',
    ),
  panicCalls: count
    .default(1)
    .describe(
      'Calls let through at a time while open, where every other deployment is open too. Default: 1.',
    ),
  panicPauseMs: durationMs
    .default(1000)
    .describe('Pause after such a call has failed, in milliseconds. Default: 1000.'),
});

export type BreakerSettings = Readonly<z.output<typeof breakerSettingsSchema>>;

/**
 * Window and rate as in Hystrix and Polly, slow calls and probes as in Resilience4j, consecutive failures and doubling as in Envoy's
 * outlier detection, panic as in its load balancers. The reasons for each number: docs/resilience.md.
 */
export const defaultBreakerSettings: BreakerSettings = breakerSettingsSchema.parse({});
