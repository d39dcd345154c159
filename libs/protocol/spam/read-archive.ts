/** What an archive says of its content, without unpacking any of it. */
export interface ArchiveFacts {
  readonly kind: 'zip' | 'rar' | '7z' | 'gzip' | 'cab' | 'ace';
  /** Of what could be seen: zip alone lists names in the open. */
  readonly names: readonly string[];
  readonly isEncrypted: boolean;
  /** Claims to become more than a hundred times as large, and more than 200 MB. */
  readonly isBomb: boolean;
}

const MAX_NAMES = 500;
const LOCAL_FILE = Buffer.from('PK\x03\x04', 'latin1');
const CENTRAL_FILE = Buffer.from('PK\x01\x02', 'latin1');
const BOMB_RATIO = 100;
const BOMB_BYTES = 200 * 1024 * 1024;

/** @param head first bytes of a file; undefined when it is no archive */
export function readArchive(head: Buffer): ArchiveFacts | undefined {
  const nothing = { names: [], isEncrypted: false, isBomb: false };
  const start = head.subarray(0, 8).toString('latin1');
  if (start.startsWith('PK\x03\x04') || start.startsWith('PK00PK\x03\x04')) return readZip(head);
  if (start.startsWith('Rar!\x1a\x07')) return { kind: 'rar', ...nothing, isEncrypted: isSealedRar(head) };
  if (start.startsWith('7z\xbc\xaf\x27\x1c')) return { kind: '7z', ...nothing, isEncrypted: isSealed7z(head) };
  if (start.startsWith('\x1f\x8b')) return { kind: 'gzip', ...nothing };
  if (start.startsWith('MSCF')) return { kind: 'cab', ...nothing };
  if (head.subarray(7, 14).toString('latin1') === '**ACE**') return { kind: 'ace', ...nothing };
  return undefined;
}

/** APPNOTE §4.3.7 and §4.3.12: local headers as they come, and the directory where it is within our piece. */
function readZip(head: Buffer): ArchiveFacts {
  const names = new Set<string>();
  let [isEncrypted, packed, unpacked] = [false, 0, 0];
  for (const [signature, flags, sizes, nameLength, nameAt] of [
    [LOCAL_FILE, 6, 18, 26, 30],
    [CENTRAL_FILE, 8, 20, 28, 46],
  ] as const) {
    let [sumPacked, sumUnpacked] = [0, 0];
    for (let at = head.indexOf(signature); at >= 0 && names.size < MAX_NAMES; at = head.indexOf(signature, at + 4)) {
      if (at + nameAt > head.length) break;
      // §4.4.4: bit 0 of the flags.
      isEncrypted ||= (head.readUInt16LE(at + flags) & 1) === 1;
      sumPacked += head.readUInt32LE(at + sizes);
      sumUnpacked += head.readUInt32LE(at + sizes + 4);
      const length = Math.min(head.readUInt16LE(at + nameLength), 300);
      const name = head.subarray(at + nameAt, at + nameAt + length).toString('utf8');
      if (name !== '') names.add(name.replace(/[\p{Cc}\p{Cf}]+/gu, ''));
    }
    [packed, unpacked] = [Math.max(packed, sumPacked), Math.max(unpacked, sumUnpacked)];
  }
  return { kind: 'zip', names: [...names], isEncrypted, isBomb: unpacked > BOMB_BYTES && unpacked > packed * BOMB_RATIO };
}

/** RAR 4: password bit of the archive or of its first file header. RAR 5: a header of type 4 comes first. */
function isSealedRar(head: Buffer): boolean {
  if (head[6] === 0x01) {
    // After the signature of 8 bytes: CRC (4), header size (one byte where it is this short), type.
    return head[13] === 4;
  }
  const at = 7;
  if (head.length < at + 13 + 7) return false;
  if ((head.readUInt16LE(at + 3) & 0x0080) !== 0) return true;
  const file = at + head.readUInt16LE(at + 5);
  return file + 5 <= head.length && head[file + 2] === 0x74 && (head.readUInt16LE(file + 3) & 0x0004) !== 0;
}

/** The codec AES-256 (06 F1 07 01) stands in the header at the end: seen when our piece holds it. */
function isSealed7z(head: Buffer): boolean {
  return head.includes(Buffer.from('06f10701', 'hex'));
}
