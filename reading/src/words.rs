//! What words around a date say: labels of windows, and cues of what happens. Data tables in several languages, found in
//! one pass over a sentence. It must not weigh anything against anything: that is `windows` and `deadlines`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::dates::lexicon::fold;

/// What the label beside a value says of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Label {
    Start,
    End,
    /// A whole window, or the date or the time of one.
    Window,
    Duration,
    /// A replaced or backup date: still a window.
    Backup,
    /// About the message or its history: `sent`, `last updated`.
    Aside,
    /// A date asked for or fixed: `due date`, `apply by`.
    Deadline,
}

const LABELS: &[(Label, &str)] = &[
    (
        Label::Deadline,
        "due date | deadline | apply by | action by | expir | end of life | eol | end of support | retire",
    ),
    (
        Label::Aside,
        "sent | issued | published | created | updated | last update | next update | posted | received | notice date | \
     date of notice | opened | submitted | announced | report date | report time | reported | gesendet | erstellt | envoye | enviado | inviato | \
     verzonden | timestamp | revision | copyright | invoice | billing period | previous | original | old | former | \
     was scheduled | subject | ticket | order id | reference | account | phone | support | impact time",
    ),
    (
        Label::Duration,
        "duration | downtime | dauer | duree | duracion | durata | duur | length | outage time | expected outage",
    ),
    (Label::Backup, "backup | back-up | fallback | reserve | alternate | contingency"),
    (
        Label::Start,
        "start | begin | from | commence | beginn | anfang | debut | inicio | inizio | aanvang | startzeit | von | ab | \
     od | poczatek | zacatek | alkaa | 開始 | opening | du | desde | dal",
    ),
    (
        Label::End,
        "end | ends | finish | ende | fin | fine | fim | einde | until | complet | restor | stop | bis | to | koniec | konec | \
     slut | slutt | sluttid | sluttidspunkt | slutdatum | endzeit | enddatum | eindtijd | einddatum | paattyy | 終了 | hasta | tot | close | au | al | termino",
    ),
    (
        Label::Window,
        "window | schedule | when | date | time | period | maintenance | activity | planned | span | utc | gmt | local | \
     zeitraum | fenster | termin | datum | zeit | fenetre | ventana | finestra | fecha | hora | data | orario | quand | \
     cuando | quando | wann | venster | tijd | tid | 日付 | 日時 | slot | outage | night",
    ),
];

/// Words that stand for a start or an end only where the label holds hardly another: `Valid to`, `Von`, but not `What you
/// need to do`.
const PREPOSITIONS: &[&str] =
    &["from", "von", "ab", "od", "du", "desde", "dal", "until", "bis", "to", "hasta", "tot", "au", "al"];
/// So many words a label of that sort has at most.
const LONGEST_WITH_PREPOSITION: usize = 3;

/// The words of all labels, found in one pass.
struct LabelFinder {
    automaton: AhoCorasick,
    words: Vec<LabelWord>,
}

struct LabelWord {
    /// Its place among [`LABELS`].
    group: usize,
    /// Counts only as a whole word.
    whole: bool,
    is_preposition: bool,
}

static LABEL_FINDER: LazyLock<Option<LabelFinder>> = LazyLock::new(|| {
    let words = || LABELS.iter().enumerate().flat_map(|(group, (_, list))| list.split(" | ").map(move |w| (group, w)));
    let meaning = words().map(|(group, word)| LabelWord {
        group,
        whole: word.chars().count() <= 4 && word.is_ascii(),
        is_preposition: PREPOSITIONS.contains(&word),
    });
    let meaning = meaning.collect();
    let automaton = AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .match_kind(MatchKind::Standard)
        .build(words().map(|(_, w)| w))
        .ok()?;
    Some(LabelFinder { automaton, words: meaning })
});

