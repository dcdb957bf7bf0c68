//! What the roles of an `AdHocApp` may do, and who gets which secret.

use std::collections::BTreeSet;

use pulumi_component::testing::Run;
use serde_json::json;

use super::{
    Json, NAME, PARAMETER, RELEASE, ROLE_POLICY, container, everything, minimal, of_type, run, text, variable, whole,
    with,
};

/// The statement of a policy, by its id.
fn statement(run: &Run, role: &str, sid: &str) -> Option<Json> {
    let policy = text(run.child(ROLE_POLICY, &format!("{NAME}-{role}")), "policy");
    let policy: Json = serde_json::from_str(&policy).expect("a policy is JSON");
    policy["Statement"].as_array().into_iter().flatten().find(|statement| statement["Sid"] == sid).cloned()
}

#[test]
fn an_execution_role_reads_what_its_containers_name_and_no_more() {
    let run = run(everything());
    let mail = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mail-Ab12Cd";
    let server = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:rds-master-Ab12Cd";
    let secrets = |role: &str| statement(&run, role, "Secrets").expect("there are secrets")["Resource"].clone();
    let registry = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:registry-Ab12Cd";
    assert_eq!(secrets("execution"), json!([mail, registry]));
    assert_eq!(secrets("database-execution"), json!([server]));
    let password = statement(&run, "database-execution", "Parameters").expect("there is a parameter");
    assert_eq!(password["Resource"], json!(["[Parameter alpha-postgres-password: arn]"]));
    let streams = |role: &str| statement(&run, role, "Logs").expect("there are log groups")["Resource"].clone();
    assert_eq!(streams("database-execution"), json!(["[LogGroup alpha-database: arn]:*"]));
    assert!(!streams("execution").to_string().contains("alpha-database"));
    let parameters = statement(&run, "execution", "Parameters").expect("there are parameters");
    let made = ["celery-broker-url", "celery-result-backend", "database-url", "postgres-password", "redis-password"];
    let given = ["dev/base", "dev/redis-url", "dev/sentry", "shared/key"];
    let made = made.map(|role| format!("[Parameter alpha-{role}: arn]"));
    let given = given.map(|name| format!("arn:aws:ssm:eu-west-1:111122223333:parameter/{name}"));
    let expected: Vec<_> = made.into_iter().chain(given).collect();
    assert_eq!(parameters["Resource"], json!(expected));
}

#[test]
fn no_policy_says_more_than_it_must() {
    for run in [run(minimal()), run(everything())] {
        for policy in of_type(&run, ROLE_POLICY) {
            let policy: Json = serde_json::from_str(&text(policy, "policy")).expect("a policy is JSON");
            for statement in policy["Statement"].as_array().expect("a policy has statements") {
                let actions: Vec<_> = statement["Action"].as_array().into_iter().flatten().collect();
                assert!(actions.iter().all(|action| !action.as_str().unwrap_or("*").contains('*')), "{statement}");
                let resources = statement["Resource"].as_array().expect("a statement has resources");
                assert!(!resources.is_empty(), "{statement}");
                if resources.contains(&json!("*")) {
                    assert!(
                        ["RegistryToken", "Shell"].map(|sid| json!(sid)).contains(&statement["Sid"]),
                        "{statement}"
                    );
                }
            }
        }
    }
}

#[test]
fn only_an_image_of_ecr_is_pulled_with_rights() {
    assert_eq!(statement(&run(minimal()), "execution", "Images"), None);
    assert_eq!(statement(&run(minimal()), "execution", "RegistryToken"), None);
    let run = run(everything());
    let repositories = ["shop", "shop-ui"].map(|name| format!("arn:aws:ecr:eu-west-1:111122223333:repository/{name}"));
    let images = statement(&run, "execution", "Images").expect("the images are ECR's");
    assert_eq!(images["Resource"], json!(repositories));
    assert_eq!(statement(&run, "database-execution", "Images"), None);
}

