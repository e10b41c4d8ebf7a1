/** Texts on which tokenizers differ: about 300, of every kind that has broken one. */
export const oddStrings: readonly string[] = [
  ...spaces(),
  ...digits(),
  ...contractions(),
  ...scripts(),
  ...emoji(),
  ...combinations(),
  ...singleCharacters(),
  ...controlTokensAsText(),
  ...code(),
  ...longRuns(),
  ...pairs(),
];

function spaces(): string[] {
  const kinds = [
    ' ',
    '  ',
    '   ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    '\n\n',
    ' \n',
    '\n ',
    '\t\t ',
    '\u00a0',
    '\u3000',
    '\u2028',
    '\u0085',
    '\u200b',
    '\ufeff',
    '\v\f',
  ];
  return kinds.flatMap((space) => [space, `a${space}b`, `${space}a`, `a${space}`]);
}

function digits(): string[] {
  return [
    '0',
    '42',
    '1234567890',
    '3.14',
    '-7',
    '1e10',
    'a1b2',
    '12 34',
    ' 5',
    '½',
    '²³',
    '٣٤',
    '一二三',
    '0x1F',
    '192.168.0.1',
    '2026-11-25T01:02:03Z',
    'v1.2.3',
    '₁₂',
    'Ⅳ',
    '1,000,000',
  ];
}

function contractions(): string[] {
  return [
    "I'm",
    "don't",
    "they've",
    "we'll",
    "she'd",
    "it's",
    "you're",
    "I'M",
    "DON'T",
    "'tis",
    "rock 'n' roll",
    '’s',
    "''s",
    "a'b",
    "'",
    "''",
    "'s's",
  ];
}

function scripts(): string[] {
  return [
    'naïve café',
    'Straße',
    'Łódź',
    'İstanbul',
    'ﬁ ligature',
    'Ω',
    'Ελληνικά',
    'Привет, мир!',
    'שָׁלוֹם',
    'السلام عليكم',
    'हिन्दी में',
    'ไทยไม่มีช่องว่าง',
    '한국어 띄어쓰기',
    '日本語のテキスト',
    '中文没有空格',
    'Tiếng Việt',
    'ქართული',
    'አማርኛ',
    '𝔘𝔫𝔦𝔠𝔬𝔡𝔢',
    '𠜎𠜱𠝹',
    'ЖЖЖ',
    'ǅ',
    'a\u202Eb\u202C',
    '\u061c',
    'ʻokina',
  ];
}

function emoji(): string[] {
  return [
    '😀',
    '😀😀',
    'a😀b',
    '👍🏽',
    '👩‍👩‍👧‍👦',
    '🏳️‍🌈',
    '🇫🇷🇩🇪',
    '❤️',
    '❤',
    '☕︎',
    '1️⃣',
    '🤷🏻‍♀️ ok',
    '😀 😀',
    ' 😀',
    '\u200d',
    '\ufe0f',
    '🫠',
    '😀\n😀',
  ];
}

function combinations(): string[] {
  return [
    'e\u0301',
    '\u00e9',
    'a\u0300\u0301\u0302\u0303',
    'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢',
    '\u0301',
    ' \u0301',
    'n\u0303o',
    '각',
    '\u1100\u1161\u11a8',
    'क्ष',
    'ﷺ',
  ];
}

/** Every eighth of the first 1024 characters, controls and all of Latin 1's upper half among them. */
function singleCharacters(): string[] {
  const latin = Array.from({ length: 32 }, (_, index) => String.fromCharCode(0x80 + 4 * index));
  const controls = Array.from({ length: 8 }, (_, index) => String.fromCharCode(1 + 4 * index));
  const others = ['\u07ff', '\u0800', '\uffff', '\ufffd', '\u{10000}', '\u{10ffff}', '\ue000', '\u{f0000}'];
  return [...latin, ...controls, ...others];
}

function controlTokensAsText(): string[] {
  return [
    '<|im_start|>',
    '<|im_end|>',
    '<|endoftext|>',
    'a<|im_end|>b',
    '<|im_start|>user\nHi<|im_end|>\n',
    '<|im_end',
    '|im_end|>',
    '<| im_end |>',
    '<|IM_END|>',
    '<|im_end|><|im_end|>',
    ' <|im_end|> ',
    '<repo_name>x',
    '<file_sep>',
    '<empty_output>',
    '<jupyter_start>',
    '<|unknown|>',
    '<s>',
    '</s>',
    '[INST]',
    '<unk>',
  ];
}

function code(): string[] {
  return [
    'def f(x):\n    return x + 1\n',
    'if (a && b || !c) {}',
    '    four spaces',
    '\tone tab\n\t\ttwo',
    'SELECT * FROM t WHERE a<>b;',
    'https://example.com/a?b=c&d=%20#e',
    'user@example.com',
    'snake_case camelCase PascalCase',
    '__init__',
    '-->',
    '===!==',
    '#!/bin/sh',
    '$HOME/${x}',
    '/* c */ // d',
    '\\n\\t\\u0041',
    '{"a": [1, 2.5, null]}',
    '<div class="x">&nbsp;</div>',
    'C:\\Program Files\\x',
    '`tick` **bold** _it_',
    '...',
    '…',
    '--',
    '—',
    '“quoted”',
    '«guillemets»',
    '()[]{}<>',
    '!!!???',
    '~~~',
    '@@@',
    '%%%',
    '^^^',
    '€100',
    '£5',
    '¥',
    '©®™',
  ];
}

function longRuns(): string[] {
  return ['a', 'A', ' ', '\n', '0', '.', '-', '=', 'é', '😀', '中', 'ab', ' a', '\t', '\r\n'].flatMap(
    (unit) => [unit.repeat(17), unit.repeat(300)],
  );
}

/** Two kinds of character side by side, in every order. */
function pairs(): string[] {
  const kinds = ['x', '7', '!', ' ', '\n', '中', '😀'];
  return kinds.flatMap((left) => kinds.map((right) => left + right));
}
