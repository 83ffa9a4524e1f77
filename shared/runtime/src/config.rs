//! What the environment tells a function. No other module reads it.

use sealwatch_rules::settings::Settings;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::clients::Clients;
use crate::lookup::explained;

/// The ARN of the SNS topic for findings; required.
const TOPIC_ARN: &str = "SEALWATCH_TOPIC_ARN";

/// The settings as TOML, or `ssm:` and the name of a Parameter Store parameter that holds them.
const SETTINGS: &str = "SEALWATCH_SETTINGS";

/// The environment of a function.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) topic_arn: String,
    settings: String,
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
        let is_topic = sealwatch_rules::arn::Arn::parse(&topic_arn).is_some_and(|arn| arn.service == "sns");
        if topic_arn.ends_with(".fifo") {
            return Err(format!(
                "{TOPIC_ARN} is `{topic_arn}`: a FIFO topic cannot send e-mail, give a standard topic"
            ));
        }
        if !is_topic {
            return Err(format!("{TOPIC_ARN} is `{topic_arn}`, which is no ARN of an SNS topic"));
        }
        Ok(Environment { topic_arn, settings: variable(SETTINGS).unwrap_or_default() })
    }
}

/// The settings, inline or from Parameter Store.
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
    Settings::parse(&text).map_err(|error| format!("{SETTINGS}: {error}"))
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
