//! What becomes of a custom resource, of a function and of the configuration: as the engine asks, and what it is told.

use std::sync::Arc;
use std::time::Duration;

use pulumi_component::testing::engine::{Age, Fate, TestEngine};
use pulumi_component::testing::plugin::{Plugin, unfinished};
use pulumi_component::testing::proto;
use pulumi_component::testing::proto::diff_response::DiffChanges;
use pulumi_component::testing::values::{UNKNOWN, object, secret};
use serde_json::{Value as Json, json};
use tonic::{Code, Status};

use crate::plugin::{engine, toy};

const CHEST: &str = "toy:index:Chest";
const URN: &str = "urn:pulumi:dev::shop::toy:index:Greeter$toy:index:Chest::hi-chest";

/// A chest as it is kept, with this label.
fn state(label: &str) -> Json {
    json!({"label": label, "number": 1, "made": "by nobody in no colour", "password": null, "treasure": secret("gold")})
}

struct Toy {
    engine: TestEngine,
    plugin: Arc<Plugin>,
}

impl Toy {
    async fn start() -> Self {
        let engine = engine(Age::Current, Fate::Created);
        let plugin = Arc::new(toy(&engine));
        plugin.handshake(&engine).await.unwrap();
        Self { engine, plugin }
    }

    async fn configure(&self, args: Json) -> Result<(), Status> {
        let request = proto::ConfigureRequest { args: Some(object(args)) };
        self.plugin.client.clone().configure(request).await.map(drop)
    }

