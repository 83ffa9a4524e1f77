//! Scans of accounts that a fake HTTP client plays, with time that does not pass by itself.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_config::{Region, SdkConfig};
use aws_sdk_kms::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use sealwatch_rules::Settings;
use sealwatch_rules::engine::existing::Existing;
use serde_json::{Value, json};

use super::*;
use crate::api::Api;
use crate::scan::places::Organization;
use crate::scan::work::name;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const KEYS: usize = 25;

/// A status, the code of an error, and the body.
type Answer = (u16, &'static str, Value);

type Answers = dyn Fn(&str, &Value, usize) -> Answer + Send + Sync;

/// An account that answers with a function of the operation, its parameters and the number of calls before.
struct Fake {
    answer: Box<Answers>,
    calls: Mutex<Vec<(String, Value)>>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

#[derive(Debug, Clone)]
struct Connector(Arc<Fake>);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or("rest.Nothing").to_owned();
        let action = target.rsplit('.').next().unwrap_or_default().to_owned();
        let parameters: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let before = {
            let mut calls = self.0.calls.lock().unwrap();
            calls.push((action.clone(), parameters.clone()));
            calls.len() - 1
        };
        let (status, code, body) = (self.0.answer)(&action, &parameters, before);
        if code == SILENCE {
            return HttpConnectorFuture::new(async {
                tokio::time::sleep(Duration::from_secs(10)).await;
                Err(ConnectorError::timeout(SILENCE.into()))
            });
        }
        if code == NO_HOST {
            return HttpConnectorFuture::ready(Err(ConnectorError::io(NO_HOST.into())));
        }
        let text = match body {
            Value::String(xml) if xml.starts_with('<') => xml,
            json => json.to_string(),
        };
        let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(text));
        if !code.is_empty() {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(response)
        })
    }
}

fn key(number: usize) -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-4000-8000-{number:012}")
}

/// A page that begins at the token and holds so many entries.
fn page(all: &[Value], size: usize, entries: &str, [more, token]: [&str; 2], parameter: &Value) -> Answer {
    let start: usize = parameter.as_str().map_or(0, |token| token.parse().unwrap());
    let end = all.len().min(start + size);
    let mut page = json!({ entries: all[start..end], more: end < all.len() });
    if end < all.len() {
        page[token] = json!(end.to_string());
    }
    (200, "", page)
}

/// An account with [`KEYS`] keys that do not rotate, three grants for each, and as many streams; pages have three entries.
fn account(action: &str, parameters: &Value) -> Answer {
    const MARKER: [&str; 2] = ["Truncated", "NextMarker"];
    let arn = parameters["KeyId"].clone();
    let all = |entry: &dyn Fn(usize) -> Value| (0..KEYS).map(entry).collect::<Vec<_>>();
    match action {
        "ListKeys" => {
            let keys = all(&|number| json!({"KeyArn": key(number), "KeyId": key(number)[39..]}));
            page(&keys, 3, "Keys", MARKER, &parameters["Marker"])
        }
        "ListAliases" => {
            let alias = |number| {
                json!({"AliasName": format!("alias/a-{number}"), "TargetKeyId": key(number)[39..],
                    "AliasArn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/a-{number}")})
            };
            page(&all(&alias), 3, "Aliases", MARKER, &parameters["Marker"])
        }
        "ListGrants" => {
            let grant = |number| {
                json!({"GrantId": format!("{number:064}"), "KeyId": arn, "Operations": ["Decrypt"],
                    "GranteePrincipal": format!("arn:aws:iam::{}:role/r", if number == 1 { "999988887777" } else { ACCOUNT }),
                    "IssuingAccount": ACCOUNT})
            };
            page(&(0..3).map(grant).collect::<Vec<_>>(), 1, "Grants", MARKER, &parameters["Marker"])
        }
        "ListStreams" => {
            let stream = |number| {
                json!({"StreamName": format!("s-{number}"), "StreamStatus": "ACTIVE",
                    "StreamARN": format!("arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s-{number}")})
            };
            page(&all(&stream), 3, "StreamSummaries", ["HasMoreStreams", "NextToken"], &parameters["NextToken"])
        }
        "DescribeKey" => {
            let metadata = json!({
                "Arn": arn, "KeyId": &arn.as_str().unwrap()[39..], "Enabled": true, "KeyState": "Enabled",
                "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "KeySpec": "SYMMETRIC_DEFAULT",
                "KeyUsage": "ENCRYPT_DECRYPT", "AWSAccountId": ACCOUNT, "MultiRegion": false,
            });
            (200, "", json!({ "KeyMetadata": metadata }))
        }
        "GetKeyPolicy" => {
            let owner = json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:root")});
            let owner = json!({"Effect": "Allow", "Principal": owner, "Action": "kms:*", "Resource": "*"});
            (200, "", json!({"Policy": json!({"Version": "2012-10-17", "Statement": [owner]}).to_string()}))
        }
        "GetKeyRotationStatus" => (200, "", json!({"KeyRotationEnabled": false})),
        "DescribeCustomKeyStores" => (200, "", json!({"CustomKeyStores": [], "Truncated": false})),
        "DescribeStreamSummary" => {
            let arn = &parameters["StreamARN"];
            let encryption =
                json!({"StreamARN": arn, "StreamStatus": "ACTIVE", "EncryptionType": "KMS", "KeyId": key(1)});
            (200, "", json!({ "StreamDescriptionSummary": encryption }))
        }
        _ => (200, "", json!({})),
    }
}

