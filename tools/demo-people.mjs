// The people, places and firms that make-demo-contacts.mjs draws from. All invented; all domains are reserved names (RFC 2606).
// Last names belong to one country only, so that first name, last name and number make an address unique.

const words = (text) => text.trim().split(/\s+/);
/** "latin/native" pairs. */
const pairs = (text) => words(text).map((pair) => pair.replaceAll('_', ' ').split('/'));

/** Persian names may hold a space (written "_") or a zero-width non-joiner. */
const iranian = {
  first: pairs(`
    Sara/سارا Zahra/زهرا Maryam/مریم Fatemeh/فاطمه Narges/نرگس Niloufar/نیلوفر Shirin/شیرین Parisa/پریسا Leila/لیلا Mahsa/مهسا
    Nasrin/نسرین Azadeh/آزاده Elham/الهام Golnaz/گلناز Samira/سمیرا Yasaman/یاسمن Mina/مینا Roya/رویا Setareh/ستاره Taraneh/ترانه
    Bahar/بهار Hanieh/هانیه Kimia/کیمیا Laleh/لاله Mahtab/مهتاب Negin/نگین Pegah/پگاه Sahar/سحر Sepideh/سپیده Arezoo/آرزو
    Ali/علی Reza/رضا Mohammad/محمد Hossein/حسین Mehdi/مهدی Amir/امیر Hamid/حمید Saeed/سعید Majid/مجید Navid/نوید
    Arash/آرش Babak/بابک Behrouz/بهروز Dariush/داریوش Farhad/فرهاد Kaveh/کاوه Kourosh/کوروش Mani/مانی Nima/نیما Omid/امید
    Pouya/پویا Ramin/رامین Siavash/سیاوش Sina/سینا Soroush/سروش Vahid/وحید Yashar/یاشار Iman/ایمان Ehsan/احسان Parham/پرهام`),
  last: pairs(`
    Ahmadi/احمدی Mohammadi/محمدی Hosseini/حسینی Karimi/کریمی Rezaei/رضایی Moradi/مرادی Jafari/جعفری Rahimi/رحیمی Ebrahimi/ابراهیمی Hashemi/هاشمی
    Sadeghi/صادقی Akbari/اکبری Rostami/رستمی Kazemi/کاظمی Norouzi/نوروزی Bagheri/باقری Mousavi/موسوی Shahbazi/شهبازی Farahani/فراهانی Tehrani/تهرانی
    Shirazi/شیرازی Esfahani/اصفهانی Tabrizi/تبریزی Kermani/کرمانی Mazandarani/مازندرانی Gilani/گیلانی Yazdi/یزدی Khorasani/خراسانی Lotfi/لطفی Salehi/صالحی
    Soltani/سلطانی Amini/امینی Zamani/زمانی Ghasemi/قاسمی Heydari/حیدری Nazari/نظری Abbasi/عباسی Asadi/اسدی Bahrami/بهرامی Daneshvar/دانشور
    Golestani/گلستانی Javadi/جوادی Keshavarz/کشاورز Mirzaei/میرزایی Nikpour/نیک‌پور Parsa/پارسا Pourali/پورعلی Rad/راد Sabouri/صبوری Samadi/صمدی
    Taheri/طاهری Vaziri/وزیری Yousefi/یوسفی Zand/زند Maleki/ملکی Homayoun/همایون Kiani/کیانی Foroughi/فروغی Behnam/بهنام Alavi-Nia/علوی‌نیا`),
};

const iran = {
  weight: 46,
  ...iranian,
  languages: ['fa', 'fa', 'fa', 'fa', 'fa', 'fa', 'fa', 'fa', 'fa', 'en'],
  nativeShare: 0.68,
  cities:
    pairs(`Tehran/تهران Tehran/تهران Tehran/تهران Mashhad/مشهد Isfahan/اصفهان Shiraz/شیراز Tabriz/تبریز Karaj/کرج Rasht/رشت Ahvaz/اهواز
    Kerman/کرمان Yazd/یزد Qazvin/قزوین Hamadan/همدان Kermanshah/کرمانشاه Urmia/ارومیه Sari/ساری Gorgan/گرگان Kashan/کاشان Bushehr/بوشهر`),
};

const country = (weight, languages, first, last, cities, nativeShare = 1) => ({
  weight,
  languages: words(languages),
  first: pairs(first),
  last: pairs(last),
  cities: pairs(cities),
  nativeShare,
});

