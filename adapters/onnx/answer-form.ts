import type { JsonObject, ModelCall, ResponseFormat, Tool, ToolChoice } from '../contract.ts';
import { AdapterError } from '../errors.ts';
import type { AnswerForm } from './engine/grammar/answer-form.ts';
import type { EngineRequest } from './engine/protocol.ts';
import { emptyTally, type SchemaTally } from './schema-place.ts';
import { anyJsonSchema } from './own-definitions.ts';
import { readSchema } from './schema-support.ts';

type FormFields = Pick<EngineRequest, 'tools' | 'form'>;

/**
 * What the answer must look like, and the tools that the model is told of. Throws `AdapterError('unsupported')` for a schema that a
 * local model cannot keep to, with the path of what is at fault.
 */
export function answerForm({ tools = [], toolChoice, responseFormat }: ModelCall): FormFields {
  const format = responseForm(responseFormat);
  if (tools.length === 0 || toolChoice?.type === 'none') return format === undefined ? {} : { form: format };
  if (format !== undefined)
    throw refused('responseFormat and tools together are not supported by local models');
  return { tools: tools.map((tool) => ({ ...tool })), form: toolForm(tools, toolChoice) };
}

function toolForm(tools: readonly Tool[], choice: ToolChoice = { type: 'auto' }): AnswerForm {
  const wanted = choice.type === 'tool' ? tools.filter(({ name }) => name === choice.name) : tools;
  if (wanted.length === 0) throw refused('toolChoice.tool names none of the tools');
  const required = choice.type === 'tool' || choice.type === 'required';
  const tally = emptyTally();
  return { type: 'tool-calls', tools: wanted.map((tool) => readTool(tool, tally)), required };
}

function responseForm(format: ResponseFormat | undefined): AnswerForm | undefined {
  switch (format?.type) {
    case undefined:
    case 'text':
      return undefined;
    case 'json':
      return { type: 'json', schema: anyJsonSchema };
    case 'json-schema':
      return { type: 'json', schema: readOrRefuse(format.schema, 'responseFormat.jsonSchema') };
  }
}

function readTool({ name, parameters }: Tool, tally: SchemaTally): { name: string; parameters: JsonObject } {
  return { name, parameters: readOrRefuse(parameters, `tools.${name}.parameters`, tally) };
}

function readOrRefuse(schema: JsonObject, where: string, tally?: SchemaTally): JsonObject {
  const read = readSchema(schema, tally);
  if (read.ok) return read.schema;
  throw refused(`${where}: ${read.fault}`);
}

function refused(requestFault: string): AdapterError {
  return new AdapterError('unsupported', requestFault, { requestFault });
}
