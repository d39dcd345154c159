import { describe, expect, it } from 'vitest';
import { attributeName, fieldName } from './column-names.js';
import { mapColumns } from './map-columns.js';

const fields = (headers: string[], mapping?: Record<string, string>) => mapColumns(headers, mapping).map(({ target }) => fieldName(target));

describe('columns', () => {
  it.each([
    ['Mailchimp', ['Email Address', 'First Name', 'Last Name', 'MEMBER_RATING'], ['email', 'first_name', 'last_name', 'member_rating']],
    ['listmonk', ['email', 'name', 'attributes'], ['email', 'first_name', 'attributes']],
    ['Persian', ['ایمیل', 'نام', 'نام خانوادگی', 'شهر'], ['email', 'first_name', 'last_name', 'city']],
    ['Persian with Arabic letters and joiners', ['آدرس ايميل', 'نام‌خانوادگي', 'زبان'], ['email', 'last_name', 'language']],
    ['other spellings', ['E-Mail', 'FNAME', 'sur name', 'Locale'], ['email', 'first_name', 'sur_name', 'language']],
    ['a full name beside a first name', ['email', 'name', 'first name'], ['email', 'name', 'first_name']],
    ['columns without a name', ['email', '', ' '], ['email', 'ignore', 'ignore']],
    ['a byte order mark and spaces', [' \ufeffEmail ', 'Favourite  Colour (web)'], ['email', 'favourite_colour_web']],
  ])('of %s are recognised', (_what, headers, expected) => expect(fields(headers)).toEqual(expected));

  it('follow the mapping, whose column names need not match to the letter', () => {
    expect(
      fields(['Kontakt', 'Vorname', 'Notiz', 'Ort'], { kontakt: 'email', Vorname: 'first_name', Notiz: 'ignore', Ort: 'attributes.city' }),
    ).toEqual(['email', 'first_name', 'ignore', 'city']);
  });

  it.each([
    [['email', '__proto__'], {}],
    [['email', 'prototype'], {}],
    [['email', ' constructor '], {}],
    [['email', 'hasOwnProperty'], {}],
    [['email', '___'], {}],
    [['email', 'x'], { x: '__proto__' }],
    [['email', 'E-mail'], {}],
    [['email', 'City', 'شهر'], {}],
  ])('%j are refused by name', (headers, mapping) =>
    expect(() => mapColumns(headers, mapping)).toThrow(expect.objectContaining({ code: 'import_column_refused' })),
  );

  it('are refused without one for addresses, with advice that fits', () => {
    expect(() => mapColumns(['name', 'phone'])).toThrow(
      expect.objectContaining({ code: 'import_no_email_column', message: expect.stringContaining('"name", "phone"') }),
    );
    expect(() => mapColumns(['sara@example.org', 'Sara'])).toThrow(
      expect.objectContaining({ suggestion: expect.stringContaining('line with column names above') }),
    );
    expect(() => mapColumns(['email'], { mail: 'email' })).toThrow(expect.objectContaining({ code: 'import_invalid' }));
  });

  it('become attribute names that templates can hold', () => {
    expect(['Favourite Colour', 'شماره مشتری', 'a.b-c/d', '№ 5', '!!'].map(attributeName)).toEqual([
      'favourite_colour',
      'شماره_مشتری',
      'a_b_c_d',
      'no_5',
      '',
    ]);
  });
});
