import { expect, test } from 'vitest';
import type { ModelCall } from '../../adapters/contract.ts';
import type { OnnxAdapter } from '../../adapters/onnx/index.ts';
import { finishOf, partsOf } from '../conformance/observe.ts';
import { askedForms, type AskedForm } from '../support/answer-schemas.ts';
import { openRealEngine } from '../support/real-engine.ts';

/** Medians of so many rounds are told: `npm run test:structured`. */
// oxlint-disable-next-line node/no-process-env -- a knob of the test alone
const rounds = Number(process.env['OVERHEAD_ROUNDS'] ?? 1);

/** Forms whose answers are long. */
const names = new Set([
  'flat object',
  'list of texts',
  'list of objects',
  'recursion',
  'map',
  'nested',
  'short text',
  'anything',
]);
const forms = askedForms.filter(({ name }) => names.has(name));

const smollm2End = 2;

interface Answer {
  readonly form: AskedForm;
  readonly seed: number;
  readonly tokens: number;
}

function call({ form, seed }: Omit<Answer, 'tokens'>, tokens: number): ModelCall {
  return {
    messages: [{ role: 'user', content: [{ type: 'text', text: form.prompt }] }],
    sampling: { temperature: 1, topP: 0.95, seed, maxOutputTokens: tokens },
  };
}

/** Answers in the form, as long as they come out. */
async function structured(adapter: OnnxAdapter, form: AskedForm, seed: number): Promise<Answer> {
  const responseFormat = { type: 'json-schema', name: 'answer', schema: form.schema } as const;
  const { usage } = finishOf(await partsOf(adapter, { ...call({ form, seed }, 160), responseFormat }));
  return { form, seed, tokens: usage.outputTokens ?? 0 };
}

/** As many tokens in answer to the same prompt, without a form. */
async function free(adapter: OnnxAdapter, answer: Answer): Promise<void> {
  const { sampling, ...rest } = call(answer, answer.tokens);
  const endless = { ...sampling, logitBias: { [smollm2End]: -100 } };
  const { usage } = finishOf(await partsOf(adapter, { ...rest, sampling: endless }));
  expect(usage.outputTokens).toBe(answer.tokens);
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const startedMs = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startedMs };
}

/** How much longer the answers take with a form than without, and the milliseconds that is for a token. */
interface Overhead {
  readonly share: number;
  readonly perTokenMs: number;
}

async function overhead(adapter: OnnxAdapter, asked: readonly AskedForm[], seed: number): Promise<Overhead> {
  const held = await timed(
    async () => await Promise.all(asked.map((form) => structured(adapter, form, seed))),
  );
  const loose = await timed(async () => await Promise.all(held.value.map((answer) => free(adapter, answer))));
  const tokens = held.value.reduce((sum, answer) => sum + answer.tokens, 0);
  return { share: held.ms / loose.ms - 1, perTokenMs: (held.ms - loose.ms) / tokens };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0;
}

function tell(label: string, found: readonly Overhead[]): void {
  const share = (100 * median(found.map((one) => one.share))).toFixed(1);
  const perTokenMs = median(found.map((one) => one.perTokenMs)).toFixed(2);
  process.stdout.write(`${label}: ${share} % more time with a form than without, ${perTokenMs} ms a token\n`);
}

test(
  'what a form costs is told: the same prompts and numbers of tokens with and without it',
  { timeout: 600_000 },
  async () => {
    await using engine = await openRealEngine();
    const batches: Overhead[] = [];
    const alone: Overhead[] = [];
    // The first round prepares the forms.
    await overhead(engine.adapter, forms, 0);
    for (let round = 1; round <= rounds; round += 1) {
      batches.push(await overhead(engine.adapter, forms, round));
      const [form = forms[0]] = forms.slice(round % forms.length);
      if (form !== undefined) alone.push(await overhead(engine.adapter, [form], round));
    }
    tell(`a batch of ${forms.length}`, batches);
    tell('one caller', alone);
    expect(batches).toHaveLength(rounds);
  },
);
