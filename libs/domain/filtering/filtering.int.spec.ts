import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ActorContext, silentLogger, systemActor, uuidv7 } from '#base/kernel';
import { FileBlobStore } from '#platform/blobs';
import { type TestDatabase, createTestDatabase } from '#testing/postgres';
import { MessageFilter } from './message-filter.js';
import { type HeldMessage, Quarantine, type QuarantinedMessage, holdMessage } from './quarantine.js';
import { filteringRetention, forgetFiltering } from './retention.js';
import { learnFromMoves, rememberMove } from './spam-moves.js';
import { SpamTraining } from './spam-training.js';

let database: TestDatabase;
let source: DataSource;
let folder: string;
let training: SpamTraining;
let context: ActorContext;
const { signal } = new AbortController();

beforeAll(async () => {
  database = await createTestDatabase();
  source = await database.open({});
  folder = mkdtempSync(path.join(os.tmpdir(), 'chapar-blobs-'));
  training = new SpamTraining(source);
});

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

beforeEach(async () => {
  context = systemActor(uuidv7(), 'test');
  await source.query(`INSERT INTO workspaces (id, name, slug) VALUES ($1, 'Shop', $2)`, [context.workspaceId, context.workspaceId]);
});

const letter = (text: string) =>
  Buffer.from(
    `From: a@example.net\r\nTo: b@example.org\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMessage-ID: <${text.length}@example.net>\r\nSubject: hello\r\n\r\n${text}\r\n`,
  );
const totals = async () => (await source.query('SELECT spam, ham FROM spam_totals WHERE workspace_id = $1', [context.workspaceId]))[0];
const sums = async () =>
  (
    await source.query('SELECT sum(spam)::int AS spam, sum(ham)::int AS ham FROM spam_tokens WHERE workspace_id = $1', [
      context.workspaceId,
    ])
  )[0];

describe('training', () => {
  it('counts a message once, and moves it when it is shown as the other kind', async () => {
    const raw = letter('cheap watches for sale');
    expect(await training.train(context, raw, 'junk')).toBe('new');
    expect(await training.train(context, raw, 'junk')).toBeNull();
    const { spam } = await sums();
    expect(await totals()).toEqual({ spam: 1, ham: 0 });
    expect(await training.train(context, raw, 'ham')).toBe('moved');
    expect(await totals()).toEqual({ spam: 0, ham: 1 });
    expect(await sums()).toEqual({ spam: 0, ham: spam });
  });

  it('counts each message once when the same ones are shown many times at once', async () => {
    const letters = ['one two three', 'two three four', 'three four five'].map(letter);
    await Promise.all(Array.from({ length: 24 }, (_, index) => training.train(context, letters[index % 3]!, index % 2 ? 'junk' : 'ham')));
    const { spam, ham } = await totals();
    expect(spam + ham).toBe(3);
  });

  it('belongs to its workspace', async () => {
    await training.train(context, letter('cheap watches'), 'junk');
    await training.train(context, letter('the garden fence'), 'ham');
    const other = systemActor(uuidv7(), 'test');
    expect((await training.countsOf(other.workspaceId, [1])).messages).toEqual({ spam: 0, ham: 0 });
  });

  it('changes what the filter says', async () => {
    const filter = new MessageFilter({
      training,
      scanners: { timeoutMs: 1_000, whenUnavailable: 'wait' },
      mode: 'filter',
      hostname: 'mail.example.org',
      logger: silentLogger,
    });
    const judged = async (text: string) =>
      filter.judge({
        workspaceId: context.workspaceId,
        raw: letter(text),
        mailFrom: 'a@example.net',
        recipient: 'b@example.org',
        reception: null,
        receivedAt: new Date('2026-03-02T10:00:00Z'),
        isAnswer: false,
      });
    const text = 'lieferbare palettenregale aus lagerauflösung, sonderposten, anfrage genügt';
    expect((await judged(text)).action).toBe('deliver');
    for (let n = 0; n < 15; n++) {
      await training.train(
        context,
        letter(`sonderposten nr ${n}: lieferbare palettenregale aus lagerauflösung, anfrage genügt ${'x'.repeat(n)}`),
        'junk',
      );
      await training.train(context, letter(`liebe grüße aus dem garten, wir sehen uns am ${n}. im verein ${'y'.repeat(n)}`), 'ham');
    }
    expect((await judged(text)).action).toBe('junk');
    expect((await judged('wir sehen uns im garten, liebe grüße')).action).toBe('deliver');
  });

  it('marks and does nothing where that is the mode', async () => {
    const gtube = letter('XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X');
    const judged = async (mode: 'mark' | 'filter') => {
      const filter = new MessageFilter({
        training,
        scanners: { timeoutMs: 1_000, whenUnavailable: 'wait' },
        mode,
        hostname: 'mail.example.org',
        logger: silentLogger,
      });
      return filter.judge({
        workspaceId: context.workspaceId,
        raw: gtube,
        mailFrom: '',
        recipient: 'b@example.org',
        reception: null,
        receivedAt: new Date(),
        isAnswer: false,
      });
    };
    expect(await judged('mark')).toMatchObject({ action: 'deliver', judgement: { verdict: 'reject' } });
    expect(await judged('filter')).toMatchObject({ action: 'quarantine', cause: 'spam' });
  });

  it('follows what people move, in their order, and outlives bytes that are gone', async () => {
    const blobs = new FileBlobStore(folder);
    const { ref } = await blobs.put(context.workspaceId, letter('cheap watches for sale'));
    const gone = `${context.workspaceId}/${'0'.repeat(64)}`;
    await source.transaction(async (manager) => {
      await rememberMove(manager, context.workspaceId, [ref, gone], 'junk');
      await rememberMove(manager, context.workspaceId, [ref], 'ham');
    });
    for (let round = 0; round < 3; round++) await learnFromMoves(source, blobs, silentLogger, signal);
    expect(await totals()).toEqual({ spam: 0, ham: 1 });
    expect(await source.query('SELECT 1 FROM spam_moves')).toEqual([]);
  });

  it('is forgotten: what is old, and the rarest of what is too much', async () => {
    await training.train(context, letter('alpha beta gamma delta'), 'junk');
    await source.query(`UPDATE spam_tokens SET seen_on = current_date - 100`);
    await training.train(context, letter('alpha epsilon'), 'ham');
    await forgetFiltering(source, signal);
    const words = async () =>
      (await source.query('SELECT count(*)::int AS n FROM spam_tokens WHERE workspace_id = $1', [context.workspaceId]))[0].n;
    const left = await words();
    expect(left).toBeGreaterThan(0);
    await forgetFiltering(source, signal, { ...filteringRetention, maxTokensPerWorkspace: 3 });
    expect(await words()).toBe(3);
  });
});

