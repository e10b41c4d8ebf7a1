import { builder } from './builder.ts';
import { CapabilityRef } from './capability.ts';

/** Ranges and defaults are judged in `src/domain/generation-input.ts`; the descriptions here repeat them for readers of the schema. */

const RoleRef = builder.enumType('Role', {
  values: {
    SYSTEM: { value: 'system' },
    USER: { value: 'user' },
    ASSISTANT: { value: 'assistant' },
    TOOL: { value: 'tool' },
  } as const,
});

const ImageInputRef = builder.inputType('ImageInput', {
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'data:image/...;base64,... or an https: address, which the provider fetches.',
    }),
  }),
});

const ContentPartInputRef = builder.inputType('ContentPartInput', {
  isOneOf: true,
  fields: (t) => ({ text: t.string(), image: t.field({ type: ImageInputRef }) }),
});

const ToolCallInputRef = builder.inputType('ToolCallInput', {
  fields: (t) => ({
    id: t.string({ required: true }),
    name: t.string({ required: true }),
    arguments: t.string({ required: true, description: 'JSON text, as the model wrote it.' }),
  }),
});

const MessageInputRef = builder.inputType('MessageInput', {
  fields: (t) => ({
    role: t.field({ type: RoleRef, required: true }),
    content: t.field({ type: [ContentPartInputRef], description: 'Only USER messages hold images.' }),
    toolCalls: t.field({ type: [ToolCallInputRef], description: 'Only in ASSISTANT messages.' }),
    toolCallId: t.string({ description: 'Only in TOOL messages: which call this answers.' }),
  }),
});

const LogitBiasInputRef = builder.inputType('LogitBiasInput', {
  fields: (t) => ({
    token: t.int({ required: true, description: 'Id of the token in the model’s vocabulary.' }),
    bias: t.float({ required: true, description: '-100 (never) to 100 (nearly always).' }),
  }),
});

const LogprobsInputRef = builder.inputType('LogprobsInput', {
  fields: (t) => ({
    top: t.int({ description: 'How many of the likeliest tokens of each place, 0 to 20. Default 0.' }),
  }),
});

const SamplingInputRef = builder.inputType('SamplingInput', {
  description: 'How the next token is chosen. What is left out is the model’s own default.',
  fields: (t) => ({
    temperature: t.float({ description: '0 (greedy) to 2.' }),
    topP: t.float({ description: 'Above 0, to 1.' }),
    topK: t.int({ description: '1 to 1000.' }),
    minP: t.float({
      description: '0 to 1: only tokens at least this fraction as likely as the most likely one.',
    }),
    seed: t.int({ description: 'Same seed and request, same text, where the model can promise it.' }),
    stop: t.stringList({ description: 'At most 4 texts that end the answer.' }),
    maxOutputTokens: t.int({ description: '1 to 131072. Default 1024.' }),
    repetitionPenalty: t.float({ description: 'Above 0, to 2; above 1 discourages repetition.' }),
    presencePenalty: t.float({ description: '-2 to 2.' }),
    frequencyPenalty: t.float({ description: '-2 to 2.' }),
    logitBias: t.field({
      type: [LogitBiasInputRef],
      description: 'Token ids are those of one model, so name the model too. At most 300.',
    }),
  }),
});

export const ConstraintsInputRef = builder.inputType('ConstraintsInput', {
  description: 'Hard limits: a deployment expected to break one is not used.',
  fields: (t) => ({
    maxCostUsd: t.string({ description: 'Dollars as a decimal: "0.001".' }),
    maxFirstTokenMs: t.int(),
    maxLatencyMs: t.int(),
    localOnly: t.boolean({ description: 'Prompts do not leave this machine.' }),
    capabilities: t.field({ type: [CapabilityRef] }),
  }),
});

const CacheModeRef = builder.enumType('CacheMode', {
  values: {
    READ_WRITE: { value: 'read-write' },
    READ_ONLY: { value: 'read-only' },
    WRITE_ONLY: { value: 'write-only', description: 'Asks a model and refreshes the cache.' },
    OFF: { value: 'off' },
  } as const,
});

