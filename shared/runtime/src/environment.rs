//! The environment of a function. No other module reads it.

use aws_config::SdkConfig;
use sealwatch_rules::Detector;
use sealwatch_rules::aws::account::{is_account, is_organization};
use sealwatch_rules::aws::arn::Arn;
use sealwatch_rules::rules::RULE_IDS;
use sealwatch_rules::settings::{ORGANIZATION, Settings, parse_duration};
use sealwatch_rules::util::text::plain;

use crate::aws_error::describe;
use crate::settings_object::read_object;

/// The ARN of the SNS topic for findings; required.
const TOPIC_ARN: &str = "SEALWATCH_TOPIC_ARN";

/// The settings as TOML; or `ssm:` and the name of a Parameter Store parameter, or `s3://BUCKET/KEY`, that holds them.
const SETTINGS: &str = "SEALWATCH_SETTINGS";

/// Account ids, separated by commas, that are trusted in addition to those of the settings; `organization` stands for those of
/// the organization.
const TRUSTED_ACCOUNTS: &str = "SEALWATCH_TRUSTED_ACCOUNTS";

/// Organization ids, separated by commas, that are trusted in addition to those of the settings.
const TRUSTED_ORGANIZATIONS: &str = "SEALWATCH_TRUSTED_ORGANIZATIONS";

/// Replaces `keys.settle` of the settings.
const SETTLE: &str = "SEALWATCH_SETTLE";

/// The group, the role and the dead-letter queue of the schedules for re-checks; required if the detector has calls that
/// settle, unless the settle time is 0.
const SCHEDULE_GROUP: &str = "SEALWATCH_SCHEDULE_GROUP";
const SCHEDULE_ROLE: &str = "SEALWATCH_SCHEDULE_ROLE_ARN";
const SCHEDULE_DEAD_LETTER: &str = "SEALWATCH_SCHEDULE_DEAD_LETTER_ARN";

/// In a hub, the ARN of the SNS topic for messages about Sealwatch itself: it is notified of members that are silent.
const OPERATIONS_TOPIC_ARN: &str = "SEALWATCH_OPERATIONS_TOPIC_ARN";

/// The name of the table of the ledger.
const LEDGER_TABLE: &str = "SEALWATCH_LEDGER_TABLE";

/// The name of the role to assume in the account of an event if that is not the function's own.
pub(crate) const LOOKUP_ROLE: &str = "SEALWATCH_LOOKUP_ROLE";

/// The ARN of the role that lists the accounts of the organization; without it, the function does.
pub(crate) const ORGANIZATION_ROLE: &str = "SEALWATCH_ORGANIZATION_ROLE_ARN";

/// The roles that make look-ups in other accounts.
#[derive(Debug, Default)]
pub(crate) struct LookupRoles {
    /// The name of the role in the account of an event.
    pub(crate) member: Option<String>,
    /// The ARN of the role that lists the accounts of the organization.
    pub(crate) organization: Option<String>,
}

/// The environment of a function.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) topic_arn: String,
    pub(crate) lookup_roles: LookupRoles,
    pub(crate) operations_topic_arn: Option<String>,
    settings: String,
    trusted_accounts: Vec<String>,
    trusted_organizations: Vec<String>,
    settle_time: Option<u64>,
    schedule_group: Option<String>,
    schedule_role_arn: Option<String>,
    schedule_dead_letter_arn: Option<String>,
    /// The name of the table of the ledger; `None` if the deployment has none.
    pub(crate) ledger_table: Option<String>,
}

/// Where schedules are created, and the role they act as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedules {
    pub(crate) group: String,
    pub(crate) role_arn: String,
    pub(crate) dead_letter_arn: String,
}

/// The parts of the deployment that its own signals concern.
#[derive(Debug)]
pub(crate) struct Deployment {
    /// The topic for findings.
    pub(crate) topic_arn: String,
    /// In a hub, the topic for messages about Sealwatch itself.
    pub(crate) operations_topic_arn: Option<String>,
    pub(crate) schedules: Option<Schedules>,
    pub(crate) config: SdkConfig,
}

/// The value of a variable; `None` if it is unset, empty or blank.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

