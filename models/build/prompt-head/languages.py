"""Words for the lines of the corpus that are not in English: subject, what it does or how it is shown, where. Nothing is graphic."""

WORDS = {
    "de": {
        "subject": "eine Frau|ein Mann|zwei Freundinnen|ein Paar|eine Tänzerin|ein Model|eine Lehrerin|ein Fischer|ein Kind|eine Familie|ein Hund|eine Eule|eine Katze|ein Assistent",
        "adult": "eine Frau|ein Mann|ein Paar|eine Tänzerin|ein Model|eine Krankenschwester",
        "benign": "liest ein Buch|im langen Mantel|lacht|kocht Suppe|wartet auf den Bus|im Badeanzug am See|mit nassem Haar|schläft unter einer Decke|streicht die Wand|isst Nudeln|spielt Geige|küsst die Großmutter",
        "sexual": "nackt|ohne Kleidung|oben ohne|beim Sex|erotisch|völlig entblößt|in einer Sexszene|ausgezogen|mit nackten Brüsten|pornografisch",
        "place": "am Strand|im Schlafzimmer|im Wald|auf dem Sofa|in der Küche|im Regen|in einer Stadt|am Fenster",
    },
    "fr": {
        "subject": "une femme|un homme|deux amies|un couple|une danseuse|un mannequin|une maîtresse d'école|un pêcheur|un enfant|une mère et son bébé|un chien|un coq|un chat|une baleine",
        "adult": "une femme|un homme|un couple|une danseuse|un mannequin|une infirmière",
        "benign": "lit un livre|en manteau long|qui rit|prépare la soupe|attend le bus|en maillot de bain|aux cheveux mouillés|dort sous une couverture|peint le mur|reçoit un massage du dos|joue du violon|embrasse sa grand-mère",
        "sexual": "nu|sans vêtements|seins nus|pendant l'amour, explicite|érotique|entièrement dénudé|dans une scène de sexe|déshabillé|poitrine nue|pornographique",
        "place": "sur la plage|dans la chambre|dans la forêt|sur le canapé|dans la cuisine|sous la pluie|dans une ville|près de la fenêtre",
    },
    "es": {
        "subject": "una mujer|un hombre|dos amigas|una pareja|una bailarina|una modelo|una maestra|un pescador|un niño|una familia|un perro|un gallo|un gato|una galaxia",
        "adult": "una mujer|un hombre|una pareja|una bailarina|una modelo|una enfermera",
        "benign": "lee un libro|con abrigo largo|se ríe|cocina sopa|espera el autobús|en bañador junto al lago|con el pelo mojado|duerme bajo una manta|pinta la pared|come pasta|toca el violín|besa a su abuela",
        "sexual": "sin ropa|completamente al descubierto, desnudo|con los pechos desnudos|en una escena de sexo|erótico|haciendo el amor|desvestido|en topless|pornográfico|quitándose la ropa",
        "place": "en la playa|en el dormitorio|en el bosque|en el sofá|en la cocina|bajo la lluvia|en una ciudad|junto a la ventana",
    },
    "it": {
        "subject": "una donna|un uomo|due amiche|una coppia|una ballerina|una modella|una maestra|un pescatore|un bambino|una famiglia|un cane|un robot|un gatto|un gallo",
        "adult": "una donna|un uomo|una coppia|una ballerina|una modella|un'infermiera",
        "benign": "legge un libro|con il cappotto lungo|ride|cucina la zuppa|aspetta l'autobus|in costume al lago|con i capelli bagnati|dorme sotto una coperta|dipinge la parete|mangia la pasta|suona il violino|bacia la nonna",
        "sexual": "senza vestiti|completamente nudo|a seno nudo|in una scena di sesso|erotico|mentre fa l'amore|svestito|in topless|pornografico|che si spoglia",
        "place": "sulla spiaggia|in camera da letto|nel bosco|sul divano|in cucina|sotto la pioggia|in una città|alla finestra",
    },
    "pt": {
        "subject": "uma mulher|um homem|duas amigas|um casal|uma dançarina|uma modelo|uma professora|um pescador|um menino|uma família|um cachorro|uma raposa|um gato|uma nadadora",
        "adult": "uma mulher|um homem|um casal|uma dançarina|uma modelo|uma enfermeira",
        "benign": "lê um livro|de casaco comprido|ri|cozinha sopa|espera o ônibus|de maiô no lago|de cabelo molhado|dorme sob um cobertor|pinta a parede|come macarrão|toca violino|beija a avó",
        "sexual": "sem roupa|completamente nu|com os seios de fora|em cena de sexo|erótico|fazendo amor|despido|de topless|pornográfico|tirando a roupa",
        "place": "na praia|no quarto|na floresta|no sofá|na cozinha|na chuva|numa cidade|na janela",
    },
    "ru": {
        "subject": "женщина|мужчина|две подруги|пара|танцовщица|модель|учительница|рыбак|ребёнок|семья|собака|сова|кошка|девочка в школе",
        "adult": "женщина|мужчина|пара|танцовщица|модель|медсестра",
        "benign": "читает книгу|в длинном пальто|смеётся|варит суп|ждёт автобус|в купальнике у озера|с мокрыми волосами|спит под одеялом|красит стену|ест лапшу|играет на скрипке|целует бабушку",
        "sexual": "без одежды|полностью обнажённая|голая|в сцене секса|эротика|занимается любовью|раздетая|топлес|порно|снимает одежду",
        "place": "на пляже|в спальне|в лесу|на диване|на кухне|под дождём|в городе|у окна",
    },
    "hi": {
        "subject": "एक महिला|एक आदमी|दो सहेलियाँ|एक जोड़ा|एक नर्तकी|एक मॉडल|एक शिक्षिका|एक मछुआरा|एक बच्चा|एक परिवार|एक कुत्ता|एक उल्लू|एक बिल्ली|एक लड़की",
        "adult": "एक महिला|एक आदमी|एक जोड़ा|एक नर्तकी|एक मॉडल|एक नर्स",
        "benign": "किताब पढ़ रही है|लंबे कोट में|हँसते हुए|सूप पकाते हुए|बस का इंतज़ार|झील के पास तैरते हुए|गीले बालों में|कंबल में सोते हुए|दीवार रंगते हुए|खाना खाते हुए|वायलिन बजाते हुए|स्कूल में पढ़ते हुए",
        "sexual": "बिना कपड़ों के|पूरी तरह नग्न|नंगे|सेक्स करते हुए|कामुक|संभोग करते हुए|निर्वस्त्र|टॉपलेस|अश्लील|कपड़े उतारते हुए",
        "place": "समुद्र तट पर|शयनकक्ष में|जंगल में|सोफे पर|रसोई में|बारिश में|शहर में|खिड़की पर",
    },
    "ar": {
        "subject": "امرأة|رجل|صديقتان|زوجان|راقصة|عارضة أزياء|معلمة|صياد|طفل|عائلة|كلب|بومة|قطة|طالبة",
        "adult": "امرأة|رجل|زوجان|راقصة|عارضة|ممرضة",
        "benign": "تقرأ كتابا|بمعطف طويل|يضحك|يطبخ الحساء|ينتظر الحافلة|عند البحيرة بملابس السباحة|بشعر مبلل|نائم تحت بطانية|يطلي الجدار|يأكل المعكرونة|يعزف الكمان|يقبل جدته",
        "sexual": "بدون ملابس|عارية تماما|عراة|في مشهد جنسي|صورة إباحية|يمارسان الجنس|متجردة من ثيابها|عارية الصدر|إباحي|تخلع ملابسها",
        "place": "على الشاطئ|في غرفة النوم|في الغابة|على الأريكة|في المطبخ|تحت المطر|في المدينة|عند النافذة",
    },
    "ja": {
        "subject": "女性|男性|二人の友人|夫婦|踊り子|モデル|先生|漁師|子供|家族|犬|ふくろう|猫|女の子",
        "adult": "女性|男性|夫婦|踊り子|モデル|看護師",
        "benign": "が本を読んでいる|が長いコートを着ている|が笑っている|がスープを作る|がバスを待つ|が湖で泳ぐ|の濡れた髪|が毛布で眠る|が壁を塗る|が麺を食べる|がバイオリンを弾く|が祖母と話す",
        "sexual": "が裸で|の全裸|のヌード|のセックスシーン|のエロティックな姿|が愛し合う裸|が服を脱ぐ|のトップレス|のポルノ|の官能的な裸体",
        "place": "、浜辺で|、寝室で|、森で|、ソファで|、台所で|、雨の中|、街で|、窓辺で",
    },
    "zh": {
        "subject": "一个女人|一个男人|两个朋友|一对夫妇|舞者|模特|老师|渔夫|孩子|一家人|一只狗|猫头鹰|一只猫|女学生",
        "adult": "一个女人|一个男人|一对夫妇|舞者|模特|护士",
        "benign": "在看书|穿着长外套|在笑|在煮汤|在等公共汽车|在湖里游泳|头发湿了|盖着毯子睡觉|在刷墙|在吃面条|在拉小提琴|和奶奶聊天",
        "sexual": "没穿衣服|全身赤裸|裸体|做爱场面|色情照片|在做爱|脱光衣服|裸露胸部|色情|脱衣服",
        "place": "，在海滩|，在卧室|，在森林里|，在沙发上|，在厨房|，在雨中|，在城市里|，在窗边",
    },
}
STYLE = ["", "", "", ", 8k", ", oil painting", ", 35mm", ", anime", ", masterpiece"]


def line(r, language, label):
    words = WORDS[language]
    subject = r.choice(words["adult" if label == "sexual" else "subject"].split("|"))
    gap = "" if language in ("ja", "zh") else " "
    text = subject + gap + r.choice(words[label].split("|"))
    if r.random() < 0.7:
        text += gap + r.choice(words["place"].split("|"))
    return text + r.choice(STYLE)
