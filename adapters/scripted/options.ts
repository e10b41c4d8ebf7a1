import { z } from 'zod';
import { capabilities, samplingParameters, unifiedFinishReasons } from '../contract.ts';
import { adapterErrorKinds } from '../errors.ts';

const durationMs = z.number().nonnegative();
const stepType = <Name extends string>(name: Name) => z.literal(name).describe('What the step does.');

/** How a text is said: split into parts, each of which counts as one token. */
const pace = {
  by: z.enum(['word', 'character', 'whole']).default('word').describe('What one part is. Default: a word.'),
  times: z.int().positive().default(1).describe('How often it is said. Default: once.'),
  delayMs: durationMs.default(0).describe('Wait before each part, in milliseconds. Default: none.'),
};

const stepSchema = z.discriminatedUnion('type', [
  z
    .strictObject({ type: stepType('text'), text: z.string().min(1).describe('What is said.'), ...pace })
    .describe('Says a text.'),
  z
    .strictObject({
      type: stepType('reasoning'),
      text: z.string().min(1).describe('What is thought.'),
      ...pace,
    })
    .describe('Thinks a text aloud.'),
  z.strictObject({ type: stepType('echo'), ...pace }).describe('Says the last message of the user.'),
  z
    .strictObject({
      type: stepType('tool-call'),
      name: z.string().min(1).describe('Name of the tool.'),
      arguments: z
        .record(z.string(), z.json())
        .default({})
        .describe('What it is called with. Default: nothing.'),
    })
    .describe('Calls a tool.'),
  z
    .strictObject({ type: stepType('wait'), durationMs: durationMs.describe('How long, in milliseconds.') })
    .describe('Keeps silent for a while.'),
  z.strictObject({ type: stepType('stall') }).describe('Keeps silent until the call is aborted.'),
  z
    .strictObject({
      type: stepType('fail'),
      // `aborted` is the caller's, never the model's.
      kind: z.enum(adapterErrorKinds).exclude(['aborted']).describe('Kind of the error.'),
      retryAfterMs: durationMs.exactOptional().describe('How long the model asks to wait, in milliseconds.'),
      phase: z
        .enum(['headers', 'first-token', 'idle', 'total'])
        .exactOptional()
        .describe('Which deadline passed; only for "timeout".'),
    })
    .describe('Ends the call with an error; after a text, in the middle of the answer.'),
]);

const whenSchema = z
  .strictObject({
    equals: z.string().exactOptional().describe('The message is this.'),
    contains: z.string().min(1).exactOptional().describe('This stands in the message.'),
    callNumber: z.int().positive().exactOptional().describe('It is this call of the deployment, from 1.'),
    every: z.int().positive().exactOptional().describe('It is the Nth call, the 2Nth, and so on.'),
  })
  .describe('All of it must hold. Default: holds always.');

const tokens = z.int().nonnegative().exactOptional();

const finishSchema = z.strictObject({
  reason: z
    .enum(unifiedFinishReasons)
    .exactOptional()
    .describe('Default: "tool-calls" after a tool call, otherwise "stop".'),
  usage: z
    .union([
      z.literal('counted'),
      z.literal('unknown'),
      z.strictObject({
        inputTokens: tokens.describe('Tokens of the prompt, the cached ones included. Default: unknown.'),
        outputTokens: tokens.describe('Tokens of the answer, the reasoning ones included. Default: unknown.'),
        cachedInputTokens: tokens.describe('Tokens of the prompt that were cached. Default: unknown.'),
        reasoningTokens: tokens.describe('Tokens of the reasoning. Default: unknown.'),
      }),
    ])
    .default('counted')
    .describe('Default: "counted", a word of the prompt and a part of the answer being a token each.'),
});

const ruleSchema = z.strictObject({
  when: whenSchema.default({}),
  play: z.array(stepSchema).describe('Steps in order. Embeddings take only those that wait or fail.'),
  finish: finishSchema.prefault({}).describe('How the answer ends, where no step has ended it.'),
});

export const scriptedOptionsSchema = z
  .strictObject({
    rules: z
      .array(ruleSchema)
      .default([])
      .describe(
        "The first whose `when` holds for the user's last message is played. Where none does: an echo.",
      ),
    dimensions: z.int().positive().max(65_536).default(8).describe('Length of an embedding. Default: 8.'),
    labels: z
      .array(z.string().min(1))
      .min(2)
      .default(['yes', 'no'])
      .describe("What texts are classified as. Default: ['yes', 'no']."),
    capabilities: z.array(z.enum(capabilities)).min(1).default(['text']).describe("Default: ['text']."),
    contextTokens: z
      .int()
      .positive()
      .exactOptional()
      .describe('Stated only; a longer prompt is answered too.'),
    samplingParameters: z
      .array(z.enum(samplingParameters))
      .default([...samplingParameters])
      .describe('Parameters it takes; only `maxOutputTokens` changes anything. Default: all.'),
  })
  .describe('A model that plays a script: for demos, tests and benches.');

export type ScriptedOptions = z.output<typeof scriptedOptionsSchema>;
export type Rule = ScriptedOptions['rules'][number];
export type Step = Rule['play'][number];
export type Finish = Rule['finish'];

/** What is played where no rule holds. */
export const echoRule: Rule = {
  when: {},
  play: [{ type: 'echo', by: 'word', times: 1, delayMs: 0 }],
  finish: { usage: 'counted' },
};
