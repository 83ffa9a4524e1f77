//! One case for each way in which related records affect an outcome.

use serde_json::{Value, json};

use crate::{HERE, Scope, failed, key_arn, record, replay};

/// The outcome of a rule for a record, and when a violation was remediated.
#[track_caller]
fn outcome(findings: &[Value], record: &Value, rule: &str) -> String {
    let id = &record["eventID"];
    let mut found = findings.iter().filter(|finding| finding["event"]["id"] == *id && finding["rule"] == rule);
    let finding = found.next().unwrap_or_else(|| panic!("no outcome of {rule} for {id}"));
    assert!(found.next().is_none(), "two outcomes of {rule} for {id}");
    let outcome = finding["outcome"].as_str().unwrap();
    match finding["until"].as_str() {
        Some(until) => format!("{outcome} until {until}"),
        None => outcome.to_owned(),
    }
}

/// The outcome of a rule for the first record, with the records in order and in reverse.
#[track_caller]
fn outcome_of_first(records: &[Value], rule: &str) -> String {
    let outcomes = [records.to_vec(), records.iter().rev().cloned().collect()]
        .map(|ordered: Vec<Value>| outcome(&replay(&ordered, None, &[]), &records[0], rule));
    assert_eq!(outcomes[0], outcomes[1], "the order of the records must not matter");
    outcomes[0].clone()
}

fn stream(scope: Scope, seconds: i64, name: &str) -> Value {
    record(
        scope,
        seconds,
        name,
        &json!({"streamName": "orders", "encryptionType": "KMS", "keyId": "alias/aws/kinesis"}),
    )
}

fn firehose(seconds: i64, name: &str) -> Value {
    let on = json!({"keyType": "CUSTOMER_MANAGED_CMK", "keyARN": key_arn(HERE, "k")});
    let mut request = json!({"deliveryStreamName": "clicks"});
    if name == "StartDeliveryStreamEncryption" {
        request["deliveryStreamEncryptionConfigurationInput"] = on;
    }
    record(HERE, seconds, name, &request)
}

fn key(seconds: i64, name: &str) -> Value {
    record(HERE, seconds, name, &json!({"keyId": key_arn(HERE, "k"), "described": "k"}))
}

#[test]
fn a_stream_encrypted_within_the_settle_time_is_compliant() {
    let rule = "kinesis-stream-unencrypted";
    let create = stream(HERE, 0, "CreateStream");
    for (rest, want) in [
        (vec![], "violation"),
        (vec![stream(HERE, 0, "StartStreamEncryption")], "compliant"),
        (vec![stream(HERE, 300, "StartStreamEncryption")], "compliant"),
        (vec![stream(HERE, 301, "StartStreamEncryption")], "violation until 2026-11-22T10:05:01Z"),
        (vec![failed(stream(HERE, 60, "StartStreamEncryption"))], "violation"),
        (vec![stream(("eu-west-1", "444455556666"), 60, "StartStreamEncryption")], "violation"),
        (vec![stream(("us-east-1", "111122223333"), 60, "StartStreamEncryption")], "violation"),
        (vec![stream(HERE, 60, "DeleteStream")], "not-applicable"),
        (vec![stream(HERE, 400, "DeleteStream"), stream(HERE, 500, "StartStreamEncryption")], "violation"),
        (vec![stream(HERE, 60, "StartStreamEncryption"), stream(HERE, 90, "StopStreamEncryption")], "violation"),
        (
            vec![
                stream(HERE, 60, "StartStreamEncryption"),
                stream(HERE, 90, "StopStreamEncryption"),
                stream(HERE, 120, "StartStreamEncryption"),
            ],
            "compliant",
        ),
    ] {
        let records: Vec<Value> = std::iter::once(create.clone()).chain(rest).collect();
        assert_eq!(outcome_of_first(&records, rule), want, "{records:#?}");
    }
}

