export { type BaseSubject, baseSubject } from './base-subject.js';
export { type SentDate, parseSentDate } from './message-date.js';
export { messageTexts } from './message-texts.js';
export { type SearchFacts, type SearchTest, type SearchTexts, type SearchView, compileSearch, usesTexts } from './search.js';
export { sortMessages } from './sort.js';
export { type OrderSummary, messageIds, orderSummary } from './summary.js';
export { threadMessages } from './thread.js';
