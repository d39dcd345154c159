import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { FileBlobStore, type BlobStore } from './file-blob-store.js';

export { type BlobStore, FileBlobStore, type StoredBlob } from './file-blob-store.js';

/** The store that the configuration names: `file:` means `blobs` in the data directory. */
export function openBlobStore(blobUrl: string, dataDir: string): BlobStore {
  return new FileBlobStore(blobUrl === 'file:' ? path.join(dataDir, 'blobs') : fileURLToPath(blobUrl));
}
