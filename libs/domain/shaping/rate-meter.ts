/** Events per second over the last two to three seconds. */
export class RateMeter {
  private second = 0;
  private counts = [0, 0, 0];

  count(nowMs: number): void {
    this.turn(nowMs);
    this.counts[0]!++;
  }

  perSecond(nowMs: number): number {
    this.turn(nowMs);
    const [current, ...complete] = this.counts;
    return Math.max(current!, complete.reduce((sum, n) => sum + n, 0) / complete.length);
  }

  private turn(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    const passed = Math.min(this.counts.length, second - this.second);
    for (let i = 0; i < passed; i++) {
      this.counts.unshift(0);
      this.counts.pop();
    }
    this.second = second;
  }
}
