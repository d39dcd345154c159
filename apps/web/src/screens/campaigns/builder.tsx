import { Alert, Button, Group, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { type BuilderStep, builderSteps } from '../../router';
import { useAutosave } from '../../ui/autosave';
import { Icon } from '../../ui/icons';
import { ButtonLink, TextLink } from '../../ui/links';
import { Page } from '../../ui/page';
import { ErrorPanel, Loading } from '../../ui/states';
import { Written } from '../../ui/text';
import { AudienceStep } from './builder-audience';
import { ChecksStep } from './builder-checks';
import { ContentStep } from './builder-content';
import { ReviewStep, type Timing } from './builder-review';
import { ScheduleStep } from './builder-schedule';
import { TestStep } from './builder-test';
import { type Campaign, isDraft, useCampaign } from './campaign-data';

const route = getRouteApi('/campaigns/$id/edit');

export type CampaignPatch = Schemas['CampaignPatch'];
export interface StepProps {
  /** As it is on the screen, saved or about to be. */
  readonly campaign: Campaign;
  readonly change: (patch: CampaignPatch) => void;
}

/** A campaign step by step; any step can be gone to at any time. */
export function CampaignBuilder() {
  const { id } = route.useParams();
  const query = useCampaign(id);
  const { t } = useTranslation();
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  if (!isDraft(query.data.status))
    return (
      <Page title={<Written>{query.data.name}</Written>} name={query.data.name}>
        <Alert color="orange" icon={<Icon name="alert" />}>
          {t('builder.notDraft', { status: t(`campaigns.status.${query.data.status}`) })}{' '}
          <TextLink to="/campaigns/$id" params={{ id }}>
            {t('builder.open')}
          </TextLink>
        </Alert>
      </Page>
    );
  return <Builder key={id} saved={query.data} />;
}

function Builder({ saved }: { readonly saved: Campaign }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { step = 'audience' } = route.useSearch();
  const [campaign, setCampaign] = useState(saved);
  const [timing, setTiming] = useState<Timing>({ kind: 'now' });
  const { state, error, change, flush } = useAutosave<CampaignPatch>(async (patch) => {
    const next = await unwrap(api.PATCH('/v1/campaigns/{id}', { params: { path: { id: saved.id } }, body: patch }));
    client.setQueryData(['campaign', saved.id], next);
  });
  const edit = (patch: CampaignPatch) => {
    setCampaign((current) => withPatch(current, patch));
    change(patch);
  };
  const goTo = async (next: BuilderStep) => {
    // Test, checks and sending look at what the server has.
    await flush();
    await navigate({ to: '/campaigns/$id/edit', params: { id: saved.id }, search: { step: next } });
  };
  const at = builderSteps.indexOf(step);
  const props: StepProps = { campaign, change: edit };
  return (
    <Page
      name={campaign.name}
      title={
        <TextInput
          variant="unstyled"
          aria-label={t('common.name')}
          dir="auto"
          value={campaign.name}
          onChange={(event) => edit({ name: event.currentTarget.value })}
          error={campaign.name.trim() === ''}
          styles={{ input: { fontSize: 'inherit', fontWeight: 'inherit', height: 'auto', minHeight: 0, lineHeight: 1.6 } }}
        />
      }
      lead={
        <Text size="sm" aria-live="polite" c={state === 'failed' ? 'red' : 'dimmed'}>
          {state === 'saving' ? t('common.saving') : state === 'saved' ? t('builder.lead') : t('errors.title')}
        </Text>
      }
      actions={
        <ButtonLink variant="default" to="/campaigns/$id" params={{ id: saved.id }}>
          {t('common.close')}
        </ButtonLink>
      }
    >
      {error !== undefined && <ErrorPanel error={error} onRetry={() => void flush()} />}
      <Tabs value={step} onChange={(next) => void goTo(next as BuilderStep)} keepMounted={false}>
        <Tabs.List style={{ flexWrap: 'nowrap', overflowX: 'auto' }}>
          {builderSteps.map((name) => (
            <Tabs.Tab key={name} value={name} style={{ flexShrink: 0 }}>
              {t(`builder.steps.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Stack pt="lg">
          <Tabs.Panel value="audience">
            <AudienceStep {...props} />
          </Tabs.Panel>
          <Tabs.Panel value="content">
            <ContentStep {...props} />
          </Tabs.Panel>
          <Tabs.Panel value="test">
            <TestStep {...props} />
          </Tabs.Panel>
          <Tabs.Panel value="checks">
            <ChecksStep campaign={campaign} goTo={(next) => void goTo(next)} />
          </Tabs.Panel>
          <Tabs.Panel value="schedule">
            <ScheduleStep timing={timing} onChange={setTiming} />
          </Tabs.Panel>
          <Tabs.Panel value="review">
            <ReviewStep campaign={campaign} timing={timing} goTo={(next) => void goTo(next)} />
          </Tabs.Panel>
          <Group justify="space-between">
            {at > 0 ? (
              <Button variant="default" onClick={() => void goTo(builderSteps[at - 1]!)}>
                {t('common.back')}
              </Button>
            ) : (
              <span />
            )}
            {at < builderSteps.length - 1 && (
              <Button
                data-testid="next"
                onClick={() => void goTo(builderSteps[at + 1]!)}
                rightSection={<Icon name="chevron" size={16} flips />}
              >
                {t('common.next')}
              </Button>
            )}
          </Group>
        </Stack>
      </Tabs>
    </Page>
  );
}

function withPatch(campaign: Campaign, patch: CampaignPatch): Campaign {
  return {
    ...campaign,
    name: patch.name ?? campaign.name,
    from_name: patch.fromName ?? campaign.from_name,
    from_email: patch.fromEmail ?? campaign.from_email,
    reply_to: patch.replyTo ?? campaign.reply_to,
    template_id: patch.templateId === undefined ? campaign.template_id : patch.templateId,
    audience: patch.audience ? { include: patch.audience.include, exclude: patch.audience.exclude ?? { lists: [] } } : campaign.audience,
  };
}
