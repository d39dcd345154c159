/** Alternatives of one expression, so that the words of a language stand together. */
function any(...alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'iu');
}

/** What mail systems say of mail that they could not deliver, in the words of their people. */
export const FAILURE_WORDS = any(
  // English
  "(?:could|can|did|does|was|were|has|have|is|been|be|yet|will|may)(?: ?not|n[\u2019']t) (?:be |been |yet |yet been |successfully )?(?:deliver|reach|receiv|sent|send|accept|found|find|locate|resolve|connect|process|valid|exist|complete)",
  'undeliver(?:able|ed)|non-?deliver|deliver(?:y|ed|ing)?.{0,60}(?:fail|fault|error|problem|impossible|unsuccessful|refus)|(?:failed|unable|not able|problems?|trouble|failure) (?:to |in |with |while )?(?:deliver|send|reach)',
  'return(?:ed|ing) (?:to sender|mail|message|undeliver)|(?:has|have) been (?:returned|rejected|refused|bounced|blocked|discarded)|(?:was|were) (?:automatically )?(?:returned|rejected|refused|bounced|blocked)',
  '(?:un)?known (?:local )?(?:user|recipient|mailbox|address|account)|(?:user|recipient|mailbox|address|account|domain|host)s? (?:is |are |was |name )?(?:unknown|not (?:found|known|recogni[sz]ed|listed|active|valid)|disabled|inactive|closed|suspended|invalid|unavailable|rejected|full)',
  'no such (?:user|recipient|mailbox|address|person|account)|not (?:a (?:valid|known) |valid )(?:user|recipient|mailbox|address|e-?mail)|invalid (?:final delivery |local )?(?:user|recipient|mailbox|address)',
  '(?:over|exceed(?:s|ed|ing)?|reached).{0,40}(?:quota|storage|size|limit|space)|quota.{0,20}exceed|mailbox (?:is )?full|permanent (?:fatal )?(?:error|failure)|fatal errors|failed (?:recipient|address)|transcript of (?:the )?session|no longer (?:valid|active|in use|available|accept|exist|with|at)|mail system error|message log follows|did not exactly match',
  'no (?:mail ?box|user|account|recipient|address)s? (?:here )?(?:by that name|here|with that)|error was detected while processing|error-for:|affected recipient|recipients? (?:were|was) affected|deliver[ey].{0,60}(?:aborted|postponed)|no valid recipients|are not .{0,40}users?\\.|(?:group|address) you tried to contact|error.{0,30}(?:deliver|send)',
  // German, Dutch, Nordic
  '(?:konnte|kann|wurde).{0,80}nicht.{0,40}(?:zu(?:ge)?stell|[uü]bermittel|gesendet|versandt|erreich)|(?:un|nicht )zustellbar|zustellung.{0,60}(?:fehlgeschlagen|nicht m[oö]glich|gescheitert)|empf[aä]nger.{0,20}(?:unbekannt|nicht bekannt|existiert nicht)|postfach.{0,20}voll',
  '(?:kon|kan|is).{0,40}niet.{0,30}(?:afgeleverd|bezorgd|verzonden)|onbestelbaar|onbezorgbaar',
  '(?:kunde|kunne|kan).{0,20}(?:inte|ikke|ej).{0,20}lever|gick inte att leverera|ole?everer(?:bart|at)|ei voit[ui].{0,20}toimittaa|toimitus ep[aä]onnistui',
  // French, Spanish, Portuguese, Italian, Catalan, Romanian
  "n[\u2019']a pas pu.{0,20}[êe]tre.{0,20}(?:livr|remis|distribu|d[ée]livr|achemin|envoy|transmis)|n[\u2019']a pas [ée]t[ée] (?:remis|distribu|d[ée]livr|re[çc]u)|non[- ]remis|non distribu|[ée]chec.{0,40}(?:remise|livraison|distribution|envoi)|n[\u2019']existe pas|(?:destinataire|adresse).{0,40}(?:inconnue?|introuvable|invalide)",
  'no (?:se )?(?:ha )?(?:podido|pudo|puede|fue|ha sido).{0,30}(?:entreg|envia)|no entregad|imposible (?:de )?entregar|(?:error|fallo).{0,20}(?:entrega|env[ií]o)|(?:usuario|destinatario|buz[oó]n|direcci[oó]n).{0,30}(?:desconocid|no existe|inexistente|lleno|no encontrad)',
  'n[ãa]o (?:p[ôo]de|foi|pode).{0,30}(?:entregue|entregar|enviad)|falha.{0,20}(?:na )?entrega|(?:usu[aá]rio|destinat[aá]rio|caixa).{0,30}(?:desconhecid|n[ãa]o existe|inexistente|cheia)',
  "impossibile.{0,30}(?:recapitare|consegnare|inviare)|non (?:[èe]|e') stato possibile.{0,30}(?:recapit|consegn)|non (?:recapitat|consegnat)|mancat[ao] (?:recapito|consegna)|(?:utente|destinatario|casella).{0,30}(?:sconosciut|inesistente|non esiste|piena)",
  // Slavic languages
  'не (?:может|могло|удалось|был|была|было|доставлен).{0,60}(?:достав|отправ|переда)|недоставлен|не доставлен|сообщение не достав|(?:адрес|пользовател|получател|ящик).{0,40}(?:не (?:найден|существует|зарегистр)|отключ|переполнен|заблокирован)|возвращ(?:ено|ается)',
  'nie (?:mo[żz]e|mog[łl]a|zosta[łl]a|uda[łl]o|dostarczon|istnieje).{0,40}|niedor[ęe]czon|nelze doru[čc]it|nedoru[čc]iteln|nebylo (?:mo[žz]n[ée] )?doru[čc]|nie je mo[žz]n[ée] doru[čc]',
  // Turkish, Greek, Hungarian
  'teslim edileme|iletileme|g[oö]nderileme|δεν.{0,30}παρ[αά]δ[οό]|nem (?:siker[üu]lt|lehet|k[ée]zbes[íi]t)',
  // Persian and Arabic
  '(?:تحویل|ارسال|دریافت).{0,25}(?:نشد|نگردید|ناموفق|ممکن نیست|نمی[ \u200c]?شود|امکان[ \u200c]?پذیر نیست)|نمی[ \u200c]?توان.{0,30}(?:تحویل|ارسال)|برگشت (?:خورد|داده شد)|(?:گیرنده|کاربر|نشانی|آدرس|صندوق).{0,40}(?:وجود ندارد|یافت نشد|پیدا نشد|ناشناخته|پر است|معتبر نیست|غیرفعال)',
  '(?:تعذ[ّر]?ر|تعذّر|لم يتم|فشل|لا يمكن|لم نتمكن من|غير قادر على).{0,30}(?:تسليم|إيصال|توصيل|إرسال|ارسال)|غير قابل(?:ة)? للتسليم|(?:المستلم|المستخدم|العنوان|صندوق البريد|البريد).{0,40}(?:غير (?:موجود|معروف|صالح)|ممتلئ|لا يوجد)',
  // Chinese, Japanese, Korean, Hebrew
  '(?:无法|無法|不能|未能|没有|沒有).{0,12}(?:送达|送達|投递|投遞|发送|發送|传送|傳送|到达)|退信|退回|(?:投递|投遞|发送|發送|邮件发送|寄送).{0,6}(?:失败|失敗)|(?:用户|邮箱|信箱|收件人|帐号|帳號|地址).{0,30}(?:不存在|已满|已滿|无效|無效|未找到)',
  '(?:配信|送信|配達|送達|お届け).{0,12}(?:でき(?:ません|ない|なかった)|不能|失敗|エラー)|届け(?:られ|ること)|(?:宛先|あて先|受信者|ユーザー?).{0,20}(?:見つかり|存在し|不明|いません)|(?:전송|전달|배달|발송).{0,12}(?:실패|되지|할 수 없)|반송|לא ניתן (?:למסור|היה למסור)|לא נמסר',
);

