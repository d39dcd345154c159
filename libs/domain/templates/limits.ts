/** What a template may cost, so that none can stop a worker for its neighbours. */
export const templateLimits = {
  /** Of the source, and of it with its partials in place. */
  sourceBytes: 256 * 1024,
  subjectCharacters: 998,
  preheaderCharacters: 500,
  /** Blocks within blocks, parentheses within parentheses. */
  nesting: 50,
  /** Elements within elements. */
  elementNesting: 150,
  /** In a row: parsers look at runs of white space again from each of its characters. */
  whiteSpace: 1_000,
  tags: 5_000,
  tagCharacters: 2_000,
  links: 1_000,
  /** Links with merge tags inside a loop: each takes as many positions as a loop has rounds, and `events.link` is a smallint. */
  loopLinks: 150,
  partialDepth: 10,
  partialInclusions: 500,
  /** Wall time of one MJML compilation. */
  compileMs: 10_000,
  /** The rounds of one `each`; what comes after is left out. */
  eachRounds: 200,
  /** Statements, rounds and helper calls of rendering one part for one contact. */
  renderSteps: 20_000,
  /** Of one rendered part. */
  outputCharacters: 1024 * 1024,
} as const;