/// What a label says. Words of four letters and fewer count only as whole words.
#[must_use]
pub fn label(text: &str) -> Option<Label> {
    let finder = LABEL_FINDER.as_ref()?;
    let folded = fold(text);
    let is_long = folded.split_whitespace().nth(LONGEST_WITH_PREPOSITION).is_some();
    let mut held = [false; LABELS.len()];
    for hit in finder.automaton.find_overlapping_iter(&folded) {
        let word = &finder.words[hit.pattern().as_usize()];
        let begins = !folded[..hit.start()].ends_with(char::is_alphanumeric);
        let ends = !(word.whole && folded[hit.end()..].starts_with(char::is_alphanumeric));
        held[word.group] |= begins && ends && !(word.is_preposition && is_long);
    }
    let found = LABELS.iter().zip(held).find(|(_, held)| *held).map(|((label, _), _)| *label);
    // `Backup start` begins, `backup end` ends: which window it is, is told by what stands beside it.
    if found == Some(Label::Backup) {
        let sides = LABELS.iter().zip(held).filter(|((l, _), held)| *held && matches!(l, Label::Start | Label::End));
        return sides.map(|((label, _), _)| *label).next().or(found);
    }
    found
}

/// What a cue in a sentence says about the dates near it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cue {
    /// Something stops working, expires, is removed, or begins to cost.
    Ends,
    /// It is called old: an end in itself only where no other is told.
    Deprecates,
    /// As `Ends`, and said of the thing itself, so that even a maintenance notice means it: stopped, terminated, retired.
    Destroys,
    /// The provider applies it by itself.
    Automatic,
    /// It is enforced on everybody.
    Enforced,
    /// We are asked to do something.
    Asked,
    /// We are advised to, and nothing more.
    Recommended,
    /// A way out that must be taken by then.
    OptOut,
    /// Only what is new is refused: existing use goes on.
    NewOnly,
    /// A third party's date, told as background.
    Upstream,
    /// A warning, a brownout, a test: not yet the end.
    Rehearsal,
    /// It has happened, or is when something was said.
    Past,
    /// The value has been replaced by another.
    Superseded,
    /// A date has been moved: of two, the second counts.
    Moved,
    /// A promise of further word.
    NextWord,
    /// From then on something holds: a consequence, unless it is an offer.
    Onward,
    /// Something may be used or ordered: nobody is forced.
    Offers,
    /// What is stopped comes back by itself.
    Returns,
    /// A window begins.
    Begins,
    /// A window ends, an incident is over.
    Over,
}

