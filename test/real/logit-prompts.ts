/** What the logits are compared on: texts of many kinds, and questions as a chat puts them. */
export const rawPrompts: readonly string[] = [
  'The quick brown fox jumps over',
  'Once upon a time there was a',
  'import numpy as np\n\ndef mean(values):\n',
  'Water boils at a temperature of',
  'The theory of relativity says that',
  'In 1969, the first humans',
  'Dear Sir or Madam,\n\nI am writing to',
  'Step 1: Preheat the oven to',
  'The largest planet in the solar system is',
  'SELECT name, age FROM users WHERE',
  'Photosynthesis is the process by which',
  '1, 1, 2, 3, 5, 8,',
];

export const chatPrompts: readonly string[] = [
  'What is the capital of France?',
  'Tell me a story about a small robot.',
  'Define GraphQL in five words.',
  'Write a haiku about rails.',
  'Explain gravity to a child.',
  'Who wrote Hamlet?',
  'Write a Python function that adds two numbers.',
  'List three fruits.',
  'Translate "good morning" into Spanish.',
  'What is 12 times 12?',
];
