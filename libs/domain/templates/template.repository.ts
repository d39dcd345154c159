import type { DataSource, EntityManager } from 'typeorm';
import { type ActorContext, uuidv7 } from '#base/kernel';
import type { CompiledTemplate, MissingValuePolicy, TemplateSender, TextDirection } from './template.types.js';

export interface TemplateSummary {
  readonly id: string;
  readonly name: string;
  readonly language: string;
  readonly direction: TextDirection;
  readonly galleryKey: string | null;
  /** Number and subject of the newest version. */
  readonly versionNumber: number;
  readonly subject: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface TemplateVersion {
  readonly id: string;
  readonly templateId: string;
  readonly number: number;
  readonly subject: string;
  readonly preheader: string;
  readonly source: string;
  readonly textSource: string | null;
  readonly missingValues: MissingValuePolicy;
  readonly compiled: CompiledTemplate;
  readonly createdAt: Date;
}

export type NewVersion = Omit<TemplateVersion, 'id' | 'templateId' | 'number' | 'createdAt'>;

export interface TemplatePartial {
  readonly name: string;
  readonly source: string;
  readonly updatedAt: Date;
}

export interface TemplateRow {
  readonly name: string;
  readonly language: string;
  readonly direction: TextDirection;
  readonly galleryKey: string | null;
}

const SUMMARY = `
  SELECT t.id, t.name, t.language, t.direction, t.gallery_key AS "galleryKey", t.created_at AS "createdAt", t.updated_at AS "updatedAt",
    v.number AS "versionNumber", v.subject
  FROM templates t
  JOIN LATERAL (SELECT number, subject FROM template_versions WHERE template_id = t.id ORDER BY number DESC LIMIT 1) v ON true`;

const VERSION = `
  SELECT v.id, v.template_id AS "templateId", v.number, v.subject, v.preheader, v.source, v.text_source AS "textSource",
    v.missing_values AS "missingValues", v.compiled, v.created_at AS "createdAt"
  FROM template_versions v`;

/** All SQL of this library. Every statement is bound to the workspace of the context. */
export class TemplateRepository {
  constructor(private readonly dataSource: DataSource) {}

  list({ workspaceId }: ActorContext): Promise<TemplateSummary[]> {
    return this.dataSource.query(`${SUMMARY} WHERE t.workspace_id = $1 AND t.archived_at IS NULL ORDER BY t.created_at DESC, t.id DESC`, [
      workspaceId,
    ]);
  }

  async find({ workspaceId }: ActorContext, id: string): Promise<TemplateSummary | undefined> {
    const [row]: [TemplateSummary?] = await this.dataSource.query(
      `${SUMMARY} WHERE t.workspace_id = $1 AND t.id = $2 AND t.archived_at IS NULL`,
      [workspaceId, id],
    );
    return row;
  }

  async newestVersion({ workspaceId }: ActorContext, templateId: string): Promise<TemplateVersion | undefined> {
    const [row]: [TemplateVersion?] = await this.dataSource.query(
      `${VERSION} WHERE v.workspace_id = $1 AND v.template_id = $2 ORDER BY v.number DESC LIMIT 1`,
      [workspaceId, templateId],
    );
    return row;
  }

  async findVersion({ workspaceId }: ActorContext, versionId: string): Promise<TemplateVersion | undefined> {
    const [row]: [TemplateVersion?] = await this.dataSource.query(`${VERSION} WHERE v.workspace_id = $1 AND v.id = $2`, [
      workspaceId,
      versionId,
    ]);
    return row;
  }

  insert(context: ActorContext, template: TemplateRow, version: NewVersion): Promise<TemplateVersion> {
    const id = uuidv7();
    return this.dataSource.transaction(async (manager) => {
      await manager.query(
        'INSERT INTO templates (id, workspace_id, name, language, direction, gallery_key) VALUES ($1, $2, $3, $4, $5, $6)',
        [id, context.workspaceId, template.name, template.language, template.direction, template.galleryKey],
      );
      return this.insertVersion(manager, context, id, 1, version);
    });
  }

  /** @returns undefined if this workspace has no such template */
  publish(
    context: ActorContext,
    id: string,
    template: Omit<TemplateRow, 'galleryKey'>,
    version: NewVersion,
  ): Promise<TemplateVersion | undefined> {
    return this.dataSource.transaction(async (manager) => {
      // The row is locked, so that two who publish at once get two numbers.
      const [, changed]: [unknown, number] = await manager.query(
        `UPDATE templates SET name = $3, language = $4, direction = $5, updated_at = now()
         WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL`,
        [context.workspaceId, id, template.name, template.language, template.direction],
      );
      if (changed === 0) return undefined;
      const [{ next }]: [{ next: number }] = await manager.query(
        'SELECT coalesce(max(number), 0) + 1 AS next FROM template_versions WHERE template_id = $1',
        [id],
      );
      return this.insertVersion(manager, context, id, next, version);
    });
  }

  async archive({ workspaceId }: ActorContext, id: string): Promise<boolean> {
    const [, changed]: [unknown, number] = await this.dataSource.query(
      'UPDATE templates SET archived_at = now() WHERE workspace_id = $1 AND id = $2 AND archived_at IS NULL',
      [workspaceId, id],
    );
    return changed > 0;
  }

  listPartials({ workspaceId }: ActorContext): Promise<TemplatePartial[]> {
    return this.dataSource.query(
      'SELECT name, source, updated_at AS "updatedAt" FROM template_partials WHERE workspace_id = $1 ORDER BY name',
      [workspaceId],
    );
  }

  async putPartial({ workspaceId }: ActorContext, name: string, source: string): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO template_partials (workspace_id, name, source) VALUES ($1, $2, $3)
       ON CONFLICT (workspace_id, name) DO UPDATE SET source = excluded.source, updated_at = now()`,
      [workspaceId, name, source],
    );
  }

  async deletePartial({ workspaceId }: ActorContext, name: string): Promise<boolean> {
    const [, deleted]: [unknown, number] = await this.dataSource.query(
      'DELETE FROM template_partials WHERE workspace_id = $1 AND name = $2',
      [workspaceId, name],
    );
    return deleted > 0;
  }

  async sender({ workspaceId }: ActorContext): Promise<TemplateSender> {
    const [row]: [TemplateSender?] = await this.dataSource.query('SELECT name, postal_address FROM workspaces WHERE id = $1', [
      workspaceId,
    ]);
    return row ?? { name: '', postal_address: '' };
  }

  private async insertVersion(
    manager: EntityManager,
    { workspaceId }: ActorContext,
    templateId: string,
    number: number,
    version: NewVersion,
  ): Promise<TemplateVersion> {
    const [row]: [{ id: string; createdAt: Date }] = await manager.query(
      `INSERT INTO template_versions (id, workspace_id, template_id, number, subject, preheader, source, text_source, missing_values, compiled)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id, created_at AS "createdAt"`,
      [
        uuidv7(),
        workspaceId,
        templateId,
        number,
        version.subject,
        version.preheader,
        version.source,
        version.textSource,
        version.missingValues,
        JSON.stringify(version.compiled),
      ],
    );
    return { ...version, ...row, templateId, number };
  }
}
