//! Remediation that the rules on worker configurations recommend.

use crate::rules::remediation::Template;

/// A new worker configuration, because no call changes one. `comments` and `settings` are the property lines to write.
pub(super) const REPLACE: Template = Template {
    cli: include_str!("replace.sh"),
    terraform: include_str!("replace.tf"),
    console: "Amazon MSK > MSK Connect > Worker configurations > Create worker configuration",
};
