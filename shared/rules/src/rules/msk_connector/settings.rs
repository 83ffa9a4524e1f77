//! What the rules on connector settings share: from the reasons of a report to an answer.

use crate::configuration::msk_connector::MskConnector;
use crate::configuration::unresolved::Unresolved;
use crate::connector::{ConfigSource, Reason, Report};
use crate::engine::context::RuleContext;
use crate::engine::outcome::{Outcome, Remediation, Violation};
use crate::util::severity::Severity;
use crate::util::text::{hcl, plain, shell};

/// What the connector's settings come to.
///
/// # Errors
/// The answer of every rule about them, where they are not touched or cannot be seen.
pub(crate) fn report<'a>(connector: &'a MskConnector) -> Result<&'a Report, Outcome> {
    match &connector.report {
        _ if connector.deleted => Err(Outcome::unresolved(&Unresolved::Deleted)),
        None => Err(Outcome::not_applicable("the update does not touch the settings")),
        Some(Err(why)) => Err(Outcome::Unverified(why.clone())),
        Some(Ok(report)) => Ok(report),
    }
}

/// Judges a connection: reasons are a violation, settings that cannot be seen leave it open.
pub(crate) fn connections(
    report: &Report,
    reasons: &[Reason],
    minor: Severity,
    lead: &str,
    context: &RuleContext<'_>,
) -> Outcome {
    if !reasons.is_empty() {
        return violation(report, reasons, minor, lead, context);
    }
    if !report.unknown_settings.is_empty() {
        let names = report.unknown_settings.iter().map(|name| format!("`{}`", plain(name))).collect::<Vec<_>>();
        return Outcome::Unverified(format!("the value of {} cannot be seen or is not understood", names.join(", ")));
    }
    match report.connector {
        Some(_) => clean(report),
        None => Outcome::Unverified(format!(
            "{}, so only what holds for every connector was judged, and nothing was found",
            unknown(report)
        )),
    }
}

/// The answer where nothing was found: compliant, unless there is a worker configuration that cannot be seen.
pub(crate) fn clean(report: &Report) -> Outcome {
    match &report.worker_unavailable {
        None => Outcome::Compliant,
        Some(why) => Outcome::Unverified(why.clone()),
    }
}

/// That the class of the connector stands in no row of the table.
pub(crate) fn unknown(report: &Report) -> String {
    let class = report.class.as_ref().map(|class| format!("`{}` ", plain(class)));
    format!("the connector class {}is not known", class.unwrap_or_default())
}

/// A violation that names every reason, with the property lines to write.
pub(crate) fn violation(
    report: &Report,
    reasons: &[Reason],
    minor: Severity,
    lead: &str,
    context: &RuleContext<'_>,
) -> Outcome {
    let name = plain(context.name());
    let kind = report.connector.map(|kind| format!(" ({kind})")).unwrap_or_default();
    let why = |reason: &Reason| {
        let shown = match reason.value.as_str() {
            "" | "[hidden]" => String::new(),
            value => format!(" ({})", plain(value)),
        };
        format!("`{}`{shown}: {}", plain(&reason.property), reason.why)
    };
    let whys = reasons.iter().map(why).collect::<Vec<_>>().join("; ");
    let mut violation = Violation::new(format!("The connector `{name}`{kind} {lead}: {whys}."));
    for reason in reasons {
        violation =
            violation.evidence(format!("{}.{}", member(reason.source), plain(&reason.property)), plain(&reason.value));
    }
    violation.severity = reasons.iter().all(|reason| reason.reduced_severity).then_some(minor);
    let lines: Vec<&str> = reasons.iter().flat_map(|reason| &reason.fix).map(String::as_str).collect();
    violation.remediation(Remediation {
        cli: cli(&lines, context),
        terraform: terraform(&lines, context),
        console: console(&name),
    })
}

/// Where a reason's property stands in what `DescribeConnector` and `DescribeWorkerConfiguration` answer.
fn member(source: ConfigSource) -> &'static str {
    match source {
        ConfigSource::Connector => "connectorConfiguration",
        ConfigSource::Worker => "workerConfiguration",
    }
}

fn cli(lines: &[&str], context: &RuleContext<'_>) -> String {
    let arn = shell(context.arn());
    let mut text = String::new();
    for line in lines {
        text += &format!("# {}\n", plain(line));
    }
    let version = context
        .aws(&format!("kafkaconnect describe-connector --connector-arn {arn} --query currentVersion --output text"));
    let update = format!(
        "kafkaconnect update-connector --connector-arn {arn} --current-version \"$({version})\" --connector-configuration file://settings.json"
    );
    text + &context.aws(&update)
}

fn terraform(lines: &[&str], context: &RuleContext<'_>) -> String {
    let setting = |line: &&str| {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        format!("    {} = {}\n", hcl(name), hcl(value))
    };
    let settings: String = lines.iter().map(setting).collect();
    format!(
        "resource \"aws_mskconnect_connector\" \"this\" {{\n  name = {}\n  connector_configuration = {{\n{settings}  }}\n}}",
        hcl(context.name())
    )
}

fn console(name: &str) -> String {
    format!("Amazon MSK > MSK Connect > Connectors > {name} > Edit connector configuration")
}

#[cfg(test)]
pub(crate) mod testing {
    //! A connector as a rule meets it: redacted in the record, described in the facts.

    use serde_json::{Value, json};

    use crate::engine::outcome::Outcome;
    use crate::engine::rule::Rule;
    use crate::rules::testing::{answer, keys, name};

    const ARN: &str =
        "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/00000000-0000-4000-8000-000000000000-3";

    /// The answer of a rule about a connector with these settings, as `.properties` lines.
    pub(crate) fn judged(rule: &Rule, lines: &str) -> Outcome {
        let settings: serde_json::Map<String, Value> = lines
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let described = json!({"connectorArn": ARN, "connectorConfiguration": settings});
        created(rule, &[keys(), vec![described]].concat())
    }

    /// The answer about a new connector when this is all that is known beyond the record.
    pub(crate) fn created(rule: &Rule, facts: &[Value]) -> Outcome {
        let request = json!({"connectorName": "orders", "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        answer(rule, "", facts, "CreateConnector", &request, &json!({"connectorArn": ARN}))
    }

    /// Judges each row, and what every rule on settings answers when they cannot be seen.
    pub(crate) fn rows(rule: &Rule, rows: &[(&str, &str)]) {
        for (lines, want) in rows {
            let outcome = judged(rule, lines);
            assert_eq!(name(&outcome), *want, "{lines}: {outcome:?}");
        }
        assert_eq!(name(&created(rule, &[])), "unverified");
        let hidden = json!({"connectorArn": ARN, "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        assert_eq!(name(&created(rule, &[hidden])), "unverified");
        let update = json!({"connectorArn": ARN, "capacity": {"provisionedCapacity": {"mcuCount": 2}}});
        assert_eq!(name(&answer(rule, "", &[], "UpdateConnector", &update, &Value::Null)), "not-applicable");
    }
}
