/** NOTIFY channel: there is mail to claim. A hint only: the sender polls anyway. */
export const QUEUE_CHANNEL = 'chapar_queue';
/** NOTIFY channel: a campaign was paused, resumed or cancelled; the payload is its id. A hint only. */
export const CAMPAIGN_CHANNEL = 'chapar_campaign';
