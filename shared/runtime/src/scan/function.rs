//! The scan as a function: once a day, its own account and in a hub each member, in parts that end well before the time limit.
//!
//! A part that does not finish hands on where to go on, and what it found, to a one-time schedule that invokes the function
//! again. The name of the schedule is that of the part, so a part that Lambda tries again is followed by one part, not two.
//! Without a ledger there is no state: whoever gets the same finding every day has not fixed it.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use aws_config::SdkConfig;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use sealwatch_rules::aws::account::is_account;
use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::aws::partition::of_region;
use sealwatch_rules::cloudtrail::json_error;
use sealwatch_rules::engine::finding::digest;
use sealwatch_rules::ledger::Notice;
use sealwatch_rules::output::scan::{Gaps, NAME, notification};
use sealwatch_rules::output::sns::Notification;
use sealwatch_rules::util::time::{Seconds, written};
use sealwatch_rules::{Language, Settings, Text, text};
use serde_json::{Value, json};

use crate::api::Api;
use crate::aws_config::{function_config, in_region};
use crate::clock::{limit_of, now, time_left, within};
use crate::environment::{Environment, LOOKUP_ROLE, LookupRoles, Schedules};
use crate::heartbeat::SCHEDULE_PREFIX;
use crate::ledger::{Claimed, Table, Teller, confirm};
use crate::lookups::assume;
use crate::metrics;
use crate::panics::without_message;
use crate::process::{End, log_start};
use crate::publish::Publisher;
use crate::scan::caller::Caller;
use crate::scan::part::{Found, Part, forget};
use crate::scan::places::{Organization, for_scans, global, words};
use crate::scan::remember::{Ledger, Seen, incomplete};
use crate::scan::{Counts, Cursor, Place, Step, Wanted, scan};
use crate::schedule::Scheduler;

/// A part lists no further resources after this share of its time limit: the rest is for those that it has listed.
const LISTING_SHARE: f64 = 0.5;

/// Seconds until the next part begins: EventBridge Scheduler rejects a time in the past.
const PAUSE_SECONDS: i64 = 5;

const LIST_SCHEDULES: &str = "scheduler:ListSchedules";

fn ledger_failed(why: String) -> Diagnostic {
    failed("LedgerFailed", why)
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The function, ready for its parts.
struct Function {
    settings: Settings,
    config: SdkConfig,
    roles: LookupRoles,
    schedules: Schedules,
    scheduler: Scheduler,
    findings: Publisher,
    operations: Publisher,
    ledger: Option<Table>,
}

/// Reads the configuration and scans when it is invoked, until the process ends.
///
/// # Errors
/// Says what is wrong with the configuration, or that the Runtime API cannot be used.
pub(crate) async fn serve() -> Result<(), End> {
    let environment = Environment::read()?;
    let config = function_config()?;
    let settings = environment.settings(&config).await?;
    let schedules = environment.given_schedules().ok_or("the three SEALWATCH_SCHEDULE_* variables are not set")?;
    let operations = environment.operations_topic_arn.clone().ok_or("SEALWATCH_OPERATIONS_TOPIC_ARN is not set")?;
    let ledger = Table::of(&config, environment.ledger_table.clone());
    let function = Arc::new(Function {
        settings,
        roles: environment.lookup_roles,
        scheduler: Scheduler::new(schedules.clone(), config.clone()),
        schedules,
        ledger,
        findings: Publisher::new(environment.topic_arn, config.clone()),
        operations: Publisher::new(operations, config.clone()),
        config,
    });
    let handle = move |event: LambdaEvent<Value>| {
        let function = Arc::clone(&function);
        async move {
            let LambdaEvent { payload, context } = event;
            let invocation = Invocation {
                request_id: &context.request_id,
                function_arn: &context.invoked_function_arn,
                time_limit: context.deadline(),
            };
            let result = match serde_json::from_value(payload) {
                Ok(part) => without_message(function.run(part, invocation)).await,
                Err(error) => {
                    Err(failed("UnreadableEvent", format!("not a part of a scan: {}", json_error::words(&error))))
                }
            };
            result.inspect_err(|failure| tracing::error!("{}: {}", failure.error_type, failure.error_message))
        }
    };
    log_start();
    Ok(lambda_runtime::run(service_fn(handle)).await?)
}

/// What the context of an invocation says.
#[derive(Debug, Clone, Copy)]
struct Invocation<'a> {
    request_id: &'a str,
    function_arn: &'a str,
    time_limit: SystemTime,
}

