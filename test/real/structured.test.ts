import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import type { ModelCall, StreamPart } from '../../adapters/contract.ts';
import type { OnnxAdapter } from '../../adapters/onnx/index.ts';
import { finishOf, partsOf, textOf } from '../conformance/observe.ts';
import { askedForms, type AskedForm } from '../support/answer-schemas.ts';
import { openRealEngine } from '../support/real-engine.ts';

/** How many answers each form gets; 50 make the thousand: `npm run test:structured`. */
// oxlint-disable-next-line node/no-process-env -- a knob of the test alone
const rounds = Number(process.env['STRUCTURED_ROUNDS'] ?? 4);

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);

function call({ prompt, schema }: AskedForm, seed: number): ModelCall {
  return {
    messages: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
    sampling: { temperature: seed % 2, topP: 0.95, seed, maxOutputTokens: [96, 160, 256][seed % 3] ?? 96 },
    responseFormat: { type: 'json-schema', name: 'answer', schema },
  };
}

/** What is wrong with an answer; `undefined` for one that fits. */
function objection(parts: readonly StreamPart[], { schema }: AskedForm): string | undefined {
  const { reason } = finishOf(parts);
  if (reason.unified !== 'stop') return `it ended with ${reason.raw}: ${textOf(parts)}`;
  const validate = ajv.compile(schema);
  try {
    const value: unknown = JSON.parse(textOf(parts));
    return validate(value) ? undefined : `${ajv.errorsText(validate.errors)}: ${textOf(parts)}`;
  } catch {
    return `it is no JSON: ${textOf(parts)}`;
  }
}

async function ask(adapter: OnnxAdapter, form: AskedForm, seed: number): Promise<string | undefined> {
  const parts = await partsOf(adapter, call(form, seed)).catch((error: unknown) => String(error));
  const wrong = typeof parts === 'string' ? parts : objection(parts, form);
  return wrong === undefined ? undefined : `${form.name}, seed ${seed}: ${wrong}`;
}

test(
  'every answer of a form parses and fits its schema, whatever the model would rather say',
  { timeout: 1_200_000 },
  async () => {
    await using engine = await openRealEngine({ maxQueue: 64 });
    const wrong: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const answers = askedForms.map((form, index) => ask(engine.adapter, form, 1000 * round + index));
      for (const answer of await Promise.all(answers)) if (answer !== undefined) wrong.push(answer);
    }
    const count = rounds * askedForms.length;
    process.stdout.write(
      `${count - wrong.length} of ${count} structured answers valid, seeds 0 to ${1000 * rounds}\n`,
    );
    expect(wrong).toEqual([]);
  },
);
