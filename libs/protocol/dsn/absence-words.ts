function any(...alternatives: readonly string[]): RegExp {
  return new RegExp(alternatives.join('|'), 'iu');
}

/** "I am away", as absence notes say it. */
export const ABSENCE_WORDS = any(
  "(?<!while |when |if |as |before |because |since |until )(?:i am|i[\u2019']m|i will be|i[\u2019']ll be|i shall be|we are) (?:currently |now |presently )?(?:out of (?:the |my )?office|away (?:from|until|on|for)|on (?:vacation|holidays?|(?:annual |maternity |parental |paternity |sick |medical )?leave|a business trip|travel)|travell?ing|not in the office|out on)|out of (?:the |my )?office (?:until|from|till|and|with|on|this)|(?:limited|no|intermittent) access to (?:my )?e-?mails?|no longer (?:work|employed|with the company|with us)",
  '(?:bin|werde|befinde mich|sind).{0,60}(?:nicht (?:im|in meinem) b[uü]ro|abwesend|nicht (?:erreichbar|anwesend|am arbeitsplatz)|im urlaub|auf dienstreise|au[sß]er haus)|(?:ihre|deine) (?:e-?mail|nachricht) wird nicht (?:weitergeleitet|gelesen)',
  '(?:suis|serai|sommes).{0,40}(?:absente?s?|en cong[ée]s?|en vacances|en d[ée]placement|hors du bureau|indisponible)',
  '(?:estoy|estar[ée]|me encuentro|estamos|me encontrar[ée]).{0,30}(?:fuera de (?:la |mi )?oficina|de vacaciones|ausente|de viaje|de permiso|de baja)',
  '(?:estou|estarei|encontro-me).{0,30}(?:fora do escrit[óo]rio|ausente|de f[ée]rias|em viagem|de licen[çc]a)|(?:sono|sar[òo]).{0,30}(?:fuori (?:sede|ufficio)|assente|in ferie|in viaggio)|(?:ben|ik).{0,30}(?:afwezig|niet op kantoor|met vakantie|op vakantie)',
  'ofis d[ıi][şs][ıi]nday[ıi]m|izinde(?:yim|olaca)|y[ıi]ll[ıi]k izin|(?:нахожусь|буду).{0,30}(?:в отпуске|не в офисе|в командировке)|вне офиса|меня (?:нет|не будет) (?:в офисе|на месте)|jestem.{0,30}(?:poza biurem|na urlopie|nieobecn)',
  '(?:در|به) (?:مرخصی|سفر|مأموریت|ماموریت|تعطیلات).{0,30}(?:هستم|می[ \u200c]?باشم|خواهم بود|به سر می[ \u200c]?برم|رفته)|خارج از (?:دفتر|اداره|محل کار|شرکت).{0,20}(?:هستم|می[ \u200c]?باشم|خواهم بود)|به (?:ایمیل|رایانامه|پست الکترونیک).{0,20}دسترسی (?:ندارم|نخواهم|محدود)|در (?:دفتر|محل کار|اداره) (?:نیستم|حضور ندارم|نخواهم بود)',
  '(?:أنا|إنني|سأكون|أكون|نحن)?.{0,20}(?:خارج المكتب|خارج مكتبي|في إجازة|في اجازة|في رحلة عمل|غير متواجد|غير متاح)',
  '不在办公室|正在休假|休假中|外出中|不在(?:にして|です|の間)|休暇(?:中|を)|부재중|휴가 ?중',
);

