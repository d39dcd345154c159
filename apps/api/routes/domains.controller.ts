import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type DnsRecord, type DomainEntity, DomainService, type RecordCheck, type RecordLookup } from '#domain/deliverability';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { type PageQuery, pageOf, pageSchema } from '../http/page-query.js';
import { RECORD_LOOKUP } from '../tokens.js';
import { domainAnswer, domainsAnswer } from '../schemas/delivery.schema.js';

const newSchema = z.strictObject({ name: z.string().max(300) }).meta({ id: 'NewDomain' });

/** Sending domains, in Resend's shape: adding one, what to publish in DNS for it, and looking whether it is there. */
@Controller(['domains', 'v1/domains'])
@Access('signed-in')
export class DomainsController {
  constructor(
    private readonly domains: DomainService,
    @Inject(RECORD_LOOKUP) private readonly dns: RecordLookup,
  ) {}

  @Answers(domainAnswer)
  @Post()
  async add(@CurrentActor() actor: ActorContext, @Body({ schema: newSchema }) { name }: z.output<typeof newSchema>) {
    return this.detail(actor, await this.domains.add(actor, name));
  }

  @Answers(domainsAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext, @Query({ schema: pageSchema }) query: PageQuery) {
    const { data, has_more } = pageOf(await this.domains.list(actor), query);
    return { object: 'list', has_more, data: data.map(present) };
  }

  @Answers(domainAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return this.detail(actor, await this.domains.get(actor, id));
  }

  /** Looks DNS up now; the answer says of each record what was found. */
  @Answers(domainAnswer)
  @Post(':id/verify')
  @HttpCode(200)
  async verify(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    const { name } = await this.domains.get(actor, id);
    const { records } = await this.domains.verify(actor, name, this.dns);
    return { ...present(await this.domains.get(actor, id)), records: records.map((record) => presentRecord(record, undefined)) };
  }

  private async detail(actor: ActorContext, domain: DomainEntity) {
    const records = await this.domains.records(actor, domain.name);
    return { ...present(domain), records: records.map((record) => presentRecord(record, domain.status)) };
  }
}

function present(domain: DomainEntity) {
  return {
    object: 'domain',
    id: domain.id,
    name: domain.name,
    status: domain.status,
    created_at: domain.createdAt,
    region: 'self-hosted',
    capabilities: { sending: 'enabled', receiving: 'disabled' },
  };
}

/** @param status of the domain, for records that were not looked up now */
function presentRecord(record: DnsRecord | RecordCheck, status: DomainEntity['status'] | undefined) {
  const isMx = record.type === 'MX';
  return {
    record: record.purpose === 'return-path' ? 'SPF' : record.purpose.toUpperCase(),
    name: record.name,
    type: record.type,
    value: isMx ? record.value.replace(/^\d+ /, '') : record.value,
    ...(isMx && { priority: Number(record.value.split(' ')[0]) }),
    ttl: 'Auto',
    status: recordStatus(record, status),
    required: record.required,
    ...('found' in record && { found: record.found }),
  };
}

function recordStatus(record: DnsRecord | RecordCheck, status: DomainEntity['status'] | undefined): 'verified' | 'pending' | 'not_started' {
  if ('isMet' in record) return record.isMet ? 'verified' : 'pending';
  return status === 'verified' ? 'verified' : 'not_started';
}
