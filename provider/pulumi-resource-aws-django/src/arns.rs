//! What users point at by an address of AWS's own form: images, secrets and policies; and the ARNs by which IAM
//! policies name them.

use aws_django_release::EcrImage;

/// Where a component's resources are: what an ARN begins with.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// `aws`, `aws-cn` and so on.
    pub(crate) partition: String,
    pub(crate) region: String,
    pub(crate) account_id: String,
}

/// Where ECS reads a secret: what stands in `valueFrom`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A secret of Secrets Manager, by its ARN, without the part of it that is taken.
    Secret(String),
    /// A parameter, by its ARN.
    Parameter(String),
    /// A parameter in the app's own region and account, by its name.
    NamedParameter(String),
}

impl Source {
    /// What a `valueFrom` points at.
    ///
    /// # Errors
    /// Says which forms there are.
    pub(crate) fn parse(value_from: &str) -> Result<Self, String> {
        let parts: Vec<_> = value_from.split(':').collect();
        match parts.as_slice() {
            ["arn", partition, "secretsmanager", region, account, "secret", name, rest @ ..] => match rest {
                [] | [_, _, _] => {
                    Ok(Self::Secret(format!("arn:{partition}:secretsmanager:{region}:{account}:secret:{name}")))
                }
                _ => {
                    Err("has an ARN with a part of its last three missing: to take one key of a secret's JSON, append \
                          `:key:stage:version`, of which stage and version may be empty, as in `:password::`"
                        .to_owned())
                }
            },
            ["arn", _, "ssm", _, _, name] if name.starts_with("parameter/") => {
                Ok(Self::Parameter(value_from.to_owned()))
            }
            [name] if is_parameter_path(name) => Ok(Self::NamedParameter((*name).to_owned())),
            _ => {
                Err("must be where the secret is kept, not the secret itself: the ARN of a secret in Secrets Manager, \
                      with `:key:stage:version` to take one key of its JSON, the ARN of a parameter, or the name of a \
                      parameter of the same region that begins with `/`"
                    .to_owned())
            }
        }
    }

    /// The ARN that a policy names.
    pub(crate) fn arn(&self, place: &Place) -> String {
        match self {
            Self::Secret(arn) | Self::Parameter(arn) => arn.clone(),
            Self::NamedParameter(name) => {
                let Place { partition, region, account_id } = place;
                format!("arn:{partition}:ssm:{region}:{account_id}:parameter/{}", name.trim_start_matches('/'))
            }
        }
    }
}

/// Checks the address of an image.
///
/// # Errors
/// Says that it has to name one build for good.
pub(crate) fn check_image(image: &str) -> Result<(), String> {
    let (address, digest) = image.split_once('@').map_or((image, None), |(address, rest)| (address, Some(rest)));
    if address.is_empty() || image.contains(char::is_whitespace) || image.contains("://") {
        return Err("must be the address of an image, such as `registry.example.com/shop:1.4.0`".to_owned());
    }
    // A colon before the last slash belongs to the registry's port.
    let tag = address.rsplit('/').next().and_then(|name| name.split_once(':')).map(|(_, tag)| tag);
    match (tag, digest) {
        (_, Some(digest)) if !digest.contains(':') => {
            Err("has an `@` without a digest behind it: give one, such as `@sha256:…`".to_owned())
        }
        (None | Some(""), None) => {
            Err("has neither tag nor digest, so that every task would start with whatever image \
                                        was pushed last: give one, such as `:1.4.0`"
                .to_owned())
        }
        (Some("latest"), None) => Err("has the tag `latest`, so that every task would start with whatever image was \
                                       pushed last: give a tag that names one build, or a digest"
            .to_owned()),
        (_, Some(_)) | (Some(_), None) => Ok(()),
    }
}

/// Whether an image comes from a repository of ECR.
pub(crate) fn is_in_ecr(image: &str) -> bool {
    repository(image, "").is_some()
}

/// Checks the ARN of a secret that is taken whole.
///
/// # Errors
/// Says what the ARN of a secret looks like.
pub(crate) fn check_secret(arn: &str) -> Result<(), String> {
    match Source::parse(arn) {
        Ok(Source::Secret(secret)) if secret == arn => Ok(()),
        _ => Err(
            "must be the ARN of a secret in Secrets Manager with `username` and `password`, without a key behind it, \
                  such as `arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-Ab12Cd`"
                .to_owned(),
        ),
    }
}

