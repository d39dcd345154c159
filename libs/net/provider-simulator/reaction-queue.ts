export interface Reaction {
  /** Milliseconds since the epoch, in real time. */
  readonly at: number;
  readonly run: () => Promise<void>;
}

/**
 * Runs things at their time, a bounded number at once, from one binary heap and one timer: a million waiting reactions
 * cost a million small objects and nothing else.
 */
export class ReactionQueue {
  private readonly heap: Reaction[] = [];
  private timer: NodeJS.Timeout | undefined;
  private running = 0;
  private isClosed = false;
  private finished = 0;

  constructor(
    private readonly concurrency: number,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Waiting or running. */
  get pending(): number {
    return this.heap.length + this.running;
  }

  get done(): number {
    return this.finished;
  }

  add(reaction: Reaction): void {
    if (this.isClosed) return;
    const { heap } = this;
    let i = heap.push(reaction) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]!.at <= reaction.at) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = reaction;
    if (i === 0) this.schedule();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.heap.length = 0;
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const next = this.heap[0];
    if (!next || this.isClosed) return;
    this.timer = setTimeout(() => this.pump(), Math.max(0, Math.min(next.at - Date.now(), 0x7fff_ffff)));
  }

  private pump(): void {
    const now = Date.now();
    while (this.running < this.concurrency && this.heap.length > 0 && this.heap[0]!.at <= now) {
      this.running++;
      this.take()
        .run()
        .catch(this.onError)
        .finally(() => {
          this.running--;
          this.finished++;
          // Also where nothing is due: while all places were taken, nobody set the timer.
          this.pump();
        });
    }
    if (this.running < this.concurrency) this.schedule();
  }

  private take(): Reaction {
    const { heap } = this;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child++;
      if (heap[child]!.at >= last.at) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return first;
  }
}
