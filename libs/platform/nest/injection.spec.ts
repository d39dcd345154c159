import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';

@Injectable()
class Greeter {
  greet(): string {
    return 'salam';
  }
}

@Injectable()
class Caller {
  constructor(readonly greeter: Greeter) {}
}

@Module({ providers: [Greeter, Caller] })
class ThinModule {}

it('resolves a constructor-injected provider, so decorator metadata is emitted', async () => {
  const app = await NestFactory.createApplicationContext(ThinModule, { logger: false });
  expect(app.get(Caller).greeter.greet()).toBe('salam');
  await app.close();
});
