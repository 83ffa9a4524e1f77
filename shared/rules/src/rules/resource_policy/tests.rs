//! What people read in Japanese about policies and grants.

use serde_json::{Value, json};

use crate::engine::outcome::Outcome;
use crate::engine::rule::Rule;
use crate::language::Language;
use crate::rules::DETECTORS;
use crate::rules::testing::{CUSTOMER_KEY, answer, keys, policy_call};

fn rule(id: &str) -> &'static Rule {
    DETECTORS.iter().flat_map(|detector| detector.rules).find(|rule| rule.id == id).unwrap()
}

/// What a rule says about a call: the detail or reason, the evidence and the way through the console.
fn said(id: &str, call: &str, request: &Value) -> String {
    let language = Language::Japanese;
    match answer(rule(id), "", &keys(), call, request, &Value::Null) {
        Outcome::Compliant => "compliant".to_owned(),
        Outcome::NotApplicable(why) | Outcome::Unverified(why) => why.in_language(language).into_owned(),
        Outcome::Violation(violation) => {
            let evidence = violation.in_language(language).filter(|(path, _)| !path.contains("corrected_statement"));
            let evidence: String = evidence.map(|(path, value)| format!("\n  {path} = {value}")).collect();
            let console = violation.remediation.console.in_language(language);
            format!("{}{evidence}\n  {console}", violation.detail.in_language(language))
        }
    }
}

/// The same about a statement in the policy of a key.
fn about(id: &str, statement: Value) -> String {
    said(id, "PutKeyPolicy", &policy_call(statement))
}

/// The same about the whole text of the policy of a key.
fn about_text(id: &str, policy: &str) -> String {
    said(id, "PutKeyPolicy", &json!({"keyId": CUSTOMER_KEY, "policy": policy}))
}

#[test]
fn public() {
    let rule = "kms-key-policy-public";
    let everyone = json!({"Sid": "Open", "Principal": "*", "Action": ["kms:*crypt*", "kms:Generate*", "kms:Get*"],
        "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}});
    insta::assert_snapshot!(about(rule, everyone), @r#"
    キー `customer` のポリシーは、すべてのアカウントのすべてのプリンシパルに kms:Decrypt, kms:ReEncryptFrom, kms:GenerateDataKey, kms:GenerateDataKeyPair ほか 10 件の呼び出しを許可しています。呼び出し元に必要なのは、自分のアカウントの IAM ポリシーだけです。
      statement = "Statement[1] Open"
      exposures = ["すべてのアカウントのすべてのプリンシパル: kms:Decrypt, kms:ReEncryptFrom, kms:GenerateDataKey, kms:GenerateDataKeyPair ほか 10 件"]
      ineffective_conditions = ["StringEqualsIfExists aws:SourceAccount = 111122223333: キーを含まないリクエストの呼び出し元すべてに対して真になります"]
      correction = "Statement[1] Open を修正後のステートメントに置き換える"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] Open を修正後のステートメントに置き換える
    "#);
    let reads = json!({"NotPrincipal": {"AWS": "AROAEXAMPLEEXAMPLE12"}, "Action": "kms:DescribeKey"});
    insta::assert_snapshot!(about(rule, reads), @r#"
    キー `customer` のポリシーは、すべてのアカウントのすべてのプリンシパルに kms:DescribeKey の呼び出しを許可しています。呼び出し元に必要なのは、自分のアカウントの IAM ポリシーだけです。重大度: 中 (これらのオペレーションは読み取りまたは検証だけです)。
      statement = "Statement[1]"
      exposures = ["すべてのアカウントのすべてのプリンシパル: kms:DescribeKey"]
      related = ["`AROAEXAMPLEEXAMPLE12` は、すでに存在しないロールまたはユーザーの ID です","Allow と `NotPrincipal` の組み合わせは、列挙されていない全員を許可します"]
      correction = "Statement[1] を修正後のステートメントに置き換える"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] を修正後のステートメントに置き換える
    "#);
    let network =
        |key: &str| json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {(key): "x"}}});
    insta::assert_snapshot!(about(rule, network("aws:SourceVpce")), @"ポリシーは特定のネットワークからアクセスする、すべてのアカウントのすべてのプリンシパルによる kms:Decrypt の呼び出しを許可していますが、誰のネットワークかはわかりません。自分のネットワークは `keys.trusted_vpcs`、`keys.trusted_vpc_endpoints`、`keys.trusted_networks` のいずれかに指定してください");
    insta::assert_snapshot!(about(rule, network("kms:NewKey")), @r#"
    キー `customer` のポリシーは、すべてのアカウントのすべてのプリンシパルに kms:Decrypt の呼び出しを許可しています。呼び出し元に必要なのは、自分のアカウントの IAM ポリシーだけです。
      statement = "Statement[1]"
      exposures = ["すべてのアカウントのすべてのプリンシパル: kms:Decrypt"]
      ineffective_conditions = ["StringEquals kms:NewKey = x: 呼び出し元について何も示しません"]
      correction = "Statement[1] を修正後のステートメントに置き換える"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] を修正後のステートメントに置き換える
    "#);
}

