export { OpenDkim } from './opendkim.js';
