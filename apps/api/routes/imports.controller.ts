import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { ActorContext } from '#base/kernel';
import { type ContactImport, ImportService, importJob } from '#domain/audience';
import type { JobTransport } from '#platform/jobs';
import { Access, CurrentActor } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { JOBS } from '../tokens.js';
import { importAnswer, importPreviewAnswer, importsAnswer } from '../schemas/audience.schema.js';

const uploadSchema = z.strictObject({
  list: z.uuid(),
  file_name: z.string().max(255).default('upload.csv'),
  encoding: z.string().max(40).optional(),
  delimiter: z.enum([',', ';', '\t', '|']).optional(),
  on_duplicate: z.enum(['update', 'skip']).optional(),
  resubscribe: z.enum(['true', 'false']).default('false'),
  /** JSON: from a column's name in the file to a contact field, an attribute's name, or `ignore`. */
  mapping: z
    .string()
    .max(20_000)
    .transform((text, issues) => parseMapping(text, issues))
    .optional(),
});
const previewSchema = uploadSchema.pick({ encoding: true, delimiter: true });

@Controller('v1/imports')
@Access('signed-in')
export class ImportsController {
  constructor(
    private readonly imports: ImportService,
    @Inject(JOBS) private readonly jobs: JobTransport,
  ) {}

  /** The body is the file itself; it is streamed to disk, checked, and then imported by a worker. */
  @Answers(importAnswer)
  @Post()
  @HttpCode(202)
  async upload(
    @CurrentActor() actor: ActorContext,
    @Query({ schema: uploadSchema }) query: z.output<typeof uploadSchema>,
    @Req() request: FastifyRequest,
  ) {
    const created = await this.imports.create(actor, {
      source: { stream: request.body as Readable },
      fileName: query.file_name,
      listId: query.list,
      options: {
        ...(query.encoding === undefined ? {} : { encoding: query.encoding }),
        ...(query.delimiter === undefined ? {} : { delimiter: query.delimiter }),
        ...(query.on_duplicate === undefined ? {} : { onDuplicate: query.on_duplicate }),
        ...(query.mapping === undefined ? {} : { mapping: query.mapping }),
        resubscribe: query.resubscribe === 'true',
      },
    });
    await this.jobs.enqueue(importJob, { importId: created.id }, { key: created.id });
    return present(created);
  }

  /** The body is the beginning of a file, cut at the end of a line; nothing of it is kept. */
  @Answers(importPreviewAnswer)
  @Post('preview')
  @HttpCode(200)
  async preview(@Query({ schema: previewSchema }) query: z.output<typeof previewSchema>, @Req() request: FastifyRequest) {
    return this.imports.preview(request.body as Readable, query);
  }

  @Answers(importsAnswer)
  @Get()
  async list(@CurrentActor() actor: ActorContext) {
    return { object: 'list', has_more: false, data: (await this.imports.list(actor)).map(present) };
  }

  @Answers(importAnswer)
  @Get(':id')
  async get(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.imports.get(actor, id));
  }

  @Answers(importAnswer)
  @Post(':id/cancel')
  @HttpCode(200)
  async cancel(@CurrentActor() actor: ActorContext, @Param('id') id: string) {
    return present(await this.imports.cancel(actor, id));
  }

  /** The rejected rows with line and reason: mend them and upload this very file. */
  @Get(':id/errors.csv')
  async errors(@CurrentActor() actor: ActorContext, @Param('id') id: string, @Res() reply: FastifyReply): Promise<void> {
    const stream = await this.imports.openErrorFile(actor, id);
    void reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', 'attachment; filename="rejected-rows.csv"')
      .header('x-content-type-options', 'nosniff')
      .send(stream);
  }
}

function parseMapping(text: string, issues: z.RefinementCtx): Record<string, string> {
  try {
    const parsed = z.record(z.string(), z.string().min(1).max(100)).safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
  } catch {
    // Said below: it is no JSON.
  }
  issues.addIssue({ code: 'custom', message: 'is not a JSON object of column names and fields' });
  return z.NEVER;
}

function present(one: ContactImport) {
  return {
    object: 'import',
    id: one.id,
    list_id: one.listId,
    file_name: one.fileName,
    status: one.status,
    columns: one.columns,
    encoding: one.encoding,
    progress: one.progress,
    bytes_total: one.bytesTotal,
    bytes_done: one.bytesDone,
    rows_read: one.rowsRead,
    rows_created: one.rowsCreated,
    rows_updated: one.rowsUpdated,
    rows_unchanged: one.rowsUnchanged,
    rows_duplicate: one.rowsDuplicate,
    rows_rejected: one.rowsRejected,
    kept_unsubscribed: one.keptUnsubscribed,
    suppressed: one.suppressed,
    has_error_file: one.hasErrorFile,
    error: one.errorCode === null ? null : { code: one.errorCode, message: one.errorMessage },
    created_at: one.createdAt,
    started_at: one.startedAt,
    finished_at: one.finishedAt,
  };
}
