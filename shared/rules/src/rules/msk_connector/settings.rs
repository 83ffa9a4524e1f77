//! What the rules on connector settings share: from the report on the settings to an outcome.

use crate::configuration::msk_connector::MskConnector;
use crate::configuration::unresolved::Unresolved;
use crate::connector::{Reason, Report};
use crate::engine::context::RuleContext;
use crate::engine::outcome::Outcome;
use crate::language::{Text, text};
use crate::rules::connect;
use crate::rules::msk_connector::remediation::CHANGE_SETTINGS;
use crate::rules::remediation::Value;
use crate::util::severity::Severity;
use crate::util::text::hcl;

/// The report on the connector's settings.
///
/// # Errors
/// The outcome of every rule on settings if the call does not change them or they are not known.
pub(crate) fn report(connector: &MskConnector) -> Result<&Report, Outcome> {
    match &connector.report {
        _ if connector.is_deleted() => Err(Outcome::unresolved(&Unresolved::Deleted)),
        None => Err(Outcome::not_applicable("the update changes neither the settings nor the worker configuration")),
        Some(Err(why)) => Err(Outcome::Unverified(why.clone())),
        Some(Ok(report)) => Ok(report),
    }
}

/// The outcome about connections: any reason is a violation, and an `unknown` setting leaves it unverified.
pub(crate) fn evaluate_connections(
    report: &Report,
    reasons: &[Reason],
    unknown: &[&[String]],
    reduced: Severity,
    problem: fn(&str) -> Text,
    context: &RuleContext<'_>,
) -> Outcome {
    if !reasons.is_empty() {
        return violation(report, reasons, reduced, problem, context);
    }
    if let Some(why) = connect::unknown(unknown) {
        return Outcome::Unverified(why);
    }
    match report.connector {
        Some(_) => no_reasons(report),
        None => Outcome::Unverified(text!(
            "{unknown_class}, so only settings that mean the same in every connector were evaluated, without a finding",
            unknown_class = unknown_class(report)
        )),
    }
}

/// The outcome if there is no reason: compliant, unless the connector has a worker configuration that is not known.
pub(crate) fn no_reasons(report: &Report) -> Outcome {
    match &report.worker_unavailable {
        None => Outcome::Compliant,
        Some(why) => Outcome::Unverified(why.clone()),
    }
}

/// Says that the catalog does not have the class of the connector.
pub(crate) fn unknown_class(report: &Report) -> Text {
    match &report.class {
        Some(class) => text!("the connector class `{class}` is not known", class),
        None => Text::literal("the connector class is not known"),
    }
}

/// A violation with every reason and the property lines to write. `problem` says what is wrong with a connector, which is
/// named with its kind; the severity is `reduced` if that of every reason is.
pub(crate) fn violation(
    report: &Report,
    reasons: &[Reason],
    reduced: Severity,
    problem: fn(&str) -> Text,
    context: &RuleContext<'_>,
) -> Outcome {
    let name = context.name();
    let connector = match report.connector {
        Some(kind) => format!("`{name}` ({kind})"),
        None => format!("`{name}`"),
    };
    connect::violation(problem(&connector), reasons, reduced, |lines| {
        let comments: String = lines.iter().map(|line| connect::comment(line)).collect();
        let settings: String =
            lines.iter().filter(|line| !line.starts_with('#')).map(|line| terraform_setting(line)).collect();
        CHANGE_SETTINGS.fill(context, &[("comments", Value::Raw(&comments)), ("settings", Value::Raw(&settings))])
    })
}

/// A property line as a line of `connector_configuration`.
fn terraform_setting(line: &str) -> String {
    let (name, value) = line.split_once('=').unwrap_or((line, ""));
    format!("    {} = {}\n", hcl(name), hcl(value))
}

#[cfg(test)]
pub(crate) mod testing {
    //! A connector as a rule gets it: the record redacts the settings, and the facts have its description.

    use serde_json::{Value, json};

    use crate::engine::outcome::Outcome;
    use crate::engine::rule::Rule;
    use crate::rules::testing::{answer, keys, name};

    const ARN: &str =
        "arn:aws:kafkaconnect:eu-west-1:111122223333:connector/orders/00000000-0000-4000-8000-000000000000-3";

