export { type DebianProgram, canUnpackDebianPrograms, debianProgram } from './debian-program.js';
