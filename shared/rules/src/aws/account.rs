//! Ids of accounts and organizations, and names of services.

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

/// True for the name of an AWS service, and for what CloudTrail writes if a service calls for itself.
pub fn is_service(text: &str) -> bool {
    let suffix = text.rsplit_once(".amazonaws.").map(|(_, suffix)| suffix);
    matches!(text, "AWS Internal" | "Amazon Internal") || matches!(suffix, Some("com" | "com.cn" | "eu"))
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