#[test]
fn the_key_of_a_new_stream_is_reported_once_by_the_call_that_names_it() {
    let owned = json!({"deliveryStreamName": "clicks",
        "deliveryStreamEncryptionConfigurationInput": {"keyType": "AWS_OWNED_CMK"}});
    let start = record(HERE, 60, "StartDeliveryStreamEncryption", &owned);
    for (rules, records) in [
        (
            ["kinesis-stream-without-customer-key", "kinesis-stream-unusable-key"],
            [stream(HERE, 0, "CreateStream"), stream(HERE, 60, "StartStreamEncryption")],
        ),
        (
            ["firehose-stream-without-customer-key", "firehose-stream-unusable-key"],
            [firehose(0, "CreateDeliveryStream"), start],
        ),
    ] {
        let findings = replay(&records, None, &[]);
        let [level, use_of_key] = rules;
        assert_eq!(outcome(&findings, &records[0], level), "not-applicable");
        assert_eq!(outcome(&findings, &records[0], use_of_key), "not-applicable");
        assert_eq!(outcome(&findings, &records[1], level), "violation");
    }
    // facts show that the stream is encrypted, and the call that started it is not in the input
    let described = json!({"StreamDescriptionSummary": {"StreamName": "orders", "StreamStatus": "ACTIVE",
        "StreamARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/orders", "EncryptionType": "KMS",
        "KeyId": "alias/aws/kinesis"}});
    let create = stream(HERE, 0, "CreateStream");
    let findings = replay(&[create.clone(), described.clone()], None, &[]);
    assert_eq!(outcome(&findings, &create, "kinesis-stream-without-customer-key"), "violation");
    // it is in the input, after the settle time
    let late = stream(HERE, 400, "StartStreamEncryption");
    let findings = replay(&[create.clone(), described, late.clone()], None, &[]);
    assert_eq!(outcome(&findings, &create, "kinesis-stream-without-customer-key"), "not-applicable");
    assert_eq!(outcome(&findings, &late, "kinesis-stream-without-customer-key"), "violation");
}

#[test]
fn a_call_that_two_accounts_have_a_record_of_is_evaluated_once_for_the_owner() {
    let key = "arn:aws:kms:eu-west-1:777788889999:key/k";
    let request = json!({"keyId": key, "granteePrincipal": "arn:aws:iam::555566667777:role/reports"});
    let copy = |account: &'static str, id: &str| {
        let mut copy = record(("eu-west-1", account), 0, "CreateGrant", &request);
        copy["eventID"] = json!(id);
        copy["sharedEventID"] = json!("shared-1");
        copy
    };
    let (callers, owners) = (copy("555566667777", "e-1"), copy("777788889999", "e-2"));
    let mut nobodys = copy("", "e-3");
    nobodys["recipientAccountId"] = Value::Null;
    for (records, outcomes) in [
        (vec![&callers], vec!["not-applicable"]),
        (vec![&owners], vec!["violation"]),
        (vec![&callers, &owners], vec!["not-applicable", "violation"]),
        (vec![&owners, &callers], vec!["violation", "not-applicable"]),
        (vec![&owners, &nobodys], vec!["violation"]),
        (vec![&nobodys, &nobodys], vec!["violation"]),
    ] {
        let records: Vec<Value> = records.into_iter().cloned().collect();
        let mut findings = replay(&records, None, &[]);
        findings.retain(|finding| finding["rule"] == "kms-grant-to-foreign-account");
        let found: Vec<_> = findings.iter().map(|finding| finding["outcome"].as_str().unwrap()).collect();
        assert_eq!(found, outcomes, "{records:#?}");
        for finding in findings.iter().filter(|finding| finding["outcome"] == "not-applicable") {
            assert_eq!(finding["account"], "777788889999", "the account of the key");
        }
    }
}

#[test]
fn a_stream_named_by_its_arn_is_the_same_stream() {
    let arn =
        json!({"streamARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/orders", "keyId": "alias/aws/kinesis"});
    let records = [stream(HERE, 0, "CreateStream"), record(HERE, 60, "StartStreamEncryption", &arn)];
    assert_eq!(outcome_of_first(&records, "kinesis-stream-unencrypted"), "compliant");
}

#[test]
fn the_settle_time_can_be_changed_and_disabled() {
    let records = [stream(HERE, 0, "CreateStream"), stream(HERE, 600, "StartStreamEncryption")];
    for (settle, want) in [
        ("10m", "compliant"),
        ("599s", "violation until 2026-11-22T10:10:00Z"),
        ("0", "violation"),
        ("1h", "compliant"),
    ] {
        let findings = replay(&records, None, &["--settle", settle]);
        assert_eq!(outcome(&findings, &records[0], "kinesis-stream-unencrypted"), want, "{settle}");
    }
}

