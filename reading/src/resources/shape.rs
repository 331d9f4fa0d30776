//! What sort of thing an identifier names, told from its shape alone: ARNs, AWS ids, Azure and Google Cloud paths.
//!
//! Owns the tables of prefixes and services. It must not look at the text around an identifier.

use crate::{Resource, Span};

/// AWS's short ids: prefix, sort. The rest is 8 or 17 hexadecimal digits (some services: letters and digits).
/// Source: the service authorisation reference's resource types.
const AWS_PREFIXES: &[(&str, &str)] = &[
    ("i-", "ec2_instance"),
    ("h-", "ec2_dedicated_host"),
    ("r-", "ec2_reservation"),
    ("ri-", "ec2_reservation"),
    ("lt-", "launch_template"),
    ("mi-", "ssm_managed_instance"),
    ("vol-", "ebs_volume"),
    ("snap-", "ebs_snapshot"),
    ("ami-", "machine_image"),
    ("eni-", "network_interface"),
    ("eipalloc-", "elastic_ip"),
    ("sg-", "security_group"),
    ("subnet-", "subnet"),
    ("vpc-", "vpc"),
    ("vpce-", "vpc_endpoint"),
    ("igw-", "internet_gateway"),
    ("nat-", "nat_gateway"),
    ("rtb-", "route_table"),
    ("acl-", "network_acl"),
    ("tgw-", "transit_gateway"),
    ("tgw-attach-", "transit_gateway_attachment"),
    ("pcx-", "vpc_peering"),
    ("vpn-", "vpn_connection"),
    ("vgw-", "vpn_gateway"),
    ("cgw-", "customer_gateway"),
    ("cvpn-endpoint-", "client_vpn_endpoint"),
    ("dxcon-", "direct_connect_connection"),
    ("dxvif-", "direct_connect_interface"),
    ("dxlag-", "direct_connect_lag"),
    ("fs-", "file_system"),
    ("fsx-", "file_system"),
    ("fsap-", "file_system_access_point"),
    ("cr-", "capacity_reservation"),
    ("eipassoc-", "elastic_ip"),
    ("db-", "rds_instance"),
    ("cluster-", "rds_cluster"),
    ("j-", "emr_cluster"),
    ("ws-", "workspace"),
    ("wsb-", "workspace"),
    ("d-", "directory"),
    ("o-", "organization"),
    ("ou-", "organization_unit"),
    ("sgw-", "storage_gateway"),
    ("lb-", "load_balancer"),
];

/// The service part and the first word of the resource part of an ARN: sort. An empty word takes every resource.
const ARN_SORTS: &[(&str, &str, &str)] = &[
    ("rds", "db", "rds_instance"),
    ("rds", "cluster", "rds_cluster"),
    ("rds", "snapshot", "rds_snapshot"),
    ("rds", "", "rds_resource"),
    ("ec2", "instance", "ec2_instance"),
    ("ec2", "volume", "ebs_volume"),
    ("ec2", "vpn-connection", "vpn_connection"),
    ("ec2", "", "ec2_resource"),
    ("lambda", "function", "lambda_function"),
    ("s3", "", "s3_bucket"),
    ("eks", "", "kubernetes_cluster"),
    ("ecs", "", "ecs_service"),
    ("acm", "certificate", "certificate"),
    ("elasticache", "", "cache_cluster"),
    ("memorydb", "", "cache_cluster"),
    ("es", "domain", "search_domain"),
    ("elasticloadbalancing", "loadbalancer", "load_balancer"),
    ("elasticfilesystem", "", "file_system"),
    ("directconnect", "", "direct_connect_connection"),
    ("kafka", "cluster", "kafka_cluster"),
    ("mq", "broker", "message_broker"),
    ("redshift", "cluster", "redshift_cluster"),
    ("dynamodb", "table", "dynamodb_table"),
    ("cloudfront", "distribution", "cdn_distribution"),
    ("sns", "", "sns_topic"),
    ("sqs", "", "sqs_queue"),
    ("iam", "user", "iam_user"),
    ("iam", "role", "iam_role"),
];

/// A resource with all that its identifier tells by itself.
#[must_use]
pub fn resource(id: &str, span: Option<Span>) -> Resource {
    let (account, region) = arn(id).map_or((None, None), |a| (some(a.account), some(a.region)));
    Resource { id: id.to_owned(), sort: sort_of(id).unwrap_or("resource").to_owned(), account, region, span }
}

/// What the identifier names, where its shape tells.
#[must_use]
pub fn sort_of(id: &str) -> Option<&'static str> {
    if let Some(arn) = arn(id) {
        return Some(arn.sort());
    }
    aws_id(id).or_else(|| cloud_path(id)).or_else(|| is_account(id).then_some("aws_account"))
}

/// The parts of an Amazon Resource Name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    pub service: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub resource: &'a str,
}

impl Arn<'_> {
    fn sort(&self) -> &'static str {
        let first = self.resource.split(['/', ':']).next().unwrap_or_default();
        ARN_SORTS
            .iter()
            .find(|(service, word, _)| *service == self.service && (word.is_empty() || *word == first))
            .map_or("resource", |(_, _, sort)| sort)
    }
}

