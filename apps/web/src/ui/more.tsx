import { Button, Center } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorPanel, Loading } from './states';

interface PagedProps<P extends { readonly data: readonly unknown[] }> {
  readonly query: UseInfiniteQueryResult<InfiniteData<P>>;
  readonly empty: ReactNode;
  readonly children: (rows: P['data'][number][]) => ReactNode;
}

/** A list that comes page by page: its states, and the way to more. */
export function Paged<P extends { readonly data: readonly unknown[] }>({ query, empty, children }: PagedProps<P>) {
  const { t } = useTranslation();
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  const rows = query.data.pages.flatMap((page) => [...page.data]) as P['data'][number][];
  if (rows.length === 0) return empty;
  return (
    <>
      {children(rows)}
      {query.isError && <ErrorPanel error={query.error} onRetry={() => void query.fetchNextPage()} />}
      {query.hasNextPage && (
        <Center>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </Center>
      )}
    </>
  );
}
