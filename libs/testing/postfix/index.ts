export { type PostfixOptions, Postfix } from './postfix.js';
