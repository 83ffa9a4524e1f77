//! Judging one connector: its row in the table, the Kafka clients beside it, what holds for all, and secrets.

use std::collections::BTreeSet;

use super::catalog::{self, Connector, Kind, Mode};
use super::drivers::Verdict;
use super::grade::{Grade, Origin, Output, Place, Reason};
use super::jdbc::{Jdbc, Param};
use super::settings::{Hidden, Settings};
use super::{generic, kafka, mongo, output, remedy, secrets, url};

/// Everything there is to say about a connector's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The connector's name in our table; `None` for a class that is not known, of which only the part that
    /// holds for all connectors was judged.
    pub connector: Option<&'static str>,
    /// `connector.class`, where it looks like the name of a class.
    pub class: Option<String>,
    /// Connections without TLS.
    pub plaintext: Vec<Reason>,
    /// Connections with TLS that is optional or does not verify the other side.
    pub unverified_tls: Vec<Reason>,
    /// Literal secrets.
    pub secrets: Vec<Reason>,
    /// For a sink that writes to S3: what it asks S3 for.
    pub output: Option<Output>,
    /// Why the worker's settings are missing, where there are any.
    pub unseen_worker: Option<String>,
    /// The literal secrets themselves, so that no copy of one is shown.
    pub hidden: Vec<Hidden>,
    /// Settings that would decide about TLS, but whose values are not to be seen here.
    pub undecided: Vec<String>,
}

/// Judges a connector's settings, and those of its worker where they are known.
///
/// Pure: no lookups, no clock. Nothing in the report holds a secret.
pub fn judge(settings: &Settings, worker: Option<&Settings>) -> Report {
    let connector = settings.get("connector.class").and_then(|class| catalog::find(class.text()));
    let mut judge = Judge::new(settings, Place::Connector);
    judge.report.class =
        settings.get("connector.class").map(|class| class.text().to_owned()).filter(|class| is_class(class));
    if let Some(connector) = connector {
        judge.report.connector = Some(connector.name);
        judge.connection(connector);
        judge.report.output = output::judge(settings, connector);
    }
    kafka::judge(&mut judge, connector);
    generic::judge(&mut judge);
    judge.secrets(connector, worker);
    let mut report = judge.report;
    if let Some(worker) = worker {
        // The worker's own settings; a connector's converter replaces the worker's.
        let replaced =
            ["key.converter", "value.converter", "header.converter"].into_iter().filter(|name| settings.has(name));
        let mut judge = Judge::new(worker, Place::Worker);
        judge.seen.extend(replaced.flat_map(|name| worker.below(name).map(|(name, ..)| name.to_owned())));
        generic::judge(&mut judge);
        judge.secrets(None, Some(worker));
        report.plaintext.append(&mut judge.report.plaintext);
        report.unverified_tls.append(&mut judge.report.unverified_tls);
        report.secrets.append(&mut judge.report.secrets);
        report.hidden.append(&mut judge.report.hidden);
    }
    report.mask();
    report
}

impl Report {
    /// Takes out whatever would show a secret because it stands in a second place too, as a host or as a class.
    fn mask(&mut self) {
        let hidden = &self.hidden;
        let shows = |text: &str| hidden.iter().any(|secret| secret.is_in(text));
        for reason in self.plaintext.iter_mut().chain(&mut self.unverified_tls).filter(|reason| shows(&reason.value)) {
            reason.value = "[hidden]".to_owned();
            reason.fix.clear();
        }
        self.class = self.class.take().filter(|class| !shows(class));
        if let Some(Output::Key { property, .. }) =
            self.output.take_if(|output| matches!(output, Output::Key { key, .. } if shows(key)))
        {
            self.output = Some(Output::Unknown { property, why: "its value is a secret of another setting" });
        }
    }
}

/// A report in the making.
pub(super) struct Judge<'a> {
    pub(super) settings: &'a Settings,
    place: Place,
    /// Settings that were judged and that the general part leaves alone.
    pub(super) seen: BTreeSet<String>,
    report: Report,
}

/// A weak setting, on its way into the report.
pub(super) struct Weak {
    pub(super) grade: Grade,
    pub(super) property: String,
    pub(super) value: String,
    pub(super) note: &'static str,
    pub(super) fix: Vec<String>,
    pub(super) origin: Origin,
    pub(super) side: bool,
}

impl<'a> Judge<'a> {
    fn new(settings: &'a Settings, place: Place) -> Self {
        Self { settings, place, seen: BTreeSet::new(), report: Report::default() }
    }

