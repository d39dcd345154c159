import { notifications } from '@mantine/notifications';
import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query';
import { useErrorText } from './states';

interface ActionOptions<T> {
  /** What to read anew afterwards. */
  readonly refresh?: readonly QueryKey[];
  readonly done?: string | ((result: T) => string | undefined);
  readonly onDone?: (result: T) => void;
  /** The form shows the error itself. */
  readonly isQuiet?: boolean;
}

/** Something that changes the server: says how it went, and reads anew what it changed. */
export function useAction<I, T>(work: (input: I) => Promise<T>, { refresh = [], done, onDone, isQuiet = false }: ActionOptions<T> = {}) {
  const client = useQueryClient();
  const textOf = useErrorText();
  return useMutation<T, Error, I>({
    mutationFn: work,
    onSuccess: (result) => {
      for (const queryKey of refresh) void client.invalidateQueries({ queryKey });
      const message = typeof done === 'function' ? done(result) : done;
      if (message !== undefined) notifications.show({ message, color: 'teal' });
      onDone?.(result);
    },
    onError: (error) => {
      if (!isQuiet) notifications.show({ message: textOf(error), color: 'red', autoClose: 8000 });
    },
  });
}