/// Takes an ARN apart. `None` where it is none.
#[must_use]
pub fn arn(text: &str) -> Option<Arn<'_>> {
    let mut parts = text.splitn(6, ':');
    let (prefix, partition) = (parts.next()?, parts.next()?);
    if prefix != "arn" || !partition.starts_with("aws") {
        return None;
    }
    let (service, region, account, resource) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    (!resource.is_empty()).then_some(Arn { service, region, account, resource })
}

/// One of AWS's short ids, such as `i-0123456789abcdef0`.
#[must_use]
pub fn aws_id(id: &str) -> Option<&'static str> {
    let (own, rest) = id.split_at(id.rfind('-')? + 1);
    let (_, sort) = AWS_PREFIXES.iter().find(|(prefix, _)| *prefix == own)?;
    is_aws_suffix(rest).then_some(*sort)
}

/// 8 or 17 hexadecimal digits, or 8 to 26 letters and digits with at least two digits.
fn is_aws_suffix(rest: &str) -> bool {
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    let hex = rest.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    match rest.len() {
        8 | 17 if hex => true,
        8..=26 => {
            digits >= 2
                && rest.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_lowercase())
                && digits * 4 >= rest.len()
        }
        _ => false,
    }
}

/// Azure's `/subscriptions/…/providers/…` and Google Cloud's `projects/…/…`.
fn cloud_path(id: &str) -> Option<&'static str> {
    if !id.contains('/') {
        return None;
    }
    let lower = id.to_ascii_lowercase();
    if lower.starts_with("/subscriptions/") {
        return Some(if lower.contains("/providers/") {
            "azure_resource"
        } else if lower.contains("/resourcegroups/") {
            "azure_resource_group"
        } else {
            "azure_subscription"
        });
    }
    let rest = lower.strip_prefix("//").and_then(|r| r.split_once('/')).map_or(lower.as_str(), |(_, path)| path);
    let mut parts = rest.strip_prefix("projects/")?.split('/');
    parts.next().filter(|p| !p.is_empty())?;
    Some(if parts.next().is_some() { "gcp_resource" } else { "project" })
}

/// Twelve digits, as AWS numbers its accounts.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// AWS's and Google Cloud's way to name a region: `eu-west-1`, `us-gov-west-1`, `europe-west2`.
#[must_use]
pub fn is_region(text: &str) -> bool {
    const AREAS: &[&str] = &[
        "us",
        "eu",
        "ap",
        "sa",
        "ca",
        "me",
        "af",
        "il",
        "cn",
        "mx",
        "europe",
        "asia",
        "australia",
        "northamerica",
        "southamerica",
        "africa",
    ];
    let lower = text.to_ascii_lowercase();
    let Some((area, rest)) = lower.split_once('-') else { return false };
    let rest = rest.strip_prefix("gov-").or_else(|| rest.strip_prefix("iso-")).unwrap_or(rest);
    let (direction, number) = match rest.rsplit_once('-') {
        Some((direction, number)) => (direction, number),
        None => rest.split_at(rest.trim_end_matches(|c: char| c.is_ascii_digit()).len()),
    };
    AREAS.contains(&area)
        && matches!(number.len(), 1 | 2)
        && number.bytes().all(|b| b.is_ascii_digit())
        && ["north", "south", "east", "west", "central"].iter().any(|d| direction.starts_with(d))
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_tells_service_account_and_region() {
        let found = resource("arn:aws:rds:eu-west-1:123456789012:db:orders-prod", None);
        assert_eq!(found.sort, "rds_instance");
        assert_eq!(found.account.as_deref(), Some("123456789012"));
        assert_eq!(found.region.as_deref(), Some("eu-west-1"));
        assert_eq!(resource("arn:aws:s3:::reports", None).account, None, "a bucket's ARN names no account");
    }

    #[test]
    fn short_ids_are_told_by_prefix_and_suffix() {
        for (id, sort) in [
            ("i-0abc1234def567890", Some("ec2_instance")),
            ("vol-1a2b3c4d", Some("ebs_volume")),
            ("dxcon-fg1234ab", Some("direct_connect_connection")),
            ("vpn-0d0e3eeefe6aabb0d", Some("vpn_connection")),
            ("i-am-a-word", None),
            ("h-index", None),
            ("d-day", None),
            ("r-facing", None),
        ] {
            assert_eq!(aws_id(id), sort, "{id}");
        }
    }

    #[test]
    fn regions_are_told_from_words_with_hyphens() {
        for yes in ["eu-west-1", "US-EAST-2", "us-gov-west-1", "ap-southeast-2", "europe-west2", "asia-northeast1"] {
            assert!(is_region(yes), "{yes}");
        }
        for no in ["us-based", "eu-wide-1", "sa-1", "ca-2019", "rds-ca-2019"] {
            assert!(!is_region(no), "{no}");
        }
    }

    #[test]
    fn paths_of_azure_and_google_cloud_are_told() {
        assert_eq!(
            sort_of("/subscriptions/1/resourceGroups/a/providers/Microsoft.Compute/virtualMachines/b"),
            Some("azure_resource")
        );
        assert_eq!(sort_of("projects/shop-prod/zones/europe-west1-b/instances/web-1"), Some("gcp_resource"));
        assert_eq!(sort_of("projects/shop-prod"), Some("project"));
        assert_eq!(sort_of("projects/"), None);
    }
}
