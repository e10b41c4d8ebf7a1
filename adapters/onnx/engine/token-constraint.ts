/** Which tokens may come next in an answer that must keep to a form. */
export interface TokenConstraint {
  /** Sets the logit of every token that may not come next to -Infinity; at least one is left. */
  mask(logits: Float32Array): void;
  /** Takes the token that was chosen. */
  accept(token: number): void;
  /** Lets go of what it holds; nothing is asked of it afterwards. */
  close(): void;
}
