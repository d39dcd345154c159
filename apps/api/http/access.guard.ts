import { type CanActivate, type ExecutionContext, Injectable, SetMetadata, createParamDecorator } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ActorContext, defineErrors } from '#base/kernel';
import { ApiKeyService, type AuthenticatedKey, SessionService } from '#domain/accounts';
import { apiKeyOf } from './api-credentials.js';
import { RateLimiter } from './rate-limit.js';
import { SessionCookie } from './session-cookie.js';

export const accessError = defineErrors({
  sign_in_required: {
    kind: 'unauthenticated',
    retry: 'after-fix',
    meaning: 'The request has neither a session nor an API key. Sign in, or send `Authorization: Bearer <key>`.',
  },
  scope_too_small: {
    kind: 'forbidden',
    retry: 'after-fix',
    meaning: 'The API key may only send, or only read. Use a key with scope full.',
  },
  cross_site_refused: {
    kind: 'forbidden',
    retry: 'never',
    meaning: 'A browser sent this request from another site. Only pages of this installation may use a session.',
  },
});

/** Who may call a route; `sending`: keys that may only send, too. A route that declares nothing answers nobody: see the spec over all routes. */
export type RouteAccess = 'public' | 'signed-in' | 'sending';

const ACCESS = 'chapar:access';
export const Access = (access: RouteAccess) => SetMetadata(ACCESS, access);
export const accessOf = (target: object): RouteAccess | undefined => Reflect.getMetadata(ACCESS, target) as RouteAccess | undefined;

interface AuthenticatedRequest extends FastifyRequest {
  actorContext?: ActorContext;
  apiKey?: AuthenticatedKey;
}

@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly sessions: SessionService,
    private readonly keys: ApiKeyService,
    private readonly limiter: RateLimiter,
    private readonly cookie: SessionCookie,
  ) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const access = this.reflector.getAllAndOverride<RouteAccess | undefined>(ACCESS, [execution.getHandler(), execution.getClass()]);
    const request = execution.switchToHttp().getRequest<AuthenticatedRequest>();
    if (access === undefined) return false;
    if (access === 'public') {
      // Signing in is public too, and another site must not sign its visitor in as somebody else.
      refuseCrossSite(request);
      return true;
    }
    request.actorContext = await this.authenticate(request, access);
    this.limiter.take(request.actorContext.actor.id, execution.switchToHttp().getResponse<FastifyReply>());
    return true;
  }

  private async authenticate(request: AuthenticatedRequest, access: 'signed-in' | 'sending'): Promise<ActorContext> {
    const secret = apiKeyOf(request);
    if (secret !== undefined) {
      const key = await this.keys.authenticate(secret, request.ip);
      refuseBeyondScope(key, access, request.method);
      request.apiKey = key;
      return key.context;
    }
    const token = this.cookie.read(request);
    if (token === undefined) throw accessError('sign_in_required', 'Sign in, or send an API key as "Authorization: Bearer …".');
    refuseCrossSite(request);
    return (await this.sessions.authenticate(token)).context;
  }
}

function refuseBeyondScope({ scope }: AuthenticatedKey, access: 'signed-in' | 'sending', method: string): void {
  const isReading = method === 'GET' || method === 'HEAD';
  if (scope === 'read' && !isReading) throw accessError('scope_too_small', 'This API key may only read.');
  if (scope === 'sending' && access !== 'sending') throw accessError('scope_too_small', 'This API key may only send mail.');
}

/** A cookie comes along with requests that other sites make; those may change nothing. */
function refuseCrossSite(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  const isForeign = origin !== undefined && URL.parse(origin)?.host !== request.headers.host;
  if (isForeign || (site !== undefined && site !== 'same-origin' && site !== 'none')) {
    throw accessError('cross_site_refused', 'This request came from another site.');
  }
}

/** The caller's context; only on routes that need one. */
export const CurrentActor = createParamDecorator((_: unknown, execution: ExecutionContext): ActorContext => {
  const { actorContext } = execution.switchToHttp().getRequest<AuthenticatedRequest>();
  if (!actorContext) throw new TypeError('a public route asked for its actor');
  return actorContext;
});

/** The key that asks, if it is one. */
export const CurrentKey = createParamDecorator(
  (_: unknown, execution: ExecutionContext): AuthenticatedKey | undefined =>
    execution.switchToHttp().getRequest<AuthenticatedRequest>().apiKey,
);
