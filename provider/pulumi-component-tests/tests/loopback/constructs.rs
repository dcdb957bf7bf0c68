//! What a component asks of the engine, and what it answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use pulumi_component::testing::engine::{Age, Asked, Fate, TestEngine};
use pulumi_component::testing::proto;
use pulumi_component::testing::proto::alias::spec::Parent::{NoParent, ParentUrn};
use pulumi_component::testing::values::{UNKNOWN, object, output, secret, value};
use serde_json::json;
use tokio::sync::Barrier;
use tonic::Code;

use crate::plugin::{engine, greeting, request, script, toy};

const GREETER: &str = "urn:pulumi:dev::shop::toy:index:Greeter::hi";
const OTHER: &str = "urn:pulumi:dev::shop::stuff:index:Thing::other";

fn strings(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn registered_dependencies(
    dependencies: &[(&str, &[&str])],
) -> BTreeMap<String, proto::register_resource_request::PropertyDependencies> {
    let properties = dependencies.iter().map(|(key, urns)| {
        let dependencies = proto::register_resource_request::PropertyDependencies { urns: strings(urns) };
        ((*key).to_owned(), dependencies)
    });
    properties.collect()
}

#[tokio::test]
async fn a_component_registers_itself_its_resource_and_its_outputs() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    let password = output(json!({"value": "hunter2hunter2", "secret": true, "dependencies": [OTHER]}));
    let answer = plugin.construct(request(&engine, json!({"whom": "you", "password": password}))).await.unwrap();

    let registered = proto::RegisterResourceRequest {
        r#type: "toy:index:Greeter".to_owned(),
        name: "hi".to_owned(),
        parent: "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev".to_owned(),
        object: Some(object(json!({"whom": "you", "password": secret("hunter2hunter2")}))),
        property_dependencies: registered_dependencies(&[("password", &[OTHER]), ("whom", &[])]),
        accept_secrets: true,
        accept_resources: true,
        alias_specs: true,
        supports_partial_values: true,
        supports_result_reporting: true,
        parent_stack_trace_handle: "trace".to_owned(),
        ..Default::default()
    };
    assert_eq!(engine.registration("toy:index:Greeter"), registered);
    let child = proto::RegisterResourceRequest {
        r#type: "stuff:index:Thing".to_owned(),
        name: "hi-thing".to_owned(),
        parent: GREETER.to_owned(),
        custom: true,
        object: Some(object(json!({"label": "hello you", "secret": secret("hunter2hunter2")}))),
        dependencies: strings(&[OTHER]),
        property_dependencies: registered_dependencies(&[("label", &[]), ("secret", &[OTHER])]),
        version: "1.2.3".to_owned(),
        ..registered
    };
    assert_eq!(engine.registration("stuff:index:Thing"), child);

    let state = object(json!({"greeting": "hello you", "thingId": "id-hi-thing", "place": ""}));
    let outputs = proto::RegisterResourceOutputsRequest { urn: GREETER.to_owned(), outputs: Some(state) };
    assert_eq!(engine.record().outputs, [outputs]);
    // What is nothing is said to be so: left out it would be taken for unknown in a preview.
    let state = object(json!({"greeting": "hello you", "thingId": "id-hi-thing", "place": "", "remark": null}));
    let none = proto::construct_response::PropertyDependencies::default;
    let state_dependencies = state.fields.keys().map(|key| (key.clone(), none())).collect();
    assert_eq!(answer, proto::ConstructResponse { urn: GREETER.to_owned(), state: Some(state), state_dependencies });
}

#[tokio::test]
async fn a_preview_answers_what_is_not_known_yet_as_unknown() {
    let engine = engine(Age::Current, Fate::Previewed);
    let plugin = toy(&engine);
    let whom = output(json!({"dependencies": [OTHER]}));
    let request = proto::ConstructRequest { dry_run: true, ..request(&engine, json!({"whom": whom})) };
    let answer = plugin.construct(request).await.unwrap();
    let state = json!({"greeting": UNKNOWN, "thingId": UNKNOWN, "place": "", "remark": null});
    assert_eq!(answer.state, Some(object(state)));
    let child = engine.registration("stuff:index:Thing");
    assert_eq!(child.object, Some(object(json!({"label": UNKNOWN}))));
    assert_eq!(child.property_dependencies, registered_dependencies(&[("label", &[OTHER])]));
}

