import { Button, Modal, Progress, SegmentedControl, Stack, Table, Text, TextInput } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { TextLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { Empty, Loaded } from '../../ui/states';
import { Moment, State, Written } from '../../ui/text';
import { type Campaign, type CampaignStatus, type Report, campaignTone, settledOf, useCampaigns } from './campaign-data';

const route = getRouteApi('/campaigns');
const filters = ['all', 'draft', 'scheduled', 'sending', 'sent'] as const;
const covers: Readonly<Record<string, readonly CampaignStatus[]>> = {
  draft: ['draft', 'failed'],
  scheduled: ['scheduled'],
  sending: ['preparing', 'sending', 'paused'],
  sent: ['sent', 'cancelled'],
};

export function CampaignList() {
  const { t } = useTranslation();
  const { create, status = 'all' } = route.useSearch();
  const navigate = useNavigate();
  const query = useCampaigns();
  const setCreating = (isCreating: boolean) =>
    void navigate({ to: '/campaigns', search: { ...(status !== 'all' && { status }), ...(isCreating && { create: true as const }) } });
  const newButton = (
    <Button leftSection={<Icon name="plus" size={16} />} onClick={() => setCreating(true)}>
      {t('campaigns.create')}
    </Button>
  );
  return (
    <Page title={t('campaigns.title')} actions={newButton}>
      <Loaded query={query}>
        {({ data }) => {
          if (data.length === 0)
            return (
              <Empty icon="send" title={t('campaigns.empty')} action={newButton}>
                {t('campaigns.emptyHelp')}
              </Empty>
            );
          const shown = data.filter((one) => covers[status]?.includes(one.status) ?? true);
          return (
            <Stack>
              <div className="table-scroll">
                <SegmentedControl
                  aria-label={t('common.status')}
                  value={status}
                  onChange={(next) => void navigate({ to: '/campaigns', search: next === 'all' ? {} : { status: next } })}
                  data={filters.map((value) => ({ value, label: value === 'all' ? t('common.all') : t(`campaigns.status.${value}`) }))}
                />
              </div>
              {shown.length === 0 ? <Text c="dimmed">{t('campaigns.noneOfStatus')}</Text> : <CampaignTable campaigns={shown} />}
            </Stack>
          );
        }}
      </Loaded>
      <CreateCampaign opened={create === true} onClose={() => setCreating(false)} />
    </Page>
  );
}

type Listed = Campaign & { readonly report?: Report };

export function CampaignTable({ campaigns }: { readonly campaigns: readonly Listed[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className="table-scroll">
      <Table verticalSpacing="sm" highlightOnHover miw={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('common.name')}</Table.Th>
            <Table.Th>{t('common.status')}</Table.Th>
            <Table.Th w={190}>{t('campaigns.progress')}</Table.Th>
            <Table.Th>{t('campaigns.opened')}</Table.Th>
            <Table.Th>{t('campaigns.bounced')}</Table.Th>
            <Table.Th>{t('campaigns.when')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {campaigns.map((one) => {
            const { report } = one;
            const hasStarted = report !== undefined && report.recipients > 0;
            return (
              <Table.Tr key={one.id}>
                <Table.Td>
                  <TextLink to="/campaigns/$id" params={{ id: one.id }} fw={600}>
                    <Written>{one.name || t('campaigns.untitled')}</Written>
                  </TextLink>
                </Table.Td>
                <Table.Td>
                  <State tone={campaignTone[one.status]}>{t(`campaigns.status.${one.status}`)}</State>
                </Table.Td>
                <Table.Td>
                  {hasStarted && (
                    <>
                      <Progress
                        value={(100 * settledOf(report)) / report.recipients}
                        size="sm"
                        radius="xl"
                        aria-label={t('campaigns.progress')}
                        mt={6}
                        mb={2}
                      />
                      <Text size="xs" c="dimmed" className="numeric">
                        {t('report.progress', { done: format.number(settledOf(report)), all: format.number(report.recipients) })}
                      </Text>
                    </>
                  )}
                </Table.Td>
                <Table.Td className="numeric">{hasStarted ? format.percent(report.opens.human.unique, report.delivered) : '–'}</Table.Td>
                <Table.Td className="numeric">{hasStarted ? format.percent(report.bounced.total, report.recipients) : '–'}</Table.Td>
                <Table.Td>
                  <Moment at={one.scheduled_at ?? one.started_at ?? one.created_at} />
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function CreateCampaign({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const create = useAction((given: string) => createDraft(given), {
    refresh: [['campaigns']],
    onDone: ({ id }) => void navigate({ to: '/campaigns/$id/edit', params: { id } }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(name.trim());
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t('campaigns.createTitle')} closeButtonProps={{ 'aria-label': t('common.close') }}>
      <form onSubmit={submit}>
        <Stack>
          <TextInput
            label={t('common.name')}
            description={t('campaigns.nameHelp')}
            placeholder={t('campaigns.namePlaceholder')}
            required
            maxLength={200}
            data-autofocus
            dir="auto"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" loading={create.isPending}>
            {t('common.create')}
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}

/** An empty draft with a sender that may send. */
async function createDraft(name: string): Promise<Campaign> {
  const domains = await unwrap(api.GET('/v1/domains'));
  const domain = domains.data.find(({ status }) => status === 'verified')?.name ?? 'sandbox.chapar.test';
  return unwrap(api.POST('/v1/campaigns', { body: { name, fromEmail: `news@${domain}`, audience: { include: { lists: [] } } } }));
}
