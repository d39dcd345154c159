import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ChaparError, type ErrorKind, type Logger, messageOf } from '#base/kernel';
import { compatError } from './compat-errors.js';
import { isSendApi, sendApiName, sendApiNameOf, sendApiStatus } from './send-api-errors.js';

const statusOf: Readonly<Record<ErrorKind, number>> = {
  invalid: 422,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  limit: 429,
  unavailable: 503,
  internal: 500,
};

interface ErrorBody {
  statusCode: number;
  name: string;
  message: string;
  request_id: string;
  errors?: readonly object[];
  suggestion?: string;
  docs_url?: string;
}

/** The one place where errors become HTTP. What is ours is said in full; what is a bug is logged and not shown. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const body = this.describe(error, request);
    const reply = http.getResponse<FastifyReply>();
    if ((body.statusCode === 503 || body.statusCode === 429) && !reply.hasHeader('retry-after')) void reply.header('retry-after', '1');
    const code = error instanceof ChaparError ? error.code : body.name;
    const compat = compatError(request.url, { ...body, code, errors: error instanceof ChaparError ? error.details : undefined });
    void reply.status(compat?.statusCode ?? body.statusCode).send(compat?.body ?? body);
  }

  private describe(error: unknown, request: FastifyRequest): ErrorBody {
    const request_id = request.id;
    const isSend = isSendApi(request.url);
    if (error instanceof ChaparError) {
      return {
        statusCode: (isSend ? sendApiStatus(error) : undefined) ?? statusOf[error.kind],
        name: isSend ? sendApiName(error) : error.code,
        message: error.message,
        request_id,
        ...(error.details.length > 0 ? { errors: error.details } : {}),
        ...(error.suggestion ? { suggestion: error.suggestion } : {}),
        docs_url: `/docs/errors#${error.code}`,
      };
    }
    if (error instanceof HttpException)
      return {
        statusCode: error.getStatus(),
        name: isSend ? sendApiNameOf(error.getStatus()) : nameOf(error),
        message: describeHttp(error),
        request_id,
      };
    const { statusCode } = error as { statusCode?: number };
    if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
      return { statusCode, name: isSend ? sendApiNameOf(statusCode) : 'invalid_request', message: messageOf(error), request_id };
    this.logger.error({ err: error, request_id, path: request.routeOptions.url }, 'a request failed');
    return {
      statusCode: 500,
      name: 'internal_server_error',
      message: `Something went wrong on our side. The log has the details under ${request_id}.`,
      request_id,
    };
  }
}

function nameOf(error: HttpException): string {
  return error.name
    .replace(/Exception$/, '')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function describeHttp(error: HttpException): string {
  const response = error.getResponse() as { message?: string | string[] } | string;
  if (typeof response === 'string') return response;
  return Array.isArray(response.message) ? response.message.join('; ') : (response.message ?? error.message);
}
