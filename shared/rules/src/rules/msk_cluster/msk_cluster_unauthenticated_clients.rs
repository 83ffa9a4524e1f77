//! An MSK cluster accepts clients without authentication.
//!
//! ## What it detects
//! Unauthenticated access is enabled, or `clientBroker` opens the plaintext port (`PLAINTEXT`, `TLS_PLAINTEXT`), in a
//! new cluster or in `UpdateSecurity`. On the plaintext port MSK authenticates nobody, even if the other ports demand
//! mutual TLS or SASL. In a scan, a cluster whose description shows one of them.
//!
//! ## Why it matters
//! Anyone who can reach a broker can read and write every topic. Encryption protects only against third parties.
//!
//! ## When it stays silent
//! Serverless clusters, which accept only IAM, and updates that do not set both unauthenticated access and the plaintext
//! port are not applicable, unless what they set is wrong. A new cluster that enables an authentication method and does not set unauthenticated access
//! is compliant. One that sets neither is unverified, unless a look-up shows it: the record does not say what MSK then
//! allows. Mutual TLS that is disabled or has an empty list of authorities is no authentication method. A cluster that
//! a scan finds while it is updated is unverified: it shows its old settings.
//!
//! ## How to fix
//! Enable IAM, SASL/SCRAM or mutual TLS, move the clients, then disable unauthenticated access and the plaintext port.
//!
//! ## References
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/kafka_apis_iam.html>
//! - <https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html>
//! - <https://docs.aws.amazon.com/securityhub/latest/userguide/msk-controls.html>

use crate::cloudtrail::field::Field;
use crate::configuration::msk_cluster::MskCluster;
use crate::engine::context::RuleContext;
use crate::engine::control::{fsbp, nist};
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::text;
use crate::rules::msk_cluster::remediation::UNAUTHENTICATED_CLIENTS;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "msk-cluster-unauthenticated-clients",
    title: "MSK cluster accepts clients without authentication",
    severity: Severity::Medium,
    controls: &[fsbp("MSK.6"), nist("IA-2")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("msk_cluster_unauthenticated_clients.rs"),
};

const PATH: &str = "clientAuthentication.unauthenticated.enabled";
const MODE_PATH: &str = "encryptionInfo.encryptionInTransit.clientBroker";

