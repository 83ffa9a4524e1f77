//! Japanese: the rules on policies and grants.

use crate::language::ja::Texts;

pub(crate) const TEXTS: Texts = &[
    // rules/resource_policy
    (
        "The policy of the {noun} `{name}` {problem}{more}{new}. {consequence}{rated}",
        "{noun} `{name}` のポリシーは、{problem}{more}{new}。{consequence}{rated}",
    ),
    ("lets {who} call {actions}", "{who} に {actions} の呼び出しを許可しています"),
    (" (similarly {others})", " ({others} も同様)"),
    (", and one more exposure", " (ほか 1 件)"),
    (", and {more} more exposures", " (ほか {more} 件)"),
    (" (new since {since})", " ({since} 以降に追加)"),
    (" Rated {severity}: {why}.", "重大度: {severity} ({why})。"),
    (
        "A caller needs only an IAM policy of its own account.",
        "呼び出し元に必要なのは、自分のアカウントの IAM ポリシーだけです。",
    ),
    (
        "Its administrators decide who uses the {noun}.",
        "{noun} を誰が使うかは、そのアカウントや組織の管理者が決めます。",
    ),
    ("{who} call {actions}", "{who} による {actions} の呼び出し"),
    (", ", "、"),
    ("{list} and {last}", "{list}、{last}"),
    ("the policy lets {calls}", "ポリシーは {calls} を許可しています"),
    (
        "the policy lets {calls}, and does not say whose network that is; name yours in `keys.trusted_vpcs`, `keys.trusted_vpc_endpoints` or `keys.trusted_networks`",
        "ポリシーは {calls} を許可していますが、誰のネットワークかはわかりません。自分のネットワークは `keys.trusted_vpcs`、`keys.trusted_vpc_endpoints`、`keys.trusted_networks` のいずれかに指定してください",
    ),
    ("the policy admits {who}", "ポリシーは {who} を許可しています"),
    ("{admits}, which may belong to the organization", "{admits}。組織に属している可能性があります"),
    (
        "{admits}; if it is yours, add it to `keys.trusted_organizations`",
        "{admits}。自分の組織であれば、`keys.trusted_organizations` に追加してください",
    ),
    (
        "{admits}; add those that are yours to `keys.trusted_organizations`",
        "{admits}。自分の組織を `keys.trusted_organizations` に追加してください",
    ),
    ("{admits}, which does not show an account", "{admits}。どのアカウントのものかはわかりません"),
    (
        "{unverified}; the accounts of the organization are not known: {why}",
        "{unverified}。組織のアカウントがわかりません: {why}",
    ),
    ("the account that owns the {noun} is not known", "{noun} を所有するアカウントがわかりません"),
    (
        "the policy of {since} already allowed everything that this one allows",
        "{since} のポリシーで、今回許可されたことはすべてすでに許可されていました",
    ),
    ("{who}: {actions}", "{who}: {actions}"),
    ("{label}: {admitted}", "{label}: {admitted}"),
    ("{condition}: {reason}", "{condition}: {reason}"),
    ("key", "キー"),
    ("channel", "チャネル"),
    ("cluster", "クラスター"),
    ("consumer", "コンシューマー"),
    ("dashboard", "ダッシュボード"),
    ("event data store", "イベントデータストア"),
    ("queue", "キュー"),
    ("stream", "ストリーム"),
    // rules/resource_policy: corrections
    ("the corrected statement", "修正後のステートメント"),
    ("corrected statement {first}", "修正後のステートメント {first}"),
    ("corrected statements {first} to {last}", "修正後のステートメント {first} から {last}"),
    (
        "decide which condition limits {names} to your account: `aws:SourceAccount`, `aws:SourceArn` or an encryption context, as the documentation of the service says; a key that the service does not send denies all its calls",
        "{names} を自分のアカウントに限定する条件を、サービスのドキュメントに従って `aws:SourceAccount`、`aws:SourceArn`、暗号化コンテキストから選ぶ (サービスが送らないキーを使うと、すべての呼び出しが拒否される)",
    ),
    ("in {label}, {decide}", "{label} で、{decide}"),
    ("replace {label} with {new}, and {decide}", "{label} を {new} に置き換え、{decide}"),
    ("replace {label} with {new}", "{label} を {new} に置き換える"),
    ("remove {label}", "{label} を削除する"),
    ("remove kms:CreateGrant from {label} and add {new}", "{label} から kms:CreateGrant を削除し、{new} を追加する"),
    ("{path}: {change}", "{path}: {change}"),
    // rules/cloudtrail_event_data_store, rules/kinesis_stream, rules/msk_cluster
    ("the operations only read metadata", "これらのオペレーションはメタデータの読み取りだけです"),
    (
        "the operations only read metadata or cancel queries, or the account must belong to a trusted organization",
        "これらのオペレーションはメタデータの読み取りかクエリのキャンセルだけか、アカウントが信頼済みの組織に属している必要があります",
    ),
    (
        "the operations only read metadata, or need the owner's account, or the account must belong to a trusted organization",
        "これらのオペレーションはメタデータの読み取りだけか、所有者のアカウントを必要とするか、アカウントが信頼済みの組織に属している必要があります",
    ),
    ("the operations return no events", "これらのオペレーションはイベントを返しません"),
    (
        "the operations return no events, or only the named identities may call them",
        "これらのオペレーションはイベントを返さないか、指定されたアイデンティティしか呼び出せません",
    ),
    ("the operations return no records", "これらのオペレーションはレコードを返しません"),
    (
        "the operations return no records, or only the named identities may call them",
        "これらのオペレーションはレコードを返さないか、指定されたアイデンティティしか呼び出せません",
    ),
    // rules/kms_key_policy: grants
    ("the record does not show which grant ended", "記録からは、どのグラントが終了したかわかりません"),
    ("the key was deleted", "キーは削除されました"),
    ("a key policy is no grant", "キーポリシーはグラントではありません"),
    ("a grant is no key policy", "グラントはキーポリシーではありません"),
    ("KMS did not return `{member}` of the grant", "KMS がグラントの `{member}` を返しませんでした"),
    ("an AWS service created the grant", "グラントは AWS サービスが作成しました"),
    ("the grantee is an AWS service", "グラントの被付与者は AWS サービスです"),
    (
        "the grantee is an AWS service or its service-linked role",
        "グラントの被付与者は AWS サービスまたはそのサービスにリンクされたロールです",
    ),
    (
        "A grant on the key `{name}` lets {who} call every operation of a key for {kind} without a constraint, and pass them on with CreateGrant.",
        "キー `{name}` のグラントにより、{who} は {kind} 用のキーのすべてのオペレーションを制約なしで呼び出し、CreateGrant で第三者に渡すこともできます。",
    ),
    ("its grantee", "被付与者"),
    ("(not recorded)", "(記録なし)"),
    ("symmetric encryption", "対称暗号化"),
    ("asymmetric encryption", "非対称暗号化"),
    ("signatures", "署名"),
    ("HMAC", "HMAC"),
    ("key agreement", "キー共有"),
    ("key encapsulation", "キーカプセル化"),
    ("the grantee `{grantee}` does not show its account", "被付与者 `{grantee}` からはアカウントがわかりません"),
    ("the account that owns the key `{name}` is not known", "キー `{name}` を所有するアカウントがわかりません"),
    (
        "the key policy already lets the account create grants: its own finding says so",
        "キーポリシーがすでにこのアカウントにグラントの作成を許可しており、それについては別の検出結果があります",
    ),
    (
        "the key policy already lets the grantee call these operations: its own finding says so",
        "キーポリシーがすでに被付与者にこれらのオペレーションの呼び出しを許可しており、それについては別の検出結果があります",
    ),
    ("operations that KMS did not return", "KMS が返さなかったオペレーション"),
    ("operations that the record does not show", "記録に示されていないオペレーション"),
    (
        "A grant on the key `{name}` lets the foreign account {account} call {operations}.",
        "キー `{name}` のグラントは、外部アカウント {account} に、{operations} の呼び出しを許可しています。",
    ),
    ("the grant is in force whatever the key policy says", "グラントはキーポリシーの内容に関係なく有効です"),
    ("the key policy admits that account", "キーポリシーがそのアカウントを許可しています"),
    (
        "EC2 attached the volume {volume} of the foreign account {account}, which is encrypted with the key `{name}`: {admits}.",
        "キー `{name}` で暗号化された外部アカウント {account} のボリューム {volume} を EC2 がアタッチしました。{admits}。",
    ),
    (
        "`{service}` created a grant on the key `{name}` for a resource of the foreign account {account}: {admits}.",
        "`{service}` が外部アカウント {account} のリソースのために、キー `{name}` のグラントを作成しました。{admits}。",
    ),
    ("{path} (list and revoke with the AWS CLI)", "{path} (一覧表示と取り消しには AWS CLI を使用)"),
    // rules/kms_key_policy: policies
    ("AWS manages the key and its policy", "キーとそのポリシーは AWS が管理しています"),
    ("an AWS service manages the key and its policy", "キーとそのポリシーは AWS サービスが管理しています"),
    ("KMS did not return the key policy", "KMS がキーポリシーを返しませんでした"),
    (
        "lets every identity of the account call {actions} without an IAM policy",
        "アカウントのすべてのアイデンティティに、IAM ポリシーなしで {actions} の呼び出しを許可しています",
    ),
    (
        "The account principal would leave the decision to IAM policies.",
        "アカウントプリンシパルを指定すれば、判断は IAM ポリシーに委ねられます。",
    ),
    ("the operations administer the key", "これらのオペレーションでキーを管理できます"),
    (
        "the operations neither reveal secrets nor administer the key",
        "これらのオペレーションでは秘密の情報を得られず、キーの管理もできません",
    ),
    (
        "lets the service {service} administer the key: {actions}",
        "サービス {service} にキーの管理 ({actions}) を許可しています",
    ),
    ("No service needs to administer a key.", "サービスがキーを管理する必要はありません。"),
    ("the service can administer the key", "サービスがキーを管理できます"),
    (
        "the operations cannot use the key, or the account must belong to a trusted organization",
        "これらのオペレーションではキーを使用できないか、アカウントが信頼済みの組織に属している必要があります",
    ),
    (
        "the operations reveal no secret, or only the named identities may call them",
        "これらのオペレーションでは秘密の情報を得られないか、指定されたアイデンティティしか呼び出せません",
    ),
    ("lets {who} both administer and use the key", "{who} にキーの管理と使用の両方を許可しています"),
    ("One stolen credential is enough for both.", "認証情報が 1 つ盗まれるだけで、両方が可能になります。"),
    ("one identity has both duties", "1 つのアイデンティティが両方の職務を持っています"),
    ("the operations only read or verify", "これらのオペレーションは読み取りまたは検証だけです"),
    (
        "the operations reveal no secret, or need an AWS service that makes the call",
        "これらのオペレーションでは秘密の情報を得られないか、AWS サービスを経由した呼び出しが必要です",
    ),
    (
        "No condition limits the account for which the service acts.",
        "サービスがどのアカウントに代わって動作するかを制限する条件がありません。",
    ),
    ("the statement admits every AWS service", "ステートメントはすべての AWS サービスを許可しています"),
    (
        "the service may only use the key, as in templates of AWS",
        "サービスはキーを使用できるだけで、AWS のテンプレートでも同様です",
    ),
    ("lets {who} create grants for anyone", "{who} に任意の相手へのグラントの作成を許可しています"),
    (
        "Grants give others the use of the key, and no policy shows them.",
        "グラントは第三者にキーの使用を認め、どのポリシーにも現れません。",
    ),
    ("the grants are made by another account", "グラントを作成するのは別のアカウントです"),
    // rules/kms_key_policy: lockouts
    ("{control}{check}{rated}", "{control}{check}{rated}"),
    ("The account keeps control of the key `{name}`.", "アカウントは引き続きキー `{name}` を管理できます。"),
    (
        "The account may lose control of the key `{name}`: {why}.",
        "アカウントはキー `{name}` を管理できなくなるおそれがあります: {why}。",
    ),
    (
        "The account has lost control of the key `{name}`: {why}.",
        "アカウントはキー `{name}` を管理できなくなりました: {why}。",
    ),
    (
        " The call disabled KMS's own check for this.",
        "この呼び出しは、管理できなくなることを防ぐ KMS 自身のチェックを無効にしました。",
    ),
    ("the earlier policy of the key was no better", "キーの以前のポリシーも同じ状態でした"),
    ("only AWS Support can give the key back", "キーを取り戻せるのは AWS サポートだけです"),
    ("the policy itself lets the account change it", "ポリシー自体は、アカウントによる変更を許可しています"),
    ("the account still has control", "アカウントはまだ管理できます"),
    (
        "the account still has control, and the earlier policy is not known",
        "アカウントはまだ管理でき、以前のポリシーはわかりません",
    ),
    ("add the corrected statement to the policy", "修正後のステートメントをポリシーに追加する"),
];
