import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type Contact, ContactService, MembershipService, type NewContact } from '#domain/audience';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { contactAnswer, contactDetailAnswer, contactPageAnswer } from '../schemas/audience.schema.js';

const statuses = ['subscribed', 'unsubscribed', 'unconfirmed'] as const;
const listSchema = z
  .strictObject({
    list: z.uuid().optional(),
    status: z.enum(statuses).optional(),
    search: z.string().max(320).optional(),
    cursor: z.string().max(40).optional(),
    limit: z.coerce.number().int().min(1).max(500).optional(),
  })
  .refine(({ list, status }) => status === undefined || list !== undefined, { path: ['status'], message: 'only together with list' });
// What the values may be is said by the library, of every way in.
const fields = {
  first_name: z.string().max(500),
  last_name: z.string().max(500),
  language: z.string().max(100),
  attributes: z.record(z.string().max(100), z.unknown()),
};
const newSchema = z
  .strictObject({ email: z.string().max(620), ...fields })
  .partial()
  .required({ email: true })
  .meta({ id: 'NewContact' });
const patchSchema = z
  .strictObject({ email: z.string().max(620), ...fields })
  .partial()
  .meta({ id: 'ContactPatch' });
const membershipSchema = z.strictObject({ status: z.enum(['subscribed', 'unsubscribed']) }).meta({ id: 'MembershipChange' });

/** The people of the workspace. */
@Controller('v1/contacts')
@Access('signed-in')
export class ContactsController {
  constructor(
    private readonly contacts: ContactService,
    private readonly memberships: MembershipService,
  ) {}

  /** The newest first. */
  @Answers(contactPageAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: listSchema }) query: z.output<typeof listSchema>) {
    const { list, ...rest } = query;
    const { contacts, nextCursor } = await this.contacts.list(actor, { ...rest, ...(list !== undefined && { listId: list }) });
    const data = contacts.map((contact) => ({ ...present(contact), ...(contact.status && { status: contact.status }) }));
    return { object: 'list', has_more: nextCursor !== null, next_cursor: nextCursor, data };
  }

  @Answers(contactAnswer)
  @Post()
  async create(@CurrentActor() actor: ActorContext, @Body({ schema: newSchema }) body: z.output<typeof newSchema>) {
    return present(await this.contacts.create(actor, { ...inputOf(body), email: body.email }));
  }

  /** With the lists that the contact is on, or has left. */
  @Answers(contactDetailAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    const contact = await this.contacts.get(actor, id);
    const lists = (await this.memberships.listsOf(actor, id)).map(({ listId, listName, status, updatedAt }) => ({
      list_id: listId,
      name: listName,
      status,
      since: updatedAt,
    }));
    return { ...present(contact), lists };
  }

  @Answers(contactAnswer)
  @Patch(':id')
  async update(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Body({ schema: patchSchema }) body: z.output<typeof patchSchema>,
  ) {
    return present(await this.contacts.update(actor, id, inputOf(body)));
  }

  /** What was sent to the contact stays in reports. */
  @Delete(':id')
  @HttpCode(204)
  delete(@CurrentActor() actor: ActorContext, @Param('id') id: string): Promise<void> {
    return this.contacts.delete(actor, id);
  }

  /** Subscribing here is the person's own wish that somebody passes on: it brings back who had unsubscribed. */
  @Put(':id/lists/:list')
  @HttpCode(204)
  async setMembership(
    @CurrentActor() actor: ActorContext,
    @Param('id') id: string,
    @Param('list', { schema: z.uuid() }) list: string,
    @Body({ schema: membershipSchema }) body: z.output<typeof membershipSchema>,
  ): Promise<void> {
    await this.contacts.get(actor, id);
    if (body.status === 'unsubscribed') await this.memberships.unsubscribe(actor, list, id);
    else await this.memberships.subscribe(actor, list, id, { status: 'subscribed', resubscribe: true });
  }
}

function inputOf({ email, first_name, last_name, language, attributes }: z.output<typeof patchSchema>) {
  return {
    ...(email !== undefined && { email }),
    ...(first_name !== undefined && { firstName: first_name }),
    ...(last_name !== undefined && { lastName: last_name }),
    ...(language !== undefined && { language }),
    // They come from JSON, and so can be nothing else.
    ...(attributes !== undefined && { attributes: attributes as NewContact['attributes'] }),
  };
}

function present(contact: Contact) {
  return {
    object: 'contact',
    id: contact.id,
    email: contact.email,
    first_name: contact.firstName,
    last_name: contact.lastName,
    language: contact.language,
    attributes: contact.attributes,
    created_at: contact.createdAt,
    updated_at: contact.updatedAt,
  };
}