    /// Files a setting by its grade; what is fine or not known leaves no reason.
    pub(super) fn file(&mut self, weak: Weak) {
        self.seen.insert(weak.property.clone());
        if weak.grade == Grade::Unknown {
            self.report.undecided.push(weak.property);
            return;
        }
        let list =
            if weak.grade == Grade::Plaintext { &mut self.report.plaintext } else { &mut self.report.unverified_tls };
        if !weak.grade.is_weak() || list.iter().any(|reason| reason.property == weak.property) {
            return;
        }
        list.push(Reason {
            place: self.place,
            property: weak.property,
            value: weak.value,
            why: format!("{}{}", weak.note, weak.grade.sentence()),
            fix: weak.fix,
            origin: weak.origin,
            minor: weak.side || weak.grade == Grade::NameUnchecked,
        });
    }

    /// Judges where the connector connects to, by its row in the table.
    fn connection(&mut self, connector: &'static Connector) {
        let prefixes = connector.kind.prefixes();
        let beside: Vec<Param<'a>> =
            prefixes.iter().flat_map(|prefix| self.settings.below(prefix)).map(param).collect();
        let local = self.is_local(connector.hosts);
        let grades = match connector.kind {
            Kind::Mirror { source } => return kafka::mirror(self, source),
            Kind::Plain => self.urls(connector),
            Kind::Mongo => self.mongo(connector),
            Kind::Jdbc(_) => connector.urls.iter().filter_map(|name| self.jdbc(name, &beside)).collect(),
            Kind::Driver(..) => {
                let urls: Vec<Grade> = connector.urls.iter().filter_map(|name| self.jdbc(name, &beside)).collect();
                if urls.is_empty() && !local { self.driver(connector, &beside) } else { urls }
            }
        };
        self.switch(connector, &grades, local);
    }

    /// Whether the hosts are named and all of them are this very machine.
    pub(super) fn is_local(&self, properties: &[&str]) -> bool {
        let mut named = properties
            .iter()
            .filter_map(|name| self.settings.get(name))
            .filter(|value| !value.text().is_empty())
            .peekable();
        named.peek().is_some() && named.all(|value| value.text().split(',').all(url::is_loopback))
    }

    /// The switch, where no URL has decided, and then whatever weakens TLS.
    fn switch(&mut self, connector: &'static Connector, grades: &[Grade], local: bool) {
        let asks = grades.is_empty() || grades.contains(&Grade::Open);
        let mut sealed = grades.contains(&Grade::Fine) || grades.contains(&Grade::Unknown);
        if let Some(mode) = connector.switch {
            // Where there is a switch, what weakens TLS counts with it only: a scheme like neo4j+s says all itself.
            sealed &= connector.kind == Kind::Mongo || connector.checks.iter().any(|check| !check.only.is_empty());
            self.seen.insert(mode.property.to_owned());
            if asks && !local {
                let grade = self.mode(&mode);
                sealed = grade > Grade::Plaintext;
            }
        }
        for check in connector.checks {
            self.seen.insert(check.property.to_owned());
            if sealed {
                self.mode(check);
            }
        }
    }

    /// Judges one setting by a list of values.
    fn mode(&mut self, mode: &Mode) -> Grade {
        let is = |(name, value): &(&str, &str)| self.settings.is(name, value);
        if !mode.only.iter().all(is) || mode.unless.iter().any(is) {
            return Grade::Unknown;
        }
        let set = self.settings.get(mode.property);
        let (found, origin) = match set {
            Some(value) if value.is_reference() => (None, Origin::Setting),
            Some(value) => (mode.read(value.text()), Origin::Setting),
            None => (mode.read(mode.default), Origin::Default),
        };
        let (word, grade) = found.unwrap_or(("", Grade::Unknown));
        let word = if word == "*" { "set" } else { word.trim_start_matches('*') };
        let best = mode.read(mode.better).is_some_and(|(_, better)| better == grade);
        self.file(Weak {
            grade,
            property: mode.property.to_owned(),
            value: shown(word, origin),
            note: mode.note,
            fix: if best { Vec::new() } else { vec![format!("{}={}", mode.property, mode.better)] },
            origin,
            side: false,
        });
        grade
    }

    /// Judges every URL of a connector by its scheme.
    fn urls(&mut self, connector: &'static Connector) -> Vec<Grade> {
        let mut grades = Vec::new();
        for name in connector.urls {
            let Some(value) = self.settings.get(name).filter(|value| !value.text().is_empty()) else { continue };
            self.seen.insert((*name).to_owned());
            for address in value.text().split(',').map(str::trim) {
                grades.push(self.address(connector, name, address));
            }
        }
        grades
    }

