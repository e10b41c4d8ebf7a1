import { spanOf, type NumberRange, type Span } from '../../number-range.ts';
import { oneOf, type Expression, type GrammarRules } from './grammar-rules.ts';

/** Exactly the numbers within the range. */
export function numberRule(range: NumberRange, rules: GrammarRules): Expression {
  const { least, most } = spanOf(range);
  const writer = (span: Span): Expression => new SpanWriter(span, range.decimals, rules).write();
  const parts: Expression[] = [];
  if (least < 0n) parts.push(`"-" ${writer({ least: most < 0n ? -most : 1n, most: -least })}`);
  if (most >= 0n) parts.push(writer({ least: least > 0n ? least : 0n, most }));
  return rules.anyOf(parts);
}

/** How the digits so far compare with as many digits of a bound. */
type Order = 'less' | 'equal' | 'more';

interface Digits {
  readonly count: number;
  readonly toLeast: Order;
  readonly toMost: Order;
}

/** Writes a span of numbers that are not negative, digit by digit. */
class SpanWriter {
  readonly #rules: GrammarRules;
  readonly #decimals: number;
  readonly #least: string;
  readonly #most: string;
  readonly #leastFraction: string;
  readonly #mostFraction: string;
  readonly #known = new Map<string, Expression | undefined>();

  constructor({ least, most }: Span, decimals: number, rules: GrammarRules) {
    this.#rules = rules;
    this.#decimals = decimals;
    const unit = 10n ** BigInt(decimals);
    this.#least = String(least / unit);
    this.#most = String(most / unit);
    this.#leastFraction = decimals === 0 ? '' : String(least % unit).padStart(decimals, '0');
    this.#mostFraction = decimals === 0 ? '' : String(most % unit).padStart(decimals, '0');
  }

  write(): Expression {
    const parts = this.#continued({ count: 0, toLeast: 'equal', toMost: 'equal' });
    // A leading zero stands alone.
    if (this.#least === '0') parts.push(`"0" ${this.#fraction(true, this.#most === '0')}`);
    return this.#rules.decided(parts);
  }

  /** What may come after these digits; `undefined` where nothing of the span begins with them. */
  #after(digits: Digits): Expression | undefined {
    const { count, toLeast, toMost } = digits;
    const key = `${count} ${toLeast} ${toMost}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const parts = this.#continued(digits);
    const atLeast = count === this.#least.length ? toLeast : count > this.#least.length ? 'more' : 'less';
    const atMost = count === this.#most.length ? toMost : 'less';
    if (atLeast !== 'less' && atMost !== 'more')
      parts.push(this.#fraction(atLeast === 'equal', atMost === 'equal'));
    const rule = parts.length === 0 ? undefined : this.#rules.decided(parts);
    this.#known.set(key, rule);
    return rule;
  }

  #continued({ count, toLeast, toMost }: Digits): Expression[] {
    if (count >= this.#most.length) return [];
    const digitsByRule = new Map<Expression, string[]>();
    for (const digit of '0123456789') {
      if (count === 0 && digit === '0') continue;
      const after = this.#after({
        count: count + 1,
        toLeast: compared(toLeast, digit, this.#least[count] ?? ''),
        toMost: compared(toMost, digit, this.#most[count] ?? ''),
      });
      if (after !== undefined) digitsByRule.set(after, [...(digitsByRule.get(after) ?? []), digit]);
    }
    return Array.from(digitsByRule, ([rule, digits]) => `${oneOf(digits)} ${rule}`);
  }

  /** The decimals, where the digits before them are those of a bound. */
  #fraction(onLeast: boolean, onMost: boolean): Expression {
    if (this.#decimals === 0) return this.#rules.nothing;
    const decimals = `"." ${this.#decimal(0, onLeast, onMost)}`;
    return onLeast && !isZero(this.#leastFraction) ? decimals : this.#rules.optional(decimals);
  }

  /** The decimal after so many others and all that may follow it. */
  #decimal(count: number, onLeast: boolean, onMost: boolean): Expression {
    const from = onLeast ? Number(this.#leastFraction[count]) : 0;
    const to = onMost ? Number(this.#mostFraction[count]) : 9;
    const parts: Expression[] = [];
    const inside = { from: onLeast ? from + 1 : from, to: onMost ? to - 1 : to };
    if (onLeast) parts.push(`"${from}" ${this.#moreDecimals(count + 1, true, onMost && from === to)}`);
    if (inside.from <= inside.to)
      parts.push(`[${inside.from}-${inside.to}] ${this.#moreDecimals(count + 1, false, false)}`);
    if (onMost && !(onLeast && from === to))
      parts.push(`"${to}" ${this.#moreDecimals(count + 1, false, true)}`);
    return this.#rules.decided(parts);
  }

  #moreDecimals(count: number, onLeast: boolean, onMost: boolean): Expression {
    if (count === this.#decimals) return this.#rules.nothing;
    const more = this.#decimal(count, onLeast, onMost);
    return onLeast && !isZero(this.#leastFraction.slice(count)) ? more : this.#rules.optional(more);
  }
}

function compared(order: Order, digit: string, other: string): Order {
  // A bound of fewer digits has been passed.
  if (other === '') return 'more';
  if (order !== 'equal' || digit === other) return order;
  return digit < other ? 'less' : 'more';
}

function isZero(digits: string): boolean {
  return /^0*$/.test(digits);
}