    async fn check(&self, news: Json) -> Vec<String> {
        let request = proto::CheckRequest { urn: URN.to_owned(), news: Some(object(news)), r#type: CHEST.to_owned() };
        let sent = request.news.clone();
        let answer = self.plugin.client.clone().check(request).await.unwrap().into_inner();
        assert_eq!(answer.inputs, sent);
        assert!(answer.failures.iter().all(|failure| failure.property.is_empty()), "the engine would print a value");
        answer.failures.into_iter().map(|failure| failure.reason).collect()
    }

    async fn diff(&self, old_inputs: Json, olds: Json, news: Json) -> proto::DiffResponse {
        let [old_inputs, olds, news] = [old_inputs, olds, news].map(|it| Some(object(it)));
        let (id, urn, token) = ("chest-1".to_owned(), URN.to_owned(), CHEST.to_owned());
        let request = proto::DiffRequest { id, urn, olds, news, old_inputs, r#type: token };
        self.plugin.client.clone().diff(request).await.unwrap().into_inner()
    }

    async fn create(&self, inputs: Json, preview: bool) -> Result<proto::CreateResponse, Status> {
        let (urn, token) = (URN.to_owned(), CHEST.to_owned());
        let request =
            proto::CreateRequest { urn, properties: Some(object(inputs)), timeout: 90.0, preview, r#type: token };
        Ok(self.plugin.client.clone().create(request).await?.into_inner())
    }

    async fn update(&self, olds: Json, news: Json, preview: bool) -> Result<proto::UpdateResponse, Status> {
        let (id, urn, token) = ("chest-1".to_owned(), URN.to_owned(), CHEST.to_owned());
        let (olds, news) = (Some(object(olds)), Some(object(news)));
        let request = proto::UpdateRequest { id, urn, olds, news, timeout: 0.0, preview, r#type: token };
        Ok(self.plugin.client.clone().update(request).await?.into_inner())
    }

    async fn delete(&self, label: &str) -> Result<(), Status> {
        let (id, urn, token) = ("chest-1".to_owned(), URN.to_owned(), CHEST.to_owned());
        let request =
            proto::DeleteRequest { id, urn, properties: Some(object(state(label))), timeout: 0.0, r#type: token };
        self.plugin.client.clone().delete(request).await.map(drop)
    }

    async fn read(&self, id: &str, properties: Json) -> Result<proto::ReadResponse, Status> {
        let inputs = Some(object(json!({"label": "as it was"})));
        let (urn, token) = (URN.to_owned(), CHEST.to_owned());
        let properties = Some(object(properties));
        let request = proto::ReadRequest { id: id.to_owned(), urn, properties, inputs, r#type: token, timeout: 0.0 };
        Ok(self.plugin.client.clone().read(request).await?.into_inner())
    }

    async fn invoke(&self, args: Json) -> Result<proto::InvokeResponse, Status> {
        let request = proto::InvokeRequest { tok: "toy:index:getWeight".to_owned(), args: Some(object(args)) };
        Ok(self.plugin.client.clone().invoke(request).await?.into_inner())
    }
}

#[tokio::test]
async fn arguments_are_checked_as_far_as_they_are_known() {
    let toy = Toy::start().await;
    let none: [&str; 0] = [];
    assert_eq!(toy.check(json!({"label": "a", "wood": "oak"})).await, none);
    assert_eq!(toy.check(json!({"label": UNKNOWN, "password": UNKNOWN})).await, none);
    assert_eq!(toy.check(json!({"label": "a", "password": secret("b"), "wood": null})).await, none);
    let hidden = ["`password` stands on the chest"];
    assert_eq!(toy.check(json!({"label": "a", "password": secret("a")})).await, hidden);
    let all = toy.check(json!({"wood": 3, "lable": "a"})).await;
    let expected = [
        "`lable` is not known to toy v1.0.0; did you mean `label`",
        "`label` is required and was not given",
        "`wood` must be a text",
    ];
    assert_eq!(all, expected);
}

#[tokio::test]
async fn a_difference_says_what_it_replaces() {
    let toy = Toy::start().await;
    let check = async |old: Json, new: Json, updates: &[&str], replaces: &[&str]| {
        let answer = toy.diff(old, state("a"), new.clone()).await;
        let differs = !updates.is_empty() || !replaces.is_empty();
        let mut diffs = [updates, replaces].concat();
        diffs.sort_unstable();
        let stables: &[&str] = if replaces.is_empty() { &["number"] } else { &[] };
        let expected = proto::DiffResponse {
            replaces: replaces.iter().map(|it| (*it).to_owned()).collect(),
            stables: stables.iter().map(|it| (*it).to_owned()).collect(),
            delete_before_replace: false,
            changes: if differs { DiffChanges::DiffSome } else { DiffChanges::DiffNone }.into(),
            diffs: diffs.into_iter().map(str::to_owned).collect(),
        };
        assert_eq!(answer, expected, "{new}");
    };
    check(json!({"label": "a"}), json!({"label": "a"}), &[], &[]).await;
    check(json!({"label": "a"}), json!({"label": "a", "wood": null}), &[], &[]).await;
    check(json!({"label": "a"}), json!({"label": "b", "wood": "oak"}), &["label"], &["wood"]).await;
    // What the state says counts, not what was wanted last time.
    check(json!({"label": "b"}), json!({"label": "a"}), &[], &[]).await;
    check(json!({"label": "b"}), json!({"label": "b"}), &["label"], &[]).await;
    // A mark is no difference, an unknown value is one.
    check(json!({"label": "a", "password": "x"}), json!({"label": "a", "password": secret("x")}), &[], &[]).await;
    check(json!({"label": "a", "wood": "oak"}), json!({"label": "a", "wood": UNKNOWN}), &[], &["wood"]).await;
    check(json!({"label": "a"}), json!({"label": UNKNOWN}), &["label"], &[]).await;
}

#[tokio::test]
async fn a_resource_lives_with_its_secrets() {
    let toy = Toy::start().await;
    let created = toy.create(json!({"label": "a", "password": secret("x")}), false).await.unwrap();
    let mut expected = state("a");
    expected["password"] = secret("x");
    assert_eq!(created, proto::CreateResponse { id: "chest-1".to_owned(), properties: Some(object(expected.clone())) });
    let updated = toy.update(expected, json!({"label": "b"}), false).await.unwrap();
    let mut expected = state("b");
    expected["number"] = json!(2);
    assert_eq!(updated.properties, Some(object(expected.clone())));
    let read = toy.read("chest-1", expected.clone()).await.unwrap();
    let inputs = Some(object(json!({"label": "as it was"})));
    assert_eq!(read, proto::ReadResponse { id: "chest-1".to_owned(), properties: Some(object(expected)), inputs });
    assert_eq!(toy.read("burnt", state("a")).await.unwrap(), proto::ReadResponse::default());
    toy.delete("a").await.unwrap();
    let status = toy.delete("heavy").await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unknown, "nobody can lift it"));
}

#[tokio::test]
async fn a_preview_shows_what_is_known_and_makes_nothing() {
    let toy = Toy::start().await;
    let inputs = json!({"label": "b", "password": UNKNOWN, "action": "panic"});
    let previewed = toy.create(inputs.clone(), true).await.unwrap();
    let all_new = json!({"label": "b", "number": UNKNOWN, "made": UNKNOWN, "password": UNKNOWN, "treasure": UNKNOWN});
    assert_eq!(previewed, proto::CreateResponse { id: String::new(), properties: Some(object(all_new)) });
    let previewed = toy.update(state("a"), json!({"label": "b", "action": "panic"}), true).await.unwrap();
    let kept = json!({"label": "b", "number": 1, "made": UNKNOWN, "password": null, "treasure": UNKNOWN});
    assert_eq!(previewed.properties, Some(object(kept)));
}

#[tokio::test]
async fn what_was_made_before_a_failure_is_kept() {
    let toy = Toy::start().await;
    let inputs = |action: &str| json!({"label": "a", "action": action});
    let reasons = ["the lid is missing", "the key is lost"].map(str::to_owned).to_vec();

    let status = toy.create(inputs("break_late"), false).await.unwrap_err();
    let properties = Some(object(state("unfinished")));
    let kept = proto::ErrorResourceInitFailed { id: "chest-1".to_owned(), properties, reasons: reasons.clone() };
    assert_eq!((status.code(), unfinished(&status)), (Code::Unknown, Some(kept)));

    let status = toy.update(state("a"), inputs("break_late"), false).await.unwrap_err();
    let mut changed = state("a");
    changed["number"] = json!(2);
    let kept = proto::ErrorResourceInitFailed { id: "chest-1".to_owned(), properties: Some(object(changed)), reasons };
    assert_eq!((status.code(), unfinished(&status)), (Code::Unknown, Some(kept)));

    let status = toy.create(inputs("break"), false).await.unwrap_err();
    assert_eq!((status.message(), unfinished(&status)), ("there is no wood", None));
    let status = toy.create(inputs("panic"), false).await.unwrap_err();
    let text = "the operation broke off: no idea how to make `hi-chest`; this is a bug in toy v1.0.0, please report it";
    assert_eq!((status.message(), unfinished(&status)), (text, None));
    toy.create(inputs("nothing"), false).await.unwrap();
}

#[tokio::test]
async fn an_interrupted_operation_says_what_it_has_made() {
    let toy = Toy::start().await;
    let cancel = async {
        toy.engine.logged("waiting").await;
        toy.plugin.cancel().await.unwrap();
    };
    let (status, ()) = tokio::join!(toy.create(json!({"label": "a", "action": "wait"}), false), cancel);
    let kept = unfinished(&status.unwrap_err()).unwrap();
    assert_eq!(
        (kept.id.as_str(), kept.reasons.as_slice()),
        ("chest-1", &["interrupted, with the lid open".to_owned()][..])
    );
}

#[tokio::test]
async fn an_operation_goes_on_when_nobody_waits_for_it() {
    let toy = Toy::start().await;
    let plugin = toy.plugin.clone();
    let request = json!({"label": "a", "action": "wait"});
    let (urn, token) = (URN.to_owned(), CHEST.to_owned());
    let request =
        proto::CreateRequest { urn, properties: Some(object(request)), timeout: 0.0, preview: false, r#type: token };
    let waiting = tokio::spawn(async move { plugin.client.clone().create(request).await });
    toy.engine.logged("waiting").await;
    waiting.abort();
    waiting.await.unwrap_err();
    // The request is gone before the plugin answers another one on the same connection.
    toy.create(json!({"label": "a"}), false).await.unwrap();
    toy.plugin.cancel().await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), toy.engine.logged("closed")).await.unwrap();
}

#[tokio::test]
async fn lines_of_an_operation_are_shown_at_its_resource_in_their_order() {
    let toy = Toy::start().await;
    toy.create(json!({"label": "a", "action": "talk"}), false).await.unwrap();
    let record = toy.engine.record();
    let lines: Vec<_> =
        record.log.iter().map(|it| (it.severity(), it.message.as_str(), it.urn.as_str(), it.ephemeral)).collect();
    let expected = [
        (proto::LogSeverity::Info, "Some(90s)", URN, false),
        (proto::LogSeverity::Info, "sawing", URN, true),
        (proto::LogSeverity::Warning, "the saw is blunt", URN, false),
        (proto::LogSeverity::Error, "the saw is broken", URN, false),
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_resource_without_a_state_cannot_be_imported() {
    let toy = Toy::start().await;
    let status = toy.read("chest-1", json!({})).await.unwrap_err();
    let text = "`toy:index:Chest` cannot be imported: what it is, only the deployment knows that makes it; remove the option \
                `import`";
    assert_eq!(status.message(), text);
    let status = toy.read("chest-1", json!({"label": "a"})).await.unwrap_err();
    let text = "the state of `toy:index:Chest` has a `number` that must be a whole number from 0 to 4294967295: perhaps another \
                version of the package wrote it; use that version";
    assert_eq!(status.message(), text);
}

#[tokio::test]
async fn a_function_answers_or_says_what_is_wrong() {
    let toy = Toy::start().await;
    let answer = toy.invoke(json!({"pieces": 3})).await.unwrap();
    assert_eq!(answer.r#return, Some(object(json!({"grams": 300, "code": secret("xyz")}))));
    let status = toy.invoke(json!({"pieces": 3, "grams": 0})).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unknown, "the scales show nothing"));
    let answer = toy.invoke(json!({"piece": 3, "grams": "a"})).await.unwrap();
    let reasons: Vec<_> = answer.failures.iter().map(|failure| failure.reason.as_str()).collect();
    let expected = [
        "`piece` is not known to toy v1.0.0; did you mean `pieces`",
        "`pieces` is required and was not given",
        "`grams` must be a whole number from 0 to 4294967295",
    ];
    assert_eq!(reasons, expected);
}

#[tokio::test]
async fn a_package_is_configured_by_texts_and_by_objects() {
    let made = async |args: Json| {
        let toy = Toy::start().await;
        toy.configure(args).await?;
        let created = toy.create(json!({"label": "a"}), false).await.unwrap();
        let made = created.properties.unwrap().fields.remove("made").unwrap();
        Ok::<_, Status>(format!("{made:?}"))
    };
    let check = async |args: Json, expected: &str| {
        let made = made(args).await.unwrap();
        assert!(made.contains(expected), "{made}");
    };
    check(json!({}), "by nobody in no colour").await;
    check(json!({"maker": "7", "version": "1.0.0", "paint": {"colour": "red"}}), "by 7 in red").await;
    check(json!({"paint": "{\"colour\": \"red\"}", "pluginDownloadURL": "x"}), "by nobody in red").await;
    let status = made(json!({"paint": {}})).await.unwrap_err();
    assert!(status.message().starts_with("the configuration of `the package` has a `paint`"), "{}", status.message());

    let toy = Toy::start().await;
    let news = Some(object(json!({"maker": "", "paint": "red", "colour": "red"})));
    let request = proto::CheckRequest { news, ..Default::default() };
    let answer = toy.plugin.client.clone().check_config(request).await.unwrap().into_inner();
    let reasons: Vec<_> = answer.failures.iter().map(|failure| failure.reason.as_str()).collect();
    let unknown = "`colour` is not known to toy v1.0.0; known are `maker`, `paint`";
    assert_eq!(reasons, [unknown, "`maker` must not be empty", "`paint` must be an object"]);
}
