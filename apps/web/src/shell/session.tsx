import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { ApiError, type Schemas, api, unwrap, whenSignedOut } from '../api/client';

export type Session = Schemas['Session'];
const SessionContext = createContext<Session | undefined>(undefined);

export const sessionKey = ['session'] as const;

/** Who is signed in. `hasExpired`: was signed in, and what they were doing is still on the screen. */
export function useSessionState() {
  const client = useQueryClient();
  const [hasExpired, setExpired] = useState(false);
  const query = useQuery({
    queryKey: sessionKey,
    queryFn: () => unwrap(api.GET('/v1/session')),
    staleTime: 60_000,
    retry: (count, error) => error instanceof ApiError && error.status !== 401 && count < 3,
  });
  useEffect(() => {
    whenSignedOut(() => {
      if (client.getQueryData(sessionKey) !== undefined) setExpired(true);
    });
  }, [client]);
  return {
    query,
    hasExpired: hasExpired && query.data !== undefined,
    signedIn: async () => {
      setExpired(false);
      await client.invalidateQueries();
    },
  };
}

export function SessionProvider({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new TypeError('useSession outside of a signed-in page');
  return session;
}
