import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from './icons';

interface SearchProps {
  readonly value: string;
  readonly onSearch: (value: string) => void;
  readonly label?: string;
}

/** Searches a moment after the last key. */
export function SearchField({ value, onSearch, label }: SearchProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(value);
  const search = useDebouncedCallback(onSearch, 300);
  return (
    <TextInput
      type="search"
      aria-label={label ?? t('common.search')}
      placeholder={label ?? t('common.search')}
      leftSection={<Icon name="search" size={16} />}
      dir="auto"
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        search(event.currentTarget.value.trim());
      }}
      style={{ flex: '1 1 14rem' }}
    />
  );
}
