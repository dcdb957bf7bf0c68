//! What went wrong, told by its kind.

use std::error::Error as _;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::config::http::HttpResponse;
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;

use crate::cloud::{Error, Kind};

/// The call by which a role is assumed.
const ASSUME_ROLE: &str = "sts:AssumeRole";

/// The error of a call, such as `ecs:RunTask`, on something.
pub(super) fn of<E>(action: &str, on: &str, error: &SdkError<E, HttpResponse>) -> Error
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let code = error.code().unwrap_or_default();
    let said = error.message().unwrap_or_default();
    let (kind, why) = match error {
        SdkError::ServiceError(_) => (kind(action, code, said), format!("{code}: {said}")),
        _ => without_answer(error),
    };
    let remedy = match &kind {
        Kind::Denied(denied) if denied == ASSUME_ROLE => {
            format!("give the credentials the right to `{denied}`, and let the role trust them")
        }
        Kind::Denied(denied) => format!("give the credentials the right to `{denied}`"),
        Kind::Throttled => "others call AWS as well: try again later".to_owned(),
        Kind::NotFound => "look at the name, the region and the account".to_owned(),
        Kind::Expired => "log in again".to_owned(),
        Kind::NoCredentials => "log in, or name a profile or a role".to_owned(),
        Kind::Unreachable => "try again; if it stays, look at the network and at AWS's health dashboard".to_owned(),
        Kind::Invalid | Kind::Other => return Error { kind, text: format!("`{action}` on `{on}` failed: {why}") },
    };
    Error { kind, text: format!("`{action}` on `{on}` failed: {why}: {remedy}") }
}

/// By what AWS has answered. Services do not agree on the names of what they have in common.
fn kind(action: &str, code: &str, said: &str) -> Kind {
    let code = code.trim_end_matches("Exception");
    match code {
        "AccessDenied" | "UnauthorizedOperation" | "NotAuthorized" => {
            // Such as `iam:PassRole`, which another call needs.
            let other = said.split("to perform: ").nth(1).and_then(|rest| rest.split_whitespace().next());
            Kind::Denied(other.unwrap_or(action).to_owned())
        }
        "ExpiredToken" | "RequestExpired" | "UnrecognizedClient" | "InvalidClientTokenId" | "SignatureDoesNotMatch" => {
            Kind::Expired
        }
        "Server" | "InternalFailure" | "InternalError" | "InternalServerError" | "ServiceUnavailable" => {
            Kind::Unreachable
        }
        // ECS remembers a deleted cluster for a while.
        _ if code.ends_with("NotFound") || code == "NoSuchEntity" || said.contains("cluster was inactive") => {
            Kind::NotFound
        }
        _ if ["Throttl", "TooManyRequests", "RequestLimitExceeded"].iter().any(|part| code.contains(part)) => {
            Kind::Throttled
        }
        "InvalidParameter" | "Client" | "Validation" | "ValidationError" => Kind::Invalid,
        _ => Kind::Other,
    }
}

/// Without an answer there was no connection, or there were no credentials to sign with.
fn without_answer<E>(error: &SdkError<E, HttpResponse>) -> (Kind, String)
where
    E: std::error::Error + 'static,
{
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<CredentialsError>() {
            return without_credentials(error);
        }
        cause = error.source();
    }
    (Kind::Unreachable, told(error))
}

fn without_credentials(error: &CredentialsError) -> (Kind, String) {
    let assumed = error.source().and_then(|error| error.downcast_ref::<SdkError<AssumeRoleError, HttpResponse>>());
    if let Some(SdkError::ServiceError(refused)) = assumed {
        let metadata = refused.err().meta();
        let (code, said) = (metadata.code().unwrap_or_default(), metadata.message().unwrap_or_default());
        return (kind(ASSUME_ROLE, code, said), format!("the role could not be assumed: {code}: {said}"));
    }
    let told = told(error);
    let kind = match error {
        CredentialsError::ProviderTimedOut(_) => Kind::Unreachable,
        _ if told.contains("expired") || told.contains("ExpiredToken") => Kind::Expired,
        _ => Kind::NoCredentials,
    };
    // A chain that has found none lists all that it has tried, whatever the reason is.
    let why = told.split(". Attempted:").next().unwrap_or_default();
    (kind, format!("there are no credentials to be had: {why}"))
}

/// The error and what is behind it, each once, and never what AWS has answered: that may hold credentials.
fn told(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !told.ends_with(&more) {
            told = format!("{told}: {more}");
        }
        cause = error.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_answers_is_told_by_its_kind() {
        let denied = "User: arn:aws:iam::1:user/ci is not authorized to perform: iam:PassRole on resource: x because …";
        let role = "ECS was unable to assume the role 'arn:aws:iam::1:role/x' that was provided for this task.";
        for (code, said, expected) in [
            ("AccessDeniedException", denied, Kind::Denied("iam:PassRole".to_owned())),
            ("AccessDeniedException", "no", Kind::Denied("ecs:RunTask".to_owned())),
            ("ThrottlingException", "Rate exceeded", Kind::Throttled),
            ("ClusterNotFoundException", "Cluster not found.", Kind::NotFound),
            ("InvalidParameterException", "The referenced cluster was inactive.", Kind::NotFound),
            ("ResourceNotFoundException", "The specified log stream does not exist.", Kind::NotFound),
            ("NoSuchEntity", "The role with name x cannot be found.", Kind::NotFound),
            ("ExpiredTokenException", "The security token included in the request is expired", Kind::Expired),
            ("ClientException", role, Kind::Invalid),
            ("ServerException", "", Kind::Unreachable),
            ("BlockedException", "Your account was blocked", Kind::Other),
        ] {
            assert_eq!(kind("ecs:RunTask", code, said), expected, "{code}: {said}");
        }
    }
}
