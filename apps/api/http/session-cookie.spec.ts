import type { FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { SessionCookie } from './session-cookie.js';

const request = (cookie: string) => ({ headers: { cookie } }) as FastifyRequest;

describe('behind https', () => {
  const cookie = new SessionCookie('https://mail.example.org');
  it('is Secure and bound to the host by its name', () => {
    expect(cookie.write('abc', new Date(0))).toBe(
      '__Host-chapar_session=abc; Path=/; HttpOnly; SameSite=Lax; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    );
    expect(cookie.clear()).toMatch(/^__Host-chapar_session=; .*Secure; Max-Age=0$/);
  });

  it('is not the one that a neighbour could have planted', () => {
    expect(cookie.read(request('chapar_session=planted'))).toBeUndefined();
    expect(cookie.read(request('a=b; __Host-chapar_session=abc'))).toBe('abc');
  });
});

it('is readable over http, for a first try on one’s own machine', () => {
  const cookie = new SessionCookie('http://localhost:3000');
  expect(cookie.write('abc', new Date(0))).not.toContain('Secure');
  expect(cookie.read(request('chapar_session=abc'))).toBe('abc');
});
