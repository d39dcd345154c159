import type { DataSource, EntityManager } from 'typeorm';
import { uuidv7 } from '#base/kernel';
import { accountsError } from './accounts.errors.js';
import { hashPassword } from './passwords.js';
import { SessionEntity } from './session.entity.js';
import { UserEntity, WorkspaceMemberEntity } from './user.entity.js';

/** Case and Unicode form do not make another account. */
export function userKey(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase();
}

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly name?: string;
  readonly isInstanceAdmin?: boolean;
}

export class UserService {
  constructor(private readonly dataSource: DataSource) {}

  /** Creates a user and makes them `role` of a workspace. @throws ChaparError `user_exists`, `password_too_weak` */
  async create(
    user: NewUser,
    membership: { workspaceId: string; role: string },
    manager: EntityManager = this.dataSource.manager,
  ): Promise<string> {
    const id = uuidv7();
    const passwordHash = await hashPassword(user.password);
    const result = await manager
      .createQueryBuilder()
      .insert()
      .into(UserEntity)
      .values({
        id,
        email: user.email.trim(),
        emailKey: userKey(user.email),
        name: user.name ?? '',
        passwordHash,
        isInstanceAdmin: user.isInstanceAdmin ?? false,
      })
      .orIgnore()
      .returning('id')
      .execute();
    if ((result.raw as unknown[]).length === 0) throw accountsError('user_exists', `A user ${user.email} exists already.`);
    await manager.getRepository(WorkspaceMemberEntity).insert({ ...membership, userId: id });
    return id;
  }

  /** Sets a new password and ends every session of the user. @throws ChaparError `user_not_found`, `password_too_weak` */
  async resetPassword(email: string, password: string): Promise<void> {
    const passwordHash = await hashPassword(password);
    await this.dataSource.transaction(async (manager) => {
      const user = await manager.getRepository(UserEntity).findOneBy({ emailKey: userKey(email) });
      if (user === null) throw accountsError('user_not_found', `No user has the address ${email}.`);
      await manager.getRepository(UserEntity).update({ id: user.id }, { passwordHash, updatedAt: () => 'now()' });
      await manager.getRepository(SessionEntity).delete({ userId: user.id });
    });
  }
}
