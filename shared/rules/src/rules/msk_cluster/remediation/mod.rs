//! Remediation that the rules on MSK clusters recommend.

use crate::key_policy::Service;
use crate::language::Text;
use crate::rules::remediation::Template;
use crate::rules::resource_policy::analysis::Kind;

/// Clusters, and how their policies are changed.
pub(super) static CLUSTER: Kind = Kind {
    service: Service::Msk,
    noun: Text::literal("cluster"),
    placeholder: "your-cluster-arn",
    change: Template {
        cli: include_str!("change_policy.sh"),
        terraform: include_str!("change_policy.tf"),
        console: "Amazon MSK > Clusters > {{name}} > Properties > Security settings > Edit cluster policy",
    },
    delete: Some(Template {
        cli: include_str!("delete_policy.sh"),
        terraform: include_str!("delete_policy.tf"),
        console: "Amazon MSK > Clusters > {{name}} > Properties > Security settings > Edit cluster policy",
    }),
};

/// A new cluster: what is wrong cannot be changed in an existing one.
const CREATE_CLUSTER: &str = include_str!("create_cluster.sh");

/// A new cluster with encryption between its brokers.
pub(super) const PLAINTEXT_BROKERS: Template = Template {
    cli: CREATE_CLUSTER,
    terraform: include_str!("plaintext_brokers.tf"),
    console: "Amazon MSK > Clusters > Create cluster > Custom create > Security > Encryption within the cluster",
};

/// Accept clients over TLS only.
pub(super) const PLAINTEXT_CLIENTS: Template = Template {
    cli: include_str!("plaintext_clients.sh"),
    terraform: include_str!("plaintext_clients.tf"),
    console: "Amazon MSK > Clusters > {{name}} > Properties > Security settings > Edit",
};

/// Disable public access.
pub(super) const PUBLIC_ACCESS: Template = Template {
    cli: include_str!("public_access.sh"),
    terraform: include_str!("public_access.tf"),
    console: "Amazon MSK > Clusters > {{name}} > Properties > Networking settings > Edit public access",
};

/// A provisioned cluster, which can have a customer managed key.
pub(super) const SERVERLESS_KEY: Template = Template {
    cli: CREATE_CLUSTER,
    terraform: include_str!("serverless_key.tf"),
    console: "Amazon MSK > Clusters > Create cluster > Custom create > Provisioned",
};

/// Require IAM authentication.
pub(super) const UNAUTHENTICATED_CLIENTS: Template = Template {
    cli: include_str!("unauthenticated_clients.sh"),
    terraform: include_str!("unauthenticated_clients.tf"),
    console: "Amazon MSK > Clusters > {{name}} > Properties > Security settings > Edit > Access control methods",
};

/// A new cluster with a customer managed key.
pub(super) const WITHOUT_CUSTOMER_KEY: Template = Template {
    cli: CREATE_CLUSTER,
    terraform: include_str!("without_customer_key.tf"),
    console: "Amazon MSK > Clusters > Create cluster > Custom create > Security > Encrypt data at rest > Use customer managed key",
};