#[test]
fn no_secret_stands_in_plain_text() {
    for run in [run(whole()), run(everything())] {
        for child in &run.children {
            let secret = child.inputs.iter().filter(|(_, value)| value.has_secret());
            for (property, _) in secret {
                let kept = [(PARAMETER, "value"), (RELEASE, "secretsVersion")];
                assert!(kept.contains(&(child.token.as_str(), property.as_str())), "{property} of {}", child.name);
            }
        }
        assert!(run.outputs.values().all(|value| !value.has_secret()));
        for parameter in of_type(&run, PARAMETER) {
            assert!(parameter.inputs["value"].has_secret());
            assert_eq!(parameter.additional_secret_outputs, ["value"]);
        }
    }
}

#[test]
fn an_address_follows_the_password_that_is_kept() {
    let run = run(minimal());
    let ignored = |role: &str| run.child(PARAMETER, &format!("{NAME}-{role}")).ignore_changes.clone();
    assert_eq!(ignored("secret-key"), ["value"]);
    assert_eq!(ignored("postgres-password"), ["value"]);
    assert_eq!(ignored("redis-password"), ["value"]);
    let addresses = [
        ("database-url", "postgres-password"),
        ("redis-url", "redis-password"),
        ("celery-broker-url", "redis-password"),
        ("celery-result-backend", "redis-password"),
    ];
    for (url, password) in addresses {
        assert_eq!(ignored(url), Vec::<String>::new());
        let from = &run.child(PARAMETER, &format!("{NAME}-{url}")).property_dependencies["value"];
        assert!(from.iter().any(|urn| urn.ends_with(&format!("::alpha-{password}"))), "{url}: {from:?}");
    }
}

#[test]
fn all_of_the_backend_gets_the_same_variables() {
    let run = run(whole());
    let web = container(&run, "gunicorn");
    for process in ["default", "beat", "backend_update"] {
        let other = container(&run, process);
        assert_eq!(other["environment"], web["environment"], "{process}");
        assert_eq!(other["secrets"], web["secrets"], "{process}");
    }
    let front = container(&run, "web-ui");
    assert_eq!(front.get("secrets"), None);
    let names: Vec<_> = front["environment"].as_array().into_iter().flatten().map(|it| it["name"].clone()).collect();
    assert_eq!(names, [json!("API_URL"), json!("HOME"), json!("NUXT_PUBLIC_API_BASE")]);
}

#[test]
fn what_the_user_gives_wins() {
    let run = run(everything());
    let web = container(&run, "django");
    assert_eq!(variable(&web, "environment", "DEBUG").as_deref(), Some("1"));
    assert_eq!(variable(&web, "environment", "LEVEL").as_deref(), Some("app"));
    assert_eq!(variable(&container(&run, "default"), "environment", "LEVEL").as_deref(), Some("worker"));
    assert_eq!(variable(&container(&run, "mail"), "environment", "LEVEL").as_deref(), Some("app"));
    // A variable of ours that the user keeps secret is no longer plain.
    assert_eq!(variable(&web, "environment", "REDIS_URL"), None);
    assert!(of_type(&run, PARAMETER).all(|parameter| parameter.name != "alpha-redis-url"));
    // The front end has variables of its own.
    let front = container(&run, "nuxt");
    assert_eq!(variable(&front, "environment", "API_URL").as_deref(), Some("/api"));
    assert_eq!(variable(&front, "secrets", "NUXT_PUBLIC_API_BASE").as_deref(), Some("/dev/base"));
    assert_eq!(variable(&front, "environment", "NUXT_PUBLIC_API_BASE"), None);
    assert_eq!(variable(&web, "secrets", "REDIS_URL").as_deref(), Some("/dev/redis-url"));
    assert!(of_type(&run, PARAMETER).all(|parameter| parameter.name != "alpha-secret-key"));
}