#[tokio::test]
async fn every_option_of_the_request_is_in_the_registration() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    let hooks = proto::construct_request::ResourceHooksBinding {
        before_create: strings(&["a"]),
        after_delete: strings(&["b"]),
        ..Default::default()
    };
    let spec = |parent| {
        let name = "old".to_owned();
        let spec = proto::alias::Spec { name, parent, ..Default::default() };
        proto::Alias { alias: Some(proto::alias::Alias::Spec(spec)) }
    };
    let urn = proto::Alias { alias: Some(proto::alias::Alias::Urn(OTHER.to_owned())) };
    let aliases = vec![urn, spec(None), spec(Some(NoParent(true))), spec(Some(ParentUrn(OTHER.to_owned())))];
    let timeouts = ["1m", "2m", "3m", "4m"].map(str::to_owned);
    let [create, update, delete, read] = timeouts.clone();
    let asked = proto::ConstructRequest {
        protect: Some(false),
        retain_on_delete: Some(true),
        providers: BTreeMap::from([("stuff".to_owned(), "urn:p::id".to_owned())]),
        dependencies: strings(&[OTHER]),
        additional_secret_outputs: strings(&["greeting"]),
        custom_timeouts: Some(proto::construct_request::CustomTimeouts { create, update, delete, read }),
        deleted_with: OTHER.to_owned(),
        delete_before_replace: Some(true),
        ignore_changes: strings(&["whom"]),
        replace_on_changes: strings(&["password"]),
        replace_with: strings(&[OTHER]),
        replacement_trigger: Some(value(json!(["x", output(json!({"value": 1, "dependencies": [OTHER]}))]))),
        resource_hooks: Some(hooks),
        aliases: aliases.clone(),
        ..greeting(&engine)
    };
    let answer = plugin.construct(asked.clone()).await.unwrap();
    assert_eq!(answer.state.unwrap().fields["greeting"], value(secret("hello you")));

    let [create, update, delete, read] = timeouts;
    let registered = engine.registration("toy:index:Greeter");
    let expected = proto::RegisterResourceRequest {
        protect: asked.protect,
        retain_on_delete: asked.retain_on_delete,
        providers: asked.providers,
        dependencies: asked.dependencies,
        additional_secret_outputs: asked.additional_secret_outputs,
        custom_timeouts: Some(proto::register_resource_request::CustomTimeouts { create, update, delete, read }),
        deleted_with: asked.deleted_with,
        delete_before_replace: true,
        delete_before_replace_defined: true,
        ignore_changes: asked.ignore_changes,
        replace_on_changes: asked.replace_on_changes,
        replace_with: asked.replace_with,
        replacement_trigger: asked.replacement_trigger,
        hooks: Some(proto::register_resource_request::ResourceHooksBinding {
            before_create: strings(&["a"]),
            after_delete: strings(&["b"]),
            ..Default::default()
        }),
        aliases,
        ..registered.clone()
    };
    assert_eq!(registered, expected);
    let child = engine.registration("stuff:index:Thing");
    assert_eq!(
        (child.provider.as_str(), child.protect, child.deleted_with.as_str()),
        ("urn:p::id", Some(false), OTHER)
    );
    // These mean one resource: what a transform sets for each of them, the engine sets.
    assert_eq!((child.ignore_changes, child.replace_on_changes, child.replace_with), (vec![], vec![], vec![]));
    assert_eq!((child.delete_before_replace_defined, child.replacement_trigger, child.hooks), (false, None, None));
}

#[tokio::test]
async fn a_function_is_called_for_the_component() {
    for age in [Age::Current, Age::Probed] {
        let engine = engine(age, Fate::Created);
        let plugin = toy(&engine);
        let providers = BTreeMap::from([("stuff".to_owned(), "urn:p::id".to_owned())]);
        let asked = request(&engine, json!({"whom": "you", "action": "ask"}));
        let answer = plugin.construct(proto::ConstructRequest { providers, ..asked }).await.unwrap();
        assert_eq!(answer.state.unwrap().fields["place"], value(json!("here")));
        let expected = proto::ResourceInvokeRequest {
            tok: "stuff:index:where".to_owned(),
            args: Some(object(json!({}))),
            provider: "urn:p::id".to_owned(),
            version: "1.2.3".to_owned(),
            accept_resources: true,
            parent_stack_trace_handle: "trace".to_owned(),
            parent: if age == Age::Current { GREETER.to_owned() } else { String::new() },
            ..Default::default()
        };
        assert_eq!(engine.record().invokes, [expected], "{age:?}");
    }
}