/** When the writer is back, or whom to ask instead: without it "I am away" may be a person's answer. */
export const RETURN_WORDS = any(
  'until|till|through|back (?:on|in|at)|return|upon my|limited access|no access|urgent|emergency|immediate (?:assistance|attention)|in my absence|meanwhile|get back to you|respond|reply to your',
  'bis (?:zum|einschlie|ende|mo|di|mi|do|fr)|wieder (?:da|im|erreichbar)|zur[uü]ck|dringend|weitergeleitet|vertret|vielen dank f[uü]r ihre (?:nachricht|e-?mail)',
  'jusqu|retour|urgen|en mon absence|hasta|regres|volver|urgente|en mi ausencia|at[ée] (?:ao|o|dia)|retorn|voltar|fino a|rientr|urgenz|tot en met|terug|dringend',
  'kadar|d[öo]n[üu][şs]|acil|(?:до|по) \\d|вернусь|срочн|wr[óo]c|pilnych',
  'تا .{0,30}|بازگشت|برمی[ \u200c]?گردم|فوری|ضروری|دسترسی ندارم|سأعود|حتى|العودة|عاجل|لغاية|إلى غاية',
  '返回|回来|紧急|戻り|まで|긴급|복귀',
);

/** A program says of itself that it is one. */
export const AUTOMATIC_WORDS = any(
  '(?:this is|you are receiving) an? (?:automat(?:ic|ed)|auto)(?:ally generated)?[ -]?(?:reply|response|message|e-?mail|answer|notification)|automatically generated (?:reply|response|message|e-?mail)|auto-?(?:reply|responder)|do not reply to this (?:automated|automatic)|this mailbox is not (?:monitored|read)|(?:your|the) (?:request|e-?mail|message|enquiry|inquiry|ticket) (?:has been|was) (?:successfully )?(?:received|logged|registered|assigned)',
  '(?:dies ist|das ist) eine automatisch|automatisch (?:erstellt|generiert|erzeugt)|automatische (?:antwort|eingangsbest[äa]tigung)|ceci est (?:un|une) (?:message|r[ée]ponse) automatique|r[ée]ponse automatique|(?:este|esta) es (?:un|una) (?:mensaje|respuesta) autom[áa]tic|(?:esta|este) [ée] uma? (?:resposta|mensagem) autom[áa]tica|questo [èe] un messaggio automatico|risposta automatica|bu (?:mesaj|e-?posta|ileti) otomatik|это автоматическ|автоматический ответ|dit is een automatisch',
  '(?:این|لطفا).{0,20}(?:پیام|ایمیل|پاسخ|نامه).{0,20}(?:خودکار|اتوماتیک)|به (?:صورت|طور) خودکار|پاسخ خودکار|(?:هذا|هذه).{0,15}(?:رد|رسالة).{0,10}(?:تلقائي|آلي)|رد تلقائي|自动回复|自動(?:返信|応答|回覆)|자동 (?:응답|회신)',
);

/** The mailbox goes on elsewhere. */
export const ADDRESS_CHANGED = any(
  "(?:my|our|this|the|new) (?:e-?mail )?(?:address|mailbox|account) (?:has |is |was |will )?(?:been |be )?(?:chang|moved|no longer (?:valid|in use|used|active|monitored)|replaced|discontinued|out of use)|(?:i have|we have|i[\u2019']ve) (?:a new|changed (?:my|our)|moved to a new) (?:e-?mail|address)|new e-?mail address(?: is)?:?|(?:please )?update your address book|change of (?:e-?mail )?address",
  "(?:meine|unsere|neue) (?:neue )?e-?mail-?adresse (?:hat sich|lautet|ist)|adress[äa]nderung|(?:mon|ma|notre) (?:nouvelle )?adresse (?:e-?mail|[ée]lectronique|mail)? ?(?:a chang|est d[ée]sormais|est maintenant)|changement d[\u2019']adresse|(?:mi|nuestra) (?:nueva )?direcci[óo]n.{0,20}(?:ha cambiado|es ahora)|cambio de (?:direcci[óo]n|correo)|мой (?:новый )?адрес (?:изменил|теперь)|(?:novo|mudan[çc]a de) e-?mail",
  '(?:نشانی|آدرس|ایمیل).{0,25}(?:تغییر (?:کرد|یافت)|عوض شد)|(?:نشانی|آدرس|ایمیل) جدید|(?:تغير|تغيّر|تم تغيير).{0,15}(?:عنوان|بريد)|(?:عنواني|بريدي).{0,20}(?:الجديد|تغير)',
);
