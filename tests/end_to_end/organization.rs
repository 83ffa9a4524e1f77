//! Tests that the accounts of the organization are looked up, as which role, and how often.

use serde_json::{Value, json};

use crate::binaries::Scratch;
use crate::command_line::sealwatch_in;
use crate::events::{ACCOUNT, FOREIGN, TOPIC, event, key_arn, record};
use crate::fake_aws::FakeAws;
use crate::runtime_api::Function;

const STRANGER: &str = "777788889999";

/// A call that lets an account use a key.
fn admitting(account: &str) -> Value {
    let allow = |principal: &str, action: &str| json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"});
    let policy =
        json!({"Version": "2012-10-17", "Statement": [allow(ACCOUNT, "kms:*"), allow(account, "kms:Decrypt")]});
    let request = json!({"keyId": key_arn("orders"), "policyName": "default", "policy": policy.to_string()});
    event(record("kms", "PutKeyPolicy", request, Value::Null))
}

/// A function that trusts the organization.
fn function(organizations: &FakeAws, more: &[(&str, &str)]) -> Function {
    let environment = [
        ("SEALWATCH_TOPIC_ARN", TOPIC),
        ("SEALWATCH_TRUSTED_ACCOUNTS", "organization"),
        ("AWS_ENDPOINT_URL_ORGANIZATIONS", organizations.url.as_str()),
    ];
    Function::start("sealwatch-kms-key-policy", &[&environment[..], more].concat())
}

#[test]
fn all_pages_are_read_once() {
    let (organizations, sns) = (FakeAws::organizations(&[ACCOUNT, FOREIGN]), FakeAws::sns_accepting());
    let mut function = function(&organizations, &[("AWS_ENDPOINT_URL_SNS", &sns.url)]);
    for _ in 0..2 {
        let invocation = function.invoke(admitting(FOREIGN).to_string()).succeeded();
        assert_eq!((invocation.count("Violations"), invocation.count("Unverified")), (0, 0));
    }
    assert_eq!(function.invoke(admitting(STRANGER).to_string()).succeeded().count("Violations"), 1);
    let requests = organizations.requests();
    assert_eq!(requests.len(), 3, "an empty page and one for each account: {requests:#?}");
    assert_eq!(requests[0].header("x-amz-target"), Some("AWSOrganizationsV20161128.ListAccounts"));
    let signed = requests[0].header("authorization").unwrap_or_default();
    assert!(signed.contains("/us-east-1/organizations/aws4_request"), "{signed}");
    assert!(function.invoke(admitting(ACCOUNT).to_string()).succeeded().count("Compliant") > 0);
}

#[test]
fn a_role_lists_the_accounts() {
    let (organizations, sts) = (FakeAws::organizations(&[FOREIGN]), FakeAws::sts_issuing("2099-01-01T00:00:00Z"));
    let role = "arn:aws:iam::999900001111:role/list-accounts";
    let environment = [("SEALWATCH_ORGANIZATION_ROLE_ARN", role), ("AWS_ENDPOINT_URL_STS", &sts.url)];
    let invocation = function(&organizations, &environment).invoke(admitting(FOREIGN).to_string()).succeeded();
    assert_eq!((invocation.count("Violations"), invocation.count("Unverified")), (0, 0));
    assert!(sts.requests()[0].text().contains("list-accounts"));
    let signed = organizations.requests()[0].header("authorization").unwrap_or_default().to_owned();
    assert!(signed.contains("Credential=ASIAOFTHEOTHERACCOUNT/"), "{signed}");
}

#[test]
fn a_denied_list_is_unverified_and_says_what_to_set_up() {
    let denied = json!({"__type": "AccessDeniedException", "Message": "no"});
    let (organizations, sns) = (FakeAws::answering(400, "AccessDeniedException", denied), FakeAws::sns_accepting());
    let invocation = function(&organizations, &[("AWS_ENDPOINT_URL_SNS", &sns.url)])
        .invoke(admitting(FOREIGN).to_string())
        .succeeded();
    assert_eq!((invocation.count("Violations"), invocation.count("Unverified")), (0, 1));
    let message = sns.published()["default"].as_str().unwrap().to_owned();
    assert!(message.contains(FOREIGN) && message.contains("SEALWATCH_ORGANIZATION_ROLE_ARN"), "{message}");
}

#[test]
fn a_throttled_list_fails_the_invocation() {
    let throttled = json!({"__type": "TooManyRequestsException", "Message": "slow down"});
    let organizations = FakeAws::answering(400, "TooManyRequestsException", throttled);
    let invocation = function(&organizations, &[]).invoke(admitting(FOREIGN).to_string());
    let message = invocation.outcome.error("LookupFailed");
    assert!(message.contains("organizations:ListAccounts") && message.contains("slow down"), "{message}");
    assert_eq!(organizations.requests().len(), 3, "the SDK tries again");
}

#[test]
fn a_replay_asks_with_live_and_reads_the_output_of_the_aws_cli() {
    let organizations = FakeAws::organizations(&[ACCOUNT, FOREIGN]);
    let sts = crate::local_aws::url();
    let environment = [
        ("AWS_ACCESS_KEY_ID", "999900001111"), // the events are of another account
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", sts.as_str()),
        ("AWS_ENDPOINT_URL_ORGANIZATIONS", organizations.url.as_str()),
    ];
    let folder = Scratch::new("organization");
    std::fs::write(folder.0.join("sealwatch.toml"), "keys.trusted_accounts = 'organization'").unwrap();
    let listed = json!({"Accounts": [{"Id": FOREIGN, "State": "ACTIVE"}]});
    std::fs::write(folder.0.join("accounts.json"), listed.to_string()).unwrap();
    let rule = "kms-key-policy-foreign-account";
    let replay = |more: &[&str], environment: &[(&str, &str)]| {
        let arguments = [&["replay", "--all", "--format", "json", "--rule", rule], more, &["-"]].concat();
        let run = sealwatch_in(&folder.0, &arguments, &admitting(FOREIGN).to_string(), environment);
        run.json()[0]["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(replay(&[], &[]), "unverified");
    assert_eq!(replay(&["--facts", "accounts.json"], &[]), "compliant");
    assert_eq!(replay(&["--live"], &environment), "compliant");
}
