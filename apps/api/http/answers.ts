import { RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA } from '@nestjs/common/constants.js';
import { ApiResponse } from '@nestjs/swagger';
import * as z from 'zod';

/** A moment: a Date here, RFC 3339 in the JSON of an answer. */
export const instant = z.iso.datetime() as unknown as z.ZodType<string, Date>;

/** A page of a list under its name in the OpenAPI document. */
export const listOf = <S extends z.ZodType>(id: string, schema: S) =>
  z.object({ object: z.string(), has_more: z.boolean(), data: z.array(schema).readonly() }).meta({ id });

/** A list that is paged by a cursor. */
export const pagedListOf = <S extends z.ZodType>(id: string, schema: S) =>
  z
    .object({ object: z.string(), has_more: z.boolean(), next_cursor: z.string().nullable(), data: z.array(schema).readonly() })
    .meta({ id });

type Answering<S extends z.ZodType> = (...args: never[]) => z.input<S> | Promise<z.input<S>>;

/**
 * Documents what a route answers, which the clients that are generated from the OpenAPI document rely on. The compiler
 * refuses it on a method that returns anything else, so nothing has to be checked at run time. Stands above the route's
 * other decorators.
 */
export function Answers<S extends z.ZodType>(schema: S) {
  return <F extends Answering<S>>(target: object, key: string, descriptor: TypedPropertyDescriptor<F>): void => {
    const handler = descriptor.value!;
    const isPost = Reflect.getMetadata(METHOD_METADATA, handler) === RequestMethod.POST;
    const status = (Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined) ?? (isPost ? 201 : 200);
    ApiResponse({ status, standardSchema: schema })(target, key, descriptor);
  };
}
