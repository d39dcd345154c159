import { Autocomplete, Button, Checkbox, FileInput, Group, Radio, Select, Stack, Table, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Schemas, api, unwrap } from '../../api/client';
import { useFormat } from '../../i18n/format';
import { useAction } from '../../ui/actions';
import { Section } from '../../ui/figures';
import { Icon } from '../../ui/icons';
import { Page } from '../../ui/page';
import { ErrorPanel, Loading } from '../../ui/states';
import { Written } from '../../ui/text';
import { previewContacts, uploadContacts } from './upload-contacts';

const route = getRouteApi('/imports/new');
const START_BYTES = 256 * 1024;
const fixedFields = ['email', 'first_name', 'last_name', 'language', 'ignore'] as const;
const encodings = ['utf-8', 'windows-1256', 'windows-1252', 'utf-16le'];
const delimiters = [',', ';', '\t', '|'] as const;
type Delimiter = (typeof delimiters)[number];

/** A file, what its columns are, where its people go, and then the upload, which reads the file only once. */
export function ImportWizard() {
  const { t } = useTranslation();
  const format = useFormat();
  const navigate = useNavigate();
  const { list: givenList } = route.useSearch();
  const lists = useQuery({ queryKey: ['lists'], queryFn: () => unwrap(api.GET('/v1/lists')) });
  const [file, setFile] = useState<File | null>(null);
  const [encoding, setEncoding] = useState<string>();
  const [delimiter, setDelimiter] = useState<Delimiter>();
  const [mapping, setMapping] = useState<Readonly<Record<string, string>>>({});
  const [list, setList] = useState(givenList ?? '');
  const [newList, setNewList] = useState('');
  const [onDuplicate, setOnDuplicate] = useState<'update' | 'skip'>('update');
  const [resubscribe, setResubscribe] = useState(false);
  const options = { ...(encoding && { encoding }), ...(delimiter && { delimiter }) };
  const preview = useQuery({
    queryKey: ['import-preview', file?.name, file?.size, file?.lastModified, options],
    queryFn: async () => previewContacts(await startOf(file!), options),
    enabled: file !== null,
    retry: false,
    gcTime: 0,
  });
  const upload = useAction(
    async () => {
      const target = list !== 'new' && list !== '' ? list : (await unwrap(api.POST('/v1/lists', { body: { name: newList } }))).id;
      return uploadContacts(file!, {
        list: target,
        file_name: file!.name.slice(0, 255),
        ...options,
        on_duplicate: onDuplicate,
        resubscribe: resubscribe ? 'true' : 'false',
        ...(Object.keys(mapping).length > 0 && { mapping: JSON.stringify(mapping) }),
      });
    },
    {
      isQuiet: true,
      refresh: [['imports'], ['lists']],
      onDone: ({ id }) => void navigate({ to: '/imports/$id', params: { id } }),
    },
  );
  const choosesNew = list === 'new' || (list === '' && lists.data?.data.length === 0);
  const isReady = file !== null && preview.data !== undefined && (choosesNew ? newList.trim() !== '' : list !== '');
  return (
    <Page title={t('imports.start')} lead={t('imports.lead')}>
      <Section title={t('imports.step.file')}>
        <FileInput
          label={t('imports.file')}
          placeholder={t('imports.choose')}
          description={t('imports.fileHelp')}
          accept=".csv,.tsv,.txt,text/csv"
          leftSection={<Icon name="upload" size={16} />}
          value={file}
          onChange={(chosen) => {
            setFile(chosen);
            setMapping({});
          }}
          clearable
          clearButtonProps={{ 'aria-label': t('common.delete') }}
          maw={560}
          data-testid="file"
        />
        {file && (
          <Group align="flex-end">
            <Select
              label={t('imports.encoding')}
              data={[...new Set([...encodings, ...(preview.data ? [preview.data.encoding] : [])])]}
              placeholder={preview.data?.encoding ?? ''}
              value={encoding ?? preview.data?.encoding ?? null}
              allowDeselect={false}
              onChange={(value) => setEncoding(value ?? undefined)}
            />
            <Select
              label={t('imports.delimiter')}
              data={delimiters.map((value) => ({ value, label: t(`imports.delimiters.${nameOfDelimiter(value)}`) }))}
              value={delimiter ?? preview.data?.delimiter ?? null}
              allowDeselect={false}
              onChange={(value) => setDelimiter((value as Delimiter) ?? undefined)}
            />
            <Text size="sm" c="dimmed">
              {format.bytes(file.size)}
            </Text>
          </Group>
        )}
      </Section>
      {preview.isError && <ErrorPanel error={preview.error} onRetry={() => void preview.refetch()} />}
      {file && preview.isPending && <Loading rows={4} />}
      {preview.data && (
        <>
          <Section title={t('imports.step.columns')}>
            <MappingTable preview={preview.data} mapping={mapping} onChange={setMapping} />
          </Section>
          <Section title={t('imports.step.list')}>
            <Stack maw={560}>
              {lists.data && lists.data.data.length > 0 && (
                <Select
                  label={t('imports.into')}
                  data={[
                    ...lists.data.data.map(({ id, name }) => ({ value: id, label: name })),
                    { value: 'new', label: t('lists.create') },
                  ]}
                  value={list === '' ? null : list}
                  onChange={(value) => setList(value ?? '')}
                  searchable
                />
              )}
              {choosesNew && (
                <TextInput
                  label={t('imports.newList')}
                  required
                  dir="auto"
                  maxLength={200}
                  value={newList}
                  onChange={(event) => setNewList(event.currentTarget.value)}
                />
              )}
              <Radio.Group
                label={t('imports.onDuplicate')}
                value={onDuplicate}
                onChange={(value) => setOnDuplicate(value === 'skip' ? 'skip' : 'update')}
              >
                <Stack gap={6} mt={6}>
                  <Radio value="update" label={t('imports.update')} />
                  <Radio value="skip" label={t('imports.skip')} />
                </Stack>
              </Radio.Group>
              <Checkbox
                label={t('imports.resubscribe')}
                description={t('imports.resubscribeHelp')}
                checked={resubscribe}
                onChange={(event) => setResubscribe(event.currentTarget.checked)}
              />
            </Stack>
          </Section>
          {upload.isError && <ErrorPanel error={upload.error} />}
          <Group>
            <Button disabled={!isReady} loading={upload.isPending} onClick={() => upload.mutate(undefined)} data-testid="upload">
              {t('imports.begin')}
            </Button>
          </Group>
        </>
      )}
    </Page>
  );
}