impl Environment {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the variable that is missing or wrong, and what to set it to.
    pub(crate) fn read() -> Result<Environment, String> {
        check_runs_in_lambda()?;
        let topic_arn = variable(TOPIC_ARN)
            .ok_or_else(|| format!("{TOPIC_ARN} is not set: set it to the ARN of the SNS topic for findings"))?;
        check_topic(&topic_arn, variable("AWS_REGION").as_deref())
            .map_err(|problem| format!("{TOPIC_ARN}: {problem}"))?;
        Ok(Environment {
            topic_arn,
            lookup_roles: LookupRoles {
                member: checked(LOOKUP_ROLE, LOOKUP_ROLE_FORM, is_role_name)?,
                organization: checked(ORGANIZATION_ROLE, ORGANIZATION_ROLE_FORM, is_role_arn)?,
            },
            operations_topic_arn: checked(OPERATIONS_TOPIC_ARN, OPERATIONS_TOPIC_FORM, is_topic_arn)?,
            settings: variable(SETTINGS).unwrap_or_default(),
            trusted_accounts: ids(TRUSTED_ACCOUNTS, "an account id: twelve digits, or `organization`", |id| {
                is_account(id) || id == ORGANIZATION
            })?,
            trusted_organizations: ids(
                TRUSTED_ORGANIZATIONS,
                "an organization id: `o-` and 10 to 32 letters or digits",
                is_organization,
            )?,
            settle_time: settle_time()?,
            schedule_group: checked(SCHEDULE_GROUP, SCHEDULE_GROUP_FORM, is_group_name)?,
            schedule_role_arn: checked(SCHEDULE_ROLE, SCHEDULE_ROLE_FORM, is_role_arn)?,
            schedule_dead_letter_arn: checked(SCHEDULE_DEAD_LETTER, SCHEDULE_DEAD_LETTER_FORM, is_standard_queue_arn)?,
            ledger_table: checked(LEDGER_TABLE, LEDGER_TABLE_FORM, is_table_name)?,
        })
    }

    /// Where re-checks are scheduled; `None` if no call of the detector settles, or the settle time is 0.
    ///
    /// # Errors
    /// Names the variables that are missing.
    pub(crate) fn schedules(&self, detector: &Detector, settings: &Settings) -> Result<Option<Schedules>, String> {
        let settles = detector.calls.iter().any(|call| call.settles);
        if !settles || settings.keys.settle == 0 {
            return Ok(None);
        }
        if let Some(schedules) = self.given_schedules() {
            return Ok(Some(schedules));
        }
        let variables = [
            (SCHEDULE_GROUP, &self.schedule_group),
            (SCHEDULE_ROLE, &self.schedule_role_arn),
            (SCHEDULE_DEAD_LETTER, &self.schedule_dead_letter_arn),
        ];
        let missing = variables.into_iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name);
        Err(format!(
            "not set: {}. New resources are re-checked {} seconds after the call that creates them, which needs a \
             schedule; set {SETTLE} to 0 to evaluate them immediately",
            missing.collect::<Vec<_>>().join(", "),
            settings.keys.settle
        ))
    }

    /// Where schedules are created, if the environment says it.
    pub(crate) fn given_schedules(&self) -> Option<Schedules> {
        Some(Schedules {
            group: self.schedule_group.clone()?,
            role_arn: self.schedule_role_arn.clone()?,
            dead_letter_arn: self.schedule_dead_letter_arn.clone()?,
        })
    }

    /// The parts of the deployment that its signals concern.
    pub(crate) fn deployment(&self, config: &SdkConfig) -> Deployment {
        Deployment {
            topic_arn: self.topic_arn.clone(),
            operations_topic_arn: self.operations_topic_arn.clone(),
            schedules: self.given_schedules(),
            config: config.clone(),
        }
    }

    /// The settings, inline, from Parameter Store or from S3, with what the environment adds to them.
    ///
    /// # Errors
    /// Says where the settings are wrong, or why the parameter or the object cannot be read.
    pub(crate) async fn settings(&self, config: &SdkConfig) -> Result<Settings, String> {
        let text = match &self.settings {
            text if text.starts_with("s3://") => {
                read_object(text, config).await.map_err(|problem| format!("{SETTINGS}: {problem}"))?
            }
            text => match text.strip_prefix("ssm:") {
                None => text.clone(),
                Some(name) => read_parameter(name, config).await?,
            },
        };
        let mut settings = Settings::parse(&text, &RULE_IDS).map_err(|error| format!("{SETTINGS}: {error}"))?;
        let (organization, accounts): (Vec<_>, Vec<_>) =
            self.trusted_accounts.iter().cloned().partition(|id| id == ORGANIZATION);
        settings.keys.trusts_organization |= !organization.is_empty();
        settings.keys.trusted_accounts.extend(accounts);
        settings.keys.trusted_organizations.extend_from_slice(&self.trusted_organizations);
        settings.keys.settle = self.settle_time.unwrap_or(settings.keys.settle);
        Ok(settings)
    }
}

pub(crate) fn check_runs_in_lambda() -> Result<(), String> {
    match variable("AWS_LAMBDA_RUNTIME_API") {
        Some(_) => Ok(()),
        None => Err("AWS_LAMBDA_RUNTIME_API is not set: this program is a Lambda function; \
            to evaluate saved events on a laptop, use `sealwatch replay`"
            .to_owned()),
    }
}

