import type { DataSource } from 'typeorm';
import { messagesError } from './messages.errors.js';

/** How a caller names a request, so that asking twice does it once. */
export interface IdempotentRequest {
  /** The operation: the same key may be used for another one. */
  readonly endpoint: string;
  readonly key: string;
  /** SHA-256 of what was asked. */
  readonly hash: Buffer;
}

const HOURS_KEPT = 24;

/** Remembers what was answered to requests with a key (24 hours), and which of them are under way in this process. */
export class IdempotencyKeys {
  private readonly inFlight = new Map<string, Buffer>();

  constructor(private readonly dataSource: DataSource) {}

  /**
   * Runs `work` unless the request was answered before. What fails burns no key.
   * @param work stores the answer under the key in its own transaction; `duplicate`: another process was faster
   * @throws ChaparError `idempotency_key_invalid`, `idempotency_key_reused`, `idempotency_key_in_flight`
   */
  async once<T>(
    workspaceId: string,
    request: IdempotentRequest,
    work: () => Promise<T | 'duplicate'>,
  ): Promise<{ readonly isReplay: true; readonly response: unknown } | { readonly isReplay: false; readonly result: T }> {
    if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/.test(request.key))
      throw messagesError('idempotency_key_invalid', 'An Idempotency-Key has 1 to 256 printable characters.');
    const name = `${workspaceId} ${request.endpoint} ${request.key}`;
    const running = this.inFlight.get(name);
    if (running) {
      if (!running.equals(request.hash)) throw reused();
      throw messagesError('idempotency_key_in_flight', 'A request with this Idempotency-Key is being worked on right now.');
    }
    this.inFlight.set(name, request.hash);
    try {
      const before = await this.find(workspaceId, request);
      if (before) return { isReplay: true, response: before.response };
      const result = await work();
      if (result !== 'duplicate') return { isReplay: false, result };
      const faster = await this.find(workspaceId, request);
      if (!faster) throw messagesError('idempotency_key_in_flight', 'A request with this Idempotency-Key was worked on at the same time.');
      return { isReplay: true, response: faster.response };
    } finally {
      this.inFlight.delete(name);
    }
  }

  private async find(workspaceId: string, { endpoint, key, hash }: IdempotentRequest): Promise<{ response: unknown } | undefined> {
    const [row] = (await this.dataSource.query(
      `SELECT request_hash, response, created_at < now() - interval '${HOURS_KEPT} hours' AS is_old FROM idempotency_keys
       WHERE workspace_id = $1 AND endpoint = $2 AND key = $3`,
      [workspaceId, endpoint, key],
    )) as { request_hash: Buffer; response: unknown; is_old: boolean }[];
    if (!row) return undefined;
    if (row.is_old) {
      await this.dataSource.query(
        `DELETE FROM idempotency_keys WHERE workspace_id = $1 AND endpoint = $2 AND key = $3 AND created_at < now() - interval '${HOURS_KEPT} hours'`,
        [workspaceId, endpoint, key],
      );
      return undefined;
    }
    if (!row.request_hash.equals(hash)) throw reused();
    return row;
  }
}

/** Forgets keys whose time is over. @returns how many */
export async function sweepIdempotencyKeys(dataSource: DataSource): Promise<number> {
  const [, count] = (await dataSource.query(`DELETE FROM idempotency_keys WHERE created_at < now() - interval '${HOURS_KEPT} hours'`)) as [
    unknown,
    number,
  ];
  return count;
}

function reused() {
  return messagesError('idempotency_key_reused', 'This Idempotency-Key was used for another request.', {
    suggestion: 'Use a new key for every new request; repeat a key only to repeat its request unchanged.',
  });
}
