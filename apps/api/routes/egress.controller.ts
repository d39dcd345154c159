import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Put, Query } from '@nestjs/common';
import * as z from 'zod';
import { DataSource } from 'typeorm';
import type { ActorContext } from '#base/kernel';
import {
  EgressPools,
  EgressSources,
  type PoolView,
  type SourceState,
  type SourceView,
  type StreamView,
  egressName,
  poolMembersSchema,
  sourceChangeSchema,
  streams,
} from '#domain/egress';
import { EgressControl } from '#domain/sending';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { operatorOf } from './queue-operator.js';
import { poolsAnswer, sourceAnswer, sourceChangeAnswer, sourcesAnswer } from '../schemas/delivery.schema.js';

/** The delivering machine is another one: whether it has the address cannot be told here. */
const elsewhere = z.boolean().default(false);
const newSourceSchema = sourceChangeSchema.extend({ name: egressName, elsewhere }).meta({ id: 'NewEgressSource' });
const changeSchema = sourceChangeSchema.extend({ elsewhere }).meta({ id: 'EgressSourceChange' });
const poolSchema = z.strictObject({ members: poolMembersSchema, overflow: z.boolean().optional() }).meta({ id: 'EgressPoolMembers' });
const streamSchema = z.strictObject({ pool: egressName, workspaceId: z.uuid().nullable().default(null) }).meta({ id: 'EgressStreamPool' });
const streamName = z.enum(streams);
const ofWorkspaceSchema = z.strictObject({ workspaceId: z.uuid().optional() });

/** Where mail leaves from. It belongs to the installation: only its administrators may see or change it. */
@Controller('v1/egress')
@Access('signed-in')
export class EgressController {
  private readonly pools: EgressPools;
  private readonly control: EgressControl;

  constructor(
    private readonly dataSource: DataSource,
    private readonly sources: EgressSources,
  ) {
    this.pools = new EgressPools(dataSource);
    this.control = new EgressControl(dataSource, sources);
  }

  @Answers(sourcesAnswer)
  @Get('sources')
  async listSources(@CurrentActor() actor: ActorContext) {
    await this.operator(actor);
    return list((await this.sources.list()).map(presentSource));
  }

  @Answers(sourceAnswer)
  @Get('sources/:name')
  async showSource(@CurrentActor() actor: ActorContext, @Param('name') name: string) {
    await this.operator(actor);
    return presentSource(await this.sources.get(name));
  }

  @Post('sources')
  async addSource(@CurrentActor() actor: ActorContext, @Body({ schema: newSourceSchema }) body: z.output<typeof newSourceSchema>) {
    const { name, elsewhere: isElsewhere, ...change } = body;
    return presentSource(await this.sources.add(name, change, { by: await this.operator(actor), isElsewhere }));
  }

  @Patch('sources/:name')
  async setSource(
    @CurrentActor() actor: ActorContext,
    @Param('name') name: string,
    @Body({ schema: changeSchema }) body: z.output<typeof changeSchema>,
  ) {
    const { elsewhere: isElsewhere, ...change } = body;
    return presentSource(await this.sources.set(name, change, { by: await this.operator(actor), isElsewhere }));
  }

  @Delete('sources/:name')
  @HttpCode(204)
  async removeSource(@CurrentActor() actor: ActorContext, @Param('name') name: string): Promise<void> {
    await this.control.remove(name, await this.operator(actor));
  }

  @Answers(sourceChangeAnswer)
  @Post('sources/:name/drain')
  @HttpCode(200)
  drain(@CurrentActor() actor: ActorContext, @Param('name') name: string) {
    return this.setState(actor, name, 'draining');
  }

  @Answers(sourceChangeAnswer)
  @Post('sources/:name/disable')
  @HttpCode(200)
  disable(@CurrentActor() actor: ActorContext, @Param('name') name: string) {
    return this.setState(actor, name, 'disabled');
  }

  @Answers(sourceChangeAnswer)
  @Post('sources/:name/activate')
  @HttpCode(200)
  activate(@CurrentActor() actor: ActorContext, @Param('name') name: string) {
    return this.setState(actor, name, 'active');
  }

  @Answers(poolsAnswer)
  @Get('pools')
  async listPools(@CurrentActor() actor: ActorContext) {
    await this.operator(actor);
    return list((await this.pools.list()).map(presentPool));
  }

  @Put('pools/:name')
  async setPool(
    @CurrentActor() actor: ActorContext,
    @Param('name', { schema: egressName }) name: string,
    @Body({ schema: poolSchema }) body: z.output<typeof poolSchema>,
  ) {
    return presentPool(await this.pools.set(name, body.members, await this.operator(actor), body.overflow));
  }

  @Delete('pools/:name')
  @HttpCode(204)
  async removePool(@CurrentActor() actor: ActorContext, @Param('name') name: string): Promise<void> {
    await this.pools.remove(name, await this.operator(actor));
  }

  @Get('streams')
  async listStreams(@CurrentActor() actor: ActorContext) {
    await this.operator(actor);
    return list((await this.pools.streams()).map(presentStream));
  }

  @Put('streams/:stream')
  async setStream(
    @CurrentActor() actor: ActorContext,
    @Param('stream', { schema: streamName }) stream: z.output<typeof streamName>,
    @Body({ schema: streamSchema }) body: z.output<typeof streamSchema>,
  ) {
    const lines = await this.pools.mapStream(stream, body.workspaceId, body.pool, await this.operator(actor));
    return list(lines.map(presentStream));
  }

  @Delete('streams/:stream')
  async unsetStream(
    @CurrentActor() actor: ActorContext,
    @Param('stream', { schema: streamName }) stream: z.output<typeof streamName>,
    @Query({ schema: ofWorkspaceSchema }) query: z.output<typeof ofWorkspaceSchema>,
  ) {
    return list((await this.pools.unmapStream(stream, query.workspaceId ?? null, await this.operator(actor))).map(presentStream));
  }

  private async setState(actor: ActorContext, name: string, state: SourceState) {
    const { source, changed, to, left } = await this.control.setState(name, state, await this.operator(actor));
    return { ...presentSource(source), moved: changed, moved_to: to, left };
  }

  /** Who it is, for the record. @throws ChaparError `operator_required` */
  private async operator(actor: ActorContext): Promise<string> {
    return (await operatorOf(this.dataSource, actor, 'instance')).by;
  }
}

function list<T>(data: readonly T[]) {
  return { object: 'list', has_more: false, data };
}

function presentSource(source: SourceView) {
  return {
    object: 'egress_source',
    name: source.name,
    state: source.state,
    local_v4: source.localV4,
    local_v6: source.localV6,
    helo: source.helo,
    address_policy: source.addressPolicy,
    proxy: source.proxy,
    has_proxy_secret: source.hasProxySecret,
    smarthost: source.smarthost,
    has_smarthost_secret: source.hasSmarthostSecret,
    note: source.note,
    pools: source.pools,
    created_at: source.createdAt,
    updated_at: source.updatedAt,
  };
}

function presentPool({ name, members, overflow, streams: mapped }: PoolView) {
  return {
    object: 'egress_pool',
    name,
    members,
    overflow,
    streams: mapped.map(({ stream, workspaceId }) => ({ stream, workspace_id: workspaceId })),
  };
}

function presentStream({ stream, workspaceId, workspace, pool }: StreamView) {
  return { object: 'egress_stream', stream, workspace_id: workspaceId, workspace, pool };
}
