/** Counts open connections by provider and in all, so that many small sites of one provider stay within its limit together. */
export class ProviderGate {
  private readonly open = new Map<string, number>();
  private total = 0;

  constructor(private readonly maxTotal: number) {}

  /** @param limit of the provider; undefined for none */
  tryEnter(provider: string, limit: number | undefined): boolean {
    const open = this.open.get(provider) ?? 0;
    if (this.total >= this.maxTotal || open >= (limit ?? Number.POSITIVE_INFINITY)) return false;
    this.open.set(provider, open + 1);
    this.total++;
    return true;
  }

  leave(provider: string): void {
    this.open.set(provider, (this.open.get(provider) ?? 1) - 1);
    this.total--;
  }

  get connections(): number {
    return this.total;
  }
}