/** Subjects of reports. */
export const FAILURE_SUBJECT = any(
  'undeliver|returned mail|return(?:ed|ing).{0,20}(?:to )?sender|mail deliver|deliver(?:y|ed|ing)? ?(?:status|fail|notif|problem|report|delay|warning|error|incomplete|has)|fail(?:ure|ed).{0,12}(?:notice|notif|deliver|mail|message|to deliver)|failed mail|non[- ]?deliver|not (?:be )?deliver|(?:mail|message) (?:system )?(?:error|failed|failure|rejected|status|delay)|warning: (?:message|could not|mail)|(?:message|mail).{0,20}delayed|permanent (?:error|failure)|error (?:during|in|sending) (?:deliver|your|mail)|system error|could not (?:be )?(?:deliver|send)|bounced? (?:mail|message)|unable to deliver|message status|rejected (?:mail|message)|automatically rejected|delivery$|mailbox (?:is )?full|user unknown|unknown user|dsn:',
  FAILURE_WORDS.source,
);

/** The mail system is still trying. */
export const WARNING_WORDS = any(
  "this is (?:just |only )?a(?:n advisory| warning)|advisory-only|warning message only|you do(?: not|n[\u2019']t) need to (?:re-?send|take any)|no action is required|(?:has|have|could) (?:not )?(?:yet )?(?:not )?(?:yet )?(?:been |be )?(?:yet )?(?:deferred|delayed|postponed)|not yet been deliver|could not yet be deliver|(?:will|shall) (?:keep|continue|be) (?:on |to )?(?:try|attempt|be (?:re)?tried|be re-?attempted|retried|deliver)|we will (?:try|retry|attempt)|delay reason|still (?:being |be )?(?:trying|tried|retried|queued|in (?:the )?queue|undelivered)|delivery attempts will|delivery will (?:be )?(?:retried|continue)|will be (?:retried|re-?tried|attempted)|warning: (?:message|could not send)|transient non-?fatal|temporarily undeliverable|delivery (?:is |has been |to .{0,60})?delayed|(?:not|n.t) (?:yet )?been deliver.{0,20}yet|delivery incomplete|gmail will retry|please do not resend|do not resend your",
  'verz[öo]ger|wird weiter(?:hin)? versucht|noch nicht zugestellt|retard[ée]|sera (?:retent|r[ée]essay)|se seguir[áa] intentando|retrasad|demorad|se reintentar|in ritardo|verr[àa] ritentat|отложен|задерж|будут продолжены|попытки доставки|با تأخیر|به تأخیر|دوباره (?:تلاش|ارسال)|تأخر|سيتم إعادة المحاولة|متأخر|延迟|延遲|稍后重试|遅延|再送|지연',
);

