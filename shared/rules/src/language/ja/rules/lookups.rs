//! Japanese: why a look-up gave no answer.

pub(in crate::language::ja) const TEXTS: super::super::Texts = &[
    // runtime
    ("no connection", "接続できません"),
    ("no response in time (timeout)", "時間内に応答がありません (タイムアウト)"),
    ("the request could not be sent", "リクエストを送信できませんでした"),
    ("the response cannot be read", "応答を読み取れません"),
    // runtime/lookups
    ("`sts:AssumeRole` on `{role}` failed: {why}", "`{role}` に対する `sts:AssumeRole` が失敗しました: {why}"),
    (
        "`sts:AssumeRole` on `{role}` returned no credentials",
        "`{role}` に対する `sts:AssumeRole` が認証情報を返しませんでした",
    ),
    ("`sts:AssumeRole` rejected `{role}`: {why}", "`sts:AssumeRole` が `{role}` を拒否しました: {why}"),
    ("`{arn}` is not the ARN of a channel", "`{arn}` はチャネルの ARN ではありません"),
    ("`{call}` described `{other}` instead of `{arn}`", "`{call}` が返したのは `{arn}` ではなく `{other}` の説明です"),
    ("`{call}` did not end after {pages} pages", "`{call}` は {pages} ページを過ぎても終わりませんでした"),
    ("`{call}` failed: {why}", "`{call}` が失敗しました: {why}"),
    ("`{call}` on `{arn}` failed: {why}", "`{arn}` に対する `{call}` が失敗しました: {why}"),
    (
        "`{call}` on `{arn}` was denied: allow it in the policy of the role that makes look-ups",
        "`{arn}` に対する `{call}` が拒否されました。参照に使うロールのポリシーで許可してください",
    ),
    (
        "`{call}` on `{arn}` was denied: allow it in the policy of the role that makes look-ups and in the key policy",
        "`{arn}` に対する `{call}` が拒否されました。参照に使うロールのポリシーとキーポリシーで許可してください",
    ),
    ("`{call}` rejected `{arn}`: {why}", "`{call}` が `{arn}` を拒否しました: {why}"),
    ("`{call}` returned no description of `{arn}`", "`{call}` が `{arn}` の説明を返しませんでした"),
    ("`{call}` returned no list of accounts", "`{call}` がアカウントの一覧を返しませんでした"),
    (
        "`{call}` was denied: only the management account of the organization and its delegated administrators may list accounts; set {variable} of the function to a role there that allows it (for `--live`, use a profile of such an account), or name the accounts in `keys.trusted_accounts`",
        "`{call}` が拒否されました。アカウントの一覧を取得できるのは、組織の管理アカウントと委任された管理者だけです。関数の {variable} に、そのアカウントでこの呼び出しを許可するロールを設定するか (`--live` ではそのアカウントのプロファイルを使用)、`keys.trusted_accounts` にアカウントを指定してください",
    ),
    ("`{call}` was rejected: {why}", "`{call}` が拒否されました: {why}"),
    ("an unknown account", "不明なアカウント"),
    (
        "no service answers `{call}`: add it to the services of this function",
        "`{call}` に対応するサービスがありません。この関数のサービスに追加してください",
    ),
    (
        "the event is from account {id} and the function runs in {own}: set {variable} to the name of a role in {id} that the function may assume",
        "イベントの発生元はアカウント {id}、関数の実行先は {own} です。関数が引き受けられる {id} のロールの名前を {variable} に設定してください",
    ),
    (
        "the record has no valid account id, so nothing can be looked up",
        "記録に有効なアカウント ID がないため、参照できません",
    ),
    (
        "the role `{role}` cannot be assumed: create it, name the caller, such as the function's role, in its trust policy, and allow `sts:AssumeRole` on it in the policy of the caller",
        "ロール `{role}` を引き受けられません。ロールを作成し、その信頼ポリシーに呼び出し元 (関数のロールなど) を指定し、呼び出し元のポリシーでこのロールに対する `sts:AssumeRole` を許可してください",
    ),
    // runtime/scan
    ("`{call}` for `{arn}` in another account {happened}", "`{call}`: {happened} (別のアカウントの `{arn}`)"),
    ("`{call}` {happened}", "`{call}`: {happened}"),
    ("failed", "失敗しました"),
    ("found nothing", "何も見つかりませんでした"),
    ("is not offered in the Region", "このリージョンでは提供されていません"),
    ("the Region is not enabled", "リージョンが有効になっていません"),
    ("was denied", "拒否されました"),
    ("was rejected: the Region is not enabled", "リージョンが有効になっていないため拒否されました"),
    ("was throttled", "スロットリングされました"),
    ("{called} for `{arn}`", "{called} (対象: `{arn}`)"),
    ("{reason}: {why}", "{reason}: {why}"),
];
