import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { addressKey, tryParseAddress } from '#protocol/mime';
import { audienceError } from './audience.errors.js';
import { ContactEntity } from './contact.entity.js';
import { isUnusableName } from './csv/column-names.js';
import { canonicalLanguage } from './import/contact-row.js';
import type { MembershipStatus } from './list-membership.entity.js';

const text = z
  .string()
  .trim()
  .max(500)
  .refine((value) => !value.includes('\0'), 'may not hold a NUL character');

export const contactInputSchema = z.strictObject({
  email: z
    .string()
    .max(620)
    .refine((value) => tryParseAddress(value).ok, 'is not an e-mail address'),
  firstName: text.default(''),
  lastName: text.default(''),
  language: z
    .string()
    .trim()
    .max(100)
    .default('')
    .refine((value) => value === '' || canonicalLanguage(value) !== undefined, 'is not a language tag such as en or fa-IR')
    .transform((value) => (value === '' ? '' : canonicalLanguage(value)!)),
  attributes: z
    .record(z.string().min(1).max(100), z.json())
    .default({})
    .refine((value) => Object.keys(value).length <= 1_000, 'may have at most 1,000 names')
    .refine((value) => !Object.keys(value).some(isUnusableName), 'has a name that cannot be a contact field')
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= 1_000_000, 'may be at most 1 MB large')
    .refine((value) => !JSON.stringify(value).includes('\\u0000'), 'may not hold a NUL character'),
});
export type NewContact = z.input<typeof contactInputSchema>;

export interface Contact {
  readonly id: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly language: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ContactQuery {
  readonly listId?: string;
  /** Only with `listId`. */
  readonly status?: MembershipStatus;
  /** Part of the address or of a name. */
  readonly search?: string;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** 1 to 500; 50 unless given. */
  readonly limit?: number;
}

export interface ContactPage {
  readonly contacts: readonly (Contact & { readonly status?: MembershipStatus })[];
  readonly nextCursor: string | null;
}

@Injectable()
export class ContactService {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @throws ChaparError `contact_invalid`, `contact_exists` */
  async create(context: ActorContext, input: NewContact): Promise<Contact> {
    const { email, ...values } = parse(contactInputSchema, input);
    const row = { ...values, ...emailColumns(email), workspaceId: context.workspaceId };
    await guardEmail(email, () => this.contacts.insert(row as never));
    return this.getByEmail(context, email);
  }

  /**
   * Changes the fields that are given; `attributes` are replaced as a whole.
   * @throws ChaparError `contact_not_found`, `contact_invalid`, `contact_exists`
   */
  async update(context: ActorContext, id: string, patch: Partial<NewContact>): Promise<Contact> {
    const contact = await this.get(context, id);
    const given = parse(contactInputSchema.partial(), patch);
    // A default must not empty a field that the patch does not name.
    const { email, ...values } = Object.fromEntries(Object.entries(given).filter(([field]) => Object.hasOwn(patch, field))) as typeof given;
    const change = { ...values, ...(email === undefined ? {} : emailColumns(email)), updatedAt: () => 'now()' };
    await guardEmail(email ?? '', () => this.contacts.update({ id: contact.id, workspaceId: context.workspaceId }, change as never));
    return this.get(context, id);
  }

  /** @throws ChaparError `contact_not_found`, also for a contact of another workspace */
  async get(context: ActorContext, id: string): Promise<Contact> {
    const row = /^\d{1,18}$/.test(id) ? await this.contacts.findOneBy({ id, workspaceId: context.workspaceId }) : null;
    if (row === null) throw audienceError('contact_not_found', `This workspace has no contact ${id}.`);
    return view(row);
  }

  /** @throws ChaparError `contact_not_found` */
  async getByEmail(context: ActorContext, email: string): Promise<Contact> {
    const contact = await this.findByEmail(context, email);
    if (contact === undefined) throw audienceError('contact_not_found', `This workspace has no contact ${email}.`);
    return contact;
  }

  async findByEmail(context: ActorContext, email: string): Promise<Contact | undefined> {
    const parsed = tryParseAddress(email);
    const row = parsed.ok ? await this.contacts.findOneBy({ workspaceId: context.workspaceId, emailKey: addressKey(parsed.value) }) : null;
    return row === null ? undefined : view(row);
  }

  /** The newest first, page by page. */
  async list(context: ActorContext, query: ContactQuery = {}): Promise<ContactPage> {
    const limit = Math.min(Math.max(query.limit ?? 50, 1), 500);
    const parameters: unknown[] = [context.workspaceId];
    const bind = (value: unknown) => `$${parameters.push(value)}`;
    const conditions = ['c.workspace_id = $1'];
    if (query.listId) conditions.push(`m.list_id = ${bind(query.listId)}`);
    if (query.listId && query.status) conditions.push(`m.status = ${bind(query.status)}`);
    if (query.cursor !== undefined && /^\d{1,18}$/.test(query.cursor)) conditions.push(`c.id < ${bind(query.cursor)}`);
    const search = query.search?.trim();
    if (search)
      conditions.push(`c.email || ' ' || c.first_name || ' ' || c.last_name ILIKE ${bind(`%${search.replace(/[\\%_]/g, '\\$&')}%`)}`);
    const rows = (await this.dataSource.query(
      `SELECT c.id, c.email, c.first_name AS "firstName", c.last_name AS "lastName", c.language, c.attributes, c.created_at AS "createdAt",
         c.updated_at AS "updatedAt" ${query.listId ? ', m.status' : ''}
       FROM contacts c ${query.listId ? 'JOIN list_memberships m ON m.contact_id = c.id' : ''}
       WHERE ${conditions.join(' AND ')} ORDER BY c.id DESC LIMIT ${limit + 1}`,
      parameters,
    )) as Contact[];
    const contacts = rows.slice(0, limit);
    return { contacts, nextCursor: rows.length > limit ? contacts.at(-1)!.id : null };
  }

  /** Deletes a contact with its memberships; what was sent to it stays in the ledger. @throws ChaparError `contact_not_found` */
  async delete(context: ActorContext, id: string): Promise<void> {
    const contact = await this.get(context, id);
    await this.contacts.delete({ id: contact.id, workspaceId: context.workspaceId });
  }

  private get contacts() {
    return this.dataSource.getRepository(ContactEntity);
  }
}

function emailColumns(email: string): { email: string; emailKey: string } {
  const parsed = tryParseAddress(email);
  if (!parsed.ok) throw audienceError('contact_invalid', `"${email}" is not an e-mail address.`);
  return { email: parsed.value.address, emailKey: addressKey(parsed.value) };
}

async function guardEmail(email: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    throw audienceError('contact_exists', `There is a contact with the address ${email} already.`, { cause: error });
  }
}

function view(row: ContactEntity): Contact {
  const { id, email, firstName, lastName, language, attributes, createdAt, updatedAt } = row;
  return { id, email, firstName, lastName, language, attributes, createdAt, updatedAt };
}

function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), code: issue.code, message: issue.message }));
  throw audienceError('contact_invalid', `The contact cannot be saved: ${details.map((d) => `${d.field} ${d.message}`).join('; ')}.`, {
    details,
  });
}