/// ARN of the repository from which an image comes, if it is one of ECR's.
pub(crate) fn repository(image: &str, partition: &str) -> Option<String> {
    let EcrImage { account, region, repository, .. } = EcrImage::parse(image)?;
    Some(format!("arn:{partition}:ecr:{region}:{account}:repository/{repository}"))
}

/// Checks the ARN of a managed policy.
///
/// # Errors
/// Says what the ARN of a policy looks like.
pub(crate) fn check_policy(arn: &str) -> Result<(), String> {
    match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "iam", "", _, name] if name.starts_with("policy/") => Ok(()),
        _ => {
            Err("must be the ARN of a managed policy, such as `arn:aws:iam::111122223333:policy/send-mail`".to_owned())
        }
    }
}

/// Names without a slash are left to ARNs: they look like what somebody has pasted in place of the secret's address.
fn is_parameter_path(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    name.starts_with('/') && name.chars().all(is_letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_a_secret_without_the_part_that_is_taken() {
        let place = Place {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account_id: "111122223333".to_owned(),
        };
        let cases = [
            (
                "arn:aws:secretsmanager:eu-west-1:1:secret:mail-Ab12Cd",
                "arn:aws:secretsmanager:eu-west-1:1:secret:mail-Ab12Cd",
            ),
            (
                "arn:aws:secretsmanager:eu-west-1:1:secret:mail-Ab12Cd:key::",
                "arn:aws:secretsmanager:eu-west-1:1:secret:mail-Ab12Cd",
            ),
            (
                "arn:aws-cn:secretsmanager:cn-north-1:1:secret:a/b-Ab12Cd:key:AWSCURRENT:",
                "arn:aws-cn:secretsmanager:cn-north-1:1:secret:a/b-Ab12Cd",
            ),
            ("arn:aws:ssm:eu-west-1:1:parameter/a/b", "arn:aws:ssm:eu-west-1:1:parameter/a/b"),
            ("/dev/alpha/KEY", "arn:aws:ssm:eu-west-1:111122223333:parameter/dev/alpha/KEY"),
            ("arn:aws:ssm:eu-west-1:1:parameter/KEY", "arn:aws:ssm:eu-west-1:1:parameter/KEY"),
        ];
        for (value_from, arn) in cases {
            assert_eq!(Source::parse(value_from).map(|source| source.arn(&place)), Ok(arn.to_owned()));
        }
    }

    #[test]
    fn what_is_no_source_is_told_so() {
        for text in [
            "",
            "p@ss word",
            "hunter2",
            "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
            "a/b",
            "arn:aws:s3:::bucket",
            "arn:aws:secretsmanager:eu-west-1:1:key",
        ] {
            assert!(Source::parse(text).unwrap_err().starts_with("must be where the secret is kept"), "{text}");
        }
        let cut = Source::parse("arn:aws:secretsmanager:eu-west-1:1:secret:mail-Ab12Cd:key");
        assert!(cut.unwrap_err().contains("`:key:stage:version`"));
    }

    #[test]
    fn an_image_names_one_build() {
        let sound = ["shop:1", "localhost:5000/shop:1", "a.b/c/d:1.0-x", "shop@sha256:ab", "shop:latest@sha256:ab"];
        for image in sound {
            assert_eq!(check_image(image), Ok(()), "{image}");
        }
        let unsound = [
            ("", "must be the address"),
            ("https://a/b:1", "must be the address"),
            ("shop", "has neither tag nor digest"),
            ("shop:", "has neither tag nor digest"),
            ("localhost:5000/shop", "has neither tag nor digest"),
            ("shop:latest", "has the tag `latest`"),
            ("shop@", "has an `@` without a digest"),
        ];
        for (image, reason) in unsound {
            assert!(check_image(image).unwrap_err().starts_with(reason), "{image}");
        }
    }

    #[test]
    fn only_an_image_of_ecr_has_a_repository() {
        let cases = [
            (
                "111122223333.dkr.ecr.eu-west-1.amazonaws.com/team/shop:1",
                Some("arn:aws:ecr:eu-west-1:111122223333:repository/team/shop"),
            ),
            (
                "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/shop@sha256:ab",
                Some("arn:aws:ecr:cn-north-1:111122223333:repository/shop"),
            ),
            (
                "111122223333.dkr-ecr.eu-west-1.on.aws/shop:1",
                Some("arn:aws:ecr:eu-west-1:111122223333:repository/shop"),
            ),
            ("public.ecr.aws/valkey/valkey:8", None),
            ("docker.io/shop:1", None),
            ("shop:1", None),
        ];
        for (image, arn) in cases {
            assert_eq!(repository(image, "aws").as_deref(), arn, "{image}");
        }
    }
}
