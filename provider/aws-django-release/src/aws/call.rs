//! Calls of services that are asked one or two things. Their parts of the SDK would take longer to compile than
//! everything else here (that of EC2 alone minutes); the SDK's own runtime signs, retries and limits these calls as it
//! does all others.

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_query::QueryWriter;
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use serde_json::Value;

use super::{Aws, error};
use crate::cloud::Result;

/// A service.
pub(super) struct Service {
    /// As requests are signed for it.
    name: &'static str,
    /// What its host begins with.
    host: &'static str,
    /// In JSON what its operations stand behind, elsewhere the version of its API.
    protocol: Protocol,
}

enum Protocol {
    Json(&'static str),
    Query(&'static str),
}

pub(super) const ECR: Service =
    Service { name: "ecr", host: "api.ecr", protocol: Protocol::Json("AmazonEC2ContainerRegistry_V20150921") };
pub(super) const SECRETS_MANAGER: Service =
    Service { name: "secretsmanager", host: "secretsmanager", protocol: Protocol::Json("secretsmanager") };
pub(super) const EC2: Service = Service { name: "ec2", host: "ec2", protocol: Protocol::Query("2016-11-15") };
pub(super) const IAM: Service = Service { name: "iam", host: "iam", protocol: Protocol::Query("2010-05-08") };

/// What AWS has refused.
#[derive(Debug)]
struct Refused(ErrorMetadata);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl ProvideErrorMetadata for Refused {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

/// The body of an answer. What is in it may be a secret.
struct Answer(Vec<u8>);

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Answer(…)")
    }
}

impl Aws {
    /// A call of a service that speaks JSON, such as `ecr:BatchGetImage`, on something.
    pub(super) async fn json(
        &self,
        (service, region): (&Service, &str),
        operation: &str,
        on: &str,
        input: &Value,
    ) -> Result<Value> {
        let answer = self.call((service, region), operation, on, input.to_string()).await?;
        Ok(serde_json::from_slice(&answer.0).unwrap_or_default())
    }

    /// A call of a service that answers XML, with parameters.
    pub(super) async fn query(
        &self,
        (service, region): (&Service, &str),
        operation: &str,
        on: &str,
        parameters: &[(String, &str)],
    ) -> Result<String> {
        let Protocol::Query(version) = service.protocol else { return Ok(String::new()) };
        let mut body = String::new();
        let mut writer = QueryWriter::new(&mut body, operation, version);
        for (name, value) in parameters {
            writer.prefix(name).string(value);
        }
        writer.finish();
        let answer = self.call((service, region), operation, on, body).await?;
        Ok(String::from_utf8_lossy(&answer.0).into_owned())
    }

    /// What is at an address that AWS has signed.
    pub(super) async fn download(&self, action: &str, on: &str, address: &str) -> Result<Vec<u8>> {
        let (host, path) = split(address);
        let path = path.to_owned();
        let operation = self.builder("s3", "GetObject").await.endpoint_url(host).no_auth();
        let operation = operation.serializer(move |()| {
            let mut request = HttpRequest::new(SdkBody::empty());
            request.set_uri(path.clone())?;
            Ok(request)
        });
        let answer = operation.deserializer(read).build().invoke(()).await;
        answer.map(|it| it.0).map_err(|it| error::of(action, on, &it))
    }

    async fn call(
        &self,
        (service, region): (&Service, &str),
        operation: &str,
        on: &str,
        body: String,
    ) -> Result<Answer> {
        let Service { name, host, protocol } = service;
        let headers: Vec<(&'static str, String)> = match protocol {
            Protocol::Json(target) => vec![
                ("content-type", "application/x-amz-json-1.1".to_owned()),
                ("x-amz-target", format!("{target}.{operation}")),
            ],
            Protocol::Query(_) => vec![("content-type", "application/x-www-form-urlencoded".to_owned())],
        };
        let call: Operation<(), Answer, Refused> = self
            .builder(name, operation)
            .await
            .endpoint_url(&self.clients().await.endpoint_in(host, region))
            .runtime_plugin(self.signed(name, region).await)
            .serializer(move |()| {
                let mut request = HttpRequest::new(SdkBody::from(body.clone()));
                request.set_method("POST")?;
                request.set_uri("/")?;
                for (header, value) in &headers {
                    request.headers_mut().insert(*header, value.clone());
                }
                Ok(request)
            })
            .deserializer(read)
            .build();
        call.invoke(()).await.map_err(|it| error::of(&format!("{name}:{operation}"), on, &it))
    }

