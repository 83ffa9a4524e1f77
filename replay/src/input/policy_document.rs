//! A key policy that was found in a file.

use sealwatch_rules::language::Text;

/// Where a policy is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Source {
    /// A document of its own.
    #[default]
    Document,
    /// A Terraform plan or state.
    Terraform,
    /// A CloudFormation template.
    CloudFormation,
}

/// A policy found in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PolicyDocument {
    /// The file, as messages name it.
    pub(crate) file: String,
    /// The address of the resource in a Terraform plan, or its logical id in a template.
    pub(crate) address: Option<String>,
    /// Where the policy is written.
    pub(crate) source: Source,
    /// The policy, or what is known of it. `None` for the default policy of KMS, or if nothing is known.
    pub(crate) text: Option<String>,
    /// Why the policy, or some Allow of it, is not known yet.
    pub(crate) unknown: Option<Text>,
    /// The key's ARN or id, if the file contains it.
    pub(crate) key: Option<String>,
    /// The account that owns the key, if the file contains it.
    pub(crate) account: Option<String>,
    /// The Region of the key, if the file contains it.
    pub(crate) region: Option<String>,
    /// The usage of the key, if the file contains it.
    pub(crate) usage: Option<String>,
    /// True if the lockout safety check is bypassed.
    pub(crate) bypass: bool,
}

impl PolicyDocument {
    /// The name in messages and reports: the file, and the resource in a Terraform plan or template.
    pub(crate) fn name(&self) -> String {
        match &self.address {
            Some(address) => format!("{} {address}", self.file),
            None => self.file.clone(),
        }
    }
}

/// Where a template will be deployed, if the command line says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deployment<'a> {
    /// `--account`
    pub(crate) account: Option<&'a str>,
    /// `--region`
    pub(crate) region: Option<&'a str>,
}
