import { ApiKeyEntity } from './api-key.entity.js';
import { SessionEntity } from './session.entity.js';
import { UserEntity, WorkspaceMemberEntity } from './user.entity.js';
import { WorkspaceEntity } from './workspace.entity.js';

export { ApiKeyService, type ApiKeyView, type AuthenticatedKey, type NewApiKey } from './api-key.service.js';
export { type ApiKeyScope, apiKeyScopes } from './api-key.entity.js';
export { type FirstRunOptions, type FirstRunResult, defaultWorkspace, ensureFirstRun } from './first-run.js';
export { hashPassword, verifyPassword } from './passwords.js';
export { SignInThrottle, networkOf, type SignInTry } from './sign-in-throttle.js';
export { SessionService, type SignInRequest, type SignedInUser } from './session.service.js';
export { type NewUser, UserService } from './user.service.js';
export { WorkspaceEntity };

export const accountsEntities = [WorkspaceEntity, UserEntity, WorkspaceMemberEntity, SessionEntity, ApiKeyEntity];