#[test]
fn foreign_account() {
    let rule = "kms-key-policy-foreign-account";
    let accounts: Vec<String> = (0..8).map(|number| format!("44445555666{number}")).collect();
    insta::assert_snapshot!(about(rule, json!({"Principal": {"AWS": accounts}, "Action": "kms:Decrypt"})), @r#"
    キー `customer` のポリシーは、アカウント 444455556660 に kms:Decrypt の呼び出しを許可しています (アカウント 444455556661、アカウント 444455556662、アカウント 444455556663、アカウント 444455556664、アカウント 444455556665 ほか 2 件も同様)。キーを誰が使うかは、そのアカウントや組織の管理者が決めます。
      statement = "Statement[1]"
      exposures = ["アカウント 444455556660: kms:Decrypt","アカウント 444455556661: kms:Decrypt","アカウント 444455556662: kms:Decrypt","アカウント 444455556663: kms:Decrypt","アカウント 444455556664: kms:Decrypt","アカウント 444455556665: kms:Decrypt","アカウント 444455556666: kms:Decrypt","アカウント 444455556667: kms:Decrypt"]
      correction = "Statement[1] を削除する"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] を削除する
    "#);
    let organizations = |ids: &[&str]| json!({"Principal": "*", "Action": "kms:Decrypt", "Condition": {"StringEquals": {"aws:PrincipalOrgID": ids}}});
    insta::assert_snapshot!(about(rule, organizations(&["o-a1b2c3d4e5"])), @"ポリシーは組織 o-a1b2c3d4e5 のすべてのアカウントを許可しています。自分の組織であれば、`keys.trusted_organizations` に追加してください");
    insta::assert_snapshot!(about(rule, organizations(&["o-a1b2c3d4e5", "o-f1b2c3d4e5"])), @"ポリシーは組織 o-a1b2c3d4e5 のすべてのアカウント、組織 o-f1b2c3d4e5 のすべてのアカウントを許可しています。自分の組織を `keys.trusted_organizations` に追加してください");
    let stream = "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks";
    let role = json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:role/etl"},
        "Action": "kinesis:GetRecords", "Resource": stream}});
    let call = json!({"resourceARN": stream, "policy": role.to_string()});
    insta::assert_snapshot!(said("kinesis-stream-policy-foreign-account", "PutResourcePolicy", &call), @r#"
    ストリーム `clicks` のポリシーは、arn:aws:iam::444455556666:role/etl に kinesis:GetRecords の呼び出しを許可しています。ストリームを誰が使うかは、そのアカウントや組織の管理者が決めます。重大度: 中 (これらのオペレーションはレコードを返さないか、指定されたアイデンティティしか呼び出せません)。
      statement = "Statement[0]"
      exposures = ["arn:aws:iam::444455556666:role/etl: kinesis:GetRecords"]
      correction = "Statement[0] を削除する"
      Kinesis > Data streams > clicks > Data stream sharing > Sharing policy: Statement[0] を削除する
    "#);
}