#[test]
fn stopped_encryption_is_evaluated_without_a_settle_time() {
    let stop = stream(HERE, 0, "StopStreamEncryption");
    let records = [stop, stream(HERE, 60, "StartStreamEncryption")];
    assert_eq!(outcome_of_first(&records, "kinesis-stream-unencrypted"), "violation until 2026-11-22T10:01:00Z");
    let records = [firehose(0, "StopDeliveryStreamEncryption"), firehose(60, "StartDeliveryStreamEncryption")];
    assert_eq!(outcome_of_first(&records, "firehose-stream-unencrypted"), "violation until 2026-11-22T10:01:00Z");
    let records = [key(0, "DisableKeyRotation"), key(60, "EnableKeyRotation")];
    assert_eq!(outcome_of_first(&records, "kms-key-rotation-disabled"), "violation until 2026-11-22T10:01:00Z");
}

#[test]
fn a_firehose_stream_has_the_same_settle_time() {
    let create = || firehose(0, "CreateDeliveryStream");
    for (rest, want) in [
        (vec![], "violation"),
        (vec![firehose(60, "StartDeliveryStreamEncryption")], "compliant"),
        (vec![firehose(360, "StartDeliveryStreamEncryption")], "violation until 2026-11-22T10:06:00Z"),
        (vec![firehose(60, "DeleteDeliveryStream")], "not-applicable"),
    ] {
        let records: Vec<Value> = std::iter::once(create()).chain(rest).collect();
        assert_eq!(outcome_of_first(&records, "firehose-stream-unencrypted"), want, "{records:#?}");
    }
}

#[test]
fn a_firehose_stream_is_as_encrypted_as_its_source() {
    let source = json!({"deliveryStreamName": "clicks", "deliveryStreamType": "KinesisStreamAsSource",
        "kinesisStreamSourceConfiguration": {"kinesisStreamARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/orders"}});
    let create = record(HERE, 0, "CreateDeliveryStream", &source);
    for (rest, want) in [
        (vec![], "unverified"),
        (vec![stream(HERE, -600, "CreateStream")], "violation"),
        (vec![stream(HERE, -600, "CreateStream"), stream(HERE, -500, "StartStreamEncryption")], "compliant"),
        (vec![stream(HERE, -10, "CreateStream"), stream(HERE, 10, "StartStreamEncryption")], "compliant"),
        (vec![stream(HERE, -600, "StopStreamEncryption")], "violation"),
        (vec![stream(HERE, 400, "StartStreamEncryption")], "unverified"),
    ] {
        let records: Vec<Value> = std::iter::once(create.clone()).chain(rest).collect();
        assert_eq!(outcome_of_first(&records, "firehose-stream-unencrypted"), want, "{records:#?}");
    }
}

#[test]
fn rotation_of_a_new_key_is_enabled_by_a_second_call() {
    let rule = "kms-key-rotation-disabled";
    for (rest, want) in [
        (vec![], "violation"),
        (vec![key(1, "EnableKeyRotation")], "compliant"),
        (vec![key(301, "EnableKeyRotation")], "violation until 2026-11-22T10:05:01Z"),
        (vec![key(1, "EnableKeyRotation"), key(2, "DisableKeyRotation")], "violation"),
        (vec![key(60, "ScheduleKeyDeletion")], "not-applicable"),
        (vec![key(60, "ScheduleKeyDeletion"), key(90, "CancelKeyDeletion")], "violation"),
    ] {
        let records: Vec<Value> = std::iter::once(key(0, "CreateKey")).chain(rest).collect();
        assert_eq!(outcome_of_first(&records, rule), want, "{records:#?}");
    }
}

#[test]
fn the_last_requested_rotation_period_applies() {
    let years = json!({"keyId": key_arn(HERE, "k"), "rotationPeriodInDays": 2560});
    let requested = record(HERE, -60, "EnableKeyRotation", &years);
    let again = key(0, "EnableKeyRotation");
    for (rest, want) in [
        (vec![], "unverified"),
        (vec![requested.clone()], "violation"),
        (vec![requested, key(-30, "DisableKeyRotation")], "violation"),
        (vec![key(-60, "CreateKey")], "compliant"), // the default of KMS is a year
    ] {
        let records: Vec<Value> = std::iter::once(again.clone()).chain(rest).collect();
        assert_eq!(outcome_of_first(&records, "kms-key-rotation-too-rare"), want, "{records:#?}");
    }
}

