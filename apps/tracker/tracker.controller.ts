import { Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { isIP } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventKind } from '#base/contracts';
import { type EngagementService, PreferenceService, TrackingTokens, UnsubscribeService } from '#domain/tracking';
import { LinkDirectory } from './link-directory.js';
import { renderPreferencesPage } from './preferences-page.js';
import { type UnsubscribePage, renderUnsubscribePage } from './unsubscribe-page.js';

/** The smallest transparent GIF: what every open pixel answers, whatever its token. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

export const ENGAGEMENT = Symbol('engagement');

/** The public addresses in mail. No cookie, no cache, no error that tells a guesser anything. */
@Controller()
export class TrackerController {
  constructor(
    private readonly tokens: TrackingTokens,
    private readonly links: LinkDirectory,
    @Inject(ENGAGEMENT) private readonly engagement: EngagementService,
    private readonly unsubscribes: UnsubscribeService,
    private readonly preferences: PreferenceService,
  ) {}

  @Get('t/o/:file')
  open(@Param('file') file: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const claim = this.tokens.verify('open', file.replace(/\.gif$/i, ''));
    if (claim)
      this.engagement.accept({ kind: EventKind.open, deliveryId: claim.deliveryId, link: 0, linksInMessage: 0, ...visitor(request) });
    void reply.headers(PUBLIC_HEADERS).type('image/gif').send(PIXEL);
  }

  @Get('t/c/:token')
  async click(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const claim = this.tokens.verify('click', token);
    const target = claim && (await this.links.target(claim.deliveryId, claim.position));
    if (!claim || !target) return sendPage(reply, 404, 'gone', undefined);
    this.engagement.accept({
      kind: EventKind.click,
      deliveryId: claim.deliveryId,
      link: claim.position,
      linksInMessage: target.linksInMessage,
      ...visitor(request),
    });
    void reply.headers(PUBLIC_HEADERS).redirect(target.url, 302);
  }

  @Get('t/v/:token')
  async webView(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const claim = this.tokens.verify('web-view', token);
    const html = claim && (await this.links.webView(claim.deliveryId));
    if (!html) return sendPage(reply, 404, 'gone', undefined);
    // The mail is the sender's, not ours: no script of it runs here, and it reaches nothing of this origin.
    const policy =
      "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; font-src https: data:; form-action 'none'; base-uri 'none'";
    void reply
      .headers({ ...PUBLIC_HEADERS, 'content-security-policy': policy })
      .type('text/html; charset=utf-8')
      .send(html);
  }

  /** Scanners follow every link: looking changes nothing. */
  @Get('u/:token')
  async ask(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const claim = this.tokens.verify('unsubscribe', token);
    const facts = claim && (await this.unsubscribes.describe(claim.deliveryId));
    sendPage(reply, facts ? 200 : 404, !facts ? 'gone' : facts.isSubscribed ? 'ask' : 'done', facts, `${token}/preferences`);
  }

  /** RFC 8058 §3.2: the POST alone unsubscribes, with no cookie, no page and no redirect. */
  @Post('u/:token')
  async change(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const claim = this.tokens.verify('unsubscribe', token);
    if (!claim || !(await this.unsubscribes.describe(claim.deliveryId))) return sendPage(reply, 404, 'gone', undefined);
    // Whatever a mail program sends as a body, the POST alone is what counts.
    const form = (typeof request.body === 'object' ? (request.body ?? {}) : {}) as Record<string, unknown>;
    const { ip, userAgent } = visitor(request);
    if (form['action'] === 'resubscribe') await this.unsubscribes.resubscribe(claim.deliveryId);
    else
      await this.unsubscribes.unsubscribe({
        deliveryId: claim.deliveryId,
        method: 'List-Unsubscribe' in form ? 'one-click' : 'page',
        ip,
        userAgent,
      });
    const facts = await this.unsubscribes.describe(claim.deliveryId);
    sendPage(reply, 200, form['action'] === 'resubscribe' ? 'back' : 'done', facts, `${token}/preferences`);
  }

  @Get('u/:token/preferences')
  async choose(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const claim = this.tokens.verify('unsubscribe', token);
    const facts = claim && (await this.preferences.describe(claim.deliveryId));
    if (!facts) return sendPage(reply, 404, 'gone', undefined);
    sendHtml(reply, 200, renderPreferencesPage(facts, false));
  }

  @Post('u/:token/preferences')
  async keep(@Param('token') token: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const claim = this.tokens.verify('unsubscribe', token);
    if (!claim || !(await this.preferences.describe(claim.deliveryId))) return sendPage(reply, 404, 'gone', undefined);
    const form = (typeof request.body === 'object' ? (request.body ?? {}) : {}) as Record<string, unknown>;
    const topics = [form['topic'] ?? []].flat().filter((topic) => typeof topic === 'string');
    const { ip, userAgent } = visitor(request);
    await this.preferences.save({ deliveryId: claim.deliveryId, wanted: form['action'] === 'none' ? 'none' : topics, ip, userAgent });
    const facts = await this.preferences.describe(claim.deliveryId);
    sendHtml(reply, 200, renderPreferencesPage(facts!, true));
  }
}

const PUBLIC_HEADERS = {
  'cache-control': 'no-store, private',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
};

const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

export function sendPage(
  reply: FastifyReply,
  status: number,
  kind: UnsubscribePage,
  facts: Parameters<typeof renderUnsubscribePage>[1],
  preferences?: string,
): void {
  sendHtml(reply, status, renderUnsubscribePage(kind, facts, preferences));
}

function sendHtml(reply: FastifyReply, status: number, html: string): void {
  void reply
    .status(status)
    .headers({ ...PUBLIC_HEADERS, 'content-security-policy': PAGE_POLICY })
    .type('text/html; charset=utf-8')
    .send(html);
}

/** The address is what a proxy says, and some say `unknown`. */
function visitor(request: FastifyRequest): { method: string; userAgent: string; ip: string | null; at: Date } {
  const ip = isIP(request.ip) === 0 ? null : request.ip;
  return { method: request.method, userAgent: request.headers['user-agent'] ?? '', ip, at: new Date() };
}
