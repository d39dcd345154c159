import { html } from '@codemirror/lang-html';
import { Compartment, EditorState } from '@codemirror/state';
import { EditorView, basicSetup } from 'codemirror';
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, lintGutter, setDiagnostics } from '@codemirror/lint';
import { tags } from '@lezer/highlight';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';

interface CodeEditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly label: string;
  /** Lines from 1. */
  readonly problems: readonly { readonly line: number; readonly message: string; readonly isError: boolean }[];
  readonly height?: number | string;
}

const colours = (isDark: boolean) =>
  syntaxHighlighting(
    HighlightStyle.define([
      { tag: [tags.tagName, tags.keyword], color: isDark ? '#66d9e8' : '#0b7285' },
      { tag: tags.attributeName, color: isDark ? '#b197fc' : '#5f3dc4' },
      { tag: [tags.attributeValue, tags.string], color: isDark ? '#8ce99a' : '#1e6b2e' },
      { tag: [tags.comment, tags.angleBracket], color: isDark ? '#909296' : '#5c636a' },
    ]),
  );

const look = (height: number | string) =>
  EditorView.theme({
    '&': {
      height: typeof height === 'number' ? `${height}px` : height,
      fontSize: '13px',
      background: 'var(--mantine-color-body)',
      color: 'var(--mantine-color-text)',
    },
    '.cm-gutters': { background: 'var(--mantine-color-default-hover)', color: 'var(--mantine-color-dimmed)', border: 'none' },
    '.cm-activeLine, .cm-activeLineGutter': { background: 'var(--mantine-color-default-hover)' },
    '.cm-cursor': { borderLeftColor: 'var(--mantine-color-text)' },
    '.cm-tooltip': {
      background: 'var(--mantine-color-body)',
      color: 'var(--mantine-color-text)',
      border: '1px solid var(--mantine-color-default-border)',
    },
  });

/** MJML with Handlebars, as code: left to right, whatever the direction of the page. Tab leaves it, as everywhere else. */
export function CodeEditor({ value, onChange, label, problems, height = 560 }: CodeEditorProps) {
  const scheme = useComputedColorScheme('light');
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const theme = useRef(new Compartment());
  const listener = useRef(onChange);
  listener.current = onChange;
  const first = useRef({ value, label, height, scheme });

  useEffect(() => {
    const { current: begin } = first;
    const editor = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: begin.value,
        extensions: [
          EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? ''),
          basicSetup,
          html(),
          lintGutter(),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': begin.label, dir: 'ltr', tabindex: '0', spellcheck: 'false' }),
          EditorView.perLineTextDirection.of(true),
          look(begin.height),
          theme.current.of(colours(begin.scheme === 'dark')),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) listener.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, []);

  useEffect(() => view.current?.dispatch({ effects: theme.current.reconfigure(colours(scheme === 'dark')) }), [scheme]);

  // What comes from elsewhere, such as a version that was loaded anew.
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const { doc } = editor.state;
    const found = problems
      .filter(({ line }) => line >= 1 && line <= doc.lines)
      .map(({ line, message, isError }): Diagnostic => {
        const { from, to } = doc.line(line);
        return { from, to, severity: isError ? 'error' : 'warning', message };
      });
    editor.dispatch(setDiagnostics(editor.state, found));
  }, [problems]);

  return (
    <div
      ref={host}
      dir="ltr"
      style={{ border: '1px solid var(--mantine-color-default-border)', borderRadius: 'var(--mantine-radius-md)', overflow: 'hidden' }}
    />
  );
}