export const countries = [
  iran,
  country(
    9,
    'en',
    'James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica Thomas Karen Daniel Nancy',
    'Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Thompson White Harris Clark Lewis Walker Young Wright',
    'New_York Los_Angeles Chicago Seattle Boston Austin Portland Denver Washington,_DC San_Francisco',
  ),
  country(
    6,
    'en',
    'Oliver Amelia George Isla Harry Ava Jack Emily Charlie Sophie Alfie Grace Freddie Poppy Archie Ruby',
    'Hughes Edwards Green Hall Wood Hill Baker Cooper Ward Turner Morris Watson Bennett Gray',
    'London Manchester Bristol Edinburgh Leeds Glasgow Cardiff Oxford',
  ),
  country(
    7,
    'de de de de en',
    'Lukas Anna Felix Lena Paul Marie Jonas Laura Maximilian Sophia Leon Hannah Juergen/Jürgen Joerg/Jörg Baerbel/Bärbel Kaethe/Käthe',
    'Mueller/Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schaefer/Schäfer Koch Bauer Richter Klein Groß-Weiland/Groß-Weiland',
    'Berlin Hamburg Munich/München Cologne/Köln Frankfurt Leipzig Dresden Vienna/Wien Zurich/Zürich',
    0.8,
  ),
  country(
    6,
    'fr fr fr en',
    'Lucas Emma Hugo Chloe/Chloé Louis Lea/Léa Gabriel Manon Jules Camille Francois/François Helene/Hélène Theo/Théo Zoe/Zoé',
    'Martin Bernard Dubois Durand Leroy Moreau Laurent Lefebvre Roux Fournier Girard Dupont Lambert Beauchene/Beauchêne',
    'Paris Lyon Marseille Toulouse Nantes Brussels/Bruxelles Montreal/Montréal Geneva/Genève',
    0.85,
  ),
  country(
    4,
    'es es es en',
    'Hugo Lucia/Lucía Martin/Martín Sofia/Sofía Pablo Paula Alvaro/Álvaro Carmen Diego Elena Mateo Ines/Inés',
    'Garcia/García Rodriguez/Rodríguez Gonzalez/González Fernandez/Fernández Lopez/López Sanchez/Sánchez Perez/Pérez Gomez/Gómez Ruiz Diaz/Díaz Munoz/Muñoz Romero',
    'Madrid Barcelona Valencia Sevilla Mexico_City/Ciudad_de_México Bogota/Bogotá Buenos_Aires Lima',
    0.85,
  ),
  country(
    5,
    'tr tr tr en',
    'Mehmet Ayse/Ayşe Mustafa Fatma Ahmet Emine Can Zeynep Emre Elif Burak Merve Omer/Ömer Gul/Gül',
    'Yilmaz/Yılmaz Kaya Demir Sahin/Şahin Celik/Çelik Yildiz/Yıldız Aydin/Aydın Ozturk/Öztürk Arslan Dogan/Doğan Kilic/Kılıç Aslan Cetin/Çetin Koc/Koç',
    'Istanbul/İstanbul Ankara Izmir/İzmir Bursa Antalya Konya',
    0.8,
  ),
  country(
    5,
    'ar ar ar en',
    'Omar/عمر Layla/ليلى Youssef/يوسف Nour/نور Karim/كريم Huda/هدى Tariq/طارق Salma/سلمى Khalid/خالد Rania/رانيا Sami/سامي Dina/دينا',
    'Haddad/حداد Khoury/خوري Nasser/ناصر Mansour/منصور Saleh/صالح Aziz/عزيز Hamdan/حمدان Farouk/فاروق Shaheen/شاهين Qasim/قاسم Darwish/درويش Bishara/بشارة',
    'Dubai/دبي Cairo/القاهرة Beirut/بيروت Amman/عمّان Baghdad/بغداد Muscat/مسقط Doha/الدوحة',
    0.5,
  ),
  country(
    3,
    'hi en en en',
    'Aarav/आरव Priya/प्रिया Rohan/रोहन Ananya/अनन्या Vikram/विक्रम Kavya/काव्या Arjun/अर्जुन Meera/मीरा Rahul/राहुल Divya/दिव्या',
    'Sharma/शर्मा Verma/वर्मा Gupta/गुप्ता Singh/सिंह Kumar/कुमार Patel/पटेल Reddy/रेड्डी Iyer/अय्यर Joshi/जोशी Mehta/मेहता',
    'Mumbai/मुंबई Delhi/दिल्ली Bengaluru/बेंगलुरु Pune/पुणे Kolkata/कोलकाता',
    0.25,
  ),
  country(
    2,
    'ja ja en',
    'Haruto/陽翔 Yui/結衣 Sota/颯太 Aoi/葵 Ren/蓮 Sakura/さくら Yuto/悠斗 Hina/陽菜',
    'Sato/佐藤 Suzuki/鈴木 Takahashi/高橋 Tanaka/田中 Watanabe/渡辺 Ito/伊藤 Yamamoto/山本 Nakamura/中村',
    'Tokyo/東京 Osaka/大阪 Kyoto/京都 Nagoya/名古屋 Sapporo/札幌',
    0.7,
  ),
  country(
    3,
    'it it en',
    'Leonardo Giulia Francesco Aurora Alessandro Alice Lorenzo Ginevra Nicolo/Nicolò Beatrice',
    "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino D-Angelo/D'Angelo",
    'Rome/Roma Milan/Milano Naples/Napoli Turin/Torino Bologna Florence/Firenze',
    0.9,
  ),
  country(
    2,
    'nl nl en',
    'Daan Emma Sem Julia Lotte Bram Sanne Thijs',
    'de-Jong/de_Jong Jansen de-Vries/de_Vries van-den-Berg/van_den_Berg Bakker Visser Smit Meijer',
    'Amsterdam Rotterdam Utrecht Den_Haag Eindhoven',
    0.9,
  ),
  country(
    2,
    'pt pt en',
    'Joao/João Maria Tiago Beatriz Pedro Mariana Rafael Conceicao/Conceição',
    'Silva Santos Oliveira Souza Pereira Costa Carvalho Goncalves/Gonçalves',
    'Lisbon/Lisboa Porto Sao_Paulo/São_Paulo Rio_de_Janeiro',
    0.9,
  ),
];