/// Cue, weight, phrases in folded lower case. A `$` at an end means a word's edge.
const CUES: &[(Cue, f32, &str)] = &[
    (
        Cue::Ends,
        1.0,
        "no longer | expire | expiring | expiration | expiry | end of life | end-of-life | eol | end of support | \
     end of standard support | end-of-support | support ends | support end | ends support | ends on | end on | \
     not be possible | stop working | stops working | will stop | will cease | ceases | sunset | discontinu | decommission | phased out | \
     end of sale | turned off | turn off | switched off | shut off | be removed | is removed | are removed | removal | \
     removing | be deleted | deletion | deactivat | be suspended | suspension | be disabled | is disabled | \
     are disabled | disabling | be blocked | is blocked | are blocked | be rejected | be refused | reject | will fail | \
     fails | fail$ | be interrupted | will break | invalid | revok | lose access | lose$ | unavailable | \
     cannot be used | not work | unsupported | continue to support | remain supported | supported until | \
     available until | supported through | valid until | valid through | restrictions will apply | \
     revocation | be paused | stop deliver | stop accept | stop support | stop serving | stop sending | we'll stop | \
     stops accept | stops support | unable to connect | cannot connect | can't connect | not be able to | \
     end of maintenance | phasing out | turning off | switching off | ending support | dropping support | drop support | \
     drops support | \
     lauft ab | ende der unterstutzung | ende des supports | ablauf | ablaufen | lauft am | lauft zum | eingestellt | abgeschaltet | abschaltung | nicht mehr | gekundigt | endet | \
     entfernt | geloscht | gesperrt | abgekundigt | fin de vie | expirera | expirent | plus pris en charge | \
     ne sera plus | ne seront plus | supprime | arret$ | desactive | caduca | caducara | vence | vencera | \
     fin de soporte | dejara de | dejaran de | ya no$ | sera eliminad | scade | scadra | fine del supporto | \
     non sara piu | non saranno piu | verra rimoss | dismess | verloopt | vervalt | stopgezet | niet meer | \
     wordt verwijderd | expira | deixara de | nao sera mais | encerrad | upphor | utgar | udlober | ophorer | wygasa | \
     wygasnie | vyprsi | konci | vanhenee | paattyy | lejar | sona er | истекает | прекращ",
    ),
    (
        Cue::Ends,
        1.0,
        "begin charging | start charging | be charged | charges apply | charges will | charges begin | billing begins | \
     billing will | will be billed | price increase | prices will | pricing will | new pricing | cost more | \
     additional charge | higher rate | fees apply | kostenpflichtig | preiserhohung | sera facture",
    ),
    (Cue::Deprecates, 0.9, "deprecat | obsolet | veraltet | abgekundigt | depreci | deprecad"),
    (
        Cue::Destroys,
        1.2,
        "be stopped | is stopped | be terminated | terminated | termination | retire | retirement | retiring | be shut down | \
     shut down | shutdown | shutting down | be deleted | decommission | end of life | end-of-life | expire | \
     be destroyed | will be lost | stillgelegt | gekundigt",
    ),
    (
        Cue::Automatic,
        1.2,
        "automatically | automatic upgrade | automatic update | automatic minor | auto-upgrade | auto upgrade | \
     auto-update | autoupgrade | automatisch | automatiquement | automaticamente | automatiskt | automatycznie | \
     automaticky | on your behalf | will apply the | scheduled for an upgrade | we will upgrade | we will migrate | \
     we will update | we will rotate | we will move | will be migrated | will be upgraded | start upgrading | \
     begin upgrading | start migrating | begin migrating | start updating | start moving | reboot migrate | \
     we'll upgrade | we'll migrate | we'll update | we'll rotate | we'll move",
    ),
    (
        Cue::Enforced,
        1.1,
        "go live | goes live | changes the | will change | be replaced | being replaced | will replace | be rotated | being rotated | is rotated | are rotated | rotates the | switching to | start using | starts using | starts to use | begins to use | begin to use | begins using | begin using | price per | increases | will increase | be increased | forced | forcibly | force- | force upgrade | enforc | mandatory | will be required | is required for all | \
     will require | begin requiring | cut-off | cutoff | cut over | take effect | takes effect | effective$ | \
     go into effect | comes into force | zwangs | verpflichtend | obligatoire | obligatori | verplicht | transition | \
     switch to | changeover | by no later than | complete by | final date | last day | letzter tag | dernier jour",
    ),
    (
        Cue::Asked,
        0.9,
        "please | recommend | we ask | ask that | asked to | action required | action is needed | action is required | \
     need action | need to | needs to | must$ | should$ | you'll need | have to | required action | to avoid | \
     make sure | ensure | upgrade your | migrate$ | update your | renew | rotate your | replace your | move to | \
     act before | take action | bitte | empfehlen | mussen | sollten | veuillez | recommandons | devez | por favor | \
     recomendamos | debe | si prega | consigliamo | dovete | gelieve | aanbevolen | moet | vanligen | prosimy | \
     prosime",
    ),
    (
        Cue::Recommended,
        1.2,
        "recommend | suggest | encourage | advise you | empfehl | recommand | recomenda | consiglia | aanbevolen | aanrad | \
     rekommender | anbefal",
    ),
    (
        Cue::OptOut,
        2.5,
        "opt out | opt-out | opting out | defer | postpone it | request an extension | reschedule it | choose another | \
     abmelden | widerspr",
    ),
    (
        Cue::NewOnly,
        1.0,
        "create new | creating new | creation of new | new deployments | new gateways | new instances | new clusters | \
     new customers | new functions | create functions | create any new | new resources | new accounts | new signups | \
     new sign-ups | longer be ordered | new orders | longer be created | longer create | longer be purchased | \
     new subscriptions | new purchases | end of sale | new projects | new workspaces | new databases | \
     disable function create | newly created | for new$ | neue instanzen | neuanlage",
    ),
    (
        Cue::Onward,
        0.6,
        "starting$ | beginning$ | from this date | as of$ | onwards | ab dem | a partir d | a partire d | vanaf$",
    ),
    (
        Cue::Offers,
        0.6,
        "you can$ | you may$ | you will be able | you'll be able | now available | be available | is available | webinar | \
     join us | introduc | general availability | generally available | preview | sign up$ | register$",
    ),
    (
        Cue::Returns,
        2.0,
        "reboot | restart | booted | power back | powered back | powered on | back online | brought back | neu gestartet | \
     neustart | redemarr | reinici | riavvi | herstart",
    ),
    (Cue::Upstream, 1.0, "community | upstream | the vendor ends | oracle ends"),
    (
        Cue::Rehearsal,
        1.3,
        "brownout | brown-out | warning | temporar | first deploy | rehears | test window | dry run | preview | \
     scream test | intermittent | alert | deprecation notice in | begin to see | reminder",
    ),
    (
        Cue::Past,
        1.3,
        "since | already | announced | announcement on | we wrote | wrote to you | was released | were released | \
     launched | introduced on | has been available | we have begun | had been | was identified | experienced | \
     last year | earlier this year | in our previous | our email of | communicated on | notified you | we notified | \
     we informed | published on | posted on | last updated | copyright | © | (c)$ | all rights reserved | \
     billing period | invoice | statement period | usage from | seit | angekundigt | depuis | annonce le | desde el | \
     anunciado | annunciat | sinds | aangekondigd | rechnungszeitraum | since then | incident on | dated",
    ),
    (
        Cue::Superseded,
        1.5,
        "previously scheduled | originally scheduled | previously planned | originally planned | previously communicated | \
     originally | instead of | previous date | old date | former date | was scheduled for | was planned for | \
     rather than | ursprunglich | statt$ | anstatt | initialement | au lieu | originalmente | en lugar | \
     originariamente | oorspronkelijk",
    ),
    (
        Cue::Moved,
        1.0,
        "extended | postponed | moved | rescheduled | changed from | delayed | pushed | shifted | brought forward | \
     verschoben | verlangert | reporte | prolonge | aplazad | extendid | pospuest | rinviat | prorogat | verplaatst | \
     uitgesteld | verlengd | adiad | prorrogad | amended",
    ),
    (
        Cue::NextWord,
        2.0,
        "next update | status update | will provide an update | provide a status | an update by | further update | \
     more information by | will announce | announce it | will share | keep you informed | nachstes update",
    ),
    (
        Cue::Begins,
        1.0,
        "start | begin | commenc | scheduled | planned at | planned for | take place | will be performed | perform | \
     carry out | set for | occur | window | maintenance | beginn | stattfinden | aura lieu | tendra lugar | \
     avra luogo | plaatsvinden | geplant | prevu | programad | gepland | planerad | planowan",
    ),
    (
        Cue::Over,
        1.0,
        "until | resolved | mitigated | restored | completed at | ended at | ends at | end at | finish | recovered | \
     behoben | wiederhergestellt | resolu | resuelt | risolt | opgelost",
    ),
];

