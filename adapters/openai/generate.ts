import type { CallScope } from '../call-scope.ts';
import type { ModelCall, StreamPart } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import { createAnswerReader, type AnswerReader } from './answer.ts';
import { startDeadlines, type Deadlines } from './deadlines.ts';
import type { Deployment } from './deployment.ts';
import { toAdapterError } from './failure.ts';
import { chatBody } from './request.ts';

/** One answer, streamed. */
export async function* generateParts(
  deployment: Deployment,
  call: ModelCall,
  scope: CallScope,
): AsyncGenerator<StreamPart, void, undefined> {
  scope.begin();
  const deadlines = startDeadlines(deployment.context.clock, deployment.options.timeouts, scope.interrupt);
  const answer = createAnswerReader();
  try {
    for await (const parts of partsByEvent(deployment, call, { scope, deadlines, answer })) {
      for (const part of parts) {
        yield part;
        scope.throwIfInterrupted();
      }
    }
    if (answer.finish() === undefined) throw cutOff(deployment.name);
    scope.complete();
  } catch (error) {
    const failure = scope.failure ?? toAdapterError(error, deployment, promptTexts(call));
    // Only the usage is lost where the stream breaks after the model has said why it stopped.
    if (failure.kind === 'aborted' || answer.finish() === undefined) throw failure;
    deployment.context.log.warn(
      { deployment: deployment.name, kind: failure.kind },
      'the stream broke after the end of the answer, before its usage',
    );
  } finally {
    deadlines.stop();
    scope.end();
  }
  const finish = answer.finish();
  if (finish !== undefined) yield finish;
}

interface Progress {
  readonly scope: CallScope;
  readonly deadlines: Deadlines;
  readonly answer: AnswerReader;
}

/** The parts of each event of the reply, awaited under the deadlines. Throws where the reply has no event. */
async function* partsByEvent(
  { client, options, name }: Deployment,
  call: ModelCall,
  { scope, deadlines, answer }: Progress,
): AsyncGenerator<readonly StreamPart[], void, undefined> {
  const stream = await client.chat.completions.create(chatBody(call, options), {
    signal: scope.signal,
    headers: { ...call.traceHeaders },
  });
  deadlines.headersArrived();
  const iterator = stream[Symbol.asyncIterator]();
  let isEmpty = true;
  for (;;) {
    deadlines.waitBegins();
    const step = await iterator.next();
    deadlines.waitEnds();
    // The SDK ends an aborted stream as if it were whole.
    scope.throwIfInterrupted();
    if (step.done === true) break;
    isEmpty = false;
    const parts = answer.read(step.value);
    if (parts.some(({ type }) => type !== 'response-metadata')) deadlines.contentArrived();
    yield parts;
  }
  if (isEmpty) throw new AdapterError('protocol', `${name} answered with no event of a stream`);
}

function cutOff(name: string): AdapterError {
  return new AdapterError('stream-cut', `${name} ended its stream without saying why it stopped`);
}

/** Every text of a call, for telling quotations of it. */
function promptTexts({ messages }: ModelCall): readonly string[] {
  return messages.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'text' ? [part.text] : [])),
  );
}
