import type { AdapterClock, StreamPart } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import type { Step } from './options.ts';
import { pause, untilAborted } from './pause.ts';

type Silence = Extract<Step, { readonly type: 'wait' | 'stall' | 'fail' }>;
type Speech = Extract<Step, { readonly type: 'text' | 'reasoning' | 'echo' }>;
type ToolCall = Extract<Step, { readonly type: 'tool-call' }>;
type Fault = Extract<Step, { readonly type: 'fail' }>;

/** What steps need of the call they are played for. */
export interface Stage {
  /** Name of the deployment, for messages. */
  readonly deployment: string;
  readonly clock: AdapterClock;
  readonly signal: AbortSignal;
  /** The last message of the user. */
  readonly message: string;
}

/** The parts of an answer, made as they are pulled. Throws what a `fail` step says, and the signal's reason. */
export async function* play(
  steps: readonly Step[],
  stage: Stage,
): AsyncGenerator<StreamPart, void, undefined> {
  let toolCalls = 0;
  for (const step of steps) {
    switch (step.type) {
      case 'text':
      case 'reasoning':
      case 'echo':
        yield* speak(step, stage);
        break;
      case 'tool-call':
        yield* callTool(step, toolCalls);
        toolCalls += 1;
        break;
      case 'wait':
      case 'stall':
      case 'fail':
        await keepSilent(step, stage);
        break;
    }
  }
}

export function isSilent(step: Step): step is Silence {
  return step.type === 'wait' || step.type === 'stall' || step.type === 'fail';
}

/** Plays a step that says nothing. */
export async function keepSilent(step: Silence, { clock, signal, deployment }: Stage): Promise<void> {
  switch (step.type) {
    case 'wait':
      return await pause(clock, step.durationMs, signal);
    case 'stall':
      return await untilAborted(signal);
    case 'fail':
      throw fault(step, deployment);
  }
}

async function* speak(step: Speech, stage: Stage): AsyncGenerator<StreamPart, void, undefined> {
  const type = step.type === 'reasoning' ? 'reasoning-delta' : 'text-delta';
  const parts = split(step.type === 'echo' ? stage.message : step.text, step.by);
  for (let time = 0; time < step.times; time += 1) {
    for (const text of parts) {
      await pause(stage.clock, step.delayMs, stage.signal);
      yield { type, text };
    }
  }
}

/** Parts that together are the text again, none of them empty. */
function split(text: string, by: Speech['by']): readonly string[] {
  switch (by) {
    case 'word':
      return text.split(/(?<=\s)(?=\S)/).filter((part) => part !== '');
    case 'character':
      return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
    case 'whole':
      return text === '' ? [] : [text];
  }
}

function* callTool({ name, arguments: given }: ToolCall, index: number): Generator<StreamPart> {
  yield { type: 'tool-call-delta', index, id: `call-${index + 1}`, name, argumentsDelta: '' };
  yield { type: 'tool-call-delta', index, argumentsDelta: JSON.stringify(given) };
}

function fault({ kind, retryAfterMs, phase }: Fault, deployment: string): AdapterError {
  return new AdapterError(kind, `the script of ${deployment} says ${kind}`, { retryAfterMs, phase });
}
