//! The words that dates are made of, in the languages that notices come in. Data only: what a word can mean, never what
//! a date means.
//!
//! Words are kept folded: lower case, without diacritics, so that `März`, `MARZ` and a broken `Marz` are one entry.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization;

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Minute,
    Hour,
    Day,
    BusinessDay,
    Week,
    Month,
    Quarter,
    Year,
}

macro_rules! flags {
    ($($name:ident = $bit:literal),+ $(,)?) => { $(pub const $name: u32 = 1 << $bit;)+ };
}

/// Parts that a word can play, as bits of [`Senses::parts`].
pub mod part {
    flags! {
        AM = 0, PM = 1, ORDINAL = 2, OF = 3, AT = 4, ON = 5, TO = 6, AND = 7, FROM = 8, BETWEEN = 9, NEXT = 10, THIS = 11,
        IN = 12, HOUR_MARK = 13, NOON = 14, MIDNIGHT = 15, END = 16, EARLY = 17, MID = 18, LATE = 19, TOMORROW = 20,
        TODAY = 21, YESTERDAY = 22, THE = 23, AFTER = 24, FOR = 25, YEAR_MARK = 26, WEAK_MONTH = 27, OCLOCK = 28, LAST = 29,
        QUARTER_MARK = 30, EXCEPT = 31,
    }
}

/// Everything a single word can mean. A word may mean several things: `mar` is March and Tuesday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Senses {
    /// 1 to 12, or 0.
    pub month: u8,
    /// 1 (Monday) to 7, or 0.
    pub weekday: u8,
    /// A small number written out, or 0.
    pub number: u8,
    pub unit: Option<Unit>,
    /// Bits of [`part`].
    pub parts: u32,
}

impl Senses {
    #[must_use]
    pub const fn has(self, part: u32) -> bool {
        self.parts & part != 0
    }
}

/// The longest folded word in the tables: longer words have no sense.
const LONGEST: usize = 16;

const MONTHS: [&str; 12] = [
    "january jan januar janner januari janvier janv enero ene gennaio gen janeiro stycznia styczen styczniu sty ledna \
     leden lednu januara januari tammikuu tammikuuta tammikuussa tammi ocak oca января январь янв січня січ ianuarie ian \
     jaanuar",
    "february feb februar feber februari fevrier fevr fev febrero febbraio fevereiro lutego luty lutym lut unora unor \
     februara helmikuu helmikuuta helmikuussa helmi febr subat sub февраля февраль фев февр лютого лют februarie veebruar",
    "march mar marz maerz mrz mars marzo maart mrt marco marts marca marzec marcu brezna brezen breznu maaliskuu \
     maaliskuuta maaliskuussa maalis marcius marc mart марта март мар березня бер martie",
    "april apr avril avr abril abr aprile kwietnia kwiecien kwietniu kwi dubna duben dubnu aprila huhtikuu huhtikuuta \
     huhtikuussa huhti aprilis nisan nis апреля апрель апр квітня кві aprilie aprill",
    "may mai mayo maggio mag mei maio maj maja maju kvetna kveten kvetnu toukokuu toukokuuta toukokuussa touko majus \
     mayis мая май травня тра",
    "june jun juni juin junio giugno giu junho czerwca czerwiec czerwcu cze cervna cerven cervnu juna kesakuu kesakuuta \
     kesakuussa kesa junius haziran haz июня июнь июн червня чер iunie iun juuni",
    "july jul juli juillet juil julio luglio lug julho lipca lipiec lipcu lip cervence cervenec cervenci jula heinakuu \
     heinakuuta heinakuussa heina julius temmuz tem июля июль июл липня лип iulie iul juuli",
    "august aug aout agosto ago augustus augusti sierpnia sierpien sierpniu sie srpna srpen srpnu augusta elokuu \
     elokuuta elokuussa elo augusztus agustos agu августа август авг серпня сер",
    "september sep sept septembre septiembre setiembre settembre setembro set wrzesnia wrzesien wrzesniu wrz zari \
     septembra syyskuu syyskuuta syyskuussa syys szeptember szept eylul eyl сентября сентябрь сен сент вересня вер \
     septembrie",
    "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernika pazdziernik pazdzierniku paz rijna \
     rijen rijnu oktobra lokakuu lokakuuta lokakuussa loka ekim eki октября октябрь окт жовтня жовт жов octombrie \
     oktoober",
    "november nov novembre noviembre novembro listopada listopad listopadzie listopadu lis novembra marraskuu \
     marraskuuta marraskuussa marras kasim kas ноября ноябрь ноя нояб листопада лис noiembrie noi",
    "december dec dezember dez decembre diciembre dic dicembre dezembro desember des grudnia grudzien grudniu gru \
     prosince prosinec prosinci decembra joulukuu joulukuuta joulukuussa joulu aralik ara декабря декабрь дек грудня гру \
     decembrie detsember",
];