#[test]
fn keys_are_evaluated_in_their_state_at_the_time_of_the_call() {
    let start = |name: &str| record(HERE, 0, "StartStreamEncryption", &json!({"streamName": "orders", "keyId": name}));
    let alias = |seconds: i64, call: &str, target: &str| {
        record(HERE, seconds, call, &json!({"aliasName": "alias/orders", "targetKeyId": target}))
    };
    let (by_id, by_alias) = (start("k"), start("alias/orders"));
    let customer = "kinesis-stream-without-customer-key";
    let unusable = "kinesis-stream-unusable-key";
    for (named, rest, level, usable) in [
        (&by_id, vec![], "unverified", "unverified"),
        (&by_id, vec![key(-60, "CreateKey")], "compliant", "compliant"),
        (&by_id, vec![key(60, "CreateKey")], "unverified", "unverified"),
        (&by_id, vec![key(-60, "DisableKey")], "compliant", "violation"),
        (&by_id, vec![key(-60, "EnableKey")], "compliant", "unverified"),
        (&by_id, vec![key(-60, "PutKeyPolicy")], "compliant", "unverified"),
        (&by_id, vec![alias(-50, "CreateAlias", "k")], "compliant", "unverified"), // AWS allows no aliases for its own keys
        (&by_alias, vec![alias(-50, "UpdateAlias", "k")], "compliant", "unverified"),
        (&by_id, vec![key(-60, "EnableKeyRotation")], "compliant", "compliant"),
        (&by_id, vec![key(-60, "CreateKey"), key(60, "DisableKey")], "compliant", "compliant"),
        (&by_id, vec![key(-60, "CreateKey"), key(-30, "ScheduleKeyDeletion")], "compliant", "violation"),
        (
            &by_id,
            vec![key(-60, "CreateKey"), key(-30, "ScheduleKeyDeletion"), key(-20, "CancelKeyDeletion")],
            "compliant",
            "violation", // cancelling the deletion leaves the key disabled
        ),
        (
            &by_id,
            vec![
                key(-60, "CreateKey"),
                key(-30, "ScheduleKeyDeletion"),
                key(-20, "CancelKeyDeletion"),
                key(-20, "EnableKey"),
            ],
            "compliant",
            "compliant",
        ),
        (&by_alias, vec![key(-60, "CreateKey")], "unverified", "unverified"),
        (&by_alias, vec![key(-60, "CreateKey"), alias(-50, "CreateAlias", "k")], "compliant", "compliant"),
        (&by_alias, vec![key(-60, "CreateKey"), alias(50, "CreateAlias", "k")], "unverified", "unverified"),
        (
            &by_alias,
            vec![key(-60, "CreateKey"), alias(-50, "CreateAlias", "other"), alias(-40, "UpdateAlias", "k")],
            "compliant",
            "compliant",
        ),
        (
            &by_alias,
            vec![key(-60, "CreateKey"), alias(-50, "CreateAlias", "k"), alias(-40, "DeleteAlias", "")],
            "unverified",
            "unverified",
        ),
    ] {
        let records: Vec<Value> = std::iter::once(named.clone()).chain(rest).collect();
        assert_eq!(outcome_of_first(&records, customer), level, "{records:#?}");
        assert_eq!(outcome_of_first(&records, unusable), usable, "{records:#?}");
    }
}

/// Only the encryption of the stream itself settles. So a key that is deleted together with the stream is no violation.
#[test]
fn the_key_of_a_destination_is_evaluated_in_its_state_at_the_time_of_the_call() {
    let encryption = json!({"kMSEncryptionConfig": {"aWSKMSKeyARN": key_arn(HERE, "k")}});
    let request = json!({"deliveryStreamName": "clicks", "extendedS3DestinationConfiguration": {"encryptionConfiguration": encryption}});
    let create = record(HERE, 0, "CreateDeliveryStream", &request);
    for (rest, want) in [
        (vec![key(-60, "CreateKey")], "compliant"),
        (vec![key(-60, "CreateKey"), key(60, "ScheduleKeyDeletion")], "compliant"),
        (vec![key(-60, "CreateKey"), key(60, "DisableKey"), firehose(50, "DeleteDeliveryStream")], "compliant"),
        (vec![key(-60, "CreateKey"), key(-30, "DisableKey")], "violation"),
        (vec![key(-60, "CreateKey"), key(-30, "DisableKey"), key(60, "EnableKey")], "violation"),
        (vec![key(60, "CreateKey")], "unverified"),
    ] {
        let records: Vec<Value> = std::iter::once(create.clone()).chain(rest).collect();
        assert_eq!(outcome_of_first(&records, "firehose-destination-unusable-key"), want, "{records:#?}");
    }
}

