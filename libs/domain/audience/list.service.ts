import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import * as z from 'zod';
import { type ActorContext, uuidv7 } from '#base/kernel';
import { audienceError } from './audience.errors.js';
import { ListEntity, type OptIn } from './list.entity.js';
import type { MembershipStatus } from './list-membership.entity.js';

// A list's name is shown on the unsubscribe page and in headers.
const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'may not contain line breaks or control characters');

export const newListSchema = z.strictObject({
  name,
  description: z.string().max(2_000).default(''),
  optIn: z.enum(['single', 'double']).default('single'),
});
export type NewList = z.input<typeof newListSchema>;

export interface ContactList {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly optIn: OptIn;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ContactListWithCounts extends ContactList {
  readonly members: Readonly<Record<MembershipStatus, number>>;
}

@Injectable()
export class ListService {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @throws ChaparError `list_invalid`, `list_exists` */
  async create(context: ActorContext, input: NewList): Promise<ContactList> {
    const values = parse(newListSchema, input);
    const id = uuidv7();
    await this.guardName(values.name, () =>
      this.lists.insert({ ...values, id, workspaceId: context.workspaceId, nameKey: listNameKey(values.name) }),
    );
    return this.get(context, id);
  }

  /** @throws ChaparError `list_not_found`, also for a list of another workspace */
  async get(context: ActorContext, id: string): Promise<ContactList> {
    const row = z.uuid().safeParse(id).success ? await this.lists.findOneBy({ id, workspaceId: context.workspaceId }) : null;
    if (row === null) throw audienceError('list_not_found', `This workspace has no list ${id}.`);
    return view(row);
  }

  /** Upper and lower case make no difference. */
  async findByName(context: ActorContext, listName: string): Promise<ContactList | undefined> {
    const row = await this.lists.findOneBy({ workspaceId: context.workspaceId, nameKey: listNameKey(listName) });
    return row === null ? undefined : view(row);
  }

  /** All lists by name, with how many members have each status. */
  async list(context: ActorContext): Promise<ContactListWithCounts[]> {
    const [rows, counts] = await Promise.all([
      this.lists.find({ where: { workspaceId: context.workspaceId }, order: { nameKey: 'ASC' } }),
      this.dataSource.query(
        `SELECT m.list_id, m.status, count(*)::int AS members FROM list_memberships m JOIN lists l ON l.id = m.list_id
         WHERE l.workspace_id = $1 GROUP BY m.list_id, m.status`,
        [context.workspaceId],
      ) as Promise<{ list_id: string; status: MembershipStatus; members: number }[]>,
    ]);
    const byList = Map.groupBy(counts, (count) => count.list_id);
    return rows.map((row) => {
      const members = { subscribed: 0, unconfirmed: 0, unsubscribed: 0 };
      for (const count of byList.get(row.id) ?? []) members[count.status] = count.members;
      return { ...view(row), members };
    });
  }

  /** @throws ChaparError `list_not_found`, `list_invalid`, `list_exists` */
  async rename(context: ActorContext, id: string, newName: string): Promise<ContactList> {
    const list = await this.get(context, id);
    const { name: parsed } = parse(newListSchema.pick({ name: true }), { name: newName });
    await this.guardName(parsed, () =>
      this.lists.update(
        { id: list.id, workspaceId: context.workspaceId },
        { name: parsed, nameKey: listNameKey(parsed), updatedAt: () => 'now()' },
      ),
    );
    return this.get(context, id);
  }

  /** Deletes the list and its memberships; the contacts stay. @throws ChaparError `list_not_found` */
  async delete(context: ActorContext, id: string): Promise<void> {
    const list = await this.get(context, id);
    await this.lists.delete({ id: list.id, workspaceId: context.workspaceId });
  }

  private get lists() {
    return this.dataSource.getRepository(ListEntity);
  }

  private async guardName(listName: string, write: () => Promise<unknown>): Promise<void> {
    try {
      await write();
    } catch (error) {
      // 23505: unique_violation; the index decides, so that two requests at once cannot both win.
      if ((error as { code?: string }).code !== '23505') throw error;
      throw audienceError('list_exists', `There is a list named "${listName}" already.`, { cause: error });
    }
  }
}

/** What makes a list's name unique in its workspace. */
export function listNameKey(listName: string): string {
  return listName.trim().normalize('NFC').toLowerCase();
}

function view(row: ListEntity): ContactList {
  const { id, name: listName, description, optIn, createdAt, updatedAt } = row;
  return { id, name: listName, description, optIn, createdAt, updatedAt };
}

function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), code: issue.code, message: issue.message }));
  throw audienceError('list_invalid', `The list cannot be saved: ${details.map((d) => `${d.field} ${d.message}`).join('; ')}.`, {
    details,
  });
}
