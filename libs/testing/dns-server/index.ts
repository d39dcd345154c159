export { DnsServerFixture, type FakeRecordSet, type FakeZone } from './dns-server.js';
