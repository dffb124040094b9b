//! Words that announce a name, belong into one or speak against one, in ten languages. Folded: lower
//! case without accents.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a word says about its neighbours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trigger(u32);

impl Trigger {
    /// An abbreviation whose full stop ends no sentence.
    pub(super) const ABBREVIATION: Self = Self(1);
    /// `by`, `with`: often before a name.
    pub(super) const BESIDE: Self = Self(2);
    /// A function word or another word that is no part of a name.
    pub(super) const FUNCTION: Self = Self(4);
    /// `Dear`, `Hallo`.
    pub(super) const GREETING: Self = Self(8);
    /// A key whose value is a name.
    pub(super) const KEY: Self = Self(16);
    /// A key whose value is something else with capitals.
    pub(super) const OTHER_KEY: Self = Self(32);
    /// A word of organisations and places: University, Bank, GmbH.
    pub(super) const ORGANISATION: Self = Self(64);
    /// `van`, `de`: inside a name.
    pub(super) const PARTICLE: Self = Self(128);
    /// `in`, `nach`: before a place.
    pub(super) const PLACE: Self = Self(256);
    /// Wife, Sohn, amie: before a name.
    pub(super) const RELATION: Self = Self(512);
    /// Patient, President, juge: before or after a name.
    pub(super) const ROLE: Self = Self(1024);
    /// Said, sagte: beside a name.
    pub(super) const SAID: Self = Self(2048);
    /// The end of a letter.
    pub(super) const SIGN_OFF: Self = Self(4096);
    /// Mr, Frau, Dott.: before a name.
    pub(super) const TITLE: Self = Self(8192);

    /// `Saint`, `Monte`: the first word of a place.
    pub(super) const SAINT: Self = Self(1 << 14);
    /// `is`, `ist`: between the word name and a name.
    pub(super) const COPULA: Self = Self(1 << 15);
    /// `del`, `des`: particles that hardly ever begin a surname.
    pub(super) const ARTICLE: Self = Self(1 << 17);
    /// Streets, schools, firms, products, diseases: what is called after people.
    pub(super) const THING: Self = Self(1 << 16);

    /// What a folded word says.
    pub(super) fn of(folded: &str) -> Self {
        let known = WORDS.get(folded).copied().unwrap_or_default();
        if known.0 == 0 && folded.len() > 7 {
            if ROLE_ENDINGS.iter().any(|ending| folded.ends_with(ending)) {
                return Self(Self::ROLE.0 | Self::FUNCTION.0);
            }
            if ORGANISATION_ENDINGS.iter().any(|ending| folded.ends_with(ending)) {
                return Self(Self::ORGANISATION.0 | Self::FUNCTION.0);
            }
        }
        known
    }

