import { type Duplex, type Readable, pipeline } from 'node:stream';

/** A stream led through another. Whoever reads the result hears of errors of either, and ends both by leaving off. */
export function through(source: Readable, transform: Duplex): Readable {
  pipeline(source, transform, () => undefined);
  return transform;
}