impl Invocation<'_> {
    fn now(&self) -> Seconds {
        within(now(), limit_of(self.time_limit))
    }
}

fn failed(error_type: &str, error_message: String) -> Diagnostic {
    Diagnostic { error_type: error_type.to_owned(), error_message }
}

impl Function {
    /// Scans account after account until none is left, or the part has to end.
    async fn run(&self, part: Part, invocation: Invocation<'_>) -> Result<(), Diagnostic> {
        let own = Arn::parse(invocation.function_arn).map_or("", |arn| arn.account).to_owned();
        let deadline = Instant::now() + time_left(invocation.time_limit, SystemTime::now()).mul_f64(LISTING_SHARE);
        let given = part.account.clone().filter(|account| is_account(account));
        let mut part = Part { account: given.or_else(|| Some(own.clone())), ..part };
        let organization = self.organization().await?;
        let mut others = self.members(&own).await;
        others.retain(|account| part.account.as_ref() == Some(&own) || Some(account) > part.account.as_ref());
        let mut others = others.into_iter();
        while let Some(account) = part.account.clone() {
            let rest = self.scan_account(&account, &own, &organization, &mut part, deadline, invocation).await?;
            if let Some(cursor) = rest {
                let next = Part { part: part.part + 1, cursor: Some(cursor), ..part };
                return self.hand_on(&next, invocation).await;
            }
            part = Part { scan: part.scan, part: part.part, account: others.next(), ..Part::default() };
            if part.account.is_some() && Instant::now() >= deadline {
                let next = Part { part: part.part + 1, ..part };
                return self.hand_on(&next, invocation).await;
            }
        }
        tracing::info!(scan = part.scan, "the scan is complete");
        Ok(())
    }