    pub(super) fn is(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether it says nothing.
    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The numbers of all that it says; 17 where it says nothing.
    pub(super) fn bits(self) -> impl Iterator<Item = u16> {
        let nothing = (self.0 & 0x1_FFFF == 0).then_some(17);
        (0..17).filter(move |bit| self.0 >> bit & 1 == 1).chain(nothing)
    }
}

/// Whether a folded word ends like a common noun or adjective rather than a name.
pub(super) fn ends_like_a_noun(folded: &str) -> bool {
    folded.len() > 5 && NOUN_ENDINGS.iter().any(|ending| folded.ends_with(ending))
}

/// Whether a folded word begins or ends like a surname of some country.
pub(super) fn looks_like_a_surname(folded: &str) -> bool {
    folded.len() > 4
        && (SURNAME_ENDINGS.iter().any(|ending| folded.ends_with(ending))
            || ["mc", "mac", "fitz"].iter().any(|start| folded.starts_with(start) && folded.len() > start.len() + 3))
}

/// Brands, banks and figures that are called like people.
pub(super) fn is_no_person(folded: &str) -> bool {
    NO_PERSONS.contains(&folded)
}

const NO_PERSONS: &[&str] = &[
    "giorgio armani",
    "salvatore ferragamo",
    "adolfo dominguez",
    "pierre fabre",
    "yves rocher",
    "carolina herrera",
    "roberto cavalli",
    "paco rabanne",
    "jean paul gaultier",
    "karl lagerfeld",
    "jil sander",
    "stella mccartney",
    "paul smith",
    "kate spade",
    "tory burch",
    "donna karan",
    "vera wang",
    "jimmy choo",
    "christian dior",
    "christian louboutin",
    "nina ricci",
    "guy laroche",
    "pierre cardin",
    "hugo boss",
    "dr oetker",
    "dr martens",
    "jack wolfskin",
    "jack jones",
    "taylor guitars",
    "harley davidson",
    "john deere",
    "jim beam",
    "captain morgan",
    "jack daniel",
    "johnnie walker",
    "tim hortons",
    "ben jerry",
    "cherry garcia",
    "loro piana",
    "enzo ferrari",
    "isabel marant",
    "philipp plein",
    "julius meinl",
    "peter kaiser",
    "julius blum",
    "paul hartmann",
    "don simon",
    "michael page",
    "robert half",
    "robert walters",
    "ernst young",
    "charles tyrwhitt",
    "laura ashley",
    "ted baker",
    "thomas cook",
    "thomas sabo",
    "thomas philipps",
    "albert heijn",
    "douwe egberts",
    "jan linders",
    "anton pieck",
    "magazine luiza",
    "jeronimo martins",
    "teresa tavares",
    "jan niezbedny",
    "irena eris",
    "philips sonicare",
    "robert bosch",
    "carl zeiss",
    "franz josef",
    "prince charles hospital",
    "santa monica",
    "san remo",
    "big ben",
    "uncle sam",
    "uncle ben",
    "betty crocker",
    "aunt jemima",
    "mary kay",
    "sara lee",
    "mister spex",
    "fisher price",
    "anne frank haus",
    "robert koch",
    "goethe institut",
    "frank gehry",
    "oscar wilde bar",
    "hannah montana",
    "lara croft",
    "max mara",
    "massimo dutti",
    "bruno banani",
    "tom tailor",
    "betty barclay",
    "gerry weber",
    "marc cain",
    "calzedonia intimissimi",
    "charles vogele",
    "christian berg",
    "goldman sachs",
    "morgan stanley",
    "jp morgan",
    "ernst young",
    "harry potter",
    "levi strauss",
    "calvin klein",
    "hugo boss",
    "mercedes benz",
    "louis vuitton",
    "tommy hilfiger",
    "jack daniels",
    "johnnie walker",
    "ralph lauren",
    "michael kors",
    "marc jacobs",
    "estee lauder",
    "charles schwab",
    "wells fargo",
    "merrill lynch",
    "lehman brothers",
    "sherlock holmes",
    "mickey mouse",
    "james bond",
    "robin hood",
    "donald duck",
    "santa claus",
    "saint laurent",
    "yves rocher",
    "paul shark",
    "alfa romeo",
    "rolls royce",
    "aston martin",
    "land rover",
    "general electric",
    "johns hopkins",
    "martin luther king day",
    "le monde",
    "el pais",
    "la repubblica",
    "der spiegel",
    "die zeit",
    "monte carlo",
    "ben jerrys",
    "tony hawk pro",
    "victoria secret",
    "victorias secret",
    "peter pan",
    "la liga",
    "marks spencer",
    "procter gamble",
    "price waterhouse",
    "king kong",
    "real madrid",
    "bayern munchen",
    "san francisco",
    "los angeles",
    "santa monica",
    "virginia woolf prize",
    "max planck",
    "marie curie",
    "champions league",
    "premier league",
    "monte bianco",
    "mont blanc",
    "don quijote",
];

static WORDS: LazyLock<HashMap<&'static str, Trigger>> = LazyLock::new(|| {
    let mut words: HashMap<&'static str, Trigger> = HashMap::new();
    for (trigger, list) in LISTS {
        for word in list.split_whitespace() {
            let entry = words.entry(word).or_default();
            entry.0 |= trigger.0;
        }
    }
    words
});

const ROLE_ENDINGS: &[&str] = &[
    "chef",
    "minister",
    "ministerin",
    "prasident",
    "prasidentin",
    "kanzler",
    "kanzlerin",
    "trainer",
    "trainerin",
    "leiter",
    "leiterin",
    "sprecher",
    "sprecherin",
    "meister",
    "meisterin",
    "anwalt",
    "anwaltin",
    "richter",
    "richterin",
    "direktor",
    "direktorin",
    "patient",
    "patientin",
    "arzt",
    "arztin",
    "lehrer",
    "lehrerin",
    "spieler",
    "spielerin",
    "sanger",
    "sangerin",
    "autor",
    "autorin",
    "schauspieler",
    "minstern",
    "ministern",
    "presidente",
    "directeur",
    "professor",
    "advocaat",
    "chefen",
    "ordforande",
    "minister",
];

