/** Providers where anyone has a mailbox in a minute. */
const FREE_MAIL =
  /^(?:(?:gmail|googlemail|aol|aim|gmx|mail|email|zoho|proton|protonmail|tutanota|tuta|fastmail|inbox|rediffmail|163|126|yeah|qq|sina|sohu|foxmail|naver|daum|hanmail|bigpond|excite|lycos|netscape|juno|usa|chmail|web|freenet|laposte|orange|libero|virgilio|wp|o2|seznam|rambler|bk|list|yandex|ya|ukr)\.(?:com|net|de|fr|it|es|org|ru|io|me|ir|cn|in|cz|pl|at|ch|kr|jp|ua|lv|mx|br|ar)|(?:yahoo|ymail|rocketmail|hotmail|outlook|live|msn|windowslive|icloud|me|mac|yandex)\.[a-z.]{2,7})$/;

/** @param domain as registered, lower case */
export function isFreeMail(domain: string): boolean {
  return FREE_MAIL.test(domain);
}
