import { createHash, randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { ActorContext, Clock } from '#base/kernel';
import { accountsError } from './accounts.errors.js';
import { verifyPassword } from './passwords.js';
import { SessionEntity } from './session.entity.js';
import { SignInThrottle, networkOf } from './sign-in-throttle.js';
import { UserEntity, WorkspaceMemberEntity } from './user.entity.js';
import { userKey } from './user.service.js';

const SESSION_MS = 30 * 24 * 3600_000;

export interface SignInRequest {
  readonly email: string;
  readonly password: string;
  readonly ip: string;
  readonly userAgent: string;
}

/** Who a session speaks for. */
export interface SignedInUser {
  readonly context: ActorContext;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  /** The name of the workspace. */
  readonly workspace: string;
  readonly isInstanceAdmin: boolean;
}

/** Browser sessions: an opaque 256-bit token in a cookie, its SHA-256 in the database. */
export class SessionService {
  private readonly throttle: SignInThrottle;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    this.throttle = new SignInThrottle(clock);
  }

  /**
   * @returns the token for the cookie; always a new one, so that a planted token never becomes a session
   * @throws ChaparError `sign_in_refused` or `sign_in_throttled`
   */
  async signIn(request: SignInRequest): Promise<{ token: string; expiresAt: Date }> {
    const key = userKey(request.email);
    const attempt = await this.throttle.begin(key, request.ip, () => this.isKnownNetwork(key, request.ip));
    if (typeof attempt === 'number')
      throw accountsError('sign_in_throttled', `Too many failed sign-ins: try again in ${Math.ceil(attempt / 60)} min.`);
    const user = await this.dataSource.getRepository(UserEntity).findOneBy({ emailKey: key });
    if (!(await verifyPassword(user?.passwordHash, request.password)) || user === null) {
      throw accountsError('sign_in_refused', 'The e-mail address or the password is wrong.');
    }
    attempt.succeeded();
    const membership = await this.dataSource
      .getRepository(WorkspaceMemberEntity)
      .findOne({ where: { userId: user.id }, order: { createdAt: 'ASC' } });
    if (membership === null) throw accountsError('sign_in_refused', 'This user belongs to no workspace.');
    const token = randomBytes(32).toString('base64url');
    const expiresAt = new Date(this.clock.now().getTime() + SESSION_MS);
    await this.dataSource.getRepository(SessionEntity).insert({
      tokenHash: hashOf(token),
      userId: user.id,
      workspaceId: membership.workspaceId,
      expiresAt,
      ip: request.ip,
      userAgent: request.userAgent.slice(0, 400),
    });
    return { token, expiresAt };
  }

  /** @throws ChaparError `session_invalid` */
  async authenticate(token: string): Promise<SignedInUser> {
    const [row] = (await this.dataSource.query(
      `SELECT s.workspace_id, u.id AS user_id, u.email, u.name, u.is_instance_admin, m.role, w.name AS workspace
       FROM sessions s JOIN users u ON u.id = s.user_id JOIN workspaces w ON w.id = s.workspace_id
       JOIN workspace_members m ON m.user_id = s.user_id AND m.workspace_id = s.workspace_id
       WHERE s.token_hash = $1 AND s.expires_at > $2`,
      [hashOf(token), this.clock.now()],
    )) as SessionRow[];
    if (!row) throw accountsError('session_invalid', 'Please sign in.');
    return {
      context: { workspaceId: row.workspace_id, actor: { kind: 'user', id: row.user_id } },
      email: row.email,
      name: row.name,
      role: row.role,
      workspace: row.workspace,
      isInstanceAdmin: row.is_instance_admin,
    };
  }

  private async isKnownNetwork(emailKey: string, ip: string): Promise<boolean> {
    const network = networkOf(ip);
    if (network === 'unknown') return false;
    const [{ known }] = (await this.dataSource.query(
      `SELECT EXISTS (SELECT FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email_key = $1 AND s.ip <<= $2::inet) AS known`,
      [emailKey, network],
    )) as [{ known: boolean }];
    return known;
  }

  async signOut(token: string): Promise<void> {
    await this.dataSource.getRepository(SessionEntity).delete({ tokenHash: hashOf(token) });
  }
}

interface SessionRow {
  readonly workspace_id: string;
  readonly user_id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly workspace: string;
  readonly is_instance_admin: boolean;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
