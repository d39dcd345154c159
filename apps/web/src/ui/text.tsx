import { ActionIcon, Badge, Code, CopyButton, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/format';
import { Icon, type IconName } from './icons';

/** Addresses, domains, ids and server replies keep their order in right-to-left text. */
export const Ltr = ({ children, code = false }: { readonly children: ReactNode; readonly code?: boolean }) => (
  <bdi dir="ltr" className={code ? 'ltr code' : 'ltr'}>
    {children}
  </bdi>
);

/** What people wrote, in whatever direction it has. */
export const Written = ({ children }: { readonly children: ReactNode }) => (
  <bdi dir="auto" className="wrap-anywhere">
    {children}
  </bdi>
);

/** A moment in the reader's calendar; the tooltip has the other calendar and the time zone. */
export function Moment({ at, relative = false }: { readonly at: string | null | undefined; readonly relative?: boolean }) {
  const format = useFormat();
  if (!at) return <span aria-hidden="true">–</span>;
  return (
    <Tooltip label={format.fullDateTime(at)}>
      <time dateTime={at}>{relative ? format.ago(at) : format.dateTime(at)}</time>
    </Tooltip>
  );
}

export function CopyIcon({ value, label }: { readonly value: string; readonly label: string }) {
  const { t } = useTranslation();
  return (
    <CopyButton value={value} timeout={2000}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('common.copied') : label}>
          <ActionIcon variant="subtle" color={copied ? 'teal' : 'gray'} onClick={copy} aria-label={label}>
            <Icon name={copied ? 'check' : 'copy'} size={16} />
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}

/** A value of DNS or a program, whole, with a button that copies it. */
export function CopyValue({ value, label }: { readonly value: string; readonly label: string }) {
  return (
    <span style={{ display: 'flex', gap: 4, alignItems: 'flex-start' }}>
      <Code dir="ltr" className="ltr" style={{ flex: 1, textAlign: 'start' }}>
        {value}
      </Code>
      <CopyIcon value={value} label={label} />
    </span>
  );
}

export type Tone = 'good' | 'bad' | 'busy' | 'waiting' | 'plain';
const looks: Readonly<Record<Tone, readonly [string, IconName]>> = {
  good: ['teal', 'circleCheck'],
  bad: ['red', 'circleX'],
  busy: ['blue', 'send'],
  waiting: ['orange', 'clock'],
  plain: ['gray', 'circle'],
};

/** A state as icon, word and colour: never colour alone. */
export function State({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  const [color, icon] = looks[tone];
  return (
    <Badge variant="light" color={color} leftSection={<Icon name={icon} size={13} />} tt="none" radius="sm" style={{ flexShrink: 0 }}>
      {children}
    </Badge>
  );
}