/// A cue in a text: what, how strong, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub cue: Cue,
    pub weight: f32,
    pub start: usize,
    pub end: usize,
}

struct Finder {
    automaton: AhoCorasick,
    /// Cue and weight of each pattern, and whether it must end at a word's edge.
    meaning: Vec<(Cue, f32, bool)>,
}

static FINDER: LazyLock<Option<Finder>> = LazyLock::new(|| {
    let mut patterns = Vec::new();
    let mut meaning = Vec::new();
    for (cue, weight, phrases) in CUES {
        for phrase in phrases.split(" | ") {
            patterns.push(phrase.trim_end_matches('$'));
            meaning.push((*cue, *weight, phrase.ends_with('$')));
        }
    }
    let automaton =
        AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).match_kind(MatchKind::Standard).build(patterns).ok()?;
    Some(Finder { automaton, meaning })
});

/// The cues of a sentence, in order of their ends. Offsets are those of the sentence. Every cue begins at a word's edge.
#[must_use]
pub fn cues(sentence: &str) -> Vec<Hit> {
    let Some(finder) = FINDER.as_ref() else { return Vec::new() };
    if sentence.is_ascii() {
        // The same bytes in lower case: the offsets stay.
        let mut plain = sentence.as_bytes().to_ascii_lowercase();
        plain.iter_mut().filter(|b| matches!(b, b'\n' | b'\t')).for_each(|b| *b = b' ');
        return finder.hits(&plain, |at| at);
    }
    let (folded, map) = folded_with_map(sentence);
    finder.hits(folded.as_bytes(), |at| map[at])
}