/// The code of an answer that there is no host.
const NO_HOST: &str = "dns error";

/// The code of an answer that does not come.
const SILENCE: &str = "no response";

/// A refusal.
fn refusal(code: &'static str, message: &str) -> Answer {
    (400, code, json!({ "message": message }))
}

/// What a scan said.
#[derive(Debug, Default)]
struct Seen {
    reports: Vec<Report>,
    /// Resource, rule, outcome: sorted.
    outcomes: Vec<(String, &'static str, String)>,
    done: usize,
    calls: Vec<(String, Value)>,
}

impl Seen {
    fn counts(&self) -> Counts {
        let mut all = Counts::default();
        self.reports.iter().for_each(|report| all.add(report.counts));
        assert_eq!(all.listed, all.evaluated + all.deleted + all.denied, "{all:?}");
        assert_eq!(all.listed, self.done);
        all
    }

    fn gaps(&self) -> Vec<String> {
        self.reports.iter().flat_map(|report| report.gaps.iter().map(|gap| gap.in_words().to_string())).collect()
    }

    fn called(&self, action: &str) -> usize {
        self.calls.iter().filter(|(call, _)| call == action).count()
    }
}

/// A configuration whose calls the fake answers.
fn config(fake: &Arc<Fake>) -> SdkConfig {
    let connector = SharedHttpConnector::new(Connector(Arc::clone(fake)));
    let credentials = Credentials::new("A", "s", None, None, "test");
    SdkConfig::builder()
        .region(Region::new(REGION))
        .behavior_version(aws_config::BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .build()
}

/// Scans these services or lists of an account, in parts that end at once if `in_parts`.
async fn scanned(
    wanted: &[&str],
    in_parts: bool,
    answer: impl Fn(&str, &Value, usize) -> Answer + Send + Sync + 'static,
) -> Seen {
    let fake = Arc::new(Fake { answer: Box::new(answer), calls: Mutex::default() });
    let config = config(&fake);
    let place = Place {
        account: ACCOUNT.to_owned(),
        region: REGION.to_owned(),
        api: Api::of(config.clone()),
        organization: Organization::new(Api::of(config)),
        role: None,
    };
    let settings = Settings::default();
    let deadline = in_parts.then(Instant::now);
    let is_wanted = |row: &&Existing| {
        let action = row.listing.permission.action;
        wanted.contains(&action) || wanted.contains(&service_of(action))
    };
    let mut rows = Wanted::rows(&[], false, |_| true);
    rows.retain(is_wanted);
    let wanted = Wanted { settings: &settings, rows, at: "2026-11-26T05:00:00Z", deadline };
    let (mut seen, mut outcomes, mut done, mut from) = (Seen::default(), Vec::new(), 0, None);
    loop {
        let mut tell = |step: Step<'_>| match step {
            Step::Evaluated(change, findings) => outcomes.extend(
                findings
                    .iter()
                    .map(|finding| (name(change).to_owned(), finding.rule.id, format!("{:?}", finding.outcome))),
            ),
            Step::Done => done += 1,
            Step::Listed => {}
        };
        let report = scan(&place, &wanted, from.take(), &mut tell).await;
        // what is handed on is JSON
        let cursor = serde_json::from_str(&serde_json::to_string(&report.cursor).unwrap()).unwrap();
        let is_complete = report.cursor.0.is_empty();
        seen.reports.push(report);
        assert!(seen.reports.len() < 1000, "it never ends: {cursor:?}");
        if is_complete {
            break;
        }
        from = Some(cursor);
    }
    outcomes.sort();
    seen.outcomes = outcomes;
    seen.done = done;
    seen.calls = std::mem::take(&mut *fake.calls.lock().unwrap());
    seen
}

#[tokio::test(start_paused = true)]
async fn a_scan_in_parts_sees_what_one_scan_sees() {
    for services in [&["kms"][..], &["kinesis"], &["kms", "kinesis"]] {
        let whole = scanned(services, false, |action, parameters, _| account(action, parameters)).await;
        let parts = scanned(services, true, |action, parameters, _| account(action, parameters)).await;
        assert!(parts.reports.len() > 5, "{}", parts.reports.len());
        assert_eq!((parts.counts(), parts.gaps()), (whole.counts(), whole.gaps()));
        assert_eq!(parts.outcomes, whole.outcomes);
        assert!(whole.counts().evaluated >= KEYS);
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_tokens_form_a_circle_ends_and_is_a_gap() {
    let seen = scanned(&["kms", "kinesis"], false, |action, parameters, _| {
        let (token, entries, [more, next]) = match action {
            "ListKeys" => ("Marker", "Keys", ["Truncated", "NextMarker"]),
            "ListGrants" => ("Marker", "Grants", ["Truncated", "NextMarker"]),
            "ListAliases" => ("Marker", "Aliases", ["Truncated", "NextMarker"]),
            "ListStreams" => ("NextToken", "StreamSummaries", ["HasMoreStreams", "NextToken"]),
            _ => return account(action, parameters),
        };
        let (_, _, mut page) = account(action, &json!({"KeyId": parameters["KeyId"]}));
        page[entries] = json!(page[entries].as_array().unwrap()[..1]);
        page[more] = json!(true);
        page[next] = json!(if parameters[token] == "a" { "b" } else { "a" });
        (200, "", page)
    });
    let seen = tokio::time::timeout(Duration::from_secs(600), seen).await.expect("it never ends");
    assert_eq!(seen.gaps().len(), 4, "{:#?}", seen.gaps());
    assert_eq!(seen.counts().listed, 1 + 3 + 1 + 1, "each resource once");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_no_list_is_a_gap() {
    for answer in [
        json!("no"),
        json!([]),
        json!({"Keys": "no"}),
        json!({"Keys": {"KeyArn": key(1)}}),
        json!({"Keys": [7]}),
        json!(null),
    ] {
        let given = answer.clone();
        let seen = scanned(&["kms"], false, move |action, parameters, _| match action {
            "ListKeys" => (200, "", given.clone()),
            _ => account(action, parameters),
        });
        let gaps = seen.await.gaps();
        assert_eq!(gaps.len(), 1, "{answer}: {gaps:?}");
        assert!(gaps[0].contains("`kms:ListKeys` failed") && gaps[0].contains("`Keys`"), "{}", gaps[0]);
    }
}

#[tokio::test(start_paused = true)]
async fn an_entry_on_two_pages_is_one_resource() {
    let usual = scanned(&["kms"], false, |action, parameters, _| account(action, parameters)).await;
    let seen = scanned(&["kms"], false, |action, parameters, _| {
        let (status, code, mut page) = account(action, parameters);
        if let Some(keys) = page["Keys"].as_array_mut() {
            keys.push(json!({"KeyArn": key(2), "KeyId": key(2)[39..]}));
        }
        (status, code, page)
    });
    let seen = seen.await;
    assert_eq!((seen.counts(), &seen.outcomes), (usual.counts(), &usual.outcomes));
    assert_eq!(seen.called("DescribeKey"), KEYS);
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail_for_one_reason_are_one_gap_whatever_the_message_names() {
    let seen = scanned(&["kms"], false, |action, parameters, _| match action {
        "GetKeyPolicy" => refusal("KMSInvalidStateException", &format!("{} is not valid", parameters["KeyId"])),
        _ => account(action, parameters),
    });
    let seen = seen.await;
    let gaps = seen.gaps();
    assert_eq!(gaps.len(), 1, "{gaps:#?}");
    assert!(gaps[0].contains(&format!("{KEYS} resources")), "{}", gaps[0]);
    assert_eq!(seen.counts().denied, KEYS);
}

#[tokio::test(start_paused = true)]
async fn what_another_account_denies_stays_unverified_whatever_this_account_denies() {
    let foreign = "arn:aws:kms:eu-west-1:999988887777:key/00000000-0000-4000-8000-000000000009";
    for denies_own in [false, true] {
        let seen = scanned(&["kinesis"], false, move |action, parameters, _| match action {
            "DescribeKey" if denies_own || parameters["KeyId"] == foreign => refusal("AccessDeniedException", "no"),
            "DescribeStreamSummary" if parameters["StreamARN"].as_str().unwrap().ends_with("/s-3") => {
                let (status, code, mut stream) = account(action, parameters);
                stream["StreamDescriptionSummary"]["KeyId"] = json!(foreign);
                (status, code, stream)
            }
            _ => account(action, parameters),
        });
        let seen = seen.await;
        let of_stream = seen.outcomes.iter().filter(|(name, ..)| name.ends_with("/s-3"));
        let unverified = of_stream.filter(|(.., outcome)| outcome.starts_with("Unverified")).count();
        assert!(unverified > 0, "{denies_own}: {:#?}", seen.outcomes);
        assert_eq!(seen.counts().denied, if denies_own { KEYS - 1 } else { 0 });
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_always_throttled_or_never_answers_is_given_up_in_minutes() {
    for code in ["ThrottlingException", "InternalFailure"] {
        let start = tokio::time::Instant::now();
        let seen = scanned(&["kms"], false, move |action, parameters, _| match action {
            "ListGrants" => (500, code, json!({ "message": "no" })),
            "ListKeys" => {
                let keys: Vec<_> =
                    (0..600).map(|number| json!({"KeyArn": key(number), "KeyId": key(number)[39..]})).collect();
                page(&keys, 1000, "Keys", ["Truncated", "NextMarker"], &parameters["Marker"])
            }
            _ => account(action, parameters),
        });
        let seen = seen.await;
        assert!(start.elapsed() < Duration::from_secs(300), "{code}: {:?}", start.elapsed());
        assert_eq!(seen.counts().denied, 600, "{code}");
        assert_eq!(seen.gaps().len(), 1, "{code}: {:?}", seen.gaps());
    }
}

#[tokio::test(start_paused = true)]
async fn a_third_of_all_calls_throttled_changes_nothing() {
    let usual = scanned(&["kms"], false, |action, parameters, _| account(action, parameters)).await;
    let start = tokio::time::Instant::now();
    let seen = scanned(&["kms"], false, |action, parameters, before| match before % 3 {
        0 => refusal("ThrottlingException", "Rate exceeded"),
        _ => account(action, parameters),
    });
    let seen = seen.await;
    assert_eq!((seen.counts(), seen.gaps(), &seen.outcomes), (usual.counts(), Vec::new(), &usual.outcomes));
    assert!(start.elapsed() < Duration::from_secs(120), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_belongs_to_a_resource_is_listed_though_the_resource_is_not_evaluated() {
    let usual = scanned(&["kms"], false, |action, parameters, _| account(action, parameters)).await;
    for in_parts in [false, true] {
        let seen = scanned(&["kms:ListGrants"], in_parts, |action, parameters, _| account(action, parameters)).await;
        assert_eq!((seen.counts().evaluated, seen.called("ListGrants")), (3 * KEYS, usual.called("ListGrants")));
        assert_eq!(seen.called("GetKeyRotationStatus"), 0);
        assert!(seen.outcomes.iter().all(|outcome| usual.outcomes.contains(outcome)), "{:#?}", seen.outcomes);
    }
}

/// A Region that does not exist, or no network: only MSK is not in every Region.
#[tokio::test(start_paused = true)]
async fn a_region_without_hosts_is_a_gap() {
    let seen = scanned(&["kms", "kinesis", "kafka", "kafkaconnect"], false, |_, _, _| (0, NO_HOST, Value::Null)).await;
    let gaps = seen.gaps();
    assert!(gaps.len() >= 3 && gaps.iter().all(|gap| gap.contains(NO_HOST)), "{gaps:#?}");
    assert!(gaps.iter().all(|gap| !gap.contains("kafka")), "{gaps:#?}");
    assert!(seen.reports[0].not_offered.contains("kafka:ListClustersV2"));
}

/// A key that AWS manages is no resource of the customer, also if its alias is not known.
#[tokio::test(start_paused = true)]
async fn a_key_that_aws_manages_is_silent() {
    for denies_aliases in [false, true] {
        let seen = scanned(&["kms"], false, move |action, parameters, _| {
            let (status, code, mut answer) = account(action, parameters);
            let managed = key(99);
            match action {
                "ListAliases" if denies_aliases => return refusal("AccessDeniedException", "no"),
                "ListAliases" if parameters["Marker"].is_null() => {
                    answer["Aliases"].as_array_mut().unwrap().extend([
                        json!({"AliasName": "alias/aws/kinesis", "TargetKeyId": managed[39..],
                            "AliasArn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/kinesis")}),
                        json!({"AliasName": "alias/aws/ebs", "AliasArn": format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/ebs")}),
                    ]);
                }
                "ListKeys" if parameters["Marker"].is_null() => {
                    answer["Keys"].as_array_mut().unwrap().push(json!({"KeyArn": managed, "KeyId": managed[39..]}));
                }
                "DescribeKey" if parameters["KeyId"] == managed => answer["KeyMetadata"]["KeyManager"] = json!("AWS"),
                "GetKeyPolicy" if parameters["KeyId"] == managed => {
                    let all = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"});
                    answer["Policy"] = json!(json!({"Version": "2012-10-17", "Statement": [all]}).to_string());
                }
                _ => {}
            }
            (status, code, answer)
        });
        let seen = seen.await;
        let loud = ["Violation", "Unverified"];
        let wrong = seen
            .outcomes
            .iter()
            .filter(|(name, _, outcome)| name.ends_with("99") && loud.iter().any(|loud| outcome.starts_with(loud)));
        let wrong: Vec<_> = wrong.collect();
        assert!(wrong.is_empty(), "{denies_aliases}: {wrong:#?}");
        let asked = seen.calls.iter().filter(|(_, parameters)| parameters["KeyId"] == key(99)).count();
        assert!(asked == 0 || denies_aliases, "{asked} calls about it");
    }
}

/// A server that stops, or a network that goes away.
#[tokio::test(start_paused = true)]
async fn a_scan_without_responses_ends_in_minutes() {
    let start = tokio::time::Instant::now();
    let seen = scanned(&["kms"], false, |action, parameters, _| match action {
        "ListKeys" => {
            let keys: Vec<_> =
                (0..1900).map(|number| json!({"KeyArn": key(number), "KeyId": key(number)[39..]})).collect();
            page(&keys, 1000, "Keys", ["Truncated", "NextMarker"], &parameters["Marker"])
        }
        "ListAliases" => account(action, parameters),
        _ => (0, SILENCE, Value::Null),
    });
    let seen = seen.await;
    assert!(start.elapsed() < Duration::from_secs(240), "{:?}", start.elapsed());
    assert_eq!(seen.counts().denied, 1900 + KEYS);
}

#[tokio::test(start_paused = true)]
async fn a_region_without_cloudtrail_lake_is_no_gap() {
    let seen = scanned(&["cloudtrail"], false, |action, parameters, _| match action {
        "ListEventDataStores" => refusal("UnsupportedOperationException", "not supported in the Region"),
        "DescribeTrails" => (200, "", json!({"trailList": []})),
        _ => account(action, parameters),
    });
    let seen = seen.await;
    assert_eq!((seen.gaps(), seen.called("ListEventDataStores")), (Vec::new(), 1));
    assert!(seen.reports[0].not_offered.contains("cloudtrail:ListEventDataStores"));
}

/// The accounts of the organization are the same in every Region.
#[tokio::test(start_paused = true)]
async fn several_places_ask_once_for_the_accounts_of_the_organization() {
    let fake = Fake {
        answer: Box::new(|action, parameters, _| match action {
            "ListAccounts" => (200, "", json!({"Accounts": [{"Id": "222233334444"}]})),
            _ => account(action, parameters),
        }),
        calls: Mutex::default(),
    };
    let fake = Arc::new(fake);
    let organization = Organization::new(Api::of(config(&fake)));
    let again = organization.clone();
    let (first, second) = tokio::join!(organization.accounts(), again.accounts());
    assert_eq!(first.unwrap().ids, second.unwrap().ids);
    assert_eq!(fake.calls.lock().unwrap().len(), 1);
    assert_eq!(organization.take_calls() + again.take_calls(), 1);
}

/// Many places may have been scanned before the last one.
#[tokio::test(start_paused = true)]
async fn credentials_of_a_role_that_expire_soon_are_renewed() {
    let answer = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>RENEWED</AccessKeyId>\
        <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>\
        </Credentials></AssumeRoleResult></AssumeRoleResponse>";
    for (minutes, renewals) in [(0, 1), (10, 1), (50, 0)] {
        let answer = Box::new(move |_: &str, _: &Value, _: usize| (200, "", json!(answer)));
        let fake = Arc::new(Fake { answer, calls: Mutex::default() });
        let config = config(&fake);
        let expires = std::time::SystemTime::now() + Duration::from_secs(minutes * 60);
        let arn = "arn:aws:iam::222233334444:role/sealwatch-look-up".to_owned();
        let place = Place {
            account: "222233334444".to_owned(),
            region: REGION.to_owned(),
            api: Api::of(config.clone()),
            organization: Organization::new(Api::of(config.clone())),
            role: Some(places::Role { caller: config, arn, expires: Some(expires) }),
        };
        assert_eq!(place.api().await.region(), REGION);
        assert_eq!(fake.calls.lock().unwrap().len(), renewals, "{minutes}");
    }
}
