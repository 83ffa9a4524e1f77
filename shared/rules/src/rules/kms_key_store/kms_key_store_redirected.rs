//! An external key store reaches its keys through another proxy.
//!
//! ## What it detects
//! `UpdateCustomKeyStore` that changes how KMS reaches the proxy of the external key manager: its
//! endpoint, path, VPC endpoint service or connectivity. The path changes while keys are in use: the
//! store need not be disconnected for it. A scan does not know the former proxy.
//!
//! ## Why it matters
//! Each use of a key in the store goes through that proxy. If another key manager answers behind it,
//! data that was encrypted before cannot be decrypted, and new data depends on keys of whoever runs
//! it. KMS does not check that the keys are the same.
//!
//! ## When it stays silent
//! Another name, password, credential or CloudHSM cluster is not applicable: KMS accepts only a cluster
//! with the certificate and the backups of the one before, and keeps nothing but its own credentials.
//! So are other calls. No call shows that the former proxy is back: an exception ends the finding. A request that the record leaves out is unverified.
//!
//! ## How to fix
//! Make sure that the new proxy uses the same key manager, or a backup of it with the same keys. If
//! not, set the former values again.
//!
//! ## References
//! - <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateCustomKeyStore.html>
//! - <https://docs.aws.amazon.com/kms/latest/developerguide/update-xks-keystore.html>

use std::collections::BTreeMap;

use crate::cloudtrail::field::Field;
use crate::configuration::kms_key_store::KmsKeyStore;
use crate::engine::context::{RuleContext, Seen};
use crate::engine::control::nist;
use crate::engine::outcome::{Outcome, Violation};
use crate::engine::rule::{On, Phase, Rule, comment_of};
use crate::language::{Text, text};
use crate::rules::kms_key_store::remediation::FORMER_PROXY;
use crate::util::severity::Severity;

/// The rule's metadata.
pub(super) static RULE: Rule = Rule {
    id: "kms-key-store-redirected",
    title: "External key store uses another proxy",
    severity: Severity::Medium,
    controls: &[nist("SC-12")],
    phase: Phase::Immediate,
    check: &On(check),
    comment: comment_of!("kms_key_store_redirected.rs"),
};