#[test]
fn services_and_duties() {
    let services =
        json!({"Principal": {"Service": ["logs.amazonaws.com", "sqs.amazonaws.com"]}, "Action": "kms:Encrypt"});
    insta::assert_snapshot!(about("kms-key-policy-unbound-service", services), @r#"
    キー `customer` のポリシーは、任意の顧客に代わって動作する logs.amazonaws.com に kms:Encrypt の呼び出しを許可しています (任意の顧客に代わって動作する sqs.amazonaws.com も同様)。サービスがどのアカウントに代わって動作するかを制限する条件がありません。重大度: 低 (サービスはキーを使用できるだけで、AWS のテンプレートでも同様です)。
      statement = "Statement[1]"
      exposures = ["任意の顧客に代わって動作する logs.amazonaws.com: kms:Encrypt","任意の顧客に代わって動作する sqs.amazonaws.com: kms:Encrypt"]
      correction = "Statement[1] を修正後のステートメントに置き換え、sqs.amazonaws.com を自分のアカウントに限定する条件を、サービスのドキュメントに従って `aws:SourceAccount`、`aws:SourceArn`、暗号化コンテキストから選ぶ (サービスが送らないキーを使うと、すべての呼び出しが拒否される)"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] を修正後のステートメントに置き換え、sqs.amazonaws.com を自分のアカウントに限定する条件を、サービスのドキュメントに従って `aws:SourceAccount`、`aws:SourceArn`、暗号化コンテキストから選ぶ (サービスが送らないキーを使うと、すべての呼び出しが拒否される)
    "#);
    let service = json!({"Principal": {"Service": "sqs.amazonaws.com"}, "Action": "kms:*"});
    insta::assert_snapshot!(about("kms-key-policy-broad-service", service), @r#"
    キー `customer` のポリシーは、サービス sqs.amazonaws.com にキーの管理 (kms:PutKeyPolicy, kms:ScheduleKeyDeletion, kms:DisableKey, kms:DeleteImportedKeyMaterial ほか 15 件) を許可しています。サービスがキーを管理する必要はありません。
      statement = "Statement[1]"
      exposures = ["任意の顧客に代わって動作する sqs.amazonaws.com: kms:PutKeyPolicy, kms:ScheduleKeyDeletion, kms:DisableKey, kms:DeleteImportedKeyMaterial ほか 15 件"]
      correction = "Statement[1] を修正後のステートメントに置き換える"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] を修正後のステートメントに置き換える
    "#);
    let role = json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:*"});
    insta::assert_snapshot!(about("kms-key-policy-mixed-duties", role), @r#"
    キー `customer` のポリシーは、arn:aws:iam::111122223333:role/app にキーの管理と使用の両方を許可しています。認証情報が 1 つ盗まれるだけで、両方が可能になります。
      statement = "Statement[1]"
      exposures = ["arn:aws:iam::111122223333:role/app: kms:Decrypt, kms:ReEncryptFrom, kms:GenerateDataKey, kms:GenerateDataKeyPair ほか 13 件"]
      correction = "Statement[1] を修正後のステートメントに置き換える"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] を修正後のステートメントに置き換える
    "#);
    let everyone = json!({"Principal": "*", "Action": "kms:PutKeyPolicy",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}});
    insta::assert_snapshot!(about("kms-key-policy-account-wide", everyone), @r#"
    キー `customer` のポリシーは、アカウントのすべてのアイデンティティに、IAM ポリシーなしで kms:PutKeyPolicy の呼び出しを許可しています。アカウントプリンシパルを指定すれば、判断は IAM ポリシーに委ねられます。重大度: 高 (これらのオペレーションでキーを管理できます)。
      statement = "Statement[1]"
      exposures = ["アカウント 111122223333: kms:PutKeyPolicy"]
      correction = "Statement[1] を修正後のステートメントに置き換える"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] を修正後のステートメントに置き換える
    "#);
}