const ORGANISATION_ENDINGS: &[&str] = &[
    "gesellschaft",
    "verein",
    "verband",
    "universitat",
    "ministerium",
    "krankenhaus",
    "klinik",
    "klinikum",
    "kirche",
    "schule",
    "gericht",
    "partei",
    "gruppe",
    "werke",
    "museum",
    "theater",
    "festival",
    "strasse",
    "platz",
    "gasse",
    "allee",
    "burg",
    "straat",
    "plein",
    "gatan",
    "vagen",
    "universiteit",
    "sjukhus",
    "ziekenhuis",
    "bolaget",
    "partiet",
    "gemeente",
    "kommun",
];

const NOUN_ENDINGS: &[&str] = &[
    "ung", "ungen", "heit", "keit", "schaft", "schaften", "tion", "tionen", "tions", "ismus", "nis", "tat", "tum",
    "ments", "ment", "ness", "ship", "ity", "ities", "ance", "ence", "ing", "ings", "ism", "able", "ible", "ous",
    "ful", "less", "cion", "ciones", "sion", "zione", "zioni", "sione", "cao", "coes", "dade", "dades", "dad", "dades",
    "miento", "mientos", "mento", "mentos", "menti", "aggio", "logie", "logia", "ologie", "iteit", "heid", "tie",
    "schap", "osc", "anie", "enie", "acja", "cja", "stwo", "ctwo", "ning", "het", "else", "skap", "eur", "euse",
    "ique", "iques", "isch", "ische", "ischen", "lich", "liche", "lichen", "ale", "aux", "ical", "wise", "ally", "ly",
    "mente", "ungs", "ware", "phone", "book", "haus", "bahn", "zeit", "jahr", "jahre", "tag", "stadt", "land", "recht",
    "arbeit",
];

const SURNAME_ENDINGS: &[&str] = &[
    "ski", "ska", "skiego", "skiej", "cki", "cka", "wicz", "czyk", "czak", "iak", "sson", "sdottir", "ez", "ini",
    "elli", "etti", "ucci", "escu", "vic", "ian", "yan", "enko", "chuk", "czuk", "ov", "ova", "ev", "eva", "ova",
    "mann", "meier", "maier", "huber", "oglu", "idis", "poulos", "opoulos", "akis", "lund", "qvist", "strom", "gren",
    "stra", "sma", "ema", "nen", "uk",
];

