import { fileURLToPath } from 'node:url';

/** The data folder of tests with real models: the model is fetched once and kept between runs. One gateway at a time. */
export const realDataDirectory = fileURLToPath(
  new URL('../../node_modules/.cache/switchyard-real/data', import.meta.url),
);