fn check(cluster: &MskCluster, context: &RuleContext<'_>) -> Outcome {
    if cluster.is_serverless() {
        return Outcome::not_applicable("a serverless cluster accepts only IAM");
    }
    let name = context.name();
    let violation = match (cluster.unauthenticated, cluster.plaintext_port()) {
        (Field::Present(true), _) => {
            Violation::new(text!("The cluster `{name}` accepts clients without authentication.", name))
                .evidence(PATH, true)
        }
        (_, Some(mode)) => Violation::new(text!(
            "The cluster `{name}` opens the plaintext port, on which it accepts clients without authentication.",
            name
        ))
        .evidence(MODE_PATH, mode),
        (Field::Present(false), None) if cluster.client_broker.is_hidden() => {
            return Outcome::missing(cluster.unresolved.as_ref(), &cluster.client_broker, MODE_PATH);
        }
        (Field::Present(false), None) if !cluster.created && cluster.client_broker == Field::Absent => {
            return Outcome::not_applicable("the update does not set whether the plaintext port is open");
        }
        (Field::Present(false), None) => return Outcome::Compliant,
        (Field::Absent, None) if !cluster.created => {
            return Outcome::not_applicable("the update does not set unauthenticated access");
        }
        (Field::Absent, None) if cluster.authenticated => return Outcome::Compliant,
        (missing, None) => return Outcome::missing(cluster.unresolved.as_ref(), &missing, PATH),
    };
    violation.remediation(UNAUTHENTICATED_CLIENTS.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{answer, name, table, violation};
    use serde_json::{Value, json};

    const CA: &str = "arn:aws:acm-pca:eu-west-1:111122223333:certificate-authority/7";

    #[test]
    fn a_new_cluster_must_disable_unauthenticated_access_or_name_an_authentication() {
        let open = |on: bool| json!({"clientAuthentication": {"unauthenticated": {"enabled": on}}});
        let mutual = |tls: Value| json!({"clientAuthentication": {"tls": tls}});
        let iam = json!({"clientAuthentication": {"sasl": {"iam": {"enabled": true}}}});
        table(
            &RULE,
            &[
                ("CreateCluster", open(true), "violation"),
                ("CreateCluster", open(false), "compliant"),
                ("CreateCluster", iam.clone(), "compliant"),
                ("CreateCluster", json!({"clusterName": "payments"}), "unverified"),
                ("CreateClusterV2", json!({"provisioned": open(true)}), "violation"),
                ("CreateClusterV2", json!({"serverless": iam}), "not-applicable"),
                ("CreateCluster", mutual(json!({"enabled": true, "certificateAuthorityArnList": [CA]})), "compliant"),
                ("CreateCluster", mutual(json!({"certificateAuthorityArnList": [CA]})), "compliant"),
                ("CreateCluster", mutual(json!({"enabled": true})), "compliant"),
                ("CreateCluster", mutual(json!({"enabled": true, "certificateAuthorityArnList": []})), "unverified"),
                ("CreateCluster", mutual(json!({"enabled": false, "certificateAuthorityArnList": [CA]})), "unverified"),
                ("CreateCluster", mutual(json!({"certificateAuthorityArnList": []})), "unverified"),
                ("CreateCluster", mutual(json!("***")), "unverified"),
                ("UpdateSecurity", mutual(json!({"enabled": false})), "not-applicable"),
                ("UpdateSecurity", open(true), "violation"),
                ("UpdateSecurity", json!({"encryptionInfo": {}}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn the_plaintext_port_authenticates_nobody() {
        let with = |mode: &str, clients: Value| {
            json!({"clusterName": "payments", "clientAuthentication": clients,
                "encryptionInfo": {"encryptionInTransit": {"clientBroker": mode}}})
        };
        let iam = || json!({"sasl": {"iam": {"enabled": true}}});
        let closed = || json!({"sasl": {"iam": {"enabled": true}}, "unauthenticated": {"enabled": false}});
        table(
            &RULE,
            &[
                ("CreateCluster", with("TLS_PLAINTEXT", iam()), "violation"),
                ("CreateCluster", with("PLAINTEXT", closed()), "violation"),
                ("CreateCluster", with("TLS", iam()), "compliant"),
                ("CreateCluster", with("NEW_MODE", iam()), "compliant"),
                ("CreateClusterV2", json!({"provisioned": with("TLS_PLAINTEXT", closed())}), "violation"),
                ("UpdateSecurity", with("TLS_PLAINTEXT", Value::Null), "violation"),
                ("UpdateSecurity", with("TLS", Value::Null), "not-applicable"),
                ("UpdateSecurity", with("TLS", closed()), "compliant"),
                ("UpdateSecurity", json!({"clientAuthentication": closed()}), "not-applicable"),
                ("UpdateSecurity", with("***", closed()), "unverified"),
            ],
        );
    }

    #[test]
    fn a_look_up_shows_the_port_that_the_call_left_out() {
        let arn = "arn:aws:kafka:eu-west-1:111122223333:cluster/payments/1";
        for (mode, want) in [("TLS_PLAINTEXT", "violation"), ("TLS", "compliant")] {
            let fact = json!({"ClusterInfo": {"ClusterArn": arn, "ClusterType": "PROVISIONED", "Provisioned":
                {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": mode}}}}});
            let call = json!({"clusterName": "payments", "clientAuthentication": {"sasl": {"iam": {"enabled": true}}}});
            let outcome = answer(&RULE, "", &[fact], "CreateCluster", &call, &json!({"clusterArn": arn}));
            assert_eq!(name(&outcome), want, "{mode}");
        }
    }

    #[test]
    fn what_people_read() {
        let call = json!({"clusterName": "payments", "encryptionInfo": {"encryptionInTransit": {"clientBroker": "PLAINTEXT"}}});
        insta::assert_snapshot!(violation(&RULE, "CreateCluster", &call), @r#"
        The cluster `payments` opens the plaintext port, on which it accepts clients without authentication.
        {"encryptionInfo.encryptionInTransit.clientBroker":"PLAINTEXT"}
        aws kafka update-security --cluster-arn payments --current-version "$(aws kafka describe-cluster-v2 --cluster-arn payments --query ClusterInfo.CurrentVersion --output text --region eu-west-1)" --client-authentication 'Sasl={Iam={Enabled=true}},Unauthenticated={Enabled=false}' --encryption-info 'EncryptionInTransit={ClientBroker=TLS}' --region eu-west-1
        resource "aws_msk_cluster" "this" {
          cluster_name = "payments"
          encryption_info {
            encryption_in_transit {
              client_broker = "TLS"
            }
          }
          client_authentication {
            unauthenticated = false
            sasl {
              iam = true
            }
          }
        }
        Amazon MSK > Clusters > payments > Properties > Security settings > Edit > Access control methods
        "#);
    }
}