#[test]
fn a_given_password_is_the_one_that_the_database_gets() {
    let arn = |name: &str| format!("arn:aws:ssm:eu-west-1:111122223333:parameter/{name}");
    let run = run(with(json!({"secrets": {"POSTGRES_PASSWORD": arn("password"), "DATABASE_URL": arn("url")}})));
    let names: BTreeSet<_> = of_type(&run, PARAMETER).map(|parameter| parameter.name.as_str()).collect();
    let others = ["secret-key", "redis-password", "redis-url", "celery-broker-url", "celery-result-backend"];
    let others: BTreeSet<_> = others.map(|role| format!("{NAME}-{role}")).into();
    assert_eq!(names, others.iter().map(String::as_str).collect());
    let database = container(&run, "database");
    assert_eq!(variable(&database, "secrets", "APP_PASSWORD"), Some(arn("password")));
    let parameters = statement(&run, "database-execution", "Parameters").expect("there is a parameter");
    assert_eq!(parameters["Resource"], json!([arn("password")]));
}

#[test]
fn what_drops_the_database_needs_no_secret_of_the_app() {
    let run = run(everything());
    let definitions = text(run.child(super::TASK_DEFINITION, "alpha-database_drop"), "containerDefinitions");
    let definitions: Json = serde_json::from_str(&definitions).expect("the definitions are JSON");
    let names: Vec<_> = definitions[0]["secrets"].as_array().into_iter().flatten().map(|it| &it["name"]).collect();
    assert_eq!(names, ["PGPASSWORD", "PGUSER"]);
    assert_eq!(definitions[0]["command"], container(&run, "database")["command"]);
}

#[test]
fn a_given_password_is_the_one_that_the_cache_gets() {
    let given = ["REDIS_PASSWORD", "REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"];
    let given: serde_json::Map<_, _> =
        given.map(|name| (name.to_owned(), json!(format!("/kept/{name}")))).into_iter().collect();
    let run = run(with(json!({"secrets": given})));
    assert!(
        of_type(&run, PARAMETER)
            .all(|parameter| !parameter.name.contains("redis") && !parameter.name.contains("celery"))
    );
    assert_eq!(
        variable(&container(&run, "redis"), "secrets", "REDIS_PASSWORD").as_deref(),
        Some("/kept/REDIS_PASSWORD")
    );
}

#[test]
fn the_password_of_the_cache_stands_on_no_command_line() {
    let cache = container(&run(minimal()), "redis");
    assert_eq!(variable(&cache, "secrets", "REDIS_PASSWORD").as_deref(), Some("[Parameter alpha-redis-password: arn]"));
    let words = cache["command"].as_array().into_iter().chain(cache["entryPoint"].as_array()).flatten();
    let command: String = words.filter_map(Json::as_str).collect();
    assert!(command.contains("valkey-server - <<SETTINGS\n"), "{command}");
}

#[test]
fn the_front_end_has_no_rights_but_a_shell() {
    let statements = |run: &Run| {
        let policy = text(run.child(ROLE_POLICY, "alpha-frontend-task"), "policy");
        serde_json::from_str::<Json>(&policy).expect("a policy is JSON")["Statement"].clone()
    };
    let run = run(whole());
    let sids: Vec<_> = statements(&run).as_array().into_iter().flatten().map(|it| it["Sid"].clone()).collect();
    assert_eq!(sids, [json!("Shell")]);
    let role = |process: &str| text(run.child(super::TASK_DEFINITION, &format!("{NAME}-{process}")), "taskRoleArn");
    assert_eq!(role("web-ui"), "[Role alpha-frontend-task: arn]");
    assert_eq!(role("default"), "[Role alpha-task: arn]");
    let closed = super::run(super::merge(whole(), json!({"executeCommand": false})));
    assert!(of_type(&closed, ROLE_POLICY).all(|policy| policy.name != "alpha-frontend-task"));
}

#[test]
fn a_policy_that_is_taken_away_takes_no_other_with_it() {
    let attachments = |policies: Json| {
        let run = run(with(json!({"taskPolicyArns": policies})));
        let attachments = of_type(&run, "aws:iam/rolePolicyAttachment:RolePolicyAttachment");
        attachments.map(|it| (it.inputs["policyArn"].clone(), it.name.clone())).collect::<Vec<_>>()
    };
    let arn = |name: &str| format!("arn:aws:iam::111122223333:policy/{name}");
    let (both, one) = (attachments(json!([arn("a"), arn("b")])), attachments(json!([arn("b")])));
    assert_eq!(both.len(), 2);
    assert!(both.contains(&one[0]), "{both:?} {one:?}");
}
