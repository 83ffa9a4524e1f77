//! Ids of accounts, organizations and resources, and names of services.

use crate::aws::partition::is_service_principal;

/// True for the twelve digits of an account id.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// True for the id of an AWS organization.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Organization.html>
pub fn is_organization(text: &str) -> bool {
    let rest = text.strip_prefix("o-").unwrap_or_default();
    (10..=32).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// True for the path of an organizational unit or of a root, with everything below it: `o-…/r-…/ou-…/*`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data-orgs.html>
pub fn is_unit_path(text: &str) -> bool {
    let mut parts = text.split('/');
    let (organization, root, last) = (parts.next(), parts.next(), parts.next_back());
    organization.is_some_and(is_organization)
        && root.is_some_and(|root| is_resource_id(root, "r-"))
        && parts.all(|unit| unit.starts_with("ou-") && unit.split('-').all(is_lower_alphanumeric))
        && last == Some("*")
}

/// True for `prefix` and lower-case letters or digits.
pub fn is_resource_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(is_lower_alphanumeric)
}

fn is_lower_alphanumeric(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// True for the name of an AWS service, and for what CloudTrail writes if a service calls for itself.
pub fn is_service(text: &str) -> bool {
    matches!(text, "AWS Internal" | "Amazon Internal") || is_service_principal(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_have_twelve_digits() {
        assert!(is_account("111122223333"));
        for text in ["", "11112222333", "1111222233334", "11112222333a", "１１１１２２２２３３３３"] {
            assert!(!is_account(text), "{text}");
        }
    }

    #[test]
    fn organization_ids_have_ten_to_thirty_two_lower_case_letters_and_digits() {
        assert!(is_organization("o-a1b2c3d4e5"));
        for text in ["o-a1b2c3d4e", "o-A1B2C3D4E5", "a1b2c3d4e5", "o-*", ""] {
            assert!(!is_organization(text), "{text}");
        }
    }

    #[test]
    fn paths_of_units_lead_from_the_organization_to_the_unit() {
        for text in [
            "o-a1b2c3d4e5/r-ab12/ou-ab12-11111111/*",
            "o-a1b2c3d4e5/r-ab12/ou-ab12-1/ou-ab12-2/*",
            "o-a1b2c3d4e5/r-ab12/*",
        ] {
            assert!(is_unit_path(text), "{text}");
        }
        for text in [
            "",
            "*",
            "o-a1b2c3d4e5/*",
            "o-a1b2c3d4e5/r-ab12/ou-ab12-1/",
            "o-a1b2c3d4e5/r-ab12/ou-ab12-*",
            "o-*/r-ab12/*",
            "o-a1b2c3d4e5/r-ab12/ou-/*",
            "o-a1b2c3d4e5/ou-ab12-1/*",
            "o-a1b2c3d4e5/r-ab12/*/*",
            "o-a1b2c3d4e5/r-ab12",
        ] {
            assert!(!is_unit_path(text), "{text}");
        }
    }

    #[test]
    fn services_have_a_name_in_the_domain_of_aws() {
        for text in
            ["AWS Internal", "rds.eu-west-1.amazonaws.com", "ec2-frontend-api.amazonaws.com", "kms.amazonaws.com.cn"]
        {
            assert!(is_service(text), "{text}");
        }
        for text in ["", "203.0.113.7", "arn:aws:iam::111122223333:role/a", "rds.amazonaws.com.example.org", "internal"]
        {
            assert!(!is_service(text), "{text}");
        }
    }
}
