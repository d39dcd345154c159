export { type TestCertificate, testAuthority, testCertificate } from './certificates.js';
