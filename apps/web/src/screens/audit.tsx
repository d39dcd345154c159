import { SegmentedControl, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../api/client';
import { useSession } from '../shell/session';
import { Page } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Ltr, Moment, Written } from '../ui/text';

/** What people and keys did; a chain of hashes keeps it from being changed unseen. */
export function Audit() {
  const { t } = useTranslation();
  const { is_instance_admin: isAdmin } = useSession();
  const [scope, setScope] = useState<'workspace' | 'instance'>('workspace');
  const query = useQuery({
    queryKey: ['audit', scope],
    queryFn: () => unwrap(api.GET('/v1/audit', { params: { query: { scope, limit: 200 } } })),
  });
  return (
    <Page
      title={t('nav.audit')}
      lead={t('audit.lead')}
      actions={
        isAdmin ? (
          <SegmentedControl
            aria-label={t('queue.scope')}
            value={scope}
            onChange={(value) => setScope(value === 'instance' ? 'instance' : 'workspace')}
            data={[
              { value: 'workspace', label: t('queue.workspace') },
              { value: 'instance', label: t('queue.instance') },
            ]}
          />
        ) : undefined
      }
    >
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty icon="shield" title={t('audit.empty')}>
              {t('audit.emptyHelp')}
            </Empty>
          ) : (
            <div className="table-scroll">
              <Table verticalSpacing="xs" miw={640}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t('audit.when')}</Table.Th>
                    <Table.Th>{t('audit.who')}</Table.Th>
                    <Table.Th>{t('audit.what')}</Table.Th>
                    <Table.Th>{t('audit.towhat')}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {data.map((entry) => (
                    <Table.Tr key={entry.number}>
                      <Table.Td>
                        <Moment at={entry.at} />
                      </Table.Td>
                      <Table.Td>
                        <Ltr>{entry.actor}</Ltr>
                      </Table.Td>
                      <Table.Td>
                        <Ltr code>{entry.action}</Ltr>
                      </Table.Td>
                      <Table.Td>
                        <Written>{entry.target}</Written>
                        {entry.detail !== '{}' && (
                          <Text size="xs" c="dimmed">
                            <Ltr code>{entry.detail}</Ltr>
                          </Text>
                        )}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}