/// Month words that are everyday words too: they need a year or a clock time beside them, or a capital letter.
const WEAK_MONTHS: &str = "may march mar set out ago mag des sie sub ara tem elo noi lut gen mars mai maj mei mart cze lis \
     gru lip kas paz august sty kesa eki fev loka helmi";

const WEEKDAYS: [&str; 7] = [
    "monday mondays mon montag montags mo lundi lun lunes lunedi maandag ma segunda mandag mandags måndag mandagar man \
     poniedzialek pondeli pondelok maanantai maanantaina hetfo pazartesi понедельник понедельника пн понеділок luni \
     esmaspaev",
    "tuesday tuesdays tue tues dienstag dienstags di mardi mar martes martedi dinsdag terca tirsdag tisdag tis wtorek \
     utery uterok tiistai tiistaina kedd sali вторник вторника вт вівторок marti",
    "wednesday wednesdays wed weds mittwoch mittwochs mi mercredi mer miercoles mie mercoledi woensdag wo quarta qua onsdag \
     ons sroda srode st streda stredu keskiviikko keskiviikkona szerda sze carsamba car среда среду ср середа середу \
     miercuri",
    "thursday thursdays thu thur thurs donnerstag donnerstags jeudi jeu jueves jue giovedi gio donderdag do quinta qui \
     torsdag tor tors czwartek ctvrtek stvrtok torstai torstaina csutortok persembe четверг чт четвер joi",
    "friday fridays fri freitag freitags fr vendredi ven viernes vie venerdi vrijdag vr sexta sex fredag fre piatek patek \
     piatok perjantai perjantaina pentek cuma пятница пятницу пт п'ятниця vineri",
    "saturday saturdays sat samstag samstags sonnabend sa samedi sam sabado sab sabato zaterdag za lordag lor sobota sobotu \
     sobote lauantai lauantaina szombat cumartesi суббота субботу сб субота sambata",
    "sunday sundays sun sonntag sonntags so dimanche dim domingo dom domenica zondag zo sondag niedziela niedziele nedele \
     nedelu sunnuntai sunnuntaina vasarnap pazar воскресенье вс неділя duminica",
];

const NUMBERS: [&str; 16] = [
    "one a an ein eine einem einer un une una uno een en ett et",
    "two zwei deux dos due twee dois duas tva to dwa dwie",
    "three drei trois tres tre drie trzy",
    "four vier quatre cuatro quattro quatro fyra fire",
    "five funf fuenf cinq cinco cinque vijf fem",
    "six sechs seis sei zes sex seks",
    "seven sieben sept siete sette zeven sete sju syv",
    "eight acht huit ocho otto oito atta otte",
    "nine neun neuf nueve nove negen nio ni",
    "ten zehn dix diez dieci tien dez tio ti",
    "eleven elf onze once undici",
    "twelve zwolf zwoelf douze doce dodici twaalf doze tolv",
    "thirteen",
    "fourteen vierzehn quatorze catorce quattordici veertien fjorton fjorten",
    "fifteen quinze quince",
    "sixteen",
];

