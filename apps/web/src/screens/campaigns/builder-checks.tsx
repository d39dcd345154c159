import { Alert, Anchor, Button, Group, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, unwrap } from '../../api/client';
import type { BuilderStep } from '../../router';
import { Icon } from '../../ui/icons';
import { Loaded } from '../../ui/states';
import { Written } from '../../ui/text';
import { CountTable } from './builder-audience';
import type { Campaign } from './campaign-data';

const stepOf: Readonly<Record<string, BuilderStep>> = { templateId: 'content', fromEmail: 'content', audience: 'audience' };

export function useChecks(id: string) {
  return useQuery({
    queryKey: ['campaign', id, 'checks'],
    queryFn: () => unwrap(api.GET('/v1/campaigns/{id}/checks', { params: { path: { id } } })),
    // What they look at may have changed anywhere.
    staleTime: 0,
  });
}

interface ChecksProps {
  readonly campaign: Campaign;
  readonly goTo: (step: BuilderStep) => void;
}

/** What would keep it from going out, each with the way to where it is mended. */
export function ChecksStep({ campaign, goTo }: ChecksProps) {
  const { t } = useTranslation();
  const checks = useChecks(campaign.id);
  return (
    <Stack>
      <Loaded query={checks} rows={3}>
        {({ is_ready, problems, audience }) => (
          <Stack>
            {is_ready ? (
              <Alert color="teal" icon={<Icon name="circleCheck" />} data-testid="ready">
                {t('builder.checksGood')}
              </Alert>
            ) : (
              <Alert color="red" icon={<Icon name="alert" />} title={t('builder.checksBad')}>
                <Stack gap="xs">
                  {problems.map(({ field, code, message }) => (
                    <Group key={`${field} ${code} ${message}`} gap="xs" align="baseline">
                      <Written>{message}</Written>
                      {field && stepOf[field] && (
                        <Anchor component="button" type="button" size="sm" onClick={() => goTo(stepOf[field]!)}>
                          {t('builder.fix')}
                        </Anchor>
                      )}
                    </Group>
                  ))}
                </Stack>
              </Alert>
            )}
            {audience && <CountTable counts={audience} />}
          </Stack>
        )}
      </Loaded>
      <Button
        variant="default"
        style={{ alignSelf: 'flex-start' }}
        leftSection={<Icon name="refresh" size={16} />}
        loading={checks.isFetching}
        onClick={() => void checks.refetch()}
      >
        {t('builder.checkAgain')}
      </Button>
    </Stack>
  );
}
