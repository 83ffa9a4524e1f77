//! The controls of security frameworks that rules map to.

use std::fmt;

/// One control of a framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control {
    /// The framework.
    pub framework: Framework,
    /// The control's id in the framework: `KMS.4`, `SC-12`, …
    pub id: &'static str,
}

/// A security framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Framework {
    /// <https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html>
    Fsbp,
    /// <https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final>
    Nist80053,
    /// <https://www.pcisecuritystandards.org/document_library/>
    PciDss,
    /// <https://www.cisecurity.org/benchmark/amazon_web_services>
    CisAws,
}

impl Framework {
    /// The framework's name with its version.
    pub fn name(self) -> &'static str {
        match self {
            Framework::Fsbp => "AWS Security Hub FSBP",
            Framework::Nist80053 => "NIST 800-53 r5",
            Framework::PciDss => "PCI DSS v4.0.1",
            Framework::CisAws => "CIS AWS Foundations v3.0.0",
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.framework.name(), self.id)
    }
}

impl serde::Serialize for Control {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A control of AWS Foundational Security Best Practices.
pub(crate) const fn fsbp(id: &'static str) -> Control {
    Control { framework: Framework::Fsbp, id }
}

/// A control of NIST SP 800-53.
pub(crate) const fn nist(id: &'static str) -> Control {
    Control { framework: Framework::Nist80053, id }
}

/// A requirement of PCI DSS.
pub(crate) const fn pci(id: &'static str) -> Control {
    Control { framework: Framework::PciDss, id }
}

/// A recommendation of the CIS AWS Foundations Benchmark.
pub(crate) const fn cis(id: &'static str) -> Control {
    Control { framework: Framework::CisAws, id }
}
