export { SecretBox, openSecrets } from './secret-box.js';
