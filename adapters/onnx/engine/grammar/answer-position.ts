import { countCharacters, type ByteText } from './token-texts.ts';

/** Where an answer stands: whether it is JSON yet, and if so in what. */
export class AnswerPosition {
  /** What begins the JSON, where words come first. */
  readonly #trigger: ByteText | undefined;
  #json = '';
  /** Where the values begin that are not closed, innermost first. */
  #open: OpenValue | undefined;
  /** Where the text began that is being written. */
  #textFrom: number | undefined;
  #escaped = false;
  #written = 0;
  #words: ByteText | undefined;

  /** Without a trigger everything is JSON. */
  constructor(trigger?: ByteText) {
    this.#trigger = trigger;
    this.#words = trigger === undefined ? undefined : '';
  }

  get inWords(): boolean {
    return this.#words !== undefined;
  }

  /** Whether the words so far and this would begin the JSON. */
  begins(text: ByteText): boolean {
    return this.#words !== undefined && `${this.#words}${text}`.includes(this.#trigger ?? '');
  }

  get inText(): boolean {
    return this.#textFrom !== undefined;
  }

  /** Characters of the text so far. */
  get written(): number {
    return this.#written;
  }

  get lastByte(): ByteText {
    return this.#json.slice(-1);
  }

  /** The text that is being written, or else the object or list, as far as it is written. */
  get openValue(): ByteText {
    return this.#json.slice(this.#textFrom ?? this.#open?.from ?? 0);
  }

  fork(): AnswerPosition {
    const fork = new AnswerPosition(this.#trigger);
    fork.#json = this.#json;
    fork.#open = this.#open;
    fork.#textFrom = this.#textFrom;
    fork.#escaped = this.#escaped;
    fork.#written = this.#written;
    fork.#words = this.#words;
    return fork;
  }

  push(text: ByteText): void {
    if (this.#words === undefined || this.#trigger === undefined) {
      this.#pushJson(text);
      return;
    }
    const words: ByteText = this.#words + text;
    const start = words.indexOf(this.#trigger);
    // What may be the beginning of the trigger is kept.
    this.#words = start === -1 ? words.slice(1 - this.#trigger.length) : undefined;
    if (start !== -1) this.#pushJson(words.slice(start + this.#trigger.length));
  }

  #pushJson(text: ByteText): void {
    for (const character of text) {
      this.#json += character;
      if (this.#textFrom !== undefined) this.#within(character);
      else this.#between(character);
    }
  }

  #within(character: ByteText): void {
    if (this.#escaped) this.#escaped = false;
    else if (character === '\\') this.#escaped = true;
    else if (character === '"') this.#textFrom = undefined;
    this.#written += countCharacters(character);
  }

  #between(character: ByteText): void {
    switch (character) {
      case '"':
        this.#textFrom = this.#json.length - 1;
        this.#written = 0;
        return;
      case '{':
      case '[':
        this.#open = { from: this.#json.length - 1, around: this.#open };
        return;
      case '}':
      case ']':
        this.#open = this.#open?.around;
    }
  }
}

interface OpenValue {
  readonly from: number;
  readonly around: OpenValue | undefined;
}