#[test]
fn imported_key_material_and_replicas_affect_the_key_state() {
    let start = record(HERE, 0, "StartStreamEncryption", &json!({"streamName": "orders", "keyId": "k"}));
    let mut external = key(-60, "CreateKey");
    external["responseElements"]["keyMetadata"]["origin"] = json!("EXTERNAL");
    external["responseElements"]["keyMetadata"]["keyState"] = json!("PendingImport");
    let mut replica = record(HERE, -60, "ReplicateKey", &json!({"keyId": "k", "replicaRegion": "eu-west-1"}));
    replica["responseElements"] = json!({"replicaKeyMetadata": {"arn": key_arn(HERE, "k"), "keyManager": "CUSTOMER",
        "keyState": "Creating", "multiRegionConfiguration": {"multiRegionKeyType": "REPLICA"}}});
    for (rest, want) in [
        (vec![external.clone()], "violation"),
        (vec![external.clone(), key(-30, "ImportKeyMaterial")], "compliant"),
        (vec![external, key(-30, "ImportKeyMaterial"), key(-10, "DeleteImportedKeyMaterial")], "violation"),
        (vec![replica], "compliant"),
    ] {
        let records: Vec<Value> = std::iter::once(start.clone()).chain(rest).collect();
        assert_eq!(outcome_of_first(&records, "kinesis-stream-unusable-key"), want, "{records:#?}");
    }
}

#[test]
fn a_key_policy_is_compared_with_the_previous_one() {
    let open = |seconds, accounts: &[&str]| {
        let root = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kms:*", "Resource": "*"});
        let others =
            json!({"Effect": "Allow", "Principal": {"AWS": accounts}, "Action": "kms:Decrypt", "Resource": "*"});
        let policy = json!({"Statement": [root, others]}).to_string();
        record(HERE, seconds, "PutKeyPolicy", &json!({"keyId": key_arn(HERE, "k"), "policy": policy}))
    };
    let (one, both) = (["444455556666"], ["444455556666", "777788889999"]);
    for (rest, want) in [
        (vec![], "violation"),
        (vec![key(-60, "CreateKey")], "violation"),
        (vec![open(-60, &one)], "violation"),
        (vec![open(-60, &both)], "not-applicable"),
        (vec![failed(open(-60, &both))], "violation"),
        (vec![open(-60, &both), open(-30, &one)], "violation"),
        (vec![open(0, &both), open(60, &both)], "violation"),
    ] {
        let mut records: Vec<Value> = std::iter::once(open(0, &both)).chain(rest).collect();
        records.iter_mut().zip(0..).for_each(|(record, number)| record["eventID"] = json!(format!("event {number}")));
        assert_eq!(outcome_of_first(&records, "kms-key-policy-foreign-account"), want, "{records:#?}");
    }
}

#[test]
fn facts_without_a_time_do_not_show_a_state_that_changes_later() {
    let folder = tempfile::tempdir().unwrap();
    let facts = folder.path().join("key.json");
    let metadata =
        json!({"KeyMetadata": {"Arn": key_arn(HERE, "k"), "KeyManager": "CUSTOMER", "KeyState": "Disabled"}});
    std::fs::write(&facts, metadata.to_string()).unwrap();
    let start = record(HERE, 0, "StartStreamEncryption", &json!({"streamName": "orders", "keyId": "k"}));
    let options = ["--facts", facts.to_str().unwrap()];
    for (rest, want) in [(vec![], "violation"), (vec![key(60, "DisableKey")], "unverified")] {
        let records: Vec<Value> = std::iter::once(start.clone()).chain(rest).collect();
        assert_eq!(outcome(&replay(&records, None, &options), &records[0], "kinesis-stream-unusable-key"), want);
    }
}
