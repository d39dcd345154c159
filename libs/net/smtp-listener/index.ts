export { startSmtpListener } from './smtp-listener.js';
export {
  type RecipientVerdict,
  type RunningSmtpListener,
  type SmtpEnvelope,
  type SmtpLimits,
  type SmtpListenerOptions,
  type SmtpPeer,
  type SmtpPolicy,
  type SmtpRefusal,
  defaultSmtpLimits,
} from './smtp-listener.types.js';
