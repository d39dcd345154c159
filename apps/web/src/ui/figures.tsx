import { Card, Group, Progress, SimpleGrid, Stack, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

interface FigureProps {
  readonly label: string;
  readonly value: ReactNode;
  /** A share, or what else belongs to it. */
  readonly note?: ReactNode;
  readonly help?: string;
  readonly tone?: 'bad' | undefined;
}

/** One number with its name. */
export function Figure({ label, value, note, help, tone }: FigureProps) {
  const card = (
    <Card withBorder padding="sm" radius="md" tabIndex={help ? 0 : undefined}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Group gap={8} align="baseline">
        <Text size="xl" fw={650} className="numeric" {...(tone === 'bad' && { c: 'red' })}>
          {value}
        </Text>
        {note && (
          <Text size="sm" c="dimmed" className="numeric">
            {note}
          </Text>
        )}
      </Group>
    </Card>
  );
  return help ? (
    <Tooltip label={help} multiline w={260}>
      {card}
    </Tooltip>
  ) : (
    card
  );
}

export const Figures = ({ children }: { readonly children: ReactNode }) => (
  <SimpleGrid cols={{ base: 2, xs: 2, sm: 3, md: 4 }} spacing="sm">
    {children}
  </SimpleGrid>
);

/** A share as a bar, with its number beside it: a table is the chart. */
export function Bar({
  value,
  of,
  color = 'teal',
  label,
}: {
  readonly value: number;
  readonly of: number;
  readonly color?: string;
  readonly label: string;
}) {
  return <Progress value={of > 0 ? (100 * value) / of : 0} color={color} size="sm" radius="xl" aria-label={label} miw={60} />;
}

export function Section({
  title,
  children,
  actions,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <Stack gap="sm" component="section" aria-label={title}>
      <Group justify="space-between">
        <Text component="h2" fw={650} size="lg" m={0}>
          {title}
        </Text>
        {actions}
      </Group>
      {children}
    </Stack>
  );
}
