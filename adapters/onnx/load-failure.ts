/**
 * The model cannot be brought up, and trying again at once would not help.
 * The message is for clients: what is wrong and what to do, without paths.
 */
export class LoadFailure extends Error {
  override readonly name = 'LoadFailure';
}