#[tokio::test]
async fn a_resource_that_was_renamed_says_so() {
    let engine = engine(Age::Current, Fate::Created);
    toy(&engine).construct(request(&engine, json!({"whom": "you", "action": "rename"}))).await.unwrap();
    let spec = proto::alias::Spec { name: "hi-object".to_owned(), ..Default::default() };
    let alias = proto::Alias { alias: Some(proto::alias::Alias::Spec(spec)) };
    let thing = engine.registration("stuff:index:Thing");
    assert_eq!((thing.name.as_str(), thing.aliases), ("hi-thing", vec![alias]));
}

#[tokio::test]
async fn an_older_engine_is_not_given_what_it_would_pass_over() {
    for age in [Age::Probed, Age::Ancient] {
        let engine = engine(age, Fate::Created);
        let plugin = toy(&engine);
        plugin.construct(greeting(&engine)).await.unwrap();
        let registered = engine.registration("toy:index:Greeter");
        assert_eq!((registered.alias_specs, registered.accept_resources), (age == Age::Probed, age == Age::Probed));

        let asked = proto::ConstructRequest { deleted_with: OTHER.to_owned(), ..greeting(&engine) };
        let status = plugin.construct(asked).await.unwrap_err();
        let text = "`hi` (`toy:index:Greeter`): the Pulumi CLI does not support `deletedWith`; update it";
        assert_eq!((status.code(), status.message()), (Code::Unknown, text), "{age:?}");
    }

    let engine = engine(Age::Ancient, Fate::Created);
    let plugin = toy(&engine);
    let alias = proto::Alias { alias: Some(proto::alias::Alias::Urn(OTHER.to_owned())) };
    let renamed = proto::ConstructRequest { aliases: vec![alias], ..greeting(&engine) };
    let with_renamed_thing = request(&engine, json!({"whom": "you", "action": "rename"}));
    for (asked, subject) in
        [(renamed, "`hi` (`toy:index:Greeter`)"), (with_renamed_thing, "`hi-thing` (`stuff:index:Thing`)")]
    {
        let status = plugin.construct(asked).await.unwrap_err();
        let text = format!("{subject}: the Pulumi CLI does not support `aliases`; update it");
        assert_eq!((status.code(), status.message()), (Code::Unknown, text.as_str()));
    }
}

#[tokio::test]
async fn two_requests_run_at_the_same_time() {
    // Neither resource comes into being before both are asked for.
    let both = Arc::new(Barrier::new(2));
    let engine = TestEngine::start(script(Age::Current).deciding(move |question| {
        let both = both.clone();
        async move {
            if question.asked == Asked::Resource {
                both.wait().await;
            }
            Fate::Created
        }
    }));
    let plugin = toy(&engine);
    let second = proto::ConstructRequest { name: "ho".to_owned(), ..greeting(&engine) };
    let (first, second) = tokio::join!(plugin.construct(greeting(&engine)), plugin.construct(second));
    assert_eq!(first.unwrap().state.unwrap().fields["thingId"], value(json!("id-hi-thing")));
    assert_eq!(second.unwrap().state.unwrap().fields["thingId"], value(json!("id-ho-thing")));
}

#[tokio::test]
async fn large_and_deep_values_travel() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    let large = "x".repeat(8 * 1024 * 1024);
    let answer = plugin.construct(request(&engine, json!({"whom": large}))).await.unwrap();
    assert_eq!(answer.state.unwrap().fields["greeting"], value(json!(format!("hello {large}"))));

    let deep = (0..400).fold(json!("deep"), |inner, _| json!({"k": inner}));
    let status = plugin.construct(request(&engine, json!({"whom": deep}))).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{}", status.message());
}

#[tokio::test]
async fn a_component_learns_how_the_provider_of_another_package_is_configured() {
    let engine = engine(Age::Current, Fate::Created);
    let plugin = toy(&engine);
    let check = async |config: &[(&str, &str)], provider: Option<&str>, place: &str| {
        let pairs = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let asked = proto::ConstructRequest {
            config: pairs(config),
            providers: provider.iter().map(|provider| ("stuff".to_owned(), (*provider).to_owned())).collect(),
            ..request(&engine, json!({"whom": "you", "action": "ask_provider"}))
        };
        let answer = plugin.construct(asked).await.unwrap();
        assert_eq!(answer.state.unwrap().fields["place"], value(json!(place)));
    };
    let own = "urn:pulumi:dev::shop::pulumi:providers:stuff::mine::id";
    check(&[], None, "").await;
    check(&[("stuff:place", "in the cellar"), ("toy:place", "nowhere")], None, "in the cellar").await;
    check(&[("stuff:place", "in the cellar")], Some(own), "in the attic").await;
}