    /// With the limits and the retries of all other calls.
    async fn builder(&self, service: &'static str, operation: &str) -> OperationBuilder {
        let config = &self.clients().await.config;
        let mut builder = Operation::builder()
            .service_name(service)
            .operation_name(operation.to_owned())
            .behavior_version(aws_config::BehaviorVersion::latest())
            .with_connection_poisoning()
            .retry_classifier(AwsErrorCodeClassifier::<Refused>::new())
            .retry_classifier(TransientErrorClassifier::<Refused>::new())
            .retry_classifier(HttpStatusCodeClassifier::default());
        if let Some(retries) = config.retry_config() {
            builder = builder.standard_retry(retries);
        }
        if let Some(limits) = config.timeout_config() {
            builder = builder.timeout_config(limits.clone());
        }
        if let Some(http) = config.http_client() {
            builder = builder.http_client(http);
        }
        if let Some(sleep) = config.sleep_impl() {
            builder = builder.sleep_impl(sleep);
        }
        builder
    }

    /// Signs for a service of a region, and says who calls.
    async fn signed(&self, service: &'static str, region: &str) -> StaticRuntimePlugin {
        let config = &self.clients().await.config;
        let mut layer = Layer::new("signed");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(region.to_owned()))),
            name: Some(SigningName::from_static(service)),
            signing_options: SigningOptions::default(),
            ..SigV4OperationSigningConfig::default()
        });
        layer.store_put(ApiMetadata::new(service, env!("CARGO_PKG_VERSION")));
        if let Some(app) = config.app_name() {
            layer.store_put(app.clone());
        }
        let mut parts = RuntimeComponentsBuilder::new("signed");
        parts.push_interceptor(UserAgentInterceptor::new());
        let resolver = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
        parts.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(resolver)));
        parts.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
        if let Some(credentials) = config.credentials_provider() {
            parts.set_identity_resolver(SCHEME_ID, credentials);
        }
        parts.set_identity_cache(config.identity_cache());
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(parts)
    }
}

fn read(response: &HttpResponse) -> std::result::Result<Answer, OrchestratorError<Refused>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(Answer(body.to_vec()));
    }
    Err(OrchestratorError::operation(Refused(metadata(&String::from_utf8_lossy(body)))))
}

/// What a refusal says, in JSON or in XML.
fn metadata(body: &str) -> ErrorMetadata {
    let (code, message) = match serde_json::from_str::<Value>(body) {
        Ok(json) => {
            let text = |name: &str| json[name].as_str().map(str::to_owned);
            (text("__type"), text("message").or_else(|| text("Message")))
        }
        Err(_) => (element(body, "Code").next(), element(body, "Message").next()),
    };
    let code = code.unwrap_or_else(|| "Unknown".to_owned());
    let code = code.rsplit('#').next().unwrap_or_default().to_owned();
    ErrorMetadata::builder().code(code).message(message.unwrap_or_default()).build()
}

/// The texts of all elements of a name that have no others in them.
pub(super) fn element<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = String> + 'a {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&open)?;
        let (text, after) = after.split_once(&close)?;
        rest = after;
        Some(text.trim().replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    })
}

/// An address as host and path.
fn split(address: &str) -> (&str, &str) {
    let begin = address.find("://").map_or(0, |at| at + 3);
    let path = address[begin..].find('/').map_or(address.len(), |at| begin + at);
    address.split_at(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_in_each_protocol() {
        for (body, code, message) in [
            (
                r#"{"__type": "com.amazonaws.ecr#RepositoryNotFoundException", "message": "no"}"#,
                "RepositoryNotFoundException",
                "no",
            ),
            (r#"{"__type": "AccessDeniedException", "Message": "not you"}"#, "AccessDeniedException", "not you"),
            (
                "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>a &amp; b</Message></Error>",
                "UnauthorizedOperation",
                "a & b",
            ),
            (
                "<ErrorResponse><Error>\n <Code>NoSuchEntity</Code> <Message>x</Message></Error></ErrorResponse>",
                "NoSuchEntity",
                "x",
            ),
            ("gone", "Unknown", ""),
        ] {
            let told = metadata(body);
            assert_eq!((told.code(), told.message()), (Some(code), Some(message)), "{body}");
        }
        assert_eq!(split("https://a.b:1/c/d?e=/f"), ("https://a.b:1", "/c/d?e=/f"));
    }
}
