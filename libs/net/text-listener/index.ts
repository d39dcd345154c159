export {
  type RunningTextListener,
  type TextChannel,
  type TextConversation,
  type TextListenerOptions,
  startTextListener,
} from './text-listener.js';