/** It says "delayed" somewhere and means an end all the same. */
export const FINAL_WORDS = any(
  'permanent (?:fatal )?(?:error|failure)|given up|giving up|gave up|no further (?:delivery )?attempts|will not (?:be )?(?:retr|try)|failed permanently|has been removed from (?:the |our )?(?:mail )?queue|could not be delivered for|message (?:has )?(?:been )?expired|not going to try again|retry timeout exceeded|returning message to sender|endg[üu]ltig|d[ée]finitivement',
);

/** A program that wants the sender to prove something before it hands the mail over. */
export const CHALLENGE_WORDS = any(
  '(?:confirm|verify|prove|authenticate|validate) (?:yourself|your (?:e-?mail|address|identity|message)|that (?:you|this message)|you are|the sender).{0,200}(?:click|reply|link|visit|https?:)',
  '(?:click|reply|visit|follow).{0,120}(?:to be added|to have your|to (?:verify|confirm|deliver your|approve|authenticate|prove)|guest list|allowed list|approved list|white ?list)',
  'challenge[ -]?(?:\\/|and )?response|sender (?:verification|authentication|confirmation) (?:request|required|system)|spam ?arrest|\\bboxbe\\b|bluebottle|mailblocks|spamblocker|guest list|unverified sender|not (?:yet )?(?:on|in) (?:my|the|his|her|our) (?:approved|allowed|guest|white)|whitelist request|awaiting (?:your )?(?:verification|confirmation)|requires? (?:sender )?(?:confirmation|verification) (?:from|of|before)',
  'best[äa]tigen sie.{0,80}(?:absender|nachricht|adresse)|confirmez.{0,60}(?:envoi|adresse|message)|confirme.{0,60}(?:direcci[óo]n|env[íi]o|mensaje)|подтвердите.{0,60}(?:отправ|адрес|письм)|فرستنده را تأیید|تأیید فرستنده',
);

/** Who writes reports, by the name or the address in From. */
export const DAEMON = any(
  'mailer[-_. ]?daemon|post[-_]?master|mail[-_ ]?deliver|maildeliver|deliver(?:y|ies)?[-_ ]?(?:sub)?system|delivery[-_ ]?(?:status|notif|service|agent|report|failure)|mail ?(?:administrator|robot|server|service|router|gateway|monitor|system)|mail[_-](?:admin|daemon)|system ?administrator|e?-?mail system|bounce|daemon@|mdaemon|smtp[_-]?(?:mail|service|gateway)|symantec_|mailsweeper|mailmarshal|interscan|antivirus|gateway|ndr@|exchange|systemadministrator|administrador del sistema|systemverwalter|administrateur syst[eè]me|network ?manager|automatic ?reply|no[-_]?reply.{0,20}(?:deliver|bounce)|internet mail (?:delivery|service)|message (?:transfer|delivery)|undeliver',
);
