/** A place in a script, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a script, in a sentence for whoever wrote it. */
export interface SieveProblem extends Position {
  readonly message: string;
}

/** Stops a parse; never leaves the library. */
export class SieveSyntaxError extends Error {
  constructor(
    readonly position: Position,
    message: string,
  ) {
    super(message);
  }
}
