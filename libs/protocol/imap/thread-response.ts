/** A message (0: one that is missing) and what answers it. */
export interface ThreadNode {
  readonly number: number;
  readonly children: readonly ThreadNode[];
}

/** RFC 5256 §4. Without recursion: threads may be as deep as a mailbox is long. */
export function threadResponse(threads: readonly ThreadNode[]): Buffer {
  const parts: string[] = ['* THREAD'];
  if (threads.length > 0) parts.push(' ');
  const stack: (ThreadNode | string)[] = [];
  for (const thread of threads) {
    stack.push(thread);
    parts.push('(');
    while (stack.length > 0) {
      const next = stack.pop()!;
      if (typeof next === 'string') parts.push(next);
      else writeNode(next, parts, stack);
    }
    parts.push(')');
  }
  parts.push('\r\n');
  return Buffer.from(parts.join(''), 'latin1');
}

function writeNode({ number, children }: ThreadNode, parts: string[], stack: (ThreadNode | string)[]): void {
  if (number > 0) parts.push(String(number));
  if (children.length === 0) return;
  if (children.length === 1 && number > 0) {
    parts.push(' ');
    stack.push(children[0]!);
    return;
  }
  if (number > 0) parts.push(' ');
  for (const child of [...children].reverse()) stack.push(')', child, '(');
}
