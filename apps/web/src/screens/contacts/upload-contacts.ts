import { type Schemas, api, unwrap } from '../../api/client';

interface UploadQuery {
  readonly list: string;
  readonly file_name?: string;
  readonly encoding?: string;
  readonly delimiter?: ',' | ';' | '\t' | '|';
  readonly on_duplicate?: 'update' | 'skip';
  readonly resubscribe?: 'true' | 'false';
  readonly mapping?: string;
}

// The body of these two is the file itself, which the document of the API does not describe.
const asFile = (file: Blob) => ({
  body: file as never,
  bodySerializer: (body: unknown) => body as Blob,
  headers: { 'content-type': 'text/csv' },
});

export function uploadContacts(file: Blob, query: UploadQuery): Promise<Schemas['Import']> {
  return unwrap(api.POST('/v1/imports', { params: { query }, ...asFile(file) }));
}

export function previewContacts(start: Blob, query: Pick<UploadQuery, 'encoding' | 'delimiter'>): Promise<Schemas['ImportPreview']> {
  return unwrap(api.POST('/v1/imports/preview', { params: { query }, ...asFile(start) }));
}