interface MappingProps {
  readonly preview: Schemas['ImportPreview'];
  readonly mapping: Readonly<Record<string, string>>;
  readonly onChange: (mapping: Readonly<Record<string, string>>) => void;
}

/** Each column with a few of its values, and the field that it fills; another name makes an attribute of it. */
function MappingTable({ preview, mapping, onChange }: MappingProps) {
  const { t } = useTranslation();
  return (
    <div className="table-scroll">
      <Table verticalSpacing="xs" miw={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('imports.column')}</Table.Th>
            <Table.Th>{t('imports.values')}</Table.Th>
            <Table.Th w={240}>{t('imports.field')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {preview.columns.map(({ column, field }, n) => (
            <Table.Tr key={`${n} ${column}`}>
              <Table.Th fw={600}>
                <Written>{column}</Written>
              </Table.Th>
              <Table.Td>
                <Text size="sm" c="dimmed" className="two-lines">
                  {preview.rows.slice(0, 3).map((row, at) => (
                    <span key={at}>
                      {at > 0 && ' · '}
                      <Written>{row[n] ?? ''}</Written>
                    </span>
                  ))}
                </Text>
              </Table.Td>
              <Table.Td>
                <Autocomplete
                  aria-label={`${t('imports.field')}: ${column}`}
                  data={[...fixedFields]}
                  value={mapping[column] ?? field}
                  styles={{ input: { direction: 'ltr' } }}
                  onChange={(value) => onChange({ ...mapping, [column]: value.trim() === '' ? 'ignore' : value })}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function nameOfDelimiter(delimiter: Delimiter): 'comma' | 'semicolon' | 'tab' | 'bar' {
  return ({ ',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar' } as const)[delimiter];
}

/** The beginning of a file up to the end of a line, so that no character and no row is cut in two. */
async function startOf(file: File): Promise<Blob> {
  if (file.size <= START_BYTES) return file;
  const bytes = new Uint8Array(await file.slice(0, START_BYTES).arrayBuffer());
  const end = bytes.lastIndexOf(0x0a);
  // UTF-16 has the second byte of the line's end behind it.
  return file.slice(0, end < 0 ? START_BYTES : end + 1 + (bytes[end + 1] === 0 ? 1 : 0));
}