/** Where a contact's mail lives, in percent of the contacts; the rest works at a business. */
export const mailboxProviders = [
  { domain: 'gmail.example', share: 42 },
  { domain: 'googlemail.example', share: 3 },
  { domain: 'outlook.example', share: 9 },
  { domain: 'hotmail.example', share: 6 },
  { domain: 'yahoo.example', share: 8 },
  { domain: 'ymail.example', share: 2 },
  { domain: 'icloud.example', share: 7 },
  { domain: 'gmx.example', share: 3 },
  { domain: 'chmail.example', share: 8 },
];

const businessNames = words(`rahpouyan northwind pishgam contoso behsazan fabrikam sepehr tailspin parsian adventure
  nikan litware arman woodgrove golrang blueyonder mehrafza lakeside kavian brightwater sabalan oakridge damavand fairmont
  zarrin stonebridge atlas westfield paydar riverton`);
const businessTrades = words('trading logistics studio foods pharma textiles consulting energy print travel');

/** 300 firms: every name in every trade. */
export const businessDomains = businessNames.flatMap((name) => businessTrades.map((trade) => `${name}-${trade}.example`));
businessDomains[0] = 'rahpouyan.example';

export const plans = ['free', 'free', 'free', 'free', 'free', 'reader', 'reader', 'reader', 'collector', 'patron'];

/** Free words of the shop's staff: commas, quotes and line breaks are what a CSV reader has to survive. */
export const notes = {
  en: [
    'Prefers loose-leaf tea, no bags',
    'Asked for "The Conference of the Birds" twice',
    'Gift card 25 €, sent in March',
    'Call first, then ship',
    'Met at the book fair;\nwants the autumn catalogue',
    'Delivery: back door, ring twice\nThanks!',
    'Subscribed at the till, "no more than once a month"',
    'Likes saffron, cardamom, and short stories',
    'Allergic to nuts',
    'Wholesale?',
    '5" mugs, set of 4',
  ],
  fa: [
    'چای ماسوله، بستهٔ ۲۵۰ گرمی',
    'گفت «دیوان حافظ» را برای هدیه می‌خواهد',
    'نشانی تازه دارد،\nپیش از ارسال بپرسید',
    'عضو باشگاه کتاب، سه‌شنبه‌ها',
    'پرسید "چای سفید" کی می‌رسد',
    'چای بهارهٔ لاهیجان, دو بسته',
    'تماس فقط بعد از ساعت ۱۷',
    'کتاب‌ها را کادو کنید، لطفاً',
  ],
};