    /// Scans one account and publishes what it found. Returns where to go on if the part has to end before.
    async fn scan_account(
        &self,
        account: &str,
        own: &str,
        organization: &Organization,
        part: &mut Part,
        deadline: Instant,
        invocation: Invocation<'_>,
    ) -> Result<Option<Cursor>, Diagnostic> {
        let place = match self.place(account, own, organization).await {
            Ok(place) => place,
            Err(why) => {
                let subject = text!("Sealwatch cannot scan account {account}", account);
                self.tell_operations(&subject, &why).await?;
                return Ok(None);
            }
        };
        let rows = Wanted::rows(&[], true, |rule| self.settings.enabled(rule));
        let wanted = Wanted { settings: &self.settings, rows, at: &part.scan, deadline: Some(deadline) };
        let mut found = std::mem::take(&mut part.found);
        let (mut seen, now) = (Seen::default(), invocation.now());
        let ledger = self.ledger.as_ref().map(|store| Ledger {
            store,
            teller: Teller {
                invocation: invocation.request_id,
                keep: self.settings.ledger.keep_resolved.try_into().unwrap_or(i64::MAX),
                now,
            },
            settings: &self.settings,
            account,
            region: &place.region,
            at: &part.scan,
            now,
        });
        let mut unseen = part.unseen.take();
        if let (Some(ledger), None) = (&ledger, &unseen) {
            unseen = Some(ledger.open().await.map_err(ledger_failed)?);
        }
        let mut tell = |step: Step<'_>| {
            if let Step::Evaluated(_, findings) = step {
                found.unverified += findings.iter().filter(|finding| finding.is_unverified()).count();
                match ledger {
                    Some(_) => seen.add(&findings, &self.settings, now),
                    None => findings.iter().for_each(|finding| found.add(finding, &self.settings)),
                }
            }
        };
        let report = scan(&place, &wanted, part.cursor.take(), &mut tell).await;
        found.counts.add(report.counts);
        found.add_gaps(report.gaps.iter(), self.settings.language);
        found.shorten();
        part.incomplete.extend(incomplete(&report.gaps, &report.not_offered));
        let is_complete = report.cursor.0.is_empty();
        if let (Some(ledger), Some(unseen)) = (ledger, &mut unseen) {
            let claimed = ledger.take(seen, unseen).await.map_err(ledger_failed)?;
            self.tell(&ledger, claimed, found.gaps()).await?;
            if is_complete {
                let closed = ledger.close(unseen, &part.incomplete).await.map_err(ledger_failed)?;
                self.tell(&ledger, closed, Gaps::default()).await?;
                self.finish(&ledger, account == own).await?;
            }
        }
        if !is_complete {
            if let Some(unseen) = &mut unseen {
                forget(unseen, now);
            }
            (part.found, part.unseen) = (found, unseen);
            return Ok(Some(report.cursor));
        }
        self.publish(account, &part.scan, &found).await?;
        Ok(None)
    }

    /// Publishes what was claimed, and notes that it is told.
    async fn tell(
        &self,
        ledger: &Ledger<'_, Table>,
        mut claimed: Vec<Claimed>,
        gaps: Gaps<'_>,
    ) -> Result<(), Diagnostic> {
        while !claimed.is_empty() {
            for message in ledger.messages(&claimed, gaps) {
                self.findings.publish(message).await.map_err(|why| failed("PublishFailed", why))?;
            }
            claimed.iter_mut().for_each(|one| one.is_published = one.notice != Notice::Resolved);
            claimed = confirm(ledger.store, ledger.teller, claimed).await.map_err(ledger_failed)?;
        }
        Ok(())
    }

    /// What remains at the end of an account: what others left behind, reminders, and the numbers of the dashboard.
    async fn finish(&self, ledger: &Ledger<'_, Table>, is_own: bool) -> Result<(), Diagnostic> {
        if is_own {
            let left = ledger.left_over().await.map_err(ledger_failed)?;
            if !left.is_empty() {
                tracing::warn!(
                    findings = left.len(),
                    "nobody was told before: an invocation crashed, or a message never came"
                );
            }
            self.tell(ledger, left, Gaps::default()).await?;
        }
        let open = ledger.still_open().await.map_err(ledger_failed)?;
        if let Some(message) = ledger.reminder(&open).await.map_err(ledger_failed)? {
            self.findings.publish(message).await.map_err(|why| failed("PublishFailed", why))?;
        }
        let (by_severity, oldest) = ledger.numbers(&open);
        let mut lines: String = by_severity
            .into_iter()
            .map(|(severity, count)| metrics::line_of(("severity", severity), &[("OpenFindings", "Count", count)]))
            .collect();
        lines += &metrics::line_of(("detector", NAME), &[("OldestOpenHours", "Count", oldest)]);
        // A function that cannot write its output can do nothing about it.
        let _ = metrics::write(&lines);
        Ok(())
    }

    /// Publishes what was found in one account.
    async fn publish(&self, account: &str, at: &str, found: &Found) -> Result<(), Diagnostic> {
        count(&found.counts, found.unverified);
        tracing::info!(
            account,
            listed = found.counts.listed,
            evaluated = found.counts.evaluated,
            deleted = found.counts.deleted,
            denied = found.counts.denied,
            unverified = found.unverified,
            findings = found.findings.len() + found.left_out,
            "scanned"
        );
        let day = at.split('T').next().unwrap_or(at);
        let message = notification(account, day, &found.findings, found.left_out, found.gaps(), &self.settings);
        if let Some(message) = message {
            self.findings.publish(message).await.map_err(|why| failed("PublishFailed", why))?;
        }
        if !found.gaps.is_empty() {
            let subject = text!("Sealwatch cannot see everything in account {account}", account);
            let (gaps, translated) = (found.gaps.join("\n\n"), found.translated_gaps.join("\n\n"));
            self.tell_operations_in_words(&subject, &gaps, &translated).await?;
        }
        Ok(())
    }

    async fn tell_operations(&self, subject: &Text, text: &Text) -> Result<(), Diagnostic> {
        self.tell_operations_in_words(subject, text, &text.in_language(self.settings.language)).await
    }

    /// Publishes a text to the operations topic.
    async fn tell_operations_in_words(&self, subject: &Text, text: &str, translated: &str) -> Result<(), Diagnostic> {
        tracing::warn!("{subject}: {text}");
        let message = operations_message(subject, text, translated, self.settings.language);
        let (subject, message) = (subject.to_string(), message.to_string());
        let notification = Notification { subject, message, attributes: Vec::new() };
        self.operations.publish(notification).await.map_err(|why| failed("PublishFailed", why))
    }

    /// Creates the schedule of the next part.
    async fn hand_on(&self, next: &Part, invocation: Invocation<'_>) -> Result<(), Diagnostic> {
        let name = format!("{NAME}-{}-{}", next.part, digest(&[&next.scan]));
        let input = serde_json::to_string(next).map_err(|error| failed("ScheduleFailed", error.to_string()))?;
        let at = invocation.now() + PAUSE_SECONDS;
        self.scheduler
            .send(&name, at, invocation.function_arn, input)
            .await
            .map_err(|why| failed("ScheduleFailed", why))?;
        let account = next.account.as_deref().unwrap_or_default();
        tracing::info!(account, part = next.part, at = written(at), "the scan goes on");
        Ok(())
    }

    /// The account to scan, with the credentials for it.
    async fn place(&self, account: &str, own: &str, organization: &Organization) -> Result<Place, Text> {
        let config = &self.config;
        let region = config.region().map_or("", |region| region.as_ref()).to_owned();
        let api = match (&self.roles.member, account == own) {
            (_, true) => Api::of(for_scans(config)),
            (None, false) => return Err(text!("{variable} is not set", variable = LOOKUP_ROLE)),
            (Some(role), false) => {
                let arn = format!("arn:{}:iam::{account}:role/{role}", of_region(&region));
                let (config, _) = assume(config, &arn).await.map_err(|error| error.into_reason())?;
                Api::of(in_region(&for_scans(&config), &region))
            }
        };
        Ok(Place { account: account.to_owned(), region, api, organization: organization.clone(), role: None })
    }

    /// The organization, as the role that may list its accounts. Without that role, what depends on them is unverified.
    async fn organization(&self) -> Result<Organization, Diagnostic> {
        let role = self.roles.organization.as_ref().filter(|_| self.settings.keys.trusts_organization);
        let assumed = match role {
            Some(role) => assume(&self.config, role).await.map(|(config, _)| Some(config)),
            None => Ok(None),
        };
        let config = match assumed {
            Ok(config) => config,
            Err(error) => {
                let subject = Text::literal("Sealwatch cannot list the accounts of the organization");
                self.tell_operations(&subject, &error.into_reason()).await?;
                None
            }
        };
        Ok(Organization::new(global(config.as_ref().unwrap_or(&self.config))))
    }

    /// The members of a hub: the accounts whose heartbeat it has heard. Sorted.
    async fn members(&self, own: &str) -> Vec<String> {
        if self.roles.member.is_none() {
            return Vec::new();
        }
        let caller = Caller::new(Api::of(for_scans(&self.config)));
        let parameters = json!({"ScheduleGroup": self.schedules.group, "NamePrefix": SCHEDULE_PREFIX});
        let schedules = match caller.all(LIST_SCHEDULES, parameters, "Schedules").await {
            Ok(schedules) => schedules,
            Err(problem) => {
                let text = text!(
                    "`{call}`: {problem}; only the hub's own account is scanned",
                    call = LIST_SCHEDULES,
                    problem = words(&problem)
                );
                let subject = Text::literal("Sealwatch does not know the members of the hub");
                let told = self.tell_operations(&subject, &text).await;
                if let Err(failure) = told {
                    tracing::error!("{}", failure.error_message);
                }
                return Vec::new();
            }
        };
        let names = schedules.iter().map(|schedule| text(schedule, "Name"));
        let mut members: Vec<String> =
            names.filter_map(|name| name.strip_prefix(SCHEDULE_PREFIX).map(str::to_owned)).collect();
        members.retain(|account| is_account(account) && account != own);
        members.sort();
        members.dedup();
        members
    }
}