const UNITS: &[(Unit, &str)] = &[
    (Unit::Minute, "minute minutes min mins minuten minuto minutos minuti minuut"),
    (
        Unit::Hour,
        "hour hours hr hrs h stunde stunden std heure heures hora horas ora ore uur uren timme timmar time timer godzin \
         godziny hodin tuntia",
    ),
    (
        Unit::Day,
        "day days d tag tage tagen jour jours dia dias giorno giorni dag dagen dagar dage dager dni dzien dny paivaa paivan \
         napon nap gun dneй дней дня",
    ),
    (Unit::BusinessDay, "werktag werktage werktagen arbeitstage arbeitstagen werkdagen"),
    (
        Unit::Week,
        "week weeks wk wks woche wochen semaine semaines semana semanas settimana settimane weken vecka veckor uge uger uke \
         uker tygodni tygodnie tydnu viikkoa hafta недели недель",
    ),
    (
        Unit::Month,
        "month months monat monate monaten monats mois mes meses mese mesi maand maanden meses manad manader maned maneder \
         miesiecy miesiace mesicu kuukautta месяцев месяца",
    ),
    (Unit::Quarter, "quarter quarters quartal quartals trimestre trimestres kwartaal kvartal kwartal"),
    (Unit::Year, "year years yr yrs jahr jahre jahren jahres an ans annee ano anos anni anno jaar ar aar rok roku lat"),
];

const PARTS: &[(u32, &str)] = &[
    (part::AM, "am a.m vorm ochtend"),
    (part::PM, "pm p.m nachm"),
    (part::ORDINAL, "st nd rd th er ere eme e o a ste de ten ter an en"),
    (part::OF, "of de del di do da dei d des della"),
    (part::AT, "at um a à alle ore kl klo klokken om o as s kell la las los v w в о saat godz h ob"),
    (part::ON, "on am le el il den op em dne na op pa am"),
    (
        part::TO,
        "to until till til thru through bis au a al alle ate hasta tot fino do po asti saakka until upto as jusqu jusque à до \
         по",
    ),
    (part::AND, "and und et y e en och og i a и ja"),
    (
        part::FROM,
        "from von vom ab du de desde dal dalle van vanaf fra fran od starting beginning da partir a с со seit",
    ),
    (part::BETWEEN, "between zwischen entre tra tussen mellan mellem mellom miedzy mezi между"),
    (
        part::NEXT,
        "next coming upcoming following nachste nachsten nachster nachstes kommende kommenden kommender prochain prochaine \
         prochains prochaines proximo proxima proximos proximas prossimo prossima prossimi prossime volgende komende nasta \
         naste neste przyszlym",
    ),
    (part::THIS, "this diese dieser dieses diesen diesem cette ce este esta questo questa deze dit denna dette"),
    (
        part::IN,
        "in within innerhalb binnen dans en tra entro fra dentro em over om za over inom innen sous ciagu через w",
    ),
    (part::HOUR_MARK, "h u"),
    (part::OCLOCK, "uhr h hrs hours hr uur heures horas hs ore godz ч час oclock часов"),
    (part::NOON, "noon midday mittag mittags midi mediodia mezzogiorno"),
    (part::MIDNIGHT, "midnight mitternacht minuit medianoche mezzanotte middernacht midnatt"),
    (part::END, "end ende fin fine einde final fim slutet udgangen konca konce eod eom eoy close"),
    (part::EARLY, "early beginning start anfang debut inicio inizio begin comienzos poczatku borjan zacatku"),
    (part::MID, "mid middle mitte mi mediados meta midden polowie"),
    (part::LATE, "late later ende spater"),
    (
        part::TOMORROW,
        "tomorrow morgen demain manana domani amanha imorgon morgon jutro zitra huomenna holnap yarin завтра",
    ),
    (part::TODAY, "today tonight heute aujourd hoy oggi vandaag hoje idag dzis dnes tanaan сегодня"),
    (part::YESTERDAY, "yesterday gestern hier ayer ieri gisteren ontem wczoraj"),
    (part::THE, "the der die das den dem le la el il lo les los der de o a den det"),
    (
        part::AFTER,
        "after following from starting nach ab apres suivant despues dopo na efter po beginning von since as",
    ),
    (part::FOR, "for fur pour por para per voor lasting during over"),
    (part::YEAR_MARK, "г r р р. года roku"),
    (part::LAST, "last previous letzte letzten vergangene dernier dernière pasado scorso vorige"),
    (part::QUARTER_MARK, "q"),
    (part::EXCEPT, "of before prior after following vor avant antes prima voor"),
];

static WORDS: LazyLock<FxHashMap<String, Senses>> = LazyLock::new(build);

