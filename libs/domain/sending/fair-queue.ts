/** What the order of a queue depends on. */
export interface Queued {
  readonly class: number;
  readonly workspaceId: string;
}

/** A first-in first-out list whose head moves instead of its items. */
class Fifo<T> {
  private items: T[] = [];
  private head = 0;

  get length(): number {
    return this.items.length - this.head;
  }

  push(item: T): void {
    this.items.push(item);
  }

  unshift(item: T): void {
    if (this.head > 0) this.items[--this.head] = item;
    else this.items.unshift(item);
  }

  shift(): T | undefined {
    const item = this.items[this.head];
    if (item === undefined) return undefined;
    this.items[this.head++] = undefined as T;
    if (this.head > 1024 && this.head * 2 > this.items.length) {
      this.items = this.items.slice(this.head);
      this.head = 0;
    }
    return item;
  }

  peek(): T | undefined {
    return this.items[this.head];
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.head; i < this.items.length; i++) yield this.items[i]!;
  }

  remove(matches: (item: T) => boolean): T[] {
    const live = this.items.slice(this.head);
    const removed = live.filter(matches);
    if (removed.length > 0) {
      this.items = live.filter((item) => !matches(item));
      this.head = 0;
    }
    return removed;
  }
}

/**
 * The order in which a lane's mail leaves: a lower class always first, within a class one of each workspace in turn,
 * within a workspace first come first served. So one tenant's million never stands before another's ten.
 */
export class FairQueue<T extends Queued> {
  private readonly classes = new Map<number, Map<string, Fifo<T>>>();
  private readonly order: number[] = [];
  private size = 0;

  get length(): number {
    return this.size;
  }

  push(item: T): void {
    this.fifoOf(item).push(item);
    this.size++;
  }

  /** Puts an item that could not be sent back at the head of its workspace. */
  putBack(item: T): void {
    this.fifoOf(item).unshift(item);
    this.size++;
  }

  /** @param mayLeave asked about the first of each workspace until one may; the others keep their turn */
  shift(mayLeave: (item: T) => boolean = () => true): T | undefined {
    for (const mailClass of this.order) {
      const tenants = this.classes.get(mailClass)!;
      for (const [workspaceId, fifo] of tenants) {
        const first = fifo.peek();
        if (first !== undefined && !mayLeave(first)) continue;
        const item = fifo.shift();
        // A Map keeps insertion order: the tenant that was served goes to its end.
        tenants.delete(workspaceId);
        if (item === undefined) continue;
        if (fifo.length > 0) tenants.set(workspaceId, fifo);
        this.size--;
        return item;
      }
    }
    return undefined;
  }

  remove(matches: (item: T) => boolean): T[] {
    const removed = [...this.classes.values()].flatMap((tenants) => [...tenants.values()].flatMap((fifo) => fifo.remove(matches)));
    this.size -= removed.length;
    return removed;
  }

  /** Everything that waits, in no order that means anything. */
  *[Symbol.iterator](): Generator<T> {
    for (const tenants of this.classes.values()) for (const fifo of tenants.values()) yield* fifo;
  }

  /** Items waiting in classes below `mailClass`, so before it. */
  lengthBefore(mailClass: number): number {
    let length = 0;
    for (const known of this.order) if (known < mailClass) for (const fifo of this.classes.get(known)!.values()) length += fifo.length;
    return length;
  }

  private fifoOf(item: T): Fifo<T> {
    let tenants = this.classes.get(item.class);
    if (!tenants) {
      this.classes.set(item.class, (tenants = new Map()));
      this.order.push(item.class);
      this.order.sort((a, b) => a - b);
    }
    let fifo = tenants.get(item.workspaceId);
    if (!fifo) tenants.set(item.workspaceId, (fifo = new Fifo()));
    return fifo;
  }
}
