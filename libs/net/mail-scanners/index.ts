export { type VirusFinding, scanWithClamav } from './scan-with-clamav.js';
export { type ScanEnvelope, scanWithRspamd } from './scan-with-rspamd.js';
export { type SpamOpinion, scanWithSpamd } from './scan-with-spamd.js';
export { type ScannerAddress, parseScannerAddress, scannerError } from './scanner-socket.js';