describe('quarantine', () => {
  let released: string[];
  let quarantine: Quarantine;
  let number = 0;

  beforeEach(() => {
    released = [];
    quarantine = new Quarantine(source, { test: async (_manager, message: QuarantinedMessage) => void released.push(message.subjectId) });
  });

  async function held(more: Partial<HeldMessage> = {}): Promise<string> {
    const subjectId = `m${++number}`;
    const message: HeldMessage = {
      workspaceId: context.workspaceId,
      cause: 'spam',
      route: 'test',
      subjectId,
      blob: `${context.workspaceId}/${'0'.repeat(64)}`,
      sizeBytes: 10,
      recipient: 'r@example.org',
      mailFrom: 'a@example.net',
      headerFrom: 'a@example.net',
      subject: 'Hello',
      score: 17,
      reasons: [{ rule: 'gtube', points: 17, sentence: 'It is a test.' }],
      ...more,
    };
    await source.transaction(async (manager) => {
      await holdMessage(manager, message);
      await holdMessage(manager, message);
    });
    const [row] = await source.query(`SELECT id FROM quarantined_messages WHERE route = 'test' AND subject_id = $1`, [message.subjectId]);
    return row.id as string;
  }

  it('holds a message once and shows it with its reasons', async () => {
    const id = await held();
    const { messages } = await quarantine.list(context);
    expect(messages).toHaveLength(1);
    expect(await quarantine.get(context, id)).toMatchObject({ state: 'held', score: 17, reasons: [{ rule: 'gtube' }] });
  });

  it('releases a message exactly once, however many ask at the same time, and learns from it', async () => {
    const id = await held();
    const counts = await Promise.all(Array.from({ length: 5 }, () => quarantine.release(context, [id], 'Sara')));
    expect(counts.reduce((sum, count) => sum + count)).toBe(1);
    expect(released).toHaveLength(1);
    expect(await source.query('SELECT kind FROM spam_moves WHERE workspace_id = $1', [context.workspaceId])).toEqual([{ kind: 'ham' }]);
    expect(await quarantine.get(context, id)).toMatchObject({ state: 'released', decidedBy: 'Sara' });
    const audit = await source.query('SELECT action, actor FROM audit_entries WHERE workspace_id = $1 ORDER BY number', [
      context.workspaceId,
    ]);
    expect(audit).toEqual([
      { action: 'quarantine.hold', actor: 'mail filter' },
      { action: 'quarantine.hold', actor: 'mail filter' },
      { action: 'quarantine.release', actor: 'Sara' },
    ]);
  });

  it('learns nothing from a virus that is let go', async () => {
    await quarantine.release(context, [await held({ cause: 'virus' })], 'Sara');
    expect(await source.query('SELECT 1 FROM spam_moves WHERE workspace_id = $1', [context.workspaceId])).toEqual([]);
  });

  it('does all or nothing: one message of others refuses the whole request', async () => {
    const mine = await held();
    const other = systemActor(uuidv7(), 'test');
    await expect(quarantine.get(other, mine)).rejects.toMatchObject({ code: 'quarantine_not_found' });
    for (const foreign of ['1', 'x', '99999999999999999999'])
      await expect(quarantine.release(context, [mine, foreign], 'Sara')).rejects.toMatchObject({ code: 'quarantine_not_found' });
    await expect(quarantine.delete(other, [mine], 'Sara')).rejects.toMatchObject({ code: 'quarantine_not_found' });
    expect(await quarantine.get(context, mine)).toMatchObject({ state: 'held' });
    expect(released).toEqual([]);
  });

  it('does not release what was deleted', async () => {
    const id = await held();
    expect(await quarantine.delete(context, [id], 'Sara')).toBe(1);
    expect(await quarantine.delete(context, [id], 'Sara')).toBe(0);
    await expect(quarantine.release(context, [id], 'Sara')).rejects.toMatchObject({ code: 'quarantine_decided' });
  });

  it('lists page by page, by state and cause', async () => {
    const ids = [await held(), await held({ cause: 'virus' }), await held()];
    const first = await quarantine.list(context, { limit: 2 });
    expect(first.messages.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    expect((await quarantine.list(context, { limit: 2, cursor: first.nextCursor! })).messages.map(({ id }) => id)).toEqual([ids[0]]);
    expect((await quarantine.list(context, { cause: 'virus' })).messages.map(({ id }) => id)).toEqual([ids[1]]);
  });
});
