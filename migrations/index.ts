import { InitialSchema1700000000001 } from './0001-initial-schema.js';
import { QueueOrders1700000000002 } from './0002-queue-orders.js';
import { AuditLog1700000000003 } from './0003-audit-log.js';
import { TlsPolicies1700000000004 } from './0004-tls-policies.js';
import { TrafficShaping1700000000005 } from './0005-traffic-shaping.js';
import { EgressPools1700000000006 } from './0006-egress-pools.js';
import { DkimRotationAndReturns1700000000007 } from './0007-dkim-rotation-and-returns.js';
import { Messages1700000000008 } from './0008-messages.js';
import { SuppressionsAndTopics1700000000010 } from './0010-suppressions-and-topics.js';
import { Webhooks1700000000012 } from './0012-webhooks.js';
import { SharedLimitsAndWarmUp1700000000013 } from './0013-shared-limits-and-warm-up.js';
import { Reception1700000000014 } from './0014-reception.js';
import { Mailstore1700000000015 } from './0015-mailstore.js';
import { Filtering1700000000016 } from './0016-filtering.js';

/** Every migration, oldest first. Forward only: to undo one, write the next. */
export const migrations = [
  InitialSchema1700000000001,
  QueueOrders1700000000002,
  AuditLog1700000000003,
  TlsPolicies1700000000004,
  TrafficShaping1700000000005,
  EgressPools1700000000006,
  DkimRotationAndReturns1700000000007,
  Messages1700000000008,
  SuppressionsAndTopics1700000000010,
  Webhooks1700000000012,
  SharedLimitsAndWarmUp1700000000013,
  Reception1700000000014,
  Mailstore1700000000015,
  Filtering1700000000016,
];