impl Finder {
    /// The cues of a folded text; `original` leads from its offsets to those of the text that was folded.
    fn hits(&self, folded: &[u8], original: impl Fn(usize) -> usize) -> Vec<Hit> {
        let is_word =
            |at: Option<usize>| at.and_then(|i| folded.get(i)).is_some_and(|b| b.is_ascii_alphanumeric() || *b >= 0x80);
        self.automaton
            .find_overlapping_iter(folded)
            .filter_map(|found| {
                let (cue, weight, closed) = self.meaning[found.pattern().as_usize()];
                let begins = !is_word(found.start().checked_sub(1));
                let ends = !closed || !is_word(Some(found.end()));
                let range = || (original(found.start()), original(found.end()));
                (begins && ends).then(range).map(|(start, end)| Hit { cue, weight, start, end })
            })
            .collect()
    }
}

/// Folded text (line breaks and plain quotes evened out) with, for each of its bytes, the offset in the original.
fn folded_with_map(text: &str) -> (String, Vec<usize>) {
    let mut folded = String::with_capacity(text.len());
    let mut map = Vec::with_capacity(text.len() + 1);
    for (at, c) in text.char_indices() {
        let before = folded.len();
        match c {
            '\n' | '\t' => folded.push(' '),
            '\u{2018}' | '\u{2019}' => folded.push('\''),
            c if c.is_ascii() => folded.push(c.to_ascii_lowercase()),
            c => {
                let mut buffer = [0; 4];
                folded.push_str(&fold(c.encode_utf8(&mut buffer)));
            }
        }
        map.resize(map.len() + folded.len() - before, at);
    }
    map.push(text.len());
    (folded, map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_in_several_languages() {
        let rows = [
            ("Start Date & Time", Some(Label::Start)),
            ("Planned End", Some(Label::End)),
            ("Beginn", Some(Label::Start)),
            ("Ende der Wartung", Some(Label::End)),
            ("Fin", Some(Label::End)),
            ("Maintenance window (UTC)", Some(Label::Window)),
            ("Expected Outage/Downtime", Some(Label::Duration)),
            ("Date Notice Sent", Some(Label::Aside)),
            ("Backup Start Date (GMT)", Some(Label::Start)),
            ("Recommended Apply By Date", Some(Label::Deadline)),
            ("Finance contact", None),
            ("Circuit", None),
        ];
        for (text, expected) in rows {
            assert_eq!(label(text), expected, "the label “{text}”");
        }
    }

    #[test]
    fn cues_are_found_where_they_stand() {
        let text = "Läuft am 3. März ab; the\nAPI will be retired";
        let found: Vec<(Cue, &str)> = cues(text).iter().map(|h| (h.cue, &text[h.start..h.end])).collect();
        assert!(found.contains(&(Cue::Destroys, "retire")), "in {found:?}");
        assert!(cues("unexpired").is_empty(), "a cue begins at the edge of a word");
    }
}