/// The texts of a message to the operations topic. Who reads another language gets it by e-mail. Everybody else gets English,
/// and so is the subject, as that of a finding.
fn operations_message(subject: &Text, text: &str, translated: &str, language: Language) -> Value {
    let default = format!("{subject}:\n\n{text}");
    match language {
        Language::English => json!({ "default": default }),
        _ => json!({ "default": default, "email": format!("{}:\n\n{translated}", subject.in_language(language)) }),
    }
}

/// Counts an account that was scanned.
fn count(counts: &Counts, unverified: usize) {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let all = [
        ("Scanned", 1),
        ("ScanListed", number(counts.listed)),
        ("ScanIncomplete", number(counts.denied)),
        ("ScanUnverified", number(unverified)),
    ];
    let written: Vec<(&str, &str, u64)> =
        all.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| (name, "Count", count)).collect();
    // A function that cannot write its output can do nothing about it.
    let _ = metrics::write(&metrics::line_of(("detector", NAME), &written));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_told_in_english_and_by_e_mail_in_the_language_of_the_settings() {
        let subject = text!("Sealwatch cannot scan account {account}", account = "1");
        let message = |language| operations_message(&subject, "why", "理由", language);
        assert_eq!(message(Language::English), json!({"default": "Sealwatch cannot scan account 1:\n\nwhy"}));
        let email = "Sealwatch はアカウント 1 をスキャンできません:\n\n理由";
        assert_eq!(message(Language::Japanese)["email"], email);
    }
}
