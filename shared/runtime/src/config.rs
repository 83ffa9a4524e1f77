//! What the environment tells a function. No other module reads it.

use sealwatch_rules::arn::{Arn, is_account, is_organization};
use sealwatch_rules::detector::Detector;
use sealwatch_rules::rules::IDS;
use sealwatch_rules::settings::{Settings, parse_duration};
use sealwatch_rules::text::plain;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::clients::Clients;
use crate::problem::explained;
use crate::publish::region_of_topic;
use crate::schedule::Schedules;

/// The ARN of the SNS topic for findings; required.
const TOPIC_ARN: &str = "SEALWATCH_TOPIC_ARN";

/// The settings as TOML, or `ssm:` and the name of a Parameter Store parameter that holds them.
const SETTINGS: &str = "SEALWATCH_SETTINGS";

/// Account ids, with commas between them, that are trusted beside those of the settings.
const TRUSTED_ACCOUNTS: &str = "SEALWATCH_TRUSTED_ACCOUNTS";

/// Organization ids, with commas between them, that are trusted beside those of the settings.
const TRUSTED_ORGANIZATIONS: &str = "SEALWATCH_TRUSTED_ORGANIZATIONS";

/// Replaces `keys.settle` of the settings.
const SETTLE: &str = "SEALWATCH_SETTLE";

/// The group, the role and the dead-letter queue of the schedules for re-checks; required where a detector has calls that
/// settle, unless the settle time is 0.
const SCHEDULE_GROUP: &str = "SEALWATCH_SCHEDULE_GROUP";
const SCHEDULE_ROLE: &str = "SEALWATCH_SCHEDULE_ROLE_ARN";
const SCHEDULE_DEAD_LETTER: &str = "SEALWATCH_SCHEDULE_DEAD_LETTER_ARN";

/// The name of the role that is assumed in the account of an event that is not the function's own.
pub(crate) const LOOKUP_ROLE: &str = "SEALWATCH_LOOKUP_ROLE";

/// The environment of a function.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) topic_arn: String,
    pub(crate) lookup_role: Option<String>,
    settings: String,
    trusted_accounts: Vec<String>,
    trusted_organizations: Vec<String>,
    settle: Option<u64>,
    schedule: [Option<String>; 3],
}

/// A variable that is set to more than spaces.
#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

impl Environment {
    /// Reads the environment.
    ///
    /// # Errors
    /// Says which variable is missing or wrong, and what belongs there.
    pub(crate) fn read() -> Result<Environment, String> {
        if variable("AWS_LAMBDA_RUNTIME_API").is_none() {
            return Err("AWS_LAMBDA_RUNTIME_API is not set: this is a Lambda function; \
                to judge saved events on a laptop use `sealwatch replay`"
                .to_owned());
        }
        let topic_arn = variable(TOPIC_ARN)
            .ok_or_else(|| format!("{TOPIC_ARN} is not set: give the ARN of the SNS topic for findings"))?;
        region_of_topic(&topic_arn).map_err(|problem| format!("{TOPIC_ARN} is {problem}"))?;
        let settle =
            variable(SETTLE).map(|text| parse_duration(text.trim()).map_err(|problem| format!("{SETTLE}: {problem}")));
        Ok(Environment {
            topic_arn,
            lookup_role: lookup_role()?,
            settings: variable(SETTINGS).unwrap_or_default(),
            trusted_accounts: ids(TRUSTED_ACCOUNTS, "account id: twelve digits", is_account)?,
            trusted_organizations: ids(
                TRUSTED_ORGANIZATIONS,
                "organization id: `o-` and 10 to 32 letters or digits",
                is_organization,
            )?,
            settle: settle.transpose()?,
            schedule: schedule()?,
        })
    }
}

/// A list of ids with commas between them.
fn ids(name: &str, what: &str, is_one: fn(&str) -> bool) -> Result<Vec<String>, String> {
    let text = variable(name).unwrap_or_default();
    let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| match is_one(id) {
        true => Ok(id.to_owned()),
        false => Err(format!("{name}: `{}` is no {what}; put commas between several", plain(id))),
    })
    .collect()
}

