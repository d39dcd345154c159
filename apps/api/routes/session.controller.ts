import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { SessionService } from '#domain/accounts';
import { Access, accessError } from '../http/access.guard.js';
import { Answers } from '../http/answers.js';
import { SessionCookie } from '../http/session-cookie.js';
import { sessionAnswer } from '../schemas/account.schema.js';

const signInSchema = z.strictObject({ email: z.string().max(320), password: z.string().max(1000) }).meta({ id: 'SignIn' });

@Controller('v1/session')
export class SessionController {
  constructor(
    private readonly sessions: SessionService,
    private readonly cookie: SessionCookie,
  ) {}

  @Post()
  @Access('public')
  @HttpCode(204)
  async signIn(
    @Body({ schema: signInSchema }) body: z.output<typeof signInSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const { token, expiresAt } = await this.sessions.signIn({ ...body, ip: request.ip, userAgent: request.headers['user-agent'] ?? '' });
    void reply.header('set-cookie', this.cookie.write(token, expiresAt));
  }

  @Answers(sessionAnswer)
  @Get()
  @Access('public')
  async current(@Req() request: FastifyRequest): Promise<z.input<typeof sessionAnswer>> {
    const token = this.cookie.read(request);
    if (token === undefined) throw accessError('sign_in_required', 'Please sign in.');
    const { email, name, role, workspace, isInstanceAdmin } = await this.sessions.authenticate(token);
    return { email, name, role, workspace, is_instance_admin: isInstanceAdmin };
  }

  @Delete()
  @Access('public')
  @HttpCode(204)
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const token = this.cookie.read(request);
    if (token !== undefined) await this.sessions.signOut(token);
    void reply.header('set-cookie', this.cookie.clear());
  }
}
