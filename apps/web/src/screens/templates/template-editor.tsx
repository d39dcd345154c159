import { Alert, Autocomplete, Box, Button, Group, SegmentedControl, Select, SimpleGrid, Stack, Tabs, Text, TextInput } from '@mantine/core';
import { useDebouncedValue, useMediaQuery } from '@mantine/hooks';
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { Suspense, lazy, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError, type Schemas, api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Icon } from '../../ui/icons';
import { MailFrame } from '../../ui/mail-frame';
import { Page } from '../../ui/page';
import { ErrorPanel, Loading } from '../../ui/states';
import { Ltr, Written } from '../../ui/text';

const CodeEditor = lazy(() => import('../../ui/code-editor').then(({ CodeEditor: component }) => ({ default: component })));
const route = getRouteApi('/templates/$id');

type Template = Schemas['Template'];
/** What the editor changes. */
type Draft = Pick<Template, 'name' | 'subject' | 'preheader' | 'source' | 'language' | 'direction' | 'missing_values'>;

export function TemplateEditor() {
  const { id } = route.useParams();
  const query = useQuery({
    queryKey: ['template', id],
    queryFn: () => unwrap(api.GET('/v1/templates/{id}', { params: { path: { id } } })),
    // An editor is not overwritten from behind.
    refetchOnWindowFocus: false,
  });
  if (query.data === undefined)
    return query.isError ? <ErrorPanel error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return <Editor key={id} template={query.data} />;
}

const draftOf = ({ name, subject, preheader, source, language, direction, missing_values }: Template): Draft => ({
  name,
  subject,
  preheader,
  source,
  language,
  direction,
  missing_values,
});

