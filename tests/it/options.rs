//! What the options of a component do, or why they are refused: `docs/options.md` says the same.

use std::collections::BTreeMap;
use std::fs;

use e2e::{Cloud, Project, Resources};
use serde_json::{Value as Json, json};

/// Every option, and what becomes of it. The table in the documentation has these rows.
const OPTIONS: [(&str, &str); 18] = [
    ("additionalSecretOutputs", "honoured"),
    ("aliases, another name", "refused"),
    ("aliases, another parent", "honoured"),
    ("customTimeouts", "honoured"),
    ("deleteBeforeReplace", "no effect"),
    ("deletedWith", "honoured"),
    ("dependsOn", "honoured"),
    ("hooks", "honoured"),
    ("ignoreChanges", "no effect"),
    ("parent", "honoured"),
    ("protect", "honoured"),
    ("provider", "honoured"),
    ("providers", "honoured"),
    ("replaceOnChanges", "no effect"),
    ("replaceWith", "refused"),
    ("replacementTrigger", "refused"),
    ("retainOnDelete", "honoured"),
    ("transforms", "honoured"),
];

/// What both programs begin with. `marker` is a resource of the program's own.
const BEGINNING: &str = r#"
import pulumi
import pulumi_aws_django as aws_django
from pulumi import Alias, CustomTimeouts, ResourceOptions as Options

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def keep_logs_for_a_month(args):
    if args.type_ != LOG_GROUP:
        return None
    return pulumi.ResourceTransformResult(props={**args.props, "retentionInDays": 30}, opts=args.opts)


def leave_tags_alone(args):
    """What a stack may set for all that it has, components too."""
    opts = pulumi.ResourceOptions.merge(
        args.opts, Options(ignore_changes=["tags"], replace_on_changes=["nothing"], delete_before_replace=False)
    )
    return pulumi.ResourceTransformResult(props=args.props, opts=opts)


pulumi.runtime.register_resource_transform(leave_tags_alone)


def tell(args):
    pulumi.log.warn(f"made {args.name}")


far = pulumi.ProviderResource("aws", "far", {"region": "us-east-1"})
base = aws_django.AdHocBase("dev", domain_name="example.com")
far_base = aws_django.AdHocBase("overseas", domain_name="example.com", opts=Options(provider=far))


def app(name, base=base, **options):
    return aws_django.AdHocApp(name, base=base, image="shop/backend:v1", opts=Options(**options))
"#;

const FIRST: &str = r#"
marker = pulumi.CustomResource(LOG_GROUP, "marker", {"name": "marker"})
app(
    "alpha",
    depends_on=[marker],
    protect=True,
    custom_timeouts=CustomTimeouts(create="7m"),
    additional_secret_outputs=["url"],
)
app("far", base=far_base, providers={"aws": far}, retain_on_delete=True)
app("gone", deleted_with=marker)
hooks = pulumi.ResourceHookBinding(after_create=[pulumi.ResourceHook("tell", tell)])
app("moved", transforms=[keep_logs_for_a_month], hooks=hooks)
"#;

/// `far` and `gone` are not there any more, nor is `marker`; `moved` is part of something else.
const SECOND: &str = r#"
app("alpha", protect=True, custom_timeouts=CustomTimeouts(create="7m"), additional_secret_outputs=["url"])
shop = pulumi.ComponentResource("shop:index:Shop", "shop")
former = Alias(parent=pulumi.ROOT_STACK_RESOURCE)
app("moved", transforms=[keep_logs_for_a_month], parent=shop, aliases=[former])
"#;

const LOG_GROUP: &str = "aws:cloudwatch/logGroup:LogGroup";

