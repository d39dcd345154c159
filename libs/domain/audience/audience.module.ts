import { type DynamicModule, Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ContactService } from './contact.service.js';
import { type ImportDependencies, ImportService } from './import/import.service.js';
import { ListService } from './list.service.js';
import { MembershipService } from './membership.service.js';
import { SuppressionService } from './suppression.service.js';

export type AudienceModuleOptions = ImportDependencies;

/** Contacts, lists, suppressions and imports; needs a TypeORM data source with `audienceEntities` in the application. */
@Module({})
export class AudienceModule {
  static forRoot(options: AudienceModuleOptions): DynamicModule {
    const services = [ListService, ContactService, MembershipService, SuppressionService];
    const imports = {
      provide: ImportService,
      useFactory: (dataSource: DataSource) => new ImportService(dataSource, options),
      inject: [getDataSourceToken()],
    };
    return { module: AudienceModule, providers: [...services, imports], exports: [...services, ImportService] };
  }
}
