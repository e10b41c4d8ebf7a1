import type { MessageInput } from './generation-input.ts';
import type { ValidationIssue } from './problem.ts';

/**
 * What is wrong with the order of a conversation: the system message stands first and once, tool messages answer calls
 * of an assistant message before them, and the last word is the user's or a tool's.
 */
export function messageOrderIssues(
  messages: readonly MessageInput[],
  hasSystemField: boolean,
): readonly ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  const openCalls = new Set<string>();
  messages.forEach((message, index) => {
    const path = `input.messages.${index}`;
    issues.push(...contentIssues(message, path));
    if (message.role === 'system' && (index > 0 || hasSystemField)) {
      issues.push({ path: `${path}.role`, message: systemTwice(hasSystemField) });
    }
    if (message.role === 'tool' && !openCalls.delete(message.toolCallId ?? '')) {
      issues.push({
        path: `${path}.toolCallId`,
        message: 'must be the id of a tool call in an earlier assistant message, answered once',
      });
    }
    for (const call of message.toolCalls ?? []) openCalls.add(call.id);
  });
  const last = messages.at(-1);
  if (last !== undefined && last.role !== 'user' && last.role !== 'tool') {
    issues.push({
      path: `input.messages.${messages.length - 1}.role`,
      message: 'the last message must come from USER or TOOL, since the model answers it',
    });
  }
  return issues;
}

function systemTwice(hasSystemField: boolean): string {
  return hasSystemField
    ? 'a SYSTEM message and the field input.system exclude each other'
    : 'a SYSTEM message may only be the first message';
}

function contentIssues(message: MessageInput, path: string): readonly ValidationIssue[] {
  const issues: ValidationIssue[] = [];
  if (message.role !== 'user' && message.content.some((part) => 'image' in part)) {
    issues.push({ path: `${path}.content`, message: 'only USER messages may hold images' });
  }
  if (message.role !== 'assistant' && message.toolCalls !== undefined) {
    issues.push({ path: `${path}.toolCalls`, message: 'only ASSISTANT messages may hold tool calls' });
  }
  if (message.role !== 'tool' && message.toolCallId !== undefined) {
    issues.push({ path: `${path}.toolCallId`, message: 'only TOOL messages answer a tool call' });
  }
  if (isEmpty(message)) issues.push({ path: `${path}.content`, message: 'must not be empty' });
  return issues;
}

function isEmpty(message: MessageInput): boolean {
  if (message.role === 'tool' || (message.toolCalls ?? []).length > 0) return false;
  return message.content.every((part) => 'text' in part && part.text === '');
}
