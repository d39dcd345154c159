import os from 'node:os';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What the figure is compared with: its ratio to this is printed. */
  readonly peer?: number | undefined;
  /** Of a peer's figure: how many times as much Chapar's is. */
  readonly ahead?: number | undefined;
  /** What the ratio should be at least. */
  readonly wanted?: number | undefined;
  readonly limit?: number | undefined;
}

/** What a bench found: figures as ratios to a peer, and the machine's limits beside them; for people, or with `--json` for machines. */
export class Report {
  private readonly figures: Figure[] = [];
  private readonly limits: { name: string; value: number }[] = [];

  constructor(
    private readonly name: string,
    private readonly setting: Readonly<Record<string, number | string>>,
  ) {}

  figure(name: string, value: number, unit: string, compared: Pick<Figure, 'peer' | 'ahead' | 'wanted' | 'limit'> = {}): void {
    this.figures.push({ name, value, unit, ...compared });
  }

  limit(name: string, value: number): void {
    this.limits.push({ name, value });
  }

  /** Progress, for people only. */
  note(line: string): void {
    if (!isJson) process.stdout.write(`  ${line}\n`);
  }

  /** Prints all of it. A ratio below what is wanted is said, not hidden; it is no failure, because machines differ. */
  print(): void {
    if (isJson) {
      const figures = this.figures.map((figure) => ({
        ...figure,
        ...(figure.ahead && { ratio: figure.ahead }),
        ...(figure.peer && { ratio: figure.value / figure.peer }),
        ...(figure.limit && { shareOfLimit: figure.value / figure.limit }),
      }));
      process.stdout.write(
        `${JSON.stringify({ bench: this.name, setting: this.setting, cores: os.availableParallelism(), figures, limits: this.limits })}\n`,
      );
      return;
    }
    const lines = [
      '',
      `  ${this.name}: ${Object.entries(this.setting)
        .map(([key, value]) => `${key} ${number(value)}`)
        .join(', ')}, ${os.availableParallelism()} cores`,
      ...this.figures.map(({ name, value, unit, peer, ahead, wanted, limit }) => {
        const goal = wanted ? ` (wanted: ${wanted} ×)` : '';
        const ratio = peer
          ? `   ${(value / peer).toFixed(2)} × the peer${goal}`
          : ahead
            ? `   Chapar ${ahead.toFixed(2)} × as much${goal}`
            : '';
        const share = limit ? `   ${((100 * value) / limit).toFixed(1)} % of the limit` : '';
        return `  ${name.padEnd(34)}${number(Math.round(value)).padStart(10)} ${unit}${ratio}${share}`;
      }),
      '  limits of this machine, measured in the same run',
      ...this.limits.map(({ name, value }) => `    ${name.padEnd(32)}${number(Math.round(value)).padStart(10)} /s`),
      '',
    ];
    process.stdout.write(lines.join('\n'));
  }
}

const isJson = process.argv.includes('--json');

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** `--name value` of the command line, a whole number. @throws Error when it is none */
export function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  if (at < 0) return fallback;
  const value = Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} needs a whole number above 0`);
  return value;
}

function number(value: number | string): string {
  return typeof value === 'number' ? new Intl.NumberFormat('en').format(value) : value;
}