    fn address(&mut self, connector: &'static Connector, name: &str, text: &str) -> Grade {
        // A failover list nests its URLs: failover:(ssl://a,ssl://b)
        let text = text.rsplit_once('(').map_or(text, |(_, inner)| inner);
        let Some(address) = url::Url::parse(text) else {
            let host = url::Url::of("", text);
            let grade = if text.contains(super::settings::REFERENCE) { Grade::Unknown } else { connector.bare };
            if grade == Grade::Plaintext && host.is_loopback() {
                return Grade::Local;
            }
            if grade == Grade::Unknown && !text.contains(super::settings::REFERENCE) {
                return grade; // no address at all, or the rest of one with a comma in it
            }
            let hosts = host.shown_hosts();
            self.file(Weak {
                value: hosts.clone(),
                note: "an address without a scheme means http: ",
                fix: vec![format!("{name}=https://{hosts}")],
                ..weak(grade, name)
            });
            return grade;
        };
        let Some((scheme, grade)) = url::grade(address.scheme, connector.schemes) else { return Grade::Unknown };
        if address.is_loopback() {
            return Grade::Local;
        }
        if grade.is_weak() {
            self.file(remedy::url(weak(grade, name), scheme, &address));
        } else if let Some((option, grade)) = address.weakened() {
            self.file(Weak {
                value: option.to_owned(),
                fix: vec![format!("{name}={scheme}://{}", address.shown_hosts())],
                ..weak(grade, name)
            });
        }
        grade
    }

    fn mongo(&mut self, connector: &'static Connector) -> Vec<Grade> {
        let mut grades = Vec::new();
        for name in connector.urls {
            let Some(value) = self.settings.get(name).filter(|value| !value.text().is_empty()) else { continue };
            self.seen.insert((*name).to_owned());
            let (mut grade, word) = mongo::grade(value.text());
            let origin = if grade == Grade::Open { Origin::Default } else { Origin::Setting };
            if grade == Grade::Open && connector.switch.is_none() {
                grade = Grade::Plaintext;
            }
            let fix = vec![format!("{name}=mongodb://HOST/?tls=true")];
            let note =
                if value.is_reference() || word != "mongodb://" { "" } else { "a MongoDB address without tls=true: " };
            if grade != Grade::Open {
                self.file(Weak { value: word.to_owned(), fix, note, origin, ..weak(grade, name) });
            }
            grades.push(grade);
        }
        // Without a connection string the MongoDB connectors talk to this very machine; Debezium has other settings.
        if grades.is_empty() && connector.switch.is_none() { vec![Grade::Local] } else { grades }
    }

    /// Judges a JDBC URL together with the settings that reach the driver beside it.
    pub(super) fn jdbc(&mut self, name: &str, beside: &[Param<'_>]) -> Option<Grade> {
        let (name, value) = self.settings.iter().find(|(known, _)| *known == name)?;
        self.seen.insert(name.to_owned());
        let unknown =
            Verdict { grade: Grade::Unknown, property: None, value: String::new(), origin: Origin::Setting, note: "" };
        let Some(jdbc) = Jdbc::parse(value.text(), name) else {
            self.file(weak(Grade::Unknown, name));
            return Some(Grade::Unknown);
        };
        let verdict = if jdbc.loopback {
            Verdict { grade: Grade::Fine, ..unknown }
        } else {
            jdbc.judge(beside).unwrap_or(unknown)
        };
        let grade = verdict.grade;
        self.file(remedy::jdbc(name, &jdbc, verdict));
        Some(grade)
    }

    /// Judges the driver of a connector that makes the URL itself.
    fn driver(&mut self, connector: &'static Connector, beside: &[Param<'_>]) -> Vec<Grade> {
        let Some(driver) = connector.kind.driver() else { return Vec::new() };
        let tcp = Param { key: "protocol", value: "tcp", property: "database.hostname" };
        let with_protocol: Vec<Param<'_>> = beside.iter().cloned().chain([tcp]).collect();
        let verdict = driver.judge(&with_protocol);
        let grade = verdict.grade;
        self.file(remedy::driver(connector, driver, verdict));
        vec![grade]
    }

    fn secrets(&mut self, connector: Option<&'static Connector>, worker: Option<&Settings>) {
        let provider = remedy::provider(self.settings, worker);
        let found = secrets::find(self.settings, connector);
        self.report.hidden.extend(found.iter().map(|secret| Hidden::new(secret.literal)));
        self.report.secrets.extend(found.iter().map(|secret| remedy::secret(secret, &provider, self.place)));
    }
}

fn is_class(text: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$');
    text.len() <= 200 && text.chars().all(name) && text.matches('.').count() >= 2
}

/// A weak setting of which only the name and the grade are known yet.
pub(super) fn weak(grade: Grade, property: &str) -> Weak {
    Weak {
        grade,
        property: property.to_owned(),
        value: String::new(),
        note: "",
        fix: Vec::new(),
        origin: Origin::Setting,
        side: false,
    }
}

/// A value as it is shown: a word of our tables, and whether anybody wrote it.
pub(super) fn shown(word: &str, origin: Origin) -> String {
    match (word, origin) {
        ("", Origin::Setting) => "blank".to_owned(),
        ("", Origin::Default) => "not set".to_owned(),
        (word, Origin::Setting) => word.to_owned(),
        (word, Origin::Default) => format!("not set, default {word}"),
    }
}

fn param<'a>((property, key, value): (&'a str, &'a str, &'a super::settings::Value)) -> Param<'a> {
    Param { key, value: value.text(), property }
}
