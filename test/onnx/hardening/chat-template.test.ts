import { expect, test } from 'vitest';
import { compileChatTemplate, TemplateExcess } from '../../../adapters/onnx/engine/chat-template.ts';

const render = (template: string): string =>
  compileChatTemplate(template).render({ messages: [{ role: 'user', content: 'Hi' }], bos_token: '<s>' });

test('a template sees its data', () => {
  expect(render('{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m["content"] }}{% endfor %}')).toBe(
    '<s>user: Hi',
  );
});

test('a template counts, and knows the date', () => {
  expect(render('{% for i in range(1, 8, 3) %}{{ i }} {% endfor %}')).toBe('1 4 7 ');
  expect(render('{% for i in range(3, 0, -1) %}{{ i }}{% endfor %}')).toBe('321');
  expect(render("{{ strftime_now('%Y') }}")).toBe(String(new Date().getFullYear()));
});

test("an error that a template raises is the template's own", () => {
  expect(() => render("{{ raise_exception('roles must alternate') }}")).toThrow('roles must alternate');
});

test.each([
  'messages.constructor',
  'messages.__proto__',
  "messages['constructor']",
  "messages[0]['__proto__']",
  "''.constructor",
  'range.constructor',
  'namespace.prototype',
  'globalThis',
  'process',
  'self',
])('{{ %s }} is nothing: there are only data', (expression) => {
  expect(render(`[{{ ${expression} }}]`)).toBe('[]');
});

const grow = (times: number, step: string): string =>
  `{% set ns = namespace(x='aaaaaaaa', list=[1, 2]) %}{% for i in range(${times}) %}{% set ns.${step} %}{% endfor %}{{ ns.x }}`;

test.each([
  ['a range of a billion', '{{ range(10 ** 9) | length }}', 'counts to more than 100000'],
  [
    'nested loops',
    '{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}',
    'computes too much',
  ],
  ['a text that doubles forever', grow(60, 'x = ns.x + ns.x'), 'computes too much'],
  ['a list that doubles forever', grow(60, 'list = ns.list + ns.list'), 'computes too much'],
])('%s is stopped', (_, template, words) => {
  expect(() => render(template)).toThrow(
    expect.objectContaining({ name: TemplateExcess.name, message: expect.stringContaining(words) }),
  );
});
