//! What the rules on the settings of Kafka Connect share: those of connectors and of worker configurations.

use crate::cloudtrail::field::Node;
use crate::configuration::unresolved::Unresolved;
use crate::connector::{ConfigSource, Reason, Settings};
use crate::engine::detector::{Permission, allow};
use crate::engine::facts::CliOutput;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::language::{Text, text};
use crate::util::severity::Severity;
use crate::util::text::plain;

/// The look-up of a worker configuration.
pub(crate) const DESCRIBE_WORKER: Permission = allow(
    "kafkaconnect:DescribeWorkerConfiguration",
    "arn:{partition}:kafkaconnect:{region}:{account}:worker-configuration/*/*",
)
.by("workerConfigurationArn");

/// How to recognize what the AWS CLI prints for it.
pub(crate) const WORKER_OUTPUT: CliOutput =
    CliOutput { check: check_worker, ..CliOutput::whole(DESCRIBE_WORKER.action, "workerConfigurationArn") };

/// Says what is wrong with a description of a worker configuration.
fn check_worker(answer: Node<'_>) -> Result<(), String> {
    read_worker(answer).map(|_| ()).map_err(|problem| problem.to_string())
}

/// The settings in a description of a worker configuration.
///
/// <https://docs.aws.amazon.com/MSKC/latest/mskc/API_DescribeWorkerConfiguration.html>
///
/// # Errors
/// Says what is wrong with the description.
pub(crate) fn read_worker(answer: Node<'_>) -> Result<Settings, Text> {
    let content = answer.at(&["latestRevision", "propertiesFileContent"]).text().value();
    let settings = content.and_then(Settings::from_base64_properties);
    settings.ok_or(Text::literal("`latestRevision.propertiesFileContent` is missing, truncated or not base64"))
}

/// Why the resource with this ARN was not described.
pub(crate) fn why_unknown(unresolved: Unresolved, arn: &str) -> Text {
    match unresolved {
        Unresolved::Unknown(why) => why,
        Unresolved::Deleted => text!("`{arn}` was deleted", arn),
        Unresolved::NotShown(call) => text!("the answer of `{call}` does not show `{arn}`", call, arn),
        Unresolved::InProgress(status) => text!("`{arn}` is still {status}", arn, status),
    }
}

/// Names the settings that decide and whose values are not known; `None` if there are none.
pub(crate) fn unknown(settings: &[&[String]]) -> Option<Text> {
    let names: Vec<String> = settings.iter().copied().flatten().map(|name| format!("`{name}`")).collect();
    (!names.is_empty()).then(|| text!("the value of {names} is hidden or not recognized", names = names.join(", ")))
}

/// A violation with every reason, and the remediation that `fill` makes of the property lines to write. The severity is
/// `reduced` if that of every reason is.
pub(crate) fn violation(
    problem: Text,
    reasons: &[Reason],
    reduced: Severity,
    fill: impl FnOnce(&[&str]) -> Remediation,
) -> Outcome {
    let whys = Text::literal("; ").join(reasons.iter().map(sentence));
    let mut violation = Violation::new(text!("{problem} {reasons}.", problem, reasons = whys));
    // One member for each property: what its reasons have in common must not replace each other.
    let mut evidence: Vec<(String, Text)> = Vec::new();
    for reason in reasons {
        let path = format!("{}.{}", member(reason.source), plain(&reason.property));
        let value = &reason.value;
        match evidence.iter_mut().find(|(known, _)| *known == path) {
            Some((_, known)) if **known == **value => {}
            Some((_, known)) => *known = text!("{values}; {more}", values = &*known, more = value),
            None => evidence.push((path, value.clone())),
        }
    }
    for (path, value) in evidence {
        violation = violation.evidence_text(&path, value);
    }
    violation.severity = reasons.iter().all(|reason| reason.reduced_severity).then_some(reduced);
    let lines: Vec<&str> = reasons.iter().flat_map(|reason| &reason.fix).map(String::as_str).collect();
    violation.remediation(fill(&lines))
}

/// A property line as a comment above a command.
pub(crate) fn comment(line: &str) -> String {
    format!("# {}\n", plain(line.trim_start_matches("# ")))
}

fn sentence(reason: &Reason) -> Text {
    let Reason { property, why, .. } = reason;
    match reason.shown_value() {
        Some(value) => text!("`{property}` ({value}): {why}", property, value, why),
        None => text!("`{property}`: {why}", property, why),
    }
}

/// The member of the answer of `DescribeConnector` or `DescribeWorkerConfiguration` that has the settings.
fn member(source: ConfigSource) -> &'static str {
    match source {
        ConfigSource::Connector => "connectorConfiguration",
        ConfigSource::Worker => "workerConfiguration",
    }
}
