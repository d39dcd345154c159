declare module 'pg-copy-streams' {
  import type { Readable, Writable } from 'node:stream';
  import type { Submittable } from 'pg';

  /** COPY … FROM STDIN: write the lines, end, and wait for `finish`. */
  export function from(sql: string): Writable & Submittable & { readonly rowCount: number };
  /** COPY … TO STDOUT */
  export function to(sql: string): Readable & Submittable & { readonly rowCount: number };
}