fn check(store: &KmsKeyStore, context: &RuleContext<'_>) -> Outcome {
    let set = match store {
        _ if context.seen == Seen::Scan => return Outcome::not_applicable("only a call shows that the proxy changed"),
        KmsKeyStore::Updated(Field::Present(set)) => set,
        KmsKeyStore::Updated(missing) => return Outcome::unverified(missing.missing("requestParameters")),
        _ => return Outcome::not_applicable("the call does not change the settings of the key store"),
    };
    if set.is_empty() {
        return Outcome::not_applicable("the call does not change how KMS reaches the proxy");
    }
    let detail = text!(
        "KMS now reaches the keys of the external key store `{name}` through another proxy. If another key manager answers \
         there, data encrypted before cannot be decrypted.",
        name = context.name()
    );
    let value = |value: &Option<String>| value.as_deref().map_or(Text::literal("(not shown)"), Text::from);
    let set: BTreeMap<&str, Text> = set.iter().map(|(name, text)| (*name, value(text))).collect();
    set.into_iter()
        .fold(Violation::new(detail), |violation, (name, value)| violation.evidence_text(name, value))
        .remediation(FORMER_PROXY.fill(context, &[]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::rules::testing::{table, violation};
    use serde_json::{Value, json};

    const STORE: &str = "cks-1234567890abcdef0";

    fn update(member: &str, value: &Value) -> Value {
        json!({"customKeyStoreId": STORE, member: value})
    }

    #[test]
    fn the_members_of_the_proxy_decide() {
        let credential = json!({"accessKeyId": "ABCDE12345670EXAMPLE", "rawSecretAccessKey": "secret"});
        table(
            &RULE,
            &[
                (
                    "UpdateCustomKeyStore",
                    update("xksProxyUriEndpoint", &json!("https://proxy.example.com")),
                    "violation",
                ),
                (
                    "UpdateCustomKeyStore",
                    update("XksProxyUriEndpoint", &json!("https://proxy.example.com")),
                    "violation",
                ),
                ("UpdateCustomKeyStore", update("xksProxyUriPath", &json!("/team/kms/xks/v1")), "violation"),
                ("UpdateCustomKeyStore", update("xksProxyUriPath", &json!("***")), "violation"),
                ("UpdateCustomKeyStore", update("xksProxyVpcEndpointServiceName", &json!("")), "violation"),
                (
                    "UpdateCustomKeyStore",
                    update("xksProxyVpcEndpointServiceOwner", &json!("444455556666")),
                    "violation",
                ),
                ("UpdateCustomKeyStore", update("xksProxyConnectivity", &json!("PUBLIC_ENDPOINT")), "violation"),
                ("UpdateCustomKeyStore", update("xksProxyConnectivity", &Value::Null), "not-applicable"),
                ("UpdateCustomKeyStore", update("xksProxyAuthenticationCredential", &credential), "not-applicable"),
                ("UpdateCustomKeyStore", update("newCustomKeyStoreName", &json!("archive")), "not-applicable"),
                ("UpdateCustomKeyStore", update("keyStorePassword", &json!("***")), "not-applicable"),
                // AWS's example of a record has the first name, the API the second
                ("UpdateCustomKeyStore", update("clusterId", &json!("cluster-1a23b4cdefg")), "not-applicable"),
                ("UpdateCustomKeyStore", update("cloudHsmClusterId", &json!("cluster-1a23b4cdefg")), "not-applicable"),
                ("UpdateCustomKeyStore", json!({"omitted": true}), "unverified"),
                ("DisconnectCustomKeyStore", json!({"customKeyStoreId": STORE}), "not-applicable"),
            ],
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let request = json!({"customKeyStoreId": STORE, "xksProxyUriEndpoint": "https://proxy.example.com",
            "keyStorePassword": "hunter22", "xksProxyAuthenticationCredential": {"rawSecretAccessKey": "hunter22"}});
        assert!(!violation(&RULE, "UpdateCustomKeyStore", &request).contains("hunter22"));
    }

    #[test]
    fn what_people_read() {
        let request = json!({"customKeyStoreId": STORE, "xksProxyUriEndpoint": "https://proxy.example.com",
            "xksProxyUriPath": "/kms/xks/v1"});
        insta::assert_snapshot!(violation(&RULE, "UpdateCustomKeyStore", &request), @r#"
        KMS now reaches the keys of the external key store `cks-1234567890abcdef0` through another proxy. If another key manager answers there, data encrypted before cannot be decrypted.
        {"xksProxyUriEndpoint":"https://proxy.example.com","xksProxyUriPath":"/kms/xks/v1"}
        aws kms describe-custom-key-stores --custom-key-store-id cks-1234567890abcdef0 --region eu-west-1
        # if its proxy does not use the same keys as before (only the path changes while the key store is connected):
        aws kms disconnect-custom-key-store --custom-key-store-id cks-1234567890abcdef0 --region eu-west-1
        aws kms update-custom-key-store --custom-key-store-id cks-1234567890abcdef0 --xks-proxy-uri-endpoint https://your-proxy.example --xks-proxy-uri-path /kms/xks/v1 --region eu-west-1
        aws kms connect-custom-key-store --custom-key-store-id cks-1234567890abcdef0 --region eu-west-1
        resource "aws_kms_custom_key_store" "this" {
          xks_proxy_uri_endpoint = "https://your-proxy.example"
          xks_proxy_uri_path     = "/kms/xks/v1"
        }
        Key Management Service > Custom key stores > cks-1234567890abcdef0 > Edit
        "#);
    }
}
