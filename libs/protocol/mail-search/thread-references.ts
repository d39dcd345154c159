import type { ThreadNode } from '#protocol/imap';
import type { OrderSummary } from './summary.js';

/** A message, or the place of one that is only spoken of. */
interface Container {
  message: OrderSummary | undefined;
  parent: Container | undefined;
  children: Set<Container>;
}

/** A reply this many levels up is looked for; deeper threads are cut, so that no set of References costs more than its length times this. */
const DEEPEST_WALK = 1000;

/** RFC 5256 §3 REFERENCES, steps 1 to 6, without recursion. */
export function threadByReferences(messages: readonly OrderSummary[]): ThreadNode[] {
  const roots = withoutPlaces(linked(messages));
  return toNodes(bySubject(roots));
}

/** Steps 1 and 2: who answers whom. @returns those that answer nobody */
function linked(messages: readonly OrderSummary[]): Container[] {
  const known = new Map<string, Container>();
  const all: Container[] = [];
  const place = (id: string): Container => {
    const found = known.get(id) ?? newContainer();
    if (!known.has(id)) {
      known.set(id, found);
      all.push(found);
    }
    return found;
  };
  for (const message of messages) {
    const { messageId } = message;
    // A second message of an id is a message of its own.
    const isUnique = messageId !== '' && place(messageId).message === undefined;
    const own = isUnique ? place(messageId) : newContainer();
    if (!isUnique) all.push(own);
    own.message = message;
    let parent: Container | undefined;
    for (const reference of message.references) {
      const next = place(reference);
      if (parent !== undefined && next.parent === undefined) adopt(parent, next);
      parent = next;
    }
    // What a message says of itself counts more than what others said of it.
    if (parent !== undefined || own.parent !== undefined) {
      leave(own);
      if (parent !== undefined) adopt(parent, own);
    }
  }
  return all.filter(({ parent }) => parent === undefined);
}

/** Step 3: places of messages that are not there go, their children move up; a root keeps its place while it holds several. */
function withoutPlaces(roots: readonly Container[]): Container[] {
  const order = [...roots];
  for (let index = 0; index < order.length; index += 1) order.push(...order[index]!.children);
  const kept = new Set(roots);
  for (const container of order.reverse()) {
    const { parent, children } = container;
    if (container.message !== undefined) continue;
    if (children.size === 0) {
      leave(container);
      kept.delete(container);
    } else if (parent !== undefined || children.size === 1) {
      for (const child of children) {
        child.parent = parent;
        if (parent === undefined) kept.add(child);
        else parent.children.add(child);
      }
      container.children = new Set();
      leave(container);
      kept.delete(container);
    }
  }
  return sorted(kept);
}

/** Steps 4 and 5: threads of one base subject are one thread. */
function bySubject(roots: readonly Container[]): Container[] {
  const table = new Map<string, Container>();
  for (const root of roots) {
    const subject = subjectOf(root);
    const known = table.get(subject);
    const isBetter =
      known !== undefined && ((root.message === undefined && known.message !== undefined) || (isReply(known) && !isReply(root)));
    if (subject !== '' && (known === undefined || isBetter)) table.set(subject, root);
  }
  const kept = new Set(roots);
  for (const root of roots) {
    const subject = subjectOf(root);
    const known = table.get(subject);
    if (known === undefined || known === root || !kept.has(known)) continue;
    kept.delete(root);
    if (root.message === undefined && known.message === undefined) {
      for (const child of root.children) move(child, known);
    } else if (known.message === undefined || (isReply(root) && !isReply(known))) move(root, known);
    else {
      const both = newContainer();
      kept.delete(known);
      move(known, both);
      move(root, both);
      kept.add(both);
      table.set(subject, both);
    }
  }
  return sorted(kept);
}

/** Step 6, and the answer: children by date at every level. */
function toNodes(roots: readonly Container[]): ThreadNode[] {
  interface Node {
    readonly number: number;
    readonly children: Node[];
  }
  const top: Node[] = [];
  const stack = roots.map((container) => ({ container, into: top })).reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const node: Node = { number: next.container.message?.number ?? 0, children: [] };
    next.into.push(node);
    for (const container of sorted(next.container.children).reverse()) stack.push({ container, into: node.children });
  }
  return top;
}

function newContainer(): Container {
  return { message: undefined, parent: undefined, children: new Set() };
}

/** Unless that made a circle, or could. */
function adopt(parent: Container, child: Container): void {
  if (parent === child) return;
  if (child.children.size > 0) {
    let ancestor: Container | undefined = parent;
    for (let steps = 0; ancestor !== undefined; steps += 1, ancestor = ancestor.parent)
      if (ancestor === child || steps > DEEPEST_WALK) return;
  }
  child.parent = parent;
  parent.children.add(child);
}

function leave(child: Container): void {
  child.parent?.children.delete(child);
  child.parent = undefined;
}

function move(child: Container, parent: Container): void {
  leave(child);
  child.parent = parent;
  parent.children.add(child);
}

/** A place has the subject and the date of its first child; children of a place are messages. */
function subjectOf(container: Container): string {
  return (container.message ?? sorted(container.children)[0]?.message)?.baseSubject ?? '';
}

function isReply(container: Container): boolean {
  return container.message?.isReply ?? false;
}

function sorted(containers: Iterable<Container>): Container[] {
  const keyed = [...containers].map((container) => ({ container, first: firstOf(container) }));
  keyed.sort((left, right) => (left.first?.sent ?? 0) - (right.first?.sent ?? 0) || (left.first?.number ?? 0) - (right.first?.number ?? 0));
  return keyed.map(({ container }) => container);
}

/** The message itself, or the oldest of a place's children. */
function firstOf(container: Container): OrderSummary | undefined {
  if (container.message !== undefined) return container.message;
  let first: OrderSummary | undefined;
  for (const { message } of container.children) {
    if (message === undefined) continue;
    if (first === undefined || message.sent < first.sent || (message.sent === first.sent && message.number < first.number)) first = message;
  }
  return first;
}
