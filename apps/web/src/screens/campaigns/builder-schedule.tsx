import { Group, Radio, Select, Stack, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { latinDigits, useFormat } from '../../i18n/format';
import type { Timing } from './builder-review';

const DAYS_AHEAD = 180;

interface ScheduleProps {
  readonly timing: Timing;
  readonly onChange: (timing: Timing) => void;
}

/** Now, or a day of the reader's own calendar and a time. */
export function ScheduleStep({ timing, onChange }: ScheduleProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const days = useMemo(
    () =>
      Array.from({ length: DAYS_AHEAD }, (_, n) => {
        const day = new Date();
        day.setHours(12, 0, 0, 0);
        day.setDate(day.getDate() + n);
        return { value: dateKey(day), label: format.day(day) };
      }),
    [format],
  );
  const given = timing.kind === 'at' ? timing.at : undefined;
  const [day, setDay] = useState(given ? dateKey(given) : days[1]!.value);
  const [time, setTime] = useState(given ? `${two(given.getHours())}:${two(given.getMinutes())}` : '09:00');
  const update = (nextDay: string, nextTime: string) => {
    setDay(nextDay);
    setTime(nextTime);
    const at = momentOf(nextDay, nextTime);
    onChange(at === undefined ? { kind: 'unclear' } : { kind: 'at', at });
  };
  const isPast = timing.kind === 'at' && timing.at.getTime() <= Date.now();
  return (
    <Stack maw={560}>
      <Radio.Group
        label={t('builder.when')}
        value={timing.kind === 'now' ? 'now' : 'later'}
        onChange={(choice) => (choice === 'now' ? onChange({ kind: 'now' }) : update(day, time))}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="now" label={t('builder.now')} />
          <Radio value="later" label={t('builder.later')} />
        </Stack>
      </Radio.Group>
      {timing.kind !== 'now' && (
        <Group align="flex-start">
          <Select
            label={t('builder.day')}
            data={days}
            searchable
            value={day}
            allowDeselect={false}
            onChange={(next) => next !== null && update(next, time)}
            style={{ flex: 1 }}
            error={isPast ? t('builder.inPast') : undefined}
          />
          <TextInput
            label={t('builder.time')}
            description={t('builder.timeHelp', { zone: `\u2068${zone}\u2069` })}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            styles={{ input: { direction: 'ltr' } }}
            w={220}
            value={time}
            onChange={(event) => update(day, event.currentTarget.value)}
            error={timing.kind === 'unclear' ? t('builder.timeInvalid') : undefined}
          />
        </Group>
      )}
    </Stack>
  );
}

const two = (value: number) => String(value).padStart(2, '0');
const dateKey = (day: Date) => `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;

function momentOf(day: string, time: string): Date | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3])[:.٫]([0-5]\d)$/.exec(latinDigits(time.trim())) ?? [];
  if (hours === undefined || minutes === undefined) return undefined;
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  return new Date(year, month - 1, date, Number(hours), Number(minutes));
}