/// Which two-letter beginnings occur in the tables at all: most words of a mail end here, without a hash.
static BEGINNINGS: LazyLock<Box<[bool; 65536]>> = LazyLock::new(|| {
    let mut known = Box::new([false; 65536]);
    for word in WORDS.keys() {
        known[beginning(word.as_bytes())] = true;
    }
    known
});

fn beginning(word: &[u8]) -> usize {
    let lower = |i: usize| word.get(i).map_or(0, |b| usize::from(b.to_ascii_lowercase()));
    lower(0) << 8 | lower(1)
}

fn build() -> FxHashMap<String, Senses> {
    let mut words: FxHashMap<String, Senses> = FxHashMap::default();
    let mut add = |list: &str, put: &dyn Fn(&mut Senses)| {
        for word in list.split_whitespace() {
            put(words.entry(fold(word)).or_default());
        }
    };
    for (list, month) in MONTHS.iter().zip(1..) {
        add(list, &|s| s.month = month);
    }
    add(WEAK_MONTHS, &|s| s.parts |= part::WEAK_MONTH);
    for (list, weekday) in WEEKDAYS.iter().zip(1..) {
        add(list, &|s| s.weekday = weekday);
    }
    for (list, number) in NUMBERS.iter().zip(1..) {
        add(list, &|s| s.number = number);
    }
    add("thirty dreissig trente treinta trenta dertig trinta trettio", &|s| s.number = 30);
    add("sixty sechzig", &|s| s.number = 60);
    add("ninety neunzig", &|s| s.number = 90);
    for (unit, list) in UNITS {
        add(list, &|s| s.unit = Some(*unit));
    }
    for (bit, list) in PARTS {
        add(list, &|s| s.parts |= bit);
    }
    words
}

/// What a word can mean. `ascii` says that it holds only ASCII, which is the quick way.
#[must_use]
pub fn senses(word: &str, ascii: bool) -> Senses {
    if !ascii {
        return if word.len() > 3 * LONGEST { Senses::default() } else { find(&fold(word)) };
    }
    if word.len() > LONGEST || !BEGINNINGS[beginning(word.as_bytes())] {
        return Senses::default();
    }
    let mut buffer = [0_u8; LONGEST];
    let folded = &mut buffer[..word.len()];
    folded.copy_from_slice(word.as_bytes());
    folded.make_ascii_lowercase();
    std::str::from_utf8(folded).map_or_else(|_| Senses::default(), find)
}

fn find(folded: &str) -> Senses {
    WORDS.get(folded).copied().unwrap_or_default()
}

/// Lower case without diacritics. Letters that do not decompose are spelled in ASCII as their languages do.
#[must_use]
pub fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase).nfd() {
        match c {
            '\u{300}'..='\u{305}' | '\u{307}'..='\u{36f}' => {}
            '\u{306}' if !folded.ends_with('и') => {}
            'ł' => folded.push('l'),
            'ø' => folded.push('o'),
            'ı' => folded.push('i'),
            'đ' => folded.push('d'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            other => folded.push(other),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_names_its_months() {
        let rows = [
            ("August", 8),
            ("März", 3),
            ("août", 8),
            ("diciembre", 12),
            ("giugno", 6),
            ("maart", 3),
            ("outubro", 10),
            ("października", 10),
            ("října", 10),
            ("lokakuuta", 10),
            ("október", 10),
            ("Ağustos", 8),
            ("ноября", 11),
            ("жовт", 10),
            ("Şubat", 2),
            ("kesäkuuta", 6),
            ("mai", 5),
            ("desember", 12),
            ("MAY", 5),
            ("мая", 5),
            ("май", 5),
        ];
        for (word, month) in rows {
            assert_eq!(senses(word, word.is_ascii()).month, month, "{word} should be month {month}");
        }
    }

    #[test]
    fn a_word_may_mean_two_things() {
        let mar = senses("mar", true);
        assert_eq!((mar.month, mar.weekday), (3, 2), "mar is March, and Tuesday in Spanish");
    }

    #[test]
    fn other_words_mean_nothing() {
        for word in ["maintenance", "database", "xyz", "Ünterstützung", "a_very_long_identifier_without_end"] {
            assert_eq!(senses(word, word.is_ascii()), Senses::default(), "{word} is no word of a date");
        }
    }
}