function Editor({ template }: { readonly template: Template }) {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [saved, setSaved] = useState(() => draftOf(template));
  const [version, setVersion] = useState(template.version);
  const [draft, setDraft] = useState(saved);
  const [contact, setContact] = useState('');
  const isChanged = JSON.stringify(draft) !== JSON.stringify(saved);
  const set = (patch: Partial<Draft>) => setDraft((current) => ({ ...current, ...patch }));
  const { preview, problems } = usePreview(draft, template, contact);
  const publish = useAction(
    () =>
      unwrap(
        api.PATCH('/v1/templates/{id}', {
          params: { path: { id: template.id } },
          body: {
            name: draft.name,
            subject: draft.subject,
            preheader: draft.preheader,
            source: draft.source,
            language: draft.language,
            direction: draft.direction,
            missingValues: draft.missing_values,
          },
        }),
      ),
    {
      isQuiet: true,
      refresh: [['templates']],
      done: (published) => t('templates.published', { n: format.number(published.version) }),
      onDone: (published) => {
        setSaved(draftOf(published));
        setVersion(published.version);
        client.setQueryData(['template', template.id], published);
      },
    },
  );
  const archive = useAction(() => unwrap(api.POST('/v1/templates/{id}/archive', { params: { path: { id: template.id } } })), {
    refresh: [['templates']],
    done: t('templates.archived'),
    onDone: () => void navigate({ to: '/templates' }),
  });
  useLeaveGuard(isChanged);
  const isNarrow = useMediaQuery('(max-width: 62em)');
  const code = (
    <Suspense fallback={<Loading rows={6} />}>
      <CodeEditor value={draft.source} onChange={(source) => set({ source })} label={t('templates.source')} problems={problems} />
    </Suspense>
  );
  const shown = <PreviewPane preview={preview} contact={contact} setContact={setContact} />;
  return (
    <Page
      title={<Written>{draft.name}</Written>}
      name={draft.name}
      lead={
        <Text size="sm" component="span" aria-live="polite">
          {t('templates.version', { n: format.number(version) })}
          {isChanged && ` · ${t('templates.unpublished')}`}
        </Text>
      }
      actions={
        <>
          <Button variant="subtle" color="red" onClick={() => archive.mutate(undefined)} loading={archive.isPending}>
            {t('templates.archive')}
          </Button>
          <Button disabled={!isChanged} loading={publish.isPending} onClick={() => publish.mutate(undefined)} data-testid="publish">
            {t('templates.publish')}
          </Button>
        </>
      }
    >
      {publish.isError && <ErrorPanel error={publish.error} />}
      <Fields draft={draft} set={set} />
      {isNarrow ? (
        <Tabs defaultValue="code" keepMounted={false}>
          <Tabs.List grow>
            <Tabs.Tab value="code">{t('templates.source')}</Tabs.Tab>
            <Tabs.Tab value="preview">{t('preview.title')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="code" pt="sm">
            {code}
          </Tabs.Panel>
          <Tabs.Panel value="preview" pt="sm">
            {shown}
          </Tabs.Panel>
        </Tabs>
      ) : (
        <SimpleGrid cols={2} spacing="md">
          <Stack gap="xs">
            {code}
            <Problems problems={problems} />
          </Stack>
          {shown}
        </SimpleGrid>
      )}
      {isNarrow && <Problems problems={problems} />}
    </Page>
  );
}

interface Problem {
  readonly line: number;
  readonly message: string;
  readonly isError: boolean;
}

/** Compiled by the server, as it will be when it is sent; the last good one stays while something is wrong. */
function usePreview(draft: Draft, template: Template, contact: string) {
  const [settled] = useDebouncedValue(draft, 450);
  const [person] = useDebouncedValue(contact.trim(), 450);
  const preview = useQuery({
    queryKey: ['template', template.id, 'draft', settled, person],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST('/v1/templates/preview', {
          body: {
            subject: settled.subject,
            preheader: settled.preheader,
            source: settled.source,
            textSource: template.text_source,
            language: settled.language,
            direction: settled.direction,
            missingValues: settled.missing_values,
            ...(person !== '' && { contact: person }),
          } as never,
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });
  const problems = useMemo<readonly Problem[]>(() => {
    const errors =
      preview.error instanceof ApiError
        ? preview.error.details.map(({ line, message }) => ({ line: line ?? 0, message, isError: true }))
        : [];
    const warnings = preview.error
      ? []
      : (preview.data?.warnings ?? []).map(({ line, message }) => ({ line: line ?? 0, message, isError: false }));
    return [...errors, ...warnings];
  }, [preview.error, preview.data]);
  return { preview, problems };
}

type Preview = ReturnType<typeof usePreview>['preview'];

function PreviewPane({
  preview,
  contact,
  setContact,
}: {
  readonly preview: Preview;
  readonly contact: string;
  readonly setContact: (value: string) => void;
}) {
  const { t } = useTranslation();
  const [part, setPart] = useState<'html' | 'text'>('html');
  const people = useQuery({
    queryKey: ['contacts', 'search', contact],
    queryFn: () => unwrap(api.GET('/v1/contacts', { params: { query: { limit: 8, ...(contact && { search: contact }) } } })),
    placeholderData: keepPreviousData,
  });
  const last = useLastGood(preview.data);
  return (
    <Stack gap="xs">
      <Group gap="xs" align="flex-end">
        <Autocomplete
          label={t('builder.previewAs')}
          placeholder="reader@example.org"
          value={contact}
          onChange={setContact}
          data={[...new Set((people.data?.data ?? []).map(({ email }) => email))]}
          styles={{ input: { direction: 'ltr' } }}
          style={{ flex: 1 }}
        />
        <SegmentedControl
          aria-label={t('preview.part')}
          value={part}
          onChange={(value) => setPart(value as typeof part)}
          data={[
            { value: 'html', label: 'HTML' },
            { value: 'text', label: t('preview.text') },
          ]}
        />
      </Group>
      {preview.error && !(preview.error instanceof ApiError && preview.error.details.length > 0) && <ErrorPanel error={preview.error} />}
      {last ? (
        <>
          <div data-testid="preview-subject">
            <Text fw={650}>
              <Written>{last.subject}</Written>
            </Text>
            <Text size="sm" c="dimmed">
              <Written>{last.preheader}</Written>
            </Text>
          </div>
          {part === 'html' ? (
            <MailFrame html={last.html} isStale={preview.isError || preview.isPlaceholderData} height={520} />
          ) : (
            <Box
              component="pre"
              dir="auto"
              m={0}
              p="sm"
              style={{ whiteSpace: 'pre-wrap', border: '1px solid var(--mantine-color-default-border)', borderRadius: 8 }}
            >
              {last.text}
            </Box>
          )}
        </>
      ) : (
        !preview.error && <Loading rows={4} />
      )}
    </Stack>
  );
}

function useLastGood<T>(data: T | undefined): T | undefined {
  const [last, setLast] = useState(data);
  useEffect(() => {
    if (data !== undefined) setLast(data);
  }, [data]);
  return data ?? last;
}

function Fields({ draft, set }: { readonly draft: Draft; readonly set: (patch: Partial<Draft>) => void }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
      <TextInput label={t('common.name')} dir="auto" value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} />
      <TextInput
        label={t('templates.subject')}
        dir="auto"
        description={t('templates.characters', { n: format.number([...draft.subject].length) })}
        inputWrapperOrder={['label', 'input', 'description']}
        value={draft.subject}
        onChange={(event) => set({ subject: event.currentTarget.value })}
      />
      <TextInput
        label={t('templates.preheader')}
        dir="auto"
        value={draft.preheader}
        onChange={(event) => set({ preheader: event.currentTarget.value })}
      />
      <Group grow>
        <Select
          label={t('templates.mailLanguage')}
          data={[
            { value: 'en', label: 'English' },
            { value: 'fa', label: 'فارسی' },
            ...(draft.language === 'en' || draft.language === 'fa' ? [] : [{ value: draft.language, label: draft.language }]),
          ]}
          allowDeselect={false}
          value={draft.language}
          onChange={(language) => language && set({ language, direction: language === 'fa' ? 'rtl' : 'ltr' })}
        />
        <Select
          label={t('templates.direction')}
          data={[
            { value: 'ltr', label: t('templates.ltr') },
            { value: 'rtl', label: t('templates.rtl') },
          ]}
          allowDeselect={false}
          value={draft.direction}
          onChange={(direction) => direction && set({ direction: direction as 'ltr' | 'rtl' })}
        />
      </Group>
    </SimpleGrid>
  );
}

function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (problems.length === 0) return null;
  const isBroken = problems.some(({ isError }) => isError);
  return (
    <Alert
      color={isBroken ? 'red' : 'orange'}
      icon={<Icon name="alert" />}
      title={isBroken ? t('templates.broken') : t('templates.hints')}
      aria-live="polite"
    >
      <Stack gap={2}>
        {problems.slice(0, 12).map(({ line, message }) => (
          <Text size="sm" key={`${line} ${message}`}>
            {line > 0 && `${t('templates.line', { n: format.number(line) })}: `}
            <Ltr>{message}</Ltr>
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}

/** Closing the window with changes asks first. */
function useLeaveGuard(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, [isChanged]);
}
