import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { type ApiDependencies, ApiModule } from './api.module.js';

/** The OpenAPI document of all routes of an application. */
export function describeApi(app: INestApplication): OpenAPIObject {
  return SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('Chapar').setVersion('1').addBearerAuth().build());
}

/** The same document without an installation: what clients are generated from. No route of it is ever called. */
export async function apiDocument(): Promise<OpenAPIObject> {
  const nothing = {} as ApiDependencies;
  const app = await NestFactory.create(
    ApiModule.with({ ...nothing, publicUrl: 'http://localhost', requestRate: 1 }),
    new FastifyAdapter(),
    {
      logger: false,
    },
  );
  try {
    return describeApi(app);
  } finally {
    await app.close();
  }
}
