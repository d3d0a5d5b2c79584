"""Short news texts in many languages, written for the tests of encodings, and the encodings that each is found in."""

TEXTS = {
    "ru": (
        ("windows-1251", "koi8-r", "iso8859-5"),
        "Городской совет утвердил в четверг ремонт старого моста через реку. Работы начнутся весной и продлятся почти "
        "год, сообщил представитель администрации. Движение грузовиков закроют на время ремонта.",
    ),
    "bg": (
        ("windows-1251",),
        "Общинският съвет одобри в четвъртък ремонта на стария мост над реката. Работата ще започне през пролетта и ще "
        "продължи почти година, каза говорител на общината.",
    ),
    "uk": (
        ("windows-1251",),
        "Міська рада затвердила у четвер ремонт старого мосту через річку. Роботи почнуться навесні й триватимуть "
        "майже рік, повідомив речник адміністрації.",
    ),
    "el": (
        ("windows-1253",),
        "Το δημοτικό συμβούλιο ενέκρινε την Πέμπτη την επισκευή της παλιάς γέφυρας του ποταμού. Οι εργασίες θα "
        "αρχίσουν την άνοιξη και θα διαρκέσουν σχεδόν έναν χρόνο, είπε εκπρόσωπος του δήμου.",
    ),
    "he": (
        ("windows-1255",),
        "מועצת העיר אישרה ביום חמישי את שיפוץ הגשר הישן שמעל הנהר. העבודות יתחילו באביב ויימשכו כמעט שנה, אמר דובר "
        "העירייה. תנועת המשאיות תיאסר עד לסיום השיפוץ.",
    ),
    "ar": (
        ("windows-1256",),
        "وافق مجلس المدينة يوم الخميس على ترميم الجسر القديم فوق النهر. وستبدأ الأعمال في الربيع وتستمر نحو عام، بحسب "
        "ما قال متحدث باسم البلدية. وستمنع الشاحنات من المرور حتى نهاية الترميم.",
    ),
    "th": (
        ("cp874",),
        "สภาเมืองอนุมัติการซ่อมสะพานเก่าข้ามแม่น้ำเมื่อวันพฤหัสบดี งานจะเริ่มในฤดูใบไม้ผลิและใช้เวลาเกือบหนึ่งปี โฆษกของเทศบาลกล่าว",
    ),
    "ja": (
        ("shift_jis", "euc_jp"),
        "市議会は木曜日、川にかかる古い橋の改修を承認した。工事は春に始まり、ほぼ一年続くと市の広報担当者は述べた。"
        "改修が終わるまでトラックの通行は禁止される。",
    ),
    "zh": (
        ("gb18030", "gbk"),
        "市议会星期四批准了修复河上旧桥的计划。市政府发言人说，工程将于春季开始，持续将近一年。在修复期间，卡车将禁止通行。",
    ),
    "zh-Hant": (
        ("big5",),
        "市議會星期四批准了修復河上舊橋的計劃。市政府發言人說，工程將於春季開始，持續將近一年。在修復期間，卡車將禁止通行。",
    ),
    "ko": (
        ("euc_kr",),
        "시의회는 목요일 강 위의 낡은 다리를 수리하는 계획을 승인했다. 공사는 봄에 시작되어 거의 일 년 동안 계속될 것이라고 "
        "시 대변인이 말했다. 수리가 끝날 때까지 트럭 통행은 금지된다.",
    ),
    "pl": (
        ("windows-1250", "iso8859-2"),
        "Rada miasta zatwierdziła w czwartek remont starego mostu przez rzekę. Prace zaczną się wiosną i potrwają "
        "prawie rok, powiedział rzecznik urzędu. Ciężarówki będą musiały jeździć objazdem aż do końca robót.",
    ),
    "cs": (
        ("windows-1250", "iso8859-2"),
        "Městská rada ve čtvrtek schválila opravu starého mostu přes řeku. Práce začnou na jaře a potrvají téměř rok, "
        "řekl mluvčí radnice. Nákladní auta budou muset jezdit objížďkou až do konce opravy.",
    ),
    "sk": (
        ("windows-1250", "iso8859-2"),
        "Mestská rada vo štvrtok schválila opravu starého mosta cez rieku. Práce sa začnú na jar a potrvajú takmer "
        "rok, povedal hovorca úradu. Nákladné autá budú musieť jazdiť obchádzkou až do konca opravy.",
    ),
    "hu": (
        ("windows-1250", "iso8859-2"),
        "A városi tanács csütörtökön jóváhagyta a folyó fölötti régi híd felújítását. A munka tavasszal kezdődik és "
        "közel egy évig tart, közölte a szóvivő. A teherautók a felújítás végéig kerülőúton közlekednek, "
        "a költségekről jövőre döntenek a következő ülésen, az összegről később.",
    ),
    "ro": (
        ("windows-1250",),
        "Consiliul orăşenesc a aprobat joi repararea podului vechi de peste râu. Lucrările încep în primăvară şi vor "
        "dura aproape un an, a declarat purtătorul de cuvânt. Camioanele vor circula pe altă rută în aceste luni.",
    ),
    "hr": (
        ("windows-1250", "iso8859-2"),
        "Gradsko vijeće odobrilo je u četvrtak obnovu staroga mosta preko rijeke. Radovi će početi u proljeće i "
        "trajat će gotovo godinu dana, rekla je glasnogovornica. Kamioni će voziti obilazno još šest mjeseci.",
    ),
    "tr": (
        ("windows-1254", "iso8859-9"),
        "Belediye meclisi perşembe günü nehrin üzerindeki eski köprünün onarımını onayladı. Çalışmalar ilkbaharda "
        "başlayacak ve yaklaşık bir yıl sürecek, dedi sözcü. Kamyonların geçişi onarım bitene kadar yasaklandı.",
    ),
    "lt": (
        ("windows-1257",),
        "Miesto taryba ketvirtadienį patvirtino seno tilto per upę remontą. Darbai prasidės pavasarį ir truks beveik "
        "metus, sakė savivaldybės atstovė. Sunkvežimių eismas bus uždraustas, kol remontas bus baigtas.",
    ),
    "lv": (
        ("windows-1257",),
        "Pilsētas dome ceturtdien apstiprināja vecā tilta pār upi remontu. Darbi sāksies pavasarī un ilgs gandrīz "
        "gadu, sacīja pašvaldības pārstāve. Kravas automašīnu kustība būs aizliegta līdz remonta beigām.",
    ),
    "fr": (
        ("windows-1252",),
        "Le conseil municipal a approuvé jeudi la rénovation du vieux pont sur la rivière. Les travaux débuteront au "
        "printemps et dureront près d’un an, a précisé le porte-parole. Où passeront les camions ? Rien n’est décidé.",
    ),
    "de": (
        ("windows-1252",),
        "Der Stadtrat hat am Donnerstag die Sanierung der alten Brücke über den Fluss beschlossen. Die Arbeiten "
        "beginnen im Frühjahr und dauern fast ein Jahr, sagte die Sprecherin. Für Lastwagen ist die Straße gesperrt.",
    ),
    "es": (
        ("windows-1252",),
        "El pleno aprobó el jueves la reparación del viejo puente sobre el río. Las obras empezarán en primavera y "
        "durarán casi un año, según la portavoz. Los camiones tendrán que dar un rodeo, añadió. ¿Cuánto costará?",
    ),
    "pt": (
        ("windows-1252",),
        "A câmara municipal aprovou na quinta-feira a reparação da velha ponte sobre o rio. As obras começam na "
        "primavera e durarão quase um ano, disse a porta-voz. Os camiões não poderão passar até ao fim das obras.",
    ),
    "sv": (
        ("windows-1252",),
        "Kommunfullmäktige godkände i torsdags en renovering av den gamla bron över ån. Arbetet börjar i vår och "
        "pågår i nästan ett år, säger talespersonen. Lastbilar får köra en annan väg tills bron är färdig.",
    ),
    "fi": (
        ("windows-1252",),
        "Kaupunginvaltuusto hyväksyi torstaina joen yli vievän vanhan sillan korjauksen. Työt alkavat keväällä ja "
        "kestävät lähes vuoden, kertoi tiedottaja. Rekat eivät pääse sillalle ennen kuin työ on päättynyt.",
    ),
    "is": (
        ("windows-1252",),
        "Bæjarstjórn samþykkti á fimmtudag viðgerð á gömlu brúnni yfir ána. Verkið hefst í vor og stendur í tæpt ár, "
        "sagði talsmaður bæjarins. Vörubílar þurfa að aka aðra leið þar til verkinu lýkur.",
    ),
}  # fmt: skip

IN_ENCODINGS = [(language, encoding) for language, (encodings, _) in TEXTS.items() for encoding in encodings]
