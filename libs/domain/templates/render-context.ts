import { templateLimits } from './limits.js';
import { templateError } from './templates.errors.js';
import type { CompiledTemplate, MergeData, MessageUrls } from './template.types.js';

/** What a static piece of a part is: its text, and for the hot path its bytes, encoded once. */
export interface StaticText {
  readonly text: string;
  encoded?: Buffer;
}

/** Where a rendered part goes: characters for a preview, quoted-printable bytes for the wire. */
export interface Output {
  static(piece: StaticText): void;
  dynamic(text: string): void;
}

/** Where tags look: the contact, or what `each` and `with` went into. */
export interface Scope {
  readonly value: unknown;
  readonly parent: Scope | undefined;
  readonly loop?: Readonly<Record<string, unknown>>;
}

/** One rendering of one part for one contact, with its budget. */
export class RenderContext {
  private steps = 0;
  private characters = 0;

  constructor(
    readonly compiled: CompiledTemplate,
    readonly data: MergeData,
    readonly urls: MessageUrls,
    /** Called with the name of every tag that has no value. */
    readonly onMissing: (name: string) => void,
    private readonly output: Output,
    /** Renders this round of every loop and no other: how the target of a link inside a loop is found again. */
    readonly onlyRound?: number,
  ) {}

  /** Counts work, so that loops over loops end early instead of holding up everyone's mail. */
  spend(steps: number): void {
    this.steps += steps;
    if (this.steps > templateLimits.renderSteps)
      throw templateError('template_render_limit', `the template needs more than ${templateLimits.renderSteps} steps for this contact`);
  }

  writeStatic(piece: StaticText): void {
    this.count(piece.text.length);
    this.output.static(piece);
  }

  write(text: string): void {
    if (text === '') return;
    this.count(text.length);
    this.output.dynamic(text);
  }

  private count(characters: number): void {
    this.spend(1);
    this.characters += characters;
    if (this.characters > templateLimits.outputCharacters)
      throw templateError(
        'template_render_limit',
        `the message is larger than ${templateLimits.outputCharacters / 1024} KB for this contact`,
      );
  }
}

/** Collects characters. */
export class TextOutput implements Output {
  private readonly pieces: string[] = [];

  static(piece: StaticText): void {
    this.pieces.push(piece.text);
  }

  dynamic(text: string): void {
    this.pieces.push(text);
  }

  toString(): string {
    return this.pieces.join('');
  }
}