    /// The outcome for a new connector with these settings, as `.properties` lines.
    pub(crate) fn outcome_for(rule: &Rule, lines: &str) -> Outcome {
        let settings: serde_json::Map<String, Value> = lines
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .collect();
        let described = json!({"connectorArn": ARN, "connectorConfiguration": settings});
        created(rule, &[keys(), vec![described]].concat())
    }

    /// The outcome for a new connector with these facts.
    pub(crate) fn created(rule: &Rule, facts: &[Value]) -> Outcome {
        let request = json!({"connectorName": "orders", "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        answer(rule, "", facts, "CreateConnector", &request, &json!({"connectorArn": ARN}))
    }

    /// Evaluates each row, and the cases in which every rule on settings has the same outcome.
    pub(crate) fn settings_table(rule: &Rule, rows: &[(&str, &str)]) {
        for (lines, want) in rows {
            let outcome = outcome_for(rule, lines);
            assert_eq!(name(&outcome), *want, "{lines}: {outcome:?}");
        }
        assert_eq!(name(&created(rule, &[])), "unverified");
        let hidden = json!({"connectorArn": ARN, "connectorConfiguration": "HIDDEN_DUE_TO_SECURITY_REASONS"});
        assert_eq!(name(&created(rule, &[hidden])), "unverified");
        let update = json!({"connectorArn": ARN, "capacity": {"provisionedCapacity": {"mcuCount": 2}}});
        assert_eq!(name(&answer(rule, "", &[], "UpdateConnector", &update, &Value::Null)), "not-applicable");
    }
}

#[cfg(test)]
mod tests {
    use super::testing::outcome_for;
    use crate::engine::outcome::Outcome;
    use crate::rules::msk_connector::msk_connector_plaintext_destination::RULE as PLAINTEXT;
    use crate::rules::msk_connector::msk_connector_unverified_tls::RULE as TLS;
    use crate::rules::testing::name;

    #[test]
    fn an_unknown_driver_is_unverified_unless_the_host_is_local() {
        let outcomes = |url: &str| {
            let lines = format!("connector.class=io.confluent.connect.jdbc.JdbcSourceConnector\nconnection.url={url}");
            [&PLAINTEXT, &TLS].map(|rule| name(&outcome_for(rule, &lines)).to_owned())
        };
        for url in ["jdbc:monetdb://mdb.example.com/app", "jdbc:acme:mdb.example.com", "jdbc:mysql:mdb.example.com/app"]
        {
            assert_eq!(outcomes(url), ["unverified", "unverified"], "{url}");
        }
        assert_eq!(outcomes("jdbc:acme:localhost:5000/app"), ["compliant", "compliant"]);
    }

    #[test]
    fn an_unknown_class_leaves_only_the_verification_open() {
        let lines = "connector.class=io.debezium.connector.postgresql.PostgresConnector\n\
            database.hostname=pg.example.com\ndatabase.sslmode=verify-full\ndatabase.sslfactory=org.acme.tls.Sockets";
        assert_eq!(name(&outcome_for(&PLAINTEXT, lines)), "compliant");
        let Outcome::Unverified(why) = outcome_for(&TLS, lines) else { panic!("an unknown class") };
        insta::assert_snapshot!(why, @"the value of `database.sslfactory` is hidden or not recognized");
    }

    #[test]
    fn reasons_on_one_property_share_one_member_of_the_evidence() {
        let Outcome::Violation(violation) = outcome_for(
            &PLAINTEXT,
            "connector.class=com.example.Sink\nx.url=http://a.example.com,http://b.example.com",
        ) else {
            panic!("two addresses")
        };
        insta::assert_json_snapshot!(violation.evidence, @r#"
        [
          [
            "connectorConfiguration.x.url",
            "http://a.example.com,http://b.example.com"
          ]
        ]
        "#);
        insta::assert_snapshot!(violation.remediation.terraform, @r#"
        resource "aws_mskconnect_connector" "this" {
          name = "orders"
          connector_configuration = {
            "x.url" = "https://a.example.com,https://b.example.com"
          }
        }
        "#);
    }
}
