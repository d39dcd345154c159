/** The command is not one: what the tagged answer says. Never leaves the reader. */
export class CommandSyntaxError extends Error {
  constructor(
    message: string,
    readonly status: 'BAD' | 'NO' = 'BAD',
    readonly code?: string,
  ) {
    super(message);
  }
}