#[test]
fn options_of_a_component_reach_what_it_consists_of() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "options", &json!({}), &json!({}))?;
    let log = cloud.folder().join("requests");
    let up = |program: &str| {
        project.rewrite(&format!("{BEGINNING}{program}"))?;
        let _ = fs::remove_file(&log);
        let outcome = project.attempt_in("all", "up", &json!({}), &[("STANDIN_LOG", log.as_ref())])?;
        assert_eq!(outcome.told["result"], "succeeded", "{}", outcome.diagnostics());
        let lines = fs::read_to_string(&log)?;
        let requests = lines.lines().map(serde_json::from_str).collect::<Result<Vec<Json>, _>>()?;
        anyhow::Ok((outcome, requests))
    };

    let (outcome, requests) = up(FIRST)?;
    assert_eq!(outcome.diagnostics().matches("made ").count(), 1, "{}", outcome.diagnostics());
    assert!(outcome.diagnostics().contains("made moved"), "{}", outcome.diagnostics());
    let first = project.resources_with_secrets("all")?;
    protect(&project, &first)?;
    depends_on(&requests);
    custom_timeouts_and_secret_outputs(&first);
    providers(&first);
    let retention = |(_, child): &(&String, &Json)| child["outputs"]["retentionInDays"] == 30;
    assert_eq!(children(&first, "moved").filter(retention).count(), 4, "`transforms` reach the log groups");
    all_children(&first, "gone", "deletedWith", &json!(urn(&first, LOG_GROUP, "marker")));
    all_children(&first, "far", "retainOnDelete", &json!(true));
    for component in ["alpha", "dev", "far"] {
        for (child, state) in children(&first, component) {
            let ignored = state["ignoreChanges"].as_array();
            assert!(ignored.is_some_and(|paths| paths.contains(&json!("tags"))), "a transform reaches `{child}`");
        }
    }

    let (outcome, requests) = up(SECOND)?;
    let deleted: Vec<_> = requests.iter().filter(|it| it["request"] == "delete").map(|it| it["urn"].clone()).collect();
    assert_eq!(deleted, [json!(urn(&first, LOG_GROUP, "marker"))], "AWS is asked to delete nothing else");
    let second = project.resources("all")?;
    assert_eq!(children(&second, "far").count() + children(&second, "gone").count(), 0);
    let steps = outcome.steps();
    let of_moved: Vec<_> = steps.iter().filter(|step| step.contains(" moved")).collect();
    assert_eq!(of_moved, Vec::<&String>::new(), "an alias keeps everything");
    assert_eq!(children(&second, "moved").count(), children(&first, "moved").count());
    Ok(())
}

#[test]
fn options_that_would_do_harm_are_refused_with_the_reason() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "refused", &json!({}), &json!({}))?;
    let cases = [
        (
            "replace_with=[pulumi.ComponentResource('shop:index:Shop', 'shop')]",
            "cannot be replaced by `replaceWith`: it would reach none of its resources",
        ),
        ("replacement_trigger='x'", "cannot be replaced by `replacementTrigger`: it would reach none of its resources"),
        ("aliases=[Alias(name='old')]", "cannot take over `old` by `aliases`: what `old` has made is called after it"),
        ("aliases=['urn:pulumi:all::refused::aws-django:index:AdHocBase::old']", "cannot take over `old` by `aliases`"),
    ];
    for (options, reason) in cases {
        project.rewrite(&format!(
            "import pulumi\nimport pulumi_aws_django as aws_django\nfrom pulumi import Alias, ResourceOptions\n\
             aws_django.AdHocBase('dev', domain_name='example.com', opts=ResourceOptions({options}))\n"
        ))?;
        let outcome = project.attempt("all", "preview", &json!({}))?;
        assert_eq!(outcome.told["result"], "failed", "{options}");
        let told = outcome.diagnostics();
        assert!(told.contains(reason), "{options}: {told}");
        assert_eq!(outcome.steps().iter().filter(|step| step.contains(" aws:")).count(), 0, "{options}");
    }
    Ok(())
}

#[test]
fn the_documentation_says_the_same_of_each_option() -> anyhow::Result<()> {
    let text = fs::read_to_string(e2e::tools::repository("docs/options.md"))?;
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        Some((cells.next()?.replace('`', ""), cells.next()?.to_owned()))
    };
    let rows: BTreeMap<_, _> = text.lines().filter_map(row).filter(|(option, _)| option != "option").collect();
    let rows: Vec<_> =
        rows.iter().map(|(option, verdict)| (option.as_str(), verdict.as_str())).filter(|row| row.0 != "---").collect();
    assert_eq!(rows, OPTIONS);
    Ok(())
}