fn lookup_role() -> Result<Option<String>, String> {
    let Some(name) = variable(LOOKUP_ROLE) else { return Ok(None) };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
    match name.len() <= 512 && name.bytes().all(fits) && !name.starts_with('/') {
        true => Ok(Some(name)),
        false => Err(format!(
            "{LOOKUP_ROLE} is `{}`: give the name of a role, with its path where it has one, and not its ARN: the account is that of the event",
            plain(&name)
        )),
    }
}

/// Group, role and dead-letter queue, each where it is set.
fn schedule() -> Result<[Option<String>; 3], String> {
    let checked = |name: &str, what: &str, fits: fn(&str) -> bool| match variable(name) {
        Some(value) if !fits(&value) => Err(format!("{name} is `{}`: give {what}", plain(&value))),
        value => Ok(value),
    };
    Ok([
        checked(SCHEDULE_GROUP, "the name of a schedule group: at most 64 letters, digits, `-`, `_` or `.`", |name| {
            name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        })?,
        checked(
            SCHEDULE_ROLE,
            "the ARN of the role that schedules act as: arn:aws:iam::111122223333:role/name",
            |text| Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/")),
        )?,
        checked(SCHEDULE_DEAD_LETTER, "the ARN of a standard SQS queue (schedules take no FIFO queue)", |text| {
            Arn::parse(text).is_some_and(|arn| arn.service == "sqs") && !text.ends_with(".fifo")
        })?,
    ])
}

/// Where re-checks are scheduled; none for a detector without calls that settle, or where nothing is waited for.
///
/// # Errors
/// Says which variable is missing.
pub(crate) fn schedules(
    environment: &Environment,
    detector: &Detector,
    settings: &Settings,
) -> Result<Option<Schedules>, String> {
    let settles = detector.events.iter().any(|watched| watched.settles);
    if !settles || settings.keys.settle == 0 {
        return Ok(None);
    }
    let names = [SCHEDULE_GROUP, SCHEDULE_ROLE, SCHEDULE_DEAD_LETTER];
    match environment.schedule.clone() {
        [Some(group), Some(role_arn), Some(dead_letter_arn)] => {
            Ok(Some(Schedules { group, role_arn, dead_letter_arn }))
        }
        set => {
            let missing = names.into_iter().zip(set).filter(|(_, value)| value.is_none()).map(|(name, _)| name);
            Err(format!(
                "not set: {}. New resources are looked at again {} seconds after the call that makes them, and a schedule \
                 does that; set {SETTLE} to 0 to judge them at once",
                missing.collect::<Vec<_>>().join(", "),
                settings.keys.settle
            ))
        }
    }
}

/// The settings, inline or from Parameter Store, and what the environment adds to them.
///
/// # Errors
/// Says where the settings are wrong, or why the parameter cannot be read.
pub(crate) async fn settings(environment: &Environment, clients: &Clients) -> Result<Settings, String> {
    let text = match environment.settings.strip_prefix("ssm:") {
        None => environment.settings.clone(),
        Some(name) => {
            let ssm = aws_sdk_ssm::Client::new(&clients.config);
            let answer = ssm.get_parameter().name(name).with_decryption(true).send().await;
            let answer = answer
                .map_err(|error| format!("{SETTINGS}: parameter `{name}` cannot be read: {}", explained(&error)))?;
            answer.parameter.and_then(|parameter| parameter.value).unwrap_or_default()
        }
    };
    let mut settings = Settings::parse(&text, &IDS).map_err(|error| format!("{SETTINGS}: {error}"))?;
    settings.keys.trusted_accounts.extend_from_slice(&environment.trusted_accounts);
    settings.keys.trusted_organizations.extend_from_slice(&environment.trusted_organizations);
    settings.keys.settle = environment.settle.unwrap_or(settings.keys.settle);
    Ok(settings)
}

/// Starts the log: one JSON object per line on standard output, as Lambda's JSON log format wants it.
///
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>
pub(crate) fn start_logging() {
    let level = variable("AWS_LAMBDA_LOG_LEVEL").and_then(|level| level.parse().ok()).unwrap_or(LevelFilter::INFO);
    // its only line repeats the handler's error, without the ids of request and event
    let filter = Targets::new().with_default(level).with_target("lambda_runtime::layers::panic", LevelFilter::OFF);
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_max_level(level)
        .finish()
        .with(filter)
        .init();
}