/// Word lists, each with what it says.
const LISTS: &[(Trigger, &str)] = &[
    (Trigger::ARTICLE, "del des do dei degli della delle das du la el al les le zu zur vom av af em bin"),
    (
        Trigger::THING,
        "rue avenue boulevard chemin quai impasse calle plaza paseo glorieta via viale piazza piazzale corso vicolo rua avenida praca travessa ulica ulicy plac placu aleja aleje alei rondo straat laan plein gatan vagen torget strasse platz allee weg street road lane square bridge lycee ecole college hopital musee stade gare station aeroport theatre fondation prix loi code maladie colegio escuela instituto hospital museo estadio estacion aeropuerto teatro fundacion premio ley enfermedad scuola liceo ospedale stadio stazione aeroporto fondazione legge malattia morbo escola liceu museu estadio estacao fundacao lei doenca szkola liceum muzeum stadion lotnisko fundacja nagroda choroba imienia school ziekenhuis luchthaven stichting prijs wet ziekte schule gymnasium bahnhof flughafen stiftung preis krankheit skola sjukhus flygplats stiftelse priset lag sjukdom award prize airport university disease syndrome theorem method algorithm effect boulangerie societe maison marque marca marchio firma firmy merk marke marken varumarke brand store shop boutique magasin tienda negozio loja winkel sklep butik laden film movie pelicula filme serie series song album livre libro livro ksiazka boek bok buch modell modello modelo model",
    ),
    (
        Trigger::RELATION,
        "sono suis bestie pal buddy boyfriend girlfriend roommate flatmate neighbour neighbor stepson stepdaughter fiance fiancee lebensgefahrtin lebensgefahrte nachbar nachbarin kollege kollegin enkel enkelin tante onkel oma opa ma compagne compagnon copain copine voisin voisine collegue tante oncle novio novia pareja companero companera vecino vecina tia tio nieto nieta sobrino compagna compagno fidanzata fidanzato vicino vicina nonna nonno zia zio nipote namorada namorado companheira companheiro vizinha vizinho colega avo tia tio sobrinha echtgenote echtgenoot buurman buurvrouw collega oma opa tante oom neef nicht malzonka malzonek sasiad sasiadka kolega kolezanka babcia dziadek ciocia wujek makan maken make maka sambo granne kollega farmor mormor farfar morfar kusin",
    ),
    (
        Trigger::ROLE,
        "aklagare kammaraklagare forsvarare malsagande tilltalad radman namndeman forbundskapten riksdagsledamoten advokaten vittnet remitterad raadsman raadsvrouw aangever griffier kamerlid schepen wethouder huisarts teste assente presente imputato ricorrente resistente cancelliere relatore arbitro squalificato letrado ponente perito procurador procuradora recurrente recurrido portavoz consejero relator agravante agravado impetrante apelante apelado reu senadora obronca pokrzywdzony pokrzywdzona powod pozwany pozwana protokolant przewodniczacy przewodniczaca sedziowal posel prokurator beisitzer beisitzerin verteidiger verteidigerin urkundsbeamtin justizangestellte staatsanwalt staatsanwaltin schiedsrichter zeugin kollegin greffier rapporteur conseiller conseillere remplacant arbitre magistrate constable registrar referee quarterback leader spokesperson envoy aide lawyer broker trader premier skipper pitcher midfielder defender winger batsman bowler vorstand verteidiger verteidigerin nachfolger nachfolgerin claimant applicant appellant respondent plaintiff defendant lady gentleman klager klagerin beklagte beklagter angeklagte angeklagter angeklagten zeuge zeugin zeugen beschwerdefuhrer patientin requerant requerante appelant demandeur demanderesse prevenu temoin acusado acusada demandante demandado testigo varon magistrada magistrado procuradora procurador ricorrente imputato imputata testimone teste attore convenuto arguido arguida reu autora testemunha doente utente verdachte eiser eiseres gedaagde getuige appellant oskarzony oskarzona oskarzonego oskarzonej powod powodka pozwany pozwana swiadek pacjentka tilltalade malsagande vittnet svaranden karanden patienten radmannen radman premier premiership minister regisseur regissoren rezyser realisateur realisatrice realizador realizadora regista tecnico entraineur entrenador entrenadora allenatore treinador treinadora trener trenerka tranaren forbundskapten delantero portero centravanti attaccante atacante spits speler poslanka posel kamerlid deputee depute deputado deputada deputato diputado diputada riksdagsledamot portavoz porte-parole rzecznik woordvoerder talesperson sprecherin analyst analista analyste singer sangerin zanger zangeres piosenkarz piosenkarka chanteur chanteuse cantante cantora ordforande voorzitter szef szefem prezes prezesa dyrektor sedzia juez jueza giudice juge rechter",
    ),
    (
        Trigger::TITLE,
        "heer pr med rer ssa dna ilmo ilma mtro lic ds ks mgr inz prokurator sra. signorina sgra senhorita menina wp",
    ),
    (
        Trigger::OTHER_KEY,
        "articulo articolo artigo artikel artykul produkt produkte prodotto producto produit produto product model modell modele modello modelo toestel gerat device dispositivo apparecchio urzadzenie film song album color colour farbe kleur kolor farg mobel leki medikation medication medicacion medicatie terapia terapie therapy traitement tratamiento tratamento lakemedel diagnose diagnosis diagnostico diagnostic diagnos rozpoznanie seat flight class event sala salle raum zaal",
    ),
    (
        Trigger::SAINT,
        "st saint sainte sankt santa santo sao san sant mont monte monti mount lago lake rio torre porta ponte costa cabo isla ile golfo capo castel chateau palazzo villa fort port porto puerto new north south east west nueva nuevo nova bad sint",
    ),
    (Trigger::COPULA, "is ist est es e sono sou lautet jest ar"),
    (
        Trigger::FUNCTION,
        "head chief hoofd leiter leiterin responsable responsabile kierownik bravo allez vamos forza grande congrats congratulations happy watch meet breaking video photo foto live",
    ),
    (
        Trigger::TITLE,
        "ra rain me mr mrs ms miss mister madam sir lord lady dr prof professor rev reverend father sister brother capt captain sgt sergeant lt colonel gen general judge justice senator sen rep herr frau herrn fraulein fr hr hrn doktor monsieur madame mademoiselle mme mlle mm maitre docteur senor senora senorita sr sra srta don dona doctor doctora dott dottor dottssa dottoressa signor signore signora signorina sig sigra avv ing geom arch senhor senhora dra doutor doutora exmo exma meneer mevrouw mevr dhr mw drs ir pan pani pana panu panem panstwo doktor herrn fru froken",
    ),
    (
        Trigger::GREETING,
        "dear hi hello hey liebe lieber hallo geehrte geehrter bonjour cher chere salut hola estimado estimada querido querida ciao caro cara gentile buongiorno egregio spettabile ola caro prezado prezada beste geachte hoi dag czesc szanowny szanowna drogi droga hej basta kara halsningar thanks thx danke merci gracias grazie obrigado obrigada bedankt dzieki tack welcome goodbye",
    ),
    (
        Trigger::SIGN_OFF,
        "mvh lg vg mfg halsar kram xoxo bjs bjos abrazo abrazos bises bisous baci gr grtz pozdr vh regards sincerely cheers best yours grussen gruss grusse hochachtungsvoll cordialement salutations sinceres saludos atentamente cordiales saluti cordiali distinti atenciosamente cumprimentos groet groeten hoogachtend pozdrawiam pozdrowienia powazaniem halsning halsningar vanliga signed unterzeichnet signe firmado firmato assinado",
    ),
    (
        Trigger::KEY,
        "name names fullname customer client patient author sender from to cc contact recipient attn user assigned assignee employee owner beneficiary payer payee holder cardholder accountholder applicant reporter agent doctor physician nurse student teacher guest passenger driver tenant witness defendant plaintiff nachname vorname kunde kundin ansprechpartner absender empfanger verfasser bearbeiter inhaber kontoinhaber mitarbeiter versicherter antragsteller zeuge nom prenom destinataire expediteur titulaire beneficiaire auteur nombre apellido apellidos cliente paciente remitente destinatario titular autor nome cognome paziente mittente intestatario autore apelido sobrenome remetente naam voornaam achternaam klant afzender ontvanger patient imie nazwisko klient klientka nadawca odbiorca pacjent pacjentka namn fornamn efternamn kund avsandare mottagare firstname lastname surname givenname familyname displayname recipientname contactperson byline editor signer signatory",
    ),
    (
        Trigger::OTHER_KEY,
        "product item sku title subject betreff objet asunto oggetto assunto onderwerp temat amne city town stadt ville ciudad citta cidade plaats miasto stad country land pays pais paese kraj company firma entreprise empresa azienda bedrijf foretag brand marke category kategorie status state level type typ event action service host hostname path file module class method function logger thread browser device os model color colour currency language department team project queue priority street address strasse adresse direccion indirizzo morada adres adress plan method message msg reason error genre album track artist version content",
    ),
    (
        Trigger::ROLE,
        "patient patientin president minister chancellor ceo cto cfo director manager engineer lawyer attorney judge officer detective inspector coach player striker goalkeeper captain actor actress singer author writer journalist reporter spokesman spokeswoman spokesperson teacher nurse surgeon customer client applicant defendant plaintiff witness suspect victim driver employee colleague founder chairman chairwoman chief secretary governor mayor prime candidate analyst researcher scientist artist musician star rapper king queen prince princess pope bishop kanzler kanzlerin prasident prasidentin ministerin burgermeister trainer spieler geschaftsfuhrer chef chefin richter richterin anwalt anwaltin zeuge zeugin klager klagerin beklagte angeklagte angeklagter kunde kundin mitarbeiter mitarbeiterin kollege kollegin arzt arztin sanger sangerin schauspieler autor autorin presidente presidenta ministre premier depute maire juge avocat avocate temoin prevenu prevenue requerant requerante cliente acteur actrice chanteur chanteuse ecrivain joueur entraineur directeur directrice ministro ministra alcalde juez jueza abogado abogada testigo acusado acusada paciente jugador entrenador actriz cantante escritor directora paziente giudice avvocato testimone imputato imputata attore attrice cantante giocatore allenatore direttore sindaco presidente cliente juiz juiza advogado advogada testemunha arguido arguida utente jogador treinador ator atriz cantor cantora diretor minister premier burgemeester rechter advocaat getuige verdachte klant medewerker speler zanger acteur directeur prezydent premier burmistrz sedzia adwokat swiadek oskarzony oskarzona pacjent pacjentka klient klientka aktor aktorka piosenkarz trener pilkarz dyrektor posel senator statsminister president domare advokat vittne atalade patienten kund skadespelare sangare tranare spelare direktor chefen",
    ),
    (
        Trigger::RELATION,
        "appelle heisse heissen llamo chiamo chamo heet nazywam heter soy sou jestem bin wife husband son daughter mother father brother sister friend partner uncle aunt cousin nephew niece grandson granddaughter colleague ehefrau ehemann sohn tochter mutter vater bruder schwester freund freundin femme mari fils fille mere pere frere soeur ami amie epouse epoux esposa esposo marido mujer hijo hija madre padre hermano hermana amigo amiga moglie marito figlio figlia fratello sorella amico amica mae pai irmao irma filho filha vrouw man zoon dochter moeder vader broer zus vriend vriendin zona maz syn corka matka ojciec brat siostra hustru man son dotter mor far bror syster van vaninna named called namens genannt nomme nommee llamado llamada chiamato chiamata chamado chamada genaamd imieniem vid appelle heisse heissen llamo chiamo chamo heet nazywam heter soy sou jestem sig bin",
    ),
    (
        Trigger::SAID,
        "said says told tells added adds asked asks explained wrote writes called replied announced tweeted believes thinks argued stated testified confirmed met joined scored won sagte sagt erklarte erklart meint meinte betonte berichtet schrieb fragte antwortete teilte kam traf dit declare ajoute explique affirme ecrit raconte selon repond dijo dice afirmo afirma explico explica anadio declaro escribio conto segun disse ha dichiarato spiega spiegato aggiunto racconta scritto secondo diz afirmou explicou acrescentou contou declarou zei zegt vertelt aldus volgens schreef legde powiedzial powiedziala mowi dodal dodala twierdzi napisal napisala wyjasnil sa sager sade berattar skriver enligt menar forklarar phoned emailed contacted reported complained visited presented lives lived works worked wohnt arbeitet habite travaille vive trabaja abita lavora mora trabalha woont werkt mieszka pracuje bor arbetar",
    ),
    (
        Trigger::BESIDE,
        "by with and from for von mit und fur par avec et pour por con y para da di e per com door met en voor przez z i dla av med och for via",
    ),
    (
        Trigger::PLACE,
        "in at near aus nach bei im am zu a au aux en dans vers desde hacia nel nella em no na te naar uit w we do na till fran pa across throughout around outside",
    ),
    (
        Trigger::PARTICLE,
        "von van de der den del della dela da dos das do di du la le les ten ter het zu zur af av bin ibn al el san santa st vom 't",
    ),
    (
        Trigger::ORGANISATION,
        "services arena stadion stade estadio stadio inc ltd llc plc corp corporation company co gmbh ag kg ohg ug mbh se sa sas sarl sarlu sl slu srl spa snc lda ltda bv nv vof ab as oy aps sp zoo kk limited group holding holdings partners associates university college school institute hospital clinic church bank bar hotel restaurant cafe airport station stadium park street road avenue lane square bridge tower building center centre museum theatre theater library court council committee commission ministry department agency association society foundation union league club team fc cup festival award prize act law award awards records studios pictures press times post news magazine journal today games award summit treaty island islands river lake mountain mount valley beach bay county city town province region republic kingdom states republic universitat hochschule schule krankenhaus klinik kirche museum strasse platz weg allee verlag verein stiftung partei bund amt gericht universite ecole hopital eglise rue place musee gare societe association ministere universidad escuela hospital iglesia calle plaza avenida museo ayuntamiento ministerio fundacion universita scuola ospedale chiesa via piazza corso viale museo ministero fondazione universidade escola igreja rua praca ministerio camara universiteit ziekenhuis kerk straat plein stichting vereniging gemeente ministerie uniwersytet szkola szpital kosciol ulica ul plac muzeum fundacja ministerstwo urzad sad universitet skola sjukhus kyrka gata torg stiftelse kommun myndighet software systems solutions services technologies technology tech consulting media energy motors airlines bank insurance pharma foods electronics edition deluxe pro max plus mini ultra series model cream soup salad sauce pizza tea coffee beer wine cake bread shampoo shirt jacket shoes",
    ),
    (
        Trigger::ABBREVIATION,
        "st no nr mr mrs dr prof vs ca ev usw bzw inkl geb ul al pl tel str sr sra sig dott avv ing jr",
    ),
    (
        Trigger::FUNCTION,
        "afghan albanian algerian american angolan argentine argentinian armenian australian austrian azerbaijani azeri bahraini bangladeshi basque belarussian belarusian belgian bolivian bosnian brazilian british bulgarian burmese burundian cambodian cameroonian canadian chechen chilean chinese colombian congolese croatian croat cuban cypriot czech danish dutch ecuadorean egyptian english eritrean estonian ethiopian finnish flemish french gambian georgian ghanaian greek guatemalan haitian honduran hungarian hutu icelandic indian indonesian iranian iraqi irish israeli italian ivorian jamaican japanese jordanian kazakh kenyan korean kurdish kuwaiti kyrgyz lebanese liberian libyan lithuanian latvian macedonian malaysian maltese mexican moldovan mongolian moroccan moslem muslim namibian nepalese nicaraguan nigerian norwegian omani pakistani palestinian panamanian paraguayan peruvian polish portuguese romanian russian rwandan saudi scottish senegalese serb serbian sikh singaporean slovak slovene slovenian somali spanish sudanese swedish swiss syrian taiwanese tajik tamil tanzanian thai tunisian turkish turkmen tutsi ugandan ukrainian uruguayan uzbek venezuelan vietnamese welsh yemeni yugoslav zairean zambian zimbabwean catholic protestant orthodox buddhist hindu jewish republican democrat democratic conservative labour liberal socialist communist \
        dies dabei damit falls andernfalls ansonsten jede jeder jedes beide beiden derzeit ebenfalls ceci chaque lorsque lorsqu aucun aucune toutefois desormais dado cada aunque mediante mismo misma ambos asimismo ciascun ciascuna nessun nessuna ogni questo caso nenhum nenhuma isso assim enquanto toon elke iedere anders omdat terwijl kazdy kazda kazde dane kiedy inaczej jednak ponadto annars langa varje dessa vissa medan dock \
        i've i'll i'm we've you've they've the a an this that these those he she it we you they i my your his her our their its who what when where why how which there here if but or nor so as at in on of to from by for with after before during since until while because although though however also not no yes all any some many most more less each every both few such same other another one two three four five six seven eight nine ten first second third last next new old good great big small high low long short please thank thanks is are was were be been being has have had do does did will would can could may might must shall should let then than now today yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december just only even very too well about into over under between through against without within per via re fw fwd ok okay error warn warning info debug trace fatal get post put delete http https request response user login logout order invoice payment ticket customer account number date time name address phone email subject message status total price amount note please update your regarding see call send sent need want looking forward kind best regards dear hello hi hey yours sincerely faithfully team support service following according despite meanwhile moreover finally recently earlier later still yet ever never always often sometimes maybe perhaps indeed instead therefore thus hence rt lol omg wow btw imo \
        der die das den dem des ein eine einen einem einer eines ich du er sie es wir ihr mein meine dein sein seine ihre unser unsere euer wer was wann wo warum wie welche welcher dieser diese dieses jener jene hier dort da wenn weil dass ob aber oder und denn sondern nicht kein keine ja nein auch nur noch schon sehr mehr weniger alle alles viele einige andere zwei drei vier funf sechs sieben acht neun zehn erste zweite dritte letzte neue neuer neues alte gute grosse kleine bitte danke ist sind war waren wird werden wurde wurden hat haben hatte hatten kann konnen konnte muss mussen soll sollte darf heute gestern morgen montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar marz mai juni juli august dezember oktober nach vor bei mit von zu zum zur im am an auf aus fur gegen ohne um durch uber unter zwischen seit bis wahrend wegen trotz laut gemass bezuglich sehr geehrte geehrter damen herren liebe lieber hallo guten tag viele grusse mit freundlichen grussen freundliche ihre rechnung bestellung kunde kundennummer betreff anbei leider gerne vielen dank meine unsere ihnen uns mir dir ihm sich dann also doch jetzt immer wieder zuerst danach schliesslich jedoch allerdings deshalb daher \
        bien le la les un une des du de au aux ce cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs je tu il elle on nous vous ils elles qui que quoi dont ou quand comment pourquoi si mais donc or ni car ne pas plus moins tres trop peu beaucoup tout toute tous toutes autre autres meme deux trois quatre cinq six sept huit neuf dix premier premiere dernier derniere nouveau nouvelle grand grande petit petite bon bonne est sont etait etaient sera seront a ont avait avaient fait peut doit aujourd hui hier demain lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre apres avant depuis pendant pour par avec sans sous sur dans en entre vers chez contre selon malgre bonjour bonsoir merci cordialement veuillez madame monsieur c est j ai l d qu n s m t cela celui celle ceux ici ainsi alors aussi encore enfin ensuite puis pourtant cependant toutefois suite objet commande facture client \
        el la los las un una unos unas lo al del de este esta estos estas ese esa esos esas aquel mi mis tu tus su sus nuestro nuestra yo tu el ella nosotros ellos ellas usted ustedes quien que cuando donde como por para con sin sobre entre hasta desde hacia segun tras durante contra si no ni pero sino aunque porque pues muy mas menos tan todo toda todos todas otro otra otros otras mismo dos tres cuatro cinco seis siete ocho nueve diez primer primero primera ultimo ultima nuevo nueva gran grande buen bueno buena es son era eran fue fueron sera ha han habia hay puede debe hoy ayer manana lunes martes miercoles jueves viernes sabado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre hola gracias saludos atentamente estimado estimada por favor pedido factura cliente asunto tambien ademas entonces luego despues antes ahora siempre nunca ya aun asi se me te le les nos os \
        il lo la i gli le un uno una dei degli delle del dello della al allo alla nel nello nella sul sullo sulla dal dalla di a da in con su per tra fra questo questa questi queste quello quella mio mia tuo suo sua nostro nostra vostro loro io tu lui lei noi voi essi chi che cosa quando dove come perche se ma o e ed anche non piu meno molto molti poco tutto tutti tutta altra altro altri due tre quattro cinque sei sette otto nove dieci primo prima ultimo ultima nuovo nuova grande piccolo buon buono buona e sono era erano sara ha hanno aveva puo deve oggi ieri domani lunedi martedi mercoledi giovedi venerdi sabato domenica gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre dopo prima durante secondo contro senza verso ciao salve grazie buongiorno gentile cordiali distinti saluti ordine fattura cliente oggetto inoltre quindi allora poi infine ancora sempre mai gia si ci vi ne \
        o a os as um uma uns umas do da dos das no na nos nas ao aos pelo pela por para com sem sob sobre entre ate desde apos segundo contra este esta estes estas esse essa isso isto aquele meu minha seu sua nosso nossa eu tu ele ela nos voce voces eles elas quem que quando onde como porque se mas ou e nem nao sim mais menos muito muitos pouco todo toda todos todas outro outra outros mesmo dois duas tres quatro cinco seis sete oito nove dez primeiro primeira ultimo nova novo grande bom boa e sao era eram foi foram sera tem tinha ha pode deve hoje ontem amanha segunda terca quarta quinta sexta sabado domingo janeiro fevereiro marco abril maio junho julho agosto setembro outubro novembro dezembro ola obrigado obrigada prezado prezada caro atenciosamente pedido fatura cliente assunto tambem alem entao depois antes agora sempre nunca ja ainda assim \
        de het een dit dat deze die der den mijn jouw zijn haar ons onze hun ik jij je hij zij ze wij we jullie u wie wat wanneer waar waarom hoe welke als maar of en want dus niet geen ja nee ook nog al zeer meer minder veel weinig alle alles andere twee drie vier vijf zes zeven acht negen tien eerste tweede laatste nieuwe oude goede grote kleine is was waren wordt werd heeft hebben had kan kunnen moet zal zullen vandaag gisteren morgen maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari februari maart mei juni juli augustus oktober na voor bij met van naar tot op in uit aan om door over onder tussen sinds tijdens zonder tegen volgens hallo beste geachte bedankt groeten bestelling factuur klant onderwerp verder daarom toen daarna nu altijd nooit er \
        i w z na do od dla po przez przed za nad pod o u bez ze we to ten ta te ci tamten moj moja nasz nasza jego jej ich on ona ono my wy oni ja ty kto co kiedy gdzie jak dlaczego jesli ale lub oraz albo nie tak tez takze juz jeszcze bardzo wiecej mniej wszystko wszyscy inny inna dwa trzy cztery piec szesc siedem osiem dziewiec dziesiec pierwszy pierwsza ostatni nowy nowa duzy dobry jest sa byl byla bylo byli bedzie moze musi ma maja dzis dzisiaj wczoraj jutro poniedzialek wtorek sroda czwartek piatek sobota niedziela stycznia lutego marca kwietnia maja czerwca lipca sierpnia wrzesnia pazdziernika listopada grudnia dzien dobry witam prosze dziekuje pozdrawiam szanowny szanowna szanowni panstwo zamowienie faktura klient temat nr wedlug podczas dlatego potem teraz zawsze nigdy gdy \
        och en ett den det de denna detta dessa min mitt din sin hans hennes var vart deras jag du han hon vi ni man vem vad nar hur varfor vilken om men eller utan inte ingen ja nej ocksa bara mycket mer mindre alla allt andra tva tre fyra fem sex sju atta nio tio forsta sista nya ny gamla bra stor liten ar blir blev har hade kan kunde maste ska skulle idag igar imorgon mandag tisdag onsdag torsdag fredag lordag sondag januari februari mars maj juni juli augusti efter fore for med utan under over mellan sedan till fran pa i av mot enligt trots hej tack basta vanliga halsningar bestallning faktura kund amne nu alltid aldrig dar har som att",
    ),
];