fn protect(project: &Project<'_>, resources: &Resources) -> anyhow::Result<()> {
    all_children(resources, "alpha", "protect", &json!(true));
    let refused = project.attempt("all", "preview_destroy", &json!({}))?;
    assert_eq!(refused.told["result"], "failed");
    assert!(refused.diagnostics().contains("cannot be deleted\nbecause it is protected"), "{}", refused.diagnostics());
    Ok(())
}

/// What waits for a resource begins after AWS has made that one.
fn depends_on(requests: &[Json]) {
    let created = |name: &str| {
        let end = format!("::{name}");
        let of = move |request: &&Json| {
            let urn = request["urn"].as_str().unwrap_or_default();
            request["request"] == "create" && (urn.ends_with(&end) || urn.contains(&format!("{end}-")))
        };
        requests.iter().filter(of).collect::<Vec<_>>()
    };
    let marked = created("marker")[0]["ended"].as_f64();
    let begun = created("alpha").iter().filter_map(|it| it["started"].as_f64()).reduce(f64::min);
    assert!(marked.is_some() && begun.is_some() && marked < begun, "{marked:?} {begun:?}");
}

fn custom_timeouts_and_secret_outputs(resources: &Resources) {
    all_children(resources, "alpha", "customTimeouts", &json!({"create": 420}));
    let outputs = &resources[&urn(resources, "AdHocApp", "alpha")]["outputs"];
    assert!(outputs["url"]["plaintext"].is_string(), "{}", outputs["url"]);
    assert!(outputs["hostName"].is_string(), "{}", outputs["hostName"]);
}

/// Everything of the components that were given a provider is in that one's region, and knows of no other.
fn providers(resources: &Resources) {
    let provider = format!(
        "::far::{}",
        resources[&urn(resources, "pulumi:providers:aws", "far")]["id"].as_str().unwrap_or_default()
    );
    for (component, given) in [("far", true), ("overseas", true), ("dev", false), ("moved", false)] {
        for (child, state) in children(resources, component) {
            let by = state["provider"].as_str().unwrap_or_default();
            // What is our own is served by ourselves, in the same region.
            let is_own = child.contains("$aws-django:");
            assert_eq!(by.ends_with(&provider), given && !is_own, "`{child}` is of {by}");
            let elsewhere = if given { "eu-central-1" } else { "us-east-1" };
            assert!(!state.to_string().contains(elsewhere), "`{child}` is not in its region: {state:#}");
        }
    }
}

/// The one resource of that type and name.
#[track_caller]
fn urn(resources: &Resources, token: &str, name: &str) -> String {
    let end = format!("{token}::{name}");
    let found = resources.keys().find(|urn| urn.ends_with(&end)).cloned();
    assert!(found.is_some(), "there is no `{end}`");
    found.unwrap_or_default()
}

/// All resources below a component, of which there must be some before they are gone.
fn children<'a>(resources: &'a Resources, component: &str) -> impl Iterator<Item = (&'a String, &'a Json)> {
    let parent = format!("::{component}");
    resources.iter().filter(move |(_, state)| {
        state["parent"].as_str().is_some_and(|urn| urn.contains("aws-django:index:") && urn.ends_with(&parent))
    })
}

#[track_caller]
fn all_children(resources: &Resources, component: &str, key: &str, expected: &Json) {
    assert!(children(resources, component).count() > 20);
    for (child, state) in children(resources, component) {
        // Its deletion moves nothing, so that it need not be protected.
        if key == "protect" && child.contains("aws-django:index:Release") {
            assert_eq!(state[key], Json::Null, "`{child}` is protected");
            continue;
        }
        assert_eq!(&state[key], expected, "`{key}` of `{child}`");
    }
}
