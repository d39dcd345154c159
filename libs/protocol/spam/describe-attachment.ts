import { type ArchiveFacts, readArchive } from './read-archive.js';

/** What an attachment is, by its name, its declared type and its bytes. */
export interface AttachmentFacts {
  /** As programs show it. */
  readonly name: string;
  readonly type: string;
  readonly encodedBytes: number;
  /** A program, by its name or its first bytes. */
  readonly isProgram: boolean;
  /** `invoice.pdf.exe`, or blanks and marks that hide the end of the name. */
  readonly hidesExtension: boolean;
  /** An office document that carries code. */
  readonly hasMacros: boolean;
  /** A web page that runs code or asks for something: it runs from the reader's own disk. */
  readonly isActivePage: boolean;
  /** A disk image or a package whose files lose the mark of the web. */
  readonly isDiskImage: boolean;
  readonly isPdfWithAction: boolean;
  /** Declared as a harmless type, with the bytes of a program. */
  readonly liesAboutType: boolean;
  readonly archive: ArchiveFacts | undefined;
}

const PROGRAM_NAMES =
  /\.(?:ade|adp|apk|appx|bat|chm|cmd|com|cpl|dll|exe|gadget|hta|inf|ins|isp|jar|js|jse|lib|lnk|mde|msc|msi|msix|msp|mst|pif|ps1|psm1|reg|scf|scr|sct|settingcontent-ms|shb|shs|sys|url|vb|vbe|vbs|vxd|wsc|wsf|wsh|xll)$/i;
const HARMLESS_THEN =
  /\.(?:avi|bmp|csv|docx?|gif|htm|html|jpe?g|mp3|mp4|odt|pdf|png|pptx?|rtf|tiff?|txt|wav|xlsx?|xml)[\s._\u00a0-]{0,100}\.(?:bat|chm|cmd|com|cpl|exe|hta|jar|js|jse|lnk|msi|pif|ps1|scr|vbe|vbs|wsf|wsh)$/i;
const MACRO_NAMES = /\.(?:docm|dotm|pptm|potm|ppam|ppsm|sldm|xlsm|xltm|xlam)$/i;
const PAGE_NAMES = /\.(?:htm|html|mht|mhtml|shtml|svg|xht|xhtml)$/i;
const IMAGE_NAMES = /\.(?:dmg|img|iso|one|vhd|vhdx|wim)$/i;

/** @param head its first bytes, decoded */
export function describeAttachment(name: string, type: string, head: Buffer, encodedBytes: number): AttachmentFacts {
  const shown = plainName(name);
  const isProgramByBytes = hasProgramBytes(head);
  const archive = readArchive(head);
  return {
    name: shown,
    type,
    encodedBytes,
    isProgram: isProgramByBytes || isProgramName(shown),
    hidesExtension:
      HARMLESS_THEN.test(shown) || /[\u202a-\u202e\u2066-\u2069]/.test(name) || (/\s{10,}\.\w{2,4}$/.test(shown) && isProgramName(shown)),
    hasMacros: MACRO_NAMES.test(shown) || hasMacroBytes(head, archive),
    isActivePage: (PAGE_NAMES.test(shown) || type === 'text/html' || type === 'image/svg+xml') && isActive(head),
    isDiskImage: IMAGE_NAMES.test(shown) || head.subarray(0x8001, 0x8006).toString('latin1') === 'CD001',
    isPdfWithAction: head.subarray(0, 1024).includes('%PDF-') && /\/(?:JavaScript|JS|Launch)\b/.test(head.toString('latin1')),
    liesAboutType: isProgramByBytes && !/octet-stream|msdownload|x-(?:dos|exe|msdos)|executable|portable/.test(type),
    archive,
  };
}

export function isProgramName(name: string): boolean {
  return PROGRAM_NAMES.test(name.trimEnd());
}

/** Names from outside may hold nothing that moves a cursor or turns the direction of what follows. */
function plainName(name: string): string {
  return name
    .replace(/[\p{Cc}\p{Cf}]+/gu, '')
    .trim()
    .slice(0, 255);
}

function hasProgramBytes(head: Buffer): boolean {
  if (head.length < 4) return false;
  const first = head.subarray(0, 4).toString('latin1');
  if (first.startsWith('MZ')) return head.length >= 64 && isPortableExecutable(head);
  // ELF; Mach-O in both orders and widths; a shell link.
  return (
    first === '\x7fELF' ||
    /^(?:\xfe\xed\xfa[\xce\xcf]|[\xce\xcf]\xfa\xed\xfe)/.test(first) ||
    head.subarray(0, 8).toString('hex') === '4c00000001140200'
  );
}

/** `MZ` alone begins words, too: the header that it points to tells. What points beyond our piece is believed. */
function isPortableExecutable(head: Buffer): boolean {
  const at = head.readUInt32LE(0x3c);
  return at + 2 > head.length || /^(?:PE|NE|LE|LX)/.test(head.subarray(at, at + 2).toString('latin1')) || head[2] === 0x90;
}

const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');
/** Directory entries of VBA storages are UTF-16 (MS-CFB §2.6, MS-OVBA §2.2). */
const VBA_STORAGE = Buffer.from('_VBA_PROJECT', 'utf16le');

function hasMacroBytes(head: Buffer, archive: ArchiveFacts | undefined): boolean {
  if (archive) return archive.names.some((name) => /(?:^|\/)vbaProject\.bin$/i.test(name));
  return head.subarray(0, 8).equals(OLE) && head.includes(VBA_STORAGE);
}

function isActive(head: Buffer): boolean {
  return /<script\b|<form\b|\bjavascript:|\bon(?:load|error|click)\s{0,5}=|<meta[^<>]{0,200}http-equiv\s{0,5}=\s{0,5}["']?refresh/i.test(
    head.toString('latin1'),
  );
}
