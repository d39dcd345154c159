import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { type Logger, messageOf } from '#base/kernel';
import { sendPage } from './tracker.controller.js';

/** Strangers get a plain page, whatever happened: never a path, a token or a trace. */
@Catch()
export class TrackerErrorFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const status = error instanceof HttpException ? error.getStatus() : ((error as { statusCode?: number }).statusCode ?? 500);
    if (status >= 500) this.logger.error({ reason: messageOf(error) }, 'a public page failed');
    sendPage(reply, status, status >= 500 ? 'later' : 'gone', undefined);
  }
}
