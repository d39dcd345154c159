import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { recall } from '../i18n';
import { places } from './places';

const PAUSE_MS = 1200;

export const areShortcutsOn = (): boolean => recall('chapar.shortcuts') !== 'off';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** G and a letter go to a place, C creates a campaign, ? shows the keys: by the place of the key, so that a Persian layout does the same. */
export function useShortcuts(onHelp: () => void): void {
  const navigate = useNavigate();
  useEffect(() => {
    let pressedGoAt = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
      if (isTyping(event.target) || !areShortcutsOn() || document.querySelector('[role=dialog]')) return;
      if (event.code === 'Slash' && event.shiftKey) return onHelp();
      if (Date.now() - pressedGoAt < PAUSE_MS) {
        pressedGoAt = 0;
        const place = places.find(({ key }) => key === event.code);
        if (place) {
          event.preventDefault();
          void navigate({ to: place.to });
        }
        return;
      }
      if (event.code === 'KeyG') pressedGoAt = Date.now();
      else if (event.code === 'KeyC') void navigate({ to: '/campaigns', search: { create: true } });
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate, onHelp]);
}
