/** What a model is compared on: texts of several kinds, each cut to its first tokens. */
export const verifyTexts: readonly string[] = [
  'The quick brown fox jumps over the lazy dog, and then it runs back into the dark forest behind the old mill.',
  'Water boils at a temperature of 100 degrees Celsius at sea level, but on a high mountain it boils earlier.',
  'import numpy as np\n\ndef mean(values):\n    return np.sum(values) / len(values)\n\nprint(mean([1, 2, 3]))',
  'In 1969, the first humans landed on the Moon. The mission was called Apollo 11 and it was launched from Florida.',
  'SELECT name, age FROM users WHERE age > 30 ORDER BY name LIMIT 10;',
  'Le petit chat est assis sur la table. Die Katze schläft. 猫は眠っている。',
];

/** Of each text. A few tokens more of a large model cost the reference minutes. */
export const tokensPerText = 20;
