import { Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { TemplateService } from './template.service.js';

/** Gives TemplateService to an app whose root module has the DataSource. */
@Module({
  providers: [
    {
      provide: TemplateService,
      inject: [getDataSourceToken()],
      useFactory: (dataSource: DataSource) => new TemplateService(dataSource),
    },
  ],
  exports: [TemplateService],
})
export class TemplatesModule {}
