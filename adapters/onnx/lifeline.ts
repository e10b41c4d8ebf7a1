/** Descriptor, in a model's process, of a pipe that the gateway holds open for as long as it lives. Nothing is ever written to it. */
export const lifeline = 4;