/// The name of the role in other accounts, for a function that needs nothing else of the environment.
///
/// # Errors
/// Says what is wrong with the name, or that this is no Lambda function.
pub(crate) fn lookup_role() -> Result<Option<String>, String> {
    check_runs_in_lambda()?;
    checked(LOOKUP_ROLE, LOOKUP_ROLE_FORM, is_role_name)
}

async fn read_parameter(name: &str, config: &SdkConfig) -> Result<String, String> {
    let ssm = aws_sdk_ssm::Client::new(config);
    let response = ssm.get_parameter().name(name).with_decryption(true).send().await;
    let response =
        response.map_err(|error| format!("{SETTINGS}: the parameter `{name}` cannot be read: {}", describe(&error)))?;
    Ok(response.parameter.and_then(|parameter| parameter.value).unwrap_or_default())
}

/// Checks the topic of a function that runs in this Region. SNS accepts a message only in the Region of its topic: at the
/// first finding it would be too late to say so.
fn check_topic(arn: &str, own_region: Option<&str>) -> Result<(), String> {
    let region = region_of_topic(arn)?;
    match own_region {
        Some(own) if own != region => Err(format!(
            "the topic `{}` is in {}, but this function runs in {}: set it to a topic in {}, or deploy Sealwatch in {}",
            plain(arn),
            plain(region),
            plain(own),
            plain(own),
            plain(region)
        )),
        _ => Ok(()),
    }
}

/// The Region of an SNS topic, from its ARN.
///
/// # Errors
/// Quotes the ARN and says what is wrong with it.
pub(crate) fn region_of_topic(arn: &str) -> Result<&str, String> {
    if arn.ends_with(".fifo") {
        return Err(format!("`{}` is a FIFO topic, which cannot send e-mail: use a standard topic", plain(arn)));
    }
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "sns");
    parsed.map(|arn| arn.region).ok_or_else(|| {
        format!(
            "`{}` is not the ARN of an SNS topic, for example `arn:aws:sns:eu-west-1:111122223333:findings`",
            plain(arn)
        )
    })
}

const OPERATIONS_TOPIC_FORM: &str = "the ARN of a standard SNS topic";

fn is_topic_arn(text: &str) -> bool {
    region_of_topic(text).is_ok()
}

const LOOKUP_ROLE_FORM: &str =
    "the name of a role, with its path if it has one, not its ARN: the account is that of the event";

fn is_role_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
    text.len() <= 512 && text.bytes().all(allowed) && !text.starts_with('/')
}

const SCHEDULE_GROUP_FORM: &str = "the name of a schedule group: at most 64 letters, digits, `-`, `_` or `.`";

fn is_group_name(text: &str) -> bool {
    text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
const LEDGER_TABLE_FORM: &str = "the name of a DynamoDB table: 3 to 255 letters, digits, `-`, `_` or `.`";

fn is_table_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (3..=255).contains(&text.len()) && text.bytes().all(allowed)
}

const ORGANIZATION_ROLE_FORM: &str = "the ARN of a role in the management account of the organization, or in that of a delegated \
    administrator: arn:aws:iam::111122223333:role/name";

const SCHEDULE_ROLE_FORM: &str = "the ARN of the role that schedules act as: arn:aws:iam::111122223333:role/name";

fn is_role_arn(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/"))
}

const SCHEDULE_DEAD_LETTER_FORM: &str = "the ARN of a standard SQS queue: schedules do not accept a FIFO queue";

fn is_standard_queue_arn(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.service == "sqs") && !text.ends_with(".fifo")
}

/// The value of a variable, in the right form; `None` if it is not set.
fn checked(name: &str, form: &str, fits: fn(&str) -> bool) -> Result<Option<String>, String> {
    match variable(name) {
        Some(value) if !fits(&value) => Err(format!("{name} is `{}`: set it to {form}", plain(&value))),
        value => Ok(value),
    }
}

/// A list of ids, separated by commas.
fn ids(name: &str, form: &str, fits: fn(&str) -> bool) -> Result<Vec<String>, String> {
    let text = variable(name).unwrap_or_default();
    let ids = text.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| match fits(id) {
        true => Ok(id.to_owned()),
        false => Err(format!("{name}: `{}` is not {form}; separate several with commas", plain(id))),
    })
    .collect()
}

fn settle_time() -> Result<Option<u64>, String> {
    let time =
        variable(SETTLE).map(|text| parse_duration(text.trim()).map_err(|problem| format!("{SETTLE}: {problem}")));
    time.transpose()
}