#[test]
fn lockouts() {
    let rule = "kms-key-policy-lockout";
    let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Put*"});
    insta::assert_snapshot!(about(rule, deny), @r#"
    アカウントはキー `customer` を管理できなくなりました: Deny により、アカウントの誰も kms:PutKeyPolicy を呼び出せません。重大度: 重大 (キーを取り戻せるのは AWS サポートだけです)。
      statement = "Statement[1]"
      correction = "Statement[1] を修正後のステートメントに置き換える"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] を修正後のステートメントに置き換える
    "#);
    let admin = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:role/admin"},"Action":"kms:*","Resource":"*"}}"#;
    insta::assert_snapshot!(about_text(rule, admin), @r#"
    アカウントはキー `customer` を管理できなくなるおそれがあります: アカウントに kms:PutKeyPolicy の呼び出しを許可するのはこのステートメントだけで、しかもその条件を満たす場合、または指定されたアイデンティティに限られます。重大度: 低 (アカウントはまだ管理でき、以前のポリシーはわかりません)。
      statement = "Statement[0]"
      correction = "修正後のステートメントをポリシーに追加する"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: 修正後のステートメントをポリシーに追加する
    "#);
    let mut call = policy_call(json!({"Principal": "*", "Action": "kms:Decrypt"}));
    call["bypassPolicyLockoutSafetyCheck"] = json!(true);
    insta::assert_snapshot!(said(rule, "PutKeyPolicy", &call), @r#"
    アカウントは引き続きキー `customer` を管理できます。この呼び出しは、管理できなくなることを防ぐ KMS 自身のチェックを無効にしました。重大度: 中 (ポリシー自体は、アカウントによる変更を許可しています)。
      bypassPolicyLockoutSafetyCheck = true
      correction = "修正後のステートメントをポリシーに追加する"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: 修正後のステートメントをポリシーに追加する
    "#);
}

#[test]
fn grants() {
    let app = json!({"Principal": {"AWS": "arn:aws:iam::111122223333:role/app"}, "Action": "kms:CreateGrant"});
    insta::assert_snapshot!(about("kms-key-policy-unbounded-grants", app), @r#"
    キー `customer` のポリシーは、arn:aws:iam::111122223333:role/app に任意の相手へのグラントの作成を許可しています。グラントは第三者にキーの使用を認め、どのポリシーにも現れません。
      statement = "Statement[1]"
      exposures = ["arn:aws:iam::111122223333:role/app: kms:CreateGrant"]
      correction = "Statement[1] から kms:CreateGrant を削除し、修正後のステートメントを追加する"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[1] から kms:CreateGrant を削除し、修正後のステートメントを追加する
    "#);
    let grant = |grantee: &str, operations: &[&str]| json!({"keyId": CUSTOMER_KEY, "granteePrincipal": grantee, "operations": operations});
    let all = grant("arn:aws:iam::111122223333:role/etl", &["GenerateMac", "VerifyMac", "CreateGrant"]);
    insta::assert_snapshot!(said("kms-grant-every-operation", "CreateGrant", &all), @r#"
    キー `customer` のグラントにより、`arn:aws:iam::111122223333:role/etl` は HMAC 用のキーのすべてのオペレーションを制約なしで呼び出し、CreateGrant で第三者に渡すこともできます。
      granteePrincipal = "arn:aws:iam::111122223333:role/etl"
      operations = ["GenerateMac","VerifyMac","CreateGrant"]
      Key Management Service > Customer managed keys > customer > Grants (一覧表示と取り消しには AWS CLI を使用)
    "#);
    let foreign = grant("arn:aws:iam::444455556666:role/etl", &[]);
    insta::assert_snapshot!(said("kms-grant-to-foreign-account", "CreateGrant", &foreign), @r#"
    キー `customer` のグラントは、外部アカウント 444455556666 に、記録に示されていないオペレーションの呼び出しを許可しています。
      granteePrincipal = "arn:aws:iam::444455556666:role/etl"
      operations = []
      Key Management Service > Customer managed keys > customer > Grants (一覧表示と取り消しには AWS CLI を使用)
    "#);
    insta::assert_snapshot!(said("kms-grant-to-foreign-account", "CreateGrant", &grant("AROAEXAMPLEID", &[])), @"被付与者 `AROAEXAMPLEID` からはアカウントがわかりません");
}

#[test]
fn remarks() {
    let policy = r#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":{"Effect":"Allow","Resource":"*","NotAction":"kms:List*",
        "Principal":{"AWS":["*","arn:aws:iam::111122223333:group/ops"]},
        "Condition":{"StringLikes":{"aws:PrincipalArn":"arn:aws:sts::111122223333:assumed-role/etl/job"}}}}"#;
    insta::assert_snapshot!(about_text("kms-key-policy-public", policy), @r#"
    キー `customer` のポリシーは、すべてのアカウントのすべてのプリンシパルに kms:Decrypt, kms:ReEncryptFrom, kms:GenerateDataKey, kms:GenerateDataKeyPair ほか 39 件の呼び出しを許可しています。呼び出し元に必要なのは、自分のアカウントの IAM ポリシーだけです。
      statement = "Statement[0]"
      exposures = ["すべてのアカウントのすべてのプリンシパル: kms:Decrypt, kms:ReEncryptFrom, kms:GenerateDataKey, kms:GenerateDataKeyPair ほか 39 件"]
      ineffective_conditions = ["StringLikes aws:PrincipalArn = arn:aws:sts::111122223333:assumed-role/etl/job: 条件演算子ではないため、何も保護しません"]
      related = ["`Version` が 2 回あります","`StringLikes` は条件演算子ではないため、何も保護しません","KMS はプリンシパル `arn:aws:iam::111122223333:group/ops` を拒否します: グループはプリンシパルではありません。ロール、またはグループのユーザーを指定してください","`aws:PrincipalArn` が `arn:aws:sts::111122223333:assumed-role/etl/job` になることはありません。セッションの場合はロールの ARN `arn:aws:iam::ACCOUNT:role/NAME` になります","Allow と `NotAction` の組み合わせは、列挙されていないすべてのアクションを許可します"]
      correction = "Statement[0] を修正後のステートメントに置き換える"
      Key Management Service > Customer managed keys > customer > Key policy > Edit: Statement[0] を修正後のステートメントに置き換える
    "#);
}

#[test]
fn broken_policies() {
    let texts = [
        "{",
        "[]",
        r#"{"Version": "2012-10-17"}"#,
        r#"{"Statement": [{"Condition": "none"}]}"#,
        r#"{"Statement": [],}"#,
        r#"{"Statement": "\ud800"}"#,
    ];
    let said = texts.map(|text| about_text("kms-key-policy-public", text));
    insta::assert_snapshot!(said.join("\n"), @r#"
    ポリシーを読み取れません (1 行 1 列): オブジェクトの途中でテキストが終わっています
    ポリシーを読み取れません (1 行 1 列): ここにはポリシー (`Statement` を持つオブジェクト) が必要ですが、リストがあります
    ポリシーを読み取れません (1 行 25 列): ポリシーに `Statement` がありません。少なくとも 1 つ追加してください
    ポリシーを読み取れません (1 行 35 列): ここには条件演算子を持つオブジェクトが必要ですが、文字列があります
    ポリシーを読み取れません (1 行 18 列): 末尾に余分なコンマがあります
    ポリシーを読み取れません (1 行 22 列): 16 進エスケープが途中で終わっています: サロゲートペアの片方だけの `\u` は文字ではありません
    "#);
}
