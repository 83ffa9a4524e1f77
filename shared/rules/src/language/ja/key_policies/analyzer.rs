//! Japanese: the analyzer of policies.

use crate::language::ja::Texts;

pub(crate) const TEXTS: Texts = &[
    // key_policy/action.rs, key_policy/analysis.rs
    ("{list} and {more} more", "{list} ほか {more} 件"),
    ("every principal of every account", "すべてのアカウントのすべてのプリンシパル"),
    (
        "every principal of every account from one network",
        "特定のネットワークからアクセスする、すべてのアカウントのすべてのプリンシパル",
    ),
    (
        "every principal of every account that meets the condition on `{key}`, an unknown condition key,",
        "不明な条件キー `{key}` の条件を満たす、すべてのアカウントのすべてのプリンシパル",
    ),
    ("account {account}", "アカウント {account}"),
    ("every account of the owner's organization", "所有者の組織のすべてのアカウント"),
    ("every account of organization {id}", "組織 {id} のすべてのアカウント"),
    ("the role or user with the id {id}", "ID が {id} のロールまたはユーザー"),
    ("every AWS service for any customer", "任意の顧客に代わって動作するすべての AWS サービス"),
    ("{name} for any customer", "任意の顧客に代わって動作する {name}"),
    ("AWS services acting for account {account}", "アカウント {account} に代わって動作する AWS サービス"),
    ("AWS services acting for the owner's organization", "所有者の組織に代わって動作する AWS サービス"),
    ("AWS services acting for organization {id}", "組織 {id} に代わって動作する AWS サービス"),
    ("anyone", "任意のプリンシパル"),
    // key_policy/defect.rs
    ("`Statement` occurs twice", "`Statement` が 2 回あります"),
    ("`Version` occurs twice", "`Version` が 2 回あります"),
    ("it is part of one of two `Statement` lists", "2 つある `Statement` リストの一方に含まれています"),
    ("`Effect` occurs twice", "`Effect` が 2 回あります"),
    ("`Condition` occurs twice", "`Condition` が 2 回あります"),
    ("an element occurs twice", "同じ要素が 2 回あります"),
    ("an element has a value of the wrong type", "要素の値の型が正しくありません"),
    (
        "its `Condition` names an operator or a key twice or has a value of the wrong type",
        "`Condition` に同じ演算子またはキーが 2 回あるか、値の型が正しくありません",
    ),
    ("its principal is not in a form that AWS accepts", "プリンシパルが AWS の受け付ける形式ではありません"),
    ("it has both `Principal` and `NotPrincipal`", "`Principal` と `NotPrincipal` の両方があります"),
    ("it has both `Action` and `NotAction`", "`Action` と `NotAction` の両方があります"),
    // key_policy/document.rs, key_policy/parse_error.rs
    (
        "cannot read the policy at line {line} column {column}: {message}",
        "ポリシーを読み取れません ({line} 行 {column} 列): {message}",
    ),
    ("a policy, an object with `Statement`", "ポリシー (`Statement` を持つオブジェクト)"),
    ("a statement or a list of statements", "ステートメントまたはステートメントのリスト"),
    ("a statement, an object with `Effect`", "ステートメント (`Effect` を持つオブジェクト)"),
    ("a string or a list of strings", "文字列または文字列のリスト"),
    ("`*` or an object with `AWS` or `Service`", "`*`、または `AWS` か `Service` を持つオブジェクト"),
    ("an object with condition operators", "条件演算子を持つオブジェクト"),
    ("an object with condition keys", "条件キーを持つオブジェクト"),
    (
        "the policy has no `Statement`; add at least one",
        "ポリシーに `Statement` がありません。少なくとも 1 つ追加してください",
    ),
    ("`null`", "`null`"),
    ("a text", "文字列"),
    ("a number", "数値"),
    ("a Boolean", "ブール値"),
    ("a list", "リスト"),
    ("an object", "オブジェクト"),
    ("another value", "別の値"),
    ("EOF while parsing a list", "リストの途中でテキストが終わっています"),
    ("EOF while parsing an object", "オブジェクトの途中でテキストが終わっています"),
    ("EOF while parsing a string", "文字列の途中でテキストが終わっています"),
    ("EOF while parsing a value", "値の途中でテキストが終わっています"),
    ("expected `:`", "`:` が必要です"),
    ("expected `,` or `]`", "`,` または `]` が必要です"),
    ("expected `,` or `}`", "`,` または `}` が必要です"),
    ("lone leading surrogate in hex escape", "16 進エスケープに対になっていないサロゲートがあります"),
    ("unexpected end of hex escape", "16 進エスケープが途中で終わっています"),
    ("invalid escape", "エスケープシーケンスが無効です"),
    ("invalid number", "数値が無効です"),
    ("number out of range", "数値が範囲外です"),
    ("invalid unicode code point", "Unicode のコードポイントが無効です"),
    (
        "control character (\\u0000-\\u001F) found while parsing a string",
        "文字列に制御文字 (\\u0000-\\u001F) があります",
    ),
    ("trailing comma", "末尾に余分なコンマがあります"),
    ("trailing characters", "末尾に余分な文字があります"),
    ("recursion limit exceeded", "入れ子が深すぎます"),
    ("expected {expected}, found {found}", "ここには {expected} が必要ですが、{found} があります"),
    ("the name of a member must be in double quotes", "メンバーの名前は二重引用符で囲む必要があります"),
    ("this is not JSON", "JSON ではありません"),
    (
        "{message}: `\\u` with half of a surrogate pair is no character",
        "{message}: サロゲートペアの片方だけの `\\u` は文字ではありません",
    ),
    // key_policy/ineffective.rs: the condition is the subject
    ("is not a condition operator, so it protects nothing", "条件演算子ではないため、何も保護しません"),
    (
        "occurs twice or has no clear value, so it cannot be relied on",
        "重複しているか、値が明確でないため、当てにできません",
    ),
    (
        "only excludes the values it lists and admits everyone else",
        "列挙された値を除外するだけで、それ以外はすべて許可します",
    ),
    (
        "is true for every caller whose request lacks the key",
        "キーを含まないリクエストの呼び出し元すべてに対して真になります",
    ),
    (
        "is true for every caller whose request lacks the key (`ForAllValues`)",
        "キーを含まないリクエストの呼び出し元すべてに対して真になります (`ForAllValues`)",
    ),
    ("only checks whether the key is present", "キーの有無を確認するだけです"),
    (
        "compares a number, a date or bytes, which anyone can satisfy",
        "数値、日付、バイトの比較なので、誰でも満たせます",
    ),
    ("has a value that callers of any account can match", "どのアカウントの呼び出し元でも一致できる値を持っています"),
    ("covers so many addresses that it restricts nobody", "対象のアドレスが多すぎて、誰も制限しません"),
    (
        "names the service that the call comes through, not the account it is for: any account can use that service",
        "呼び出しを経由するサービスを指定していますが、対象のアカウントは指定していません。そのサービスはどのアカウントでも使えます",
    ),
    (
        "restricts no role or user: identities choose their encryption context themselves",
        "ロールやユーザーを制限しません。暗号化コンテキストはアイデンティティが自分で選べます",
    ),
    (
        "has a value without an account, so it holds for every customer of the service",
        "値にアカウントが含まれないため、サービスのすべての顧客に当てはまります",
    ),
    ("is assigned by each account to its own identities", "各アカウントが自分のアイデンティティに付けるものです"),
    (
        "is a property of this resource and the same for every caller",
        "このリソースのプロパティで、すべての呼び出し元で同じです",
    ),
    ("says nothing about the caller", "呼び出し元について何も示しません"),
    (
        "cannot match any request, so the statement admits nobody",
        "どのリクエストにも一致しないため、ステートメントは誰も許可しません",
    ),
    // key_policy/lockout.rs
    (
        "a Deny takes kms:PutKeyPolicy from everyone in the account",
        "Deny により、アカウントの誰も kms:PutKeyPolicy を呼び出せません",
    ),
    (
        "no statement lets anyone in the account call kms:PutKeyPolicy",
        "アカウントの誰かに kms:PutKeyPolicy の呼び出しを許可するステートメントがありません",
    ),
    (
        "a Deny can take kms:PutKeyPolicy from the account itself",
        "Deny により、アカウント自身が kms:PutKeyPolicy を呼び出せなくなることがあります",
    ),
    (
        "only this statement lets the account call kms:PutKeyPolicy, and only under its conditions or for the identities it names",
        "アカウントに kms:PutKeyPolicy の呼び出しを許可するのはこのステートメントだけで、しかもその条件を満たす場合、または指定されたアイデンティティに限られます",
    ),
    (
        "only these statements let the account call kms:PutKeyPolicy, and only under their conditions or for the identities they name",
        "アカウントに kms:PutKeyPolicy の呼び出しを許可するのはこれらのステートメントだけで、しかもその条件を満たす場合、または指定されたアイデンティティに限られます",
    ),
    // key_policy/rejection.rs
    ("an ARN must be in `{\"AWS\": …}`", "ARN は `{\"AWS\": …}` の中に書く必要があります"),
    (
        "a principal must be `*` or be in `{\"AWS\": …}` or `{\"Service\": …}`",
        "プリンシパルは `*` とするか、`{\"AWS\": …}` または `{\"Service\": …}` の中に書く必要があります",
    ),
    ("a service name must not have a wildcard", "サービス名にワイルドカードは使えません"),
    (
        "no service has this name; names look like `sqs.amazonaws.com`",
        "この名前のサービスはありません。名前は `sqs.amazonaws.com` のような形式です",
    ),
    (
        "only the principal types `AWS` and `Service` are accepted",
        "プリンシパルの種類は `AWS` と `Service` だけが受け付けられます",
    ),
    (
        "only accounts, roles, users and sessions are principals",
        "プリンシパルになるのはアカウント、ロール、ユーザー、セッションだけです",
    ),
    ("the ARN of a principal must not have a wildcard", "プリンシパルの ARN にワイルドカードは使えません"),
    (
        "a group is not a principal; name a role, or the users of the group",
        "グループはプリンシパルではありません。ロール、またはグループのユーザーを指定してください",
    ),
    (
        "the ARN of a principal must name one account",
        "プリンシパルの ARN には 1 つのアカウントを指定する必要があります",
    ),
    ("the account in the ARN must have twelve digits", "ARN のアカウントは 12 桁である必要があります"),
    (
        "the ARN is incomplete; it must look like `arn:aws:iam::111122223333:role/name`",
        "ARN が不完全です。`arn:aws:iam::111122223333:role/name` のような形式にしてください",
    ),
    ("an account id has twelve digits", "アカウント ID は 12 桁です"),
    (
        "a value under `AWS` must be an account id or an ARN",
        "`AWS` の値はアカウント ID または ARN である必要があります",
    ),
    ("the key is in another partition of AWS", "キーは AWS の別のパーティションにあります"),
    ("the resource is in another partition of AWS", "リソースは AWS の別のパーティションにあります"),
    ("no partition of AWS has the name after `arn:`", "`arn:` の後の名前を持つ AWS のパーティションはありません"),
    (
        "sessions belong to `sts`; accounts, roles and users to `iam`",
        "セッションは `sts`、アカウント、ロール、ユーザーは `iam` に属します",
    ),
    ("the ARN of a principal has no Region", "プリンシパルの ARN にリージョンはありません"),
    ("the ARN has a character that no name has", "ARN に名前には使えない文字があります"),
    // key_policy/remarks.rs
    ("`{condition}` {reason}", "`{condition}` は {reason}"),
    ("has no effect: {reason}", "効力がありません: {reason}"),
    (
        "`{id}` is the id of a role or user that no longer exists",
        "`{id}` は、すでに存在しないロールまたはユーザーの ID です",
    ),
    (
        "`aws:PrincipalArn` is never `{session}`: for a session it holds the ARN of the role, `arn:aws:iam::ACCOUNT:role/NAME`",
        "`aws:PrincipalArn` が `{session}` になることはありません。セッションの場合はロールの ARN `arn:aws:iam::ACCOUNT:role/NAME` になります",
    ),
    (
        "`NotPrincipal` with Allow admits everyone who is not listed",
        "Allow と `NotPrincipal` の組み合わせは、列挙されていない全員を許可します",
    ),
    (
        "`NotAction` with Allow allows every action that is not listed",
        "Allow と `NotAction` の組み合わせは、列挙されていないすべてのアクションを許可します",
    ),
    ("{who} rejects the principal `{principal}`: {why}", "{who} はプリンシパル `{principal}` を拒否します: {why}"),
    ("{label}: {rejected}", "{label}: {rejected}"),
    // key_policy/statement.rs
    ("its `Effect` is neither `Allow` nor `Deny`", "`Effect` が `Allow` でも `Deny` でもありません"),
    ("it has no `Principal`", "`Principal` がありません"),
    ("it has no `Action`", "`Action` がありません"),
    (
        "it has no `Resource`; write `\"Resource\": \"*\"`",
        "`Resource` がありません。`\"Resource\": \"*\"` と書いてください",
    ),
    (
        "its `Resource` is not this key; write `\"Resource\": \"*\"`",
        "`Resource` がこのキーではありません。`\"Resource\": \"*\"` と書いてください",
    ),
    (
        "its `Resource` is not the one that the policy belongs to",
        "`Resource` が、ポリシーの属するリソースではありません",
    ),
    (
        "none of its actions can be allowed or denied by a key policy",
        "キーポリシーで許可または拒否できるアクションがありません",
    ),
    ("none of its actions can be called on its `Resource`", "`Resource` に対して呼び出せるアクションがありません"),
];