const CacheInputRef = builder.inputType('CacheInput', {
  fields: (t) => ({
    mode: t.field({ type: CacheModeRef, description: 'Default READ_WRITE.' }),
    ttlSeconds: t.int({ description: '1 to 604800. Default 300.' }),
  }),
});

export const DeadlinesInputRef = builder.inputType('DeadlinesInput', {
  description: 'Deadlines of one attempt. They only shorten those of the policy and of the deployment.',
  fields: (t) => ({
    connectMs: t.int({ description: 'To open a connection.' }),
    firstTokenMs: t.int({ description: 'To the first part of the answer.' }),
    idleMs: t.int({ description: 'Between two parts of the answer.' }),
  }),
});

export const PriorityRef = builder.enumType('Priority', {
  description: 'Who waits for whom where there is too much to do.',
  values: {
    INTERACTIVE: { value: 'interactive', description: 'Somebody is waiting.' },
    BATCH: { value: 'batch', description: 'Goes behind, and is refused first.' },
  } as const,
});

const LabelInputRef = builder.inputType('LabelInput', {
  fields: (t) => ({ key: t.string({ required: true }), value: t.string({ required: true }) }),
});

const ToolInputRef = builder.inputType('ToolInput', {
  fields: (t) => ({
    name: t.string({ required: true }),
    description: t.string(),
    parameters: t.field({ type: 'JSON', description: 'JSON Schema of the arguments.' }),
  }),
});

const ToolChoiceModeRef = builder.enumType('ToolChoiceMode', {
  values: {
    AUTO: { value: 'auto' },
    NONE: { value: 'none' },
    REQUIRED: { value: 'required' },
  } as const,
});

const ToolChoiceInputRef = builder.inputType('ToolChoiceInput', {
  isOneOf: true,
  fields: (t) => ({
    mode: t.field({ type: ToolChoiceModeRef }),
    tool: t.string({ description: 'The name of the one tool to call.' }),
  }),
});

const ResponseFormatInputRef = builder.inputType('ResponseFormatInput', {
  isOneOf: true,
  fields: (t) => ({
    json: t.boolean({ description: 'true: any JSON.' }),
    jsonSchema: t.field({ type: 'JSON', description: 'JSON that fits this JSON Schema.' }),
  }),
});

export const GenerateInputRef = builder.inputType('GenerateInput', {
  description: 'A wish for an answer. Needs either prompt or messages.',
  fields: (t) => ({
    model: t.string({ description: 'A model or alias; "auto" (the default) is any.' }),
    prompt: t.string({ description: 'Short for one USER message.' }),
    system: t.string({ description: 'Short for a SYSTEM message in front.' }),
    messages: t.field({ type: [MessageInputRef] }),
    sampling: t.field({ type: SamplingInputRef }),
    tools: t.field({ type: [ToolInputRef] }),
    toolChoice: t.field({ type: ToolChoiceInputRef }),
    responseFormat: t.field({ type: ResponseFormatInputRef }),
    logprobs: t.field({
      type: LogprobsInputRef,
      description: 'Asks how likely each token of the text was; only models that tell are used.',
    }),
    constraints: t.field({ type: ConstraintsInputRef }),
    policy: t.string({ description: 'How to weigh cost, latency and quality. Default "balanced".' }),
    cache: t.field({ type: CacheInputRef }),
    timeoutMs: t.int({ description: 'For the whole answer, attempts included. Default 60000.' }),
    deadlines: t.field({ type: DeadlinesInputRef }),
    priority: t.field({ type: PriorityRef, description: 'Default INTERACTIVE.' }),
    resumable: t.boolean({
      description:
        'A stream goes on for a while after its connection is lost, for resumeStream. Default false: it is cancelled at once.',
    }),
    labels: t.field({ type: [LabelInputRef], description: 'At most 16; kept with the outcome.' }),
  }),
});
