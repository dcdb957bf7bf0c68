//! The proof of security: each control over everything that the components register, at their defaults and with all set.
//! `SECURITY.md` has the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use pulumi_component::monitor::Registration;
use pulumi_component::testing::Run;
use pulumi_component::value::Value;
use serde_json::{Value as Json, json};

use super::{ad_hoc_app, ad_hoc_base, merge, prod_app, prod_base, up};
use crate::components::ad_hoc_app::AdHocApp;
use crate::components::ad_hoc_base::AdHocBase;
use crate::components::prod_app::ProdApp;
use crate::components::prod_base::ProdBase;

mod table;

use table::{Control, WITHOUT, controls};

/// What a kind of environment says to a control.
#[derive(Clone, Copy, PartialEq)]
enum Stance {
    /// It holds, whatever is set that does not say otherwise by name.
    Met,
    /// It does not always hold, for this reason, and with this in its place.
    Excepted(&'static str),
}

/// One registration, among those of its component.
struct Of<'a> {
    run: &'a Run,
    child: &'a Registration,
    /// Its properties without marks.
    inputs: Json,
}

impl<'a> Of<'a> {
    fn new(run: &'a Run, child: &'a Registration) -> Self {
        let inputs = child.inputs.iter().map(|(key, value)| (key.clone(), known(value))).collect();
        Self { run, child, inputs: Json::Object(inputs) }
    }

    fn name(&self) -> &str {
        &self.child.name
    }

    /// A property, by keys and positions with dots between them; nothing if it is not there.
    fn at(&self, path: &str) -> Json {
        let step = |here: &'_ Json, step: &str| match step.parse::<usize>() {
            Ok(index) => here.get(index).cloned(),
            Err(_) => here.get(step).cloned(),
        };
        path.split('.').try_fold(self.inputs.clone(), |here, name| step(&here, name)).unwrap_or(Json::Null)
    }

    /// The containers of a task definition.
    fn containers(&self) -> impl Iterator<Item = Json> {
        let text = self.at("containerDefinitions");
        let containers: Vec<Json> = serde_json::from_str(text.as_str().expect("it is text")).expect("it is JSON");
        assert!(!containers.is_empty());
        containers.into_iter()
    }

    /// The statements of a policy.
    fn statements(&self, property: &str) -> impl Iterator<Item = Json> {
        let text = self.at(property);
        let policy: Json = serde_json::from_str(text.as_str().expect("it is text")).expect("it is JSON");
        let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
        assert!(!statements.is_empty());
        statements.into_iter()
    }

    /// Whether there is anything of a type.
    fn has(&self, token: &str) -> bool {
        self.run.children.iter().any(|child| child.token == token)
    }

    /// Whether there is something of a type with the same name.
    fn has_named(&self, token: &str) -> bool {
        self.run.children.iter().any(|child| child.token == token && child.name == self.child.name)
    }

    /// Whether there is another one of the same type for this.
    fn has_role(&self, role: &str) -> bool {
        let of_role = |child: &&Registration| child.name.ends_with(&format!("-{role}"));
        self.run.children.iter().filter(of_role).any(|child| child.token == self.child.token)
    }
}

/// A value without marks, as JSON.
fn known(value: &Value) -> Json {
    match value.flatten().value {
        None | Some(Value::Null) => Json::Null,
        Some(Value::Bool(value)) => json!(value),
        Some(Value::Number(value)) => json!(value),
        Some(Value::String(value)) => json!(value),
        Some(Value::Array(items)) => items.iter().map(known).collect(),
        Some(Value::Object(map)) => map.iter().map(|(key, value)| (key.clone(), known(value))).collect(),
        Some(other) => panic!("{other:?} is no input"),
    }
}

/// The components of a kind at their defaults, and with everything set that does not take a control away by name.
fn runs() -> [(&'static str, Vec<Run>); 2] {
    let two_zones = json!({"database": {"multiAz": true}, "deletionProtection": true});
    let guarded = json!({"deletionProtection": true});
    let prod = vec![
        up::<ProdBase>("live", prod_base::minimal()),
        up::<ProdBase>("live", merge(prod_base::everything(), two_zones)),
        up::<ProdApp>("alpha", prod_app::minimal()),
        up::<ProdApp>("alpha", merge(prod_app::everything(), guarded)),
    ];
    let ad_hoc = vec![
        up::<AdHocBase>("dev", ad_hoc_base::minimal()),
        up::<AdHocBase>("dev", ad_hoc_base::everything()),
        up::<AdHocApp>("alpha", ad_hoc_app::minimal()),
        up::<AdHocApp>("alpha", ad_hoc_app::everything()),
    ];
    let sound = |runs: Vec<Result<Run, _>>| runs.into_iter().map(|run| run.expect("the arguments are right")).collect();
    [("prod", sound(prod)), ("ad hoc", sound(ad_hoc))]
}

/// What does not hold of a control in these runs, and how many things it was asked of.
fn judged(control: &Control, runs: &[Run]) -> (usize, Vec<String>) {
    let all = runs.iter().flat_map(|run| run.children.iter().map(move |child| (run, child)));
    let asked = all.filter(|(_, child)| control.types.contains(&child.token.as_str()));
    let asked: Vec<_> = asked.map(|(run, child)| Of::new(run, child)).collect();
    let failed = asked.iter().filter(|of| !(control.holds)(of)).map(|of| format!("{} {}", of.child.token, of.name()));
    (asked.len(), failed.collect())
}

#[test]
#[expect(clippy::print_stdout, reason = "what was asked of how many things is for whoever looks")]
fn every_control_is_met_or_excepted() {
    let mut told = String::new();
    let mut wrong = Vec::new();
    for (kind, runs) in runs() {
        for control in controls() {
            let (count, failed) = judged(control, &runs);
            let stance = if kind == "prod" { control.prod } else { control.ad_hoc };
            let _ = writeln!(told, "{kind} {}: {} of {count} hold", control.ids, count - failed.len());
            match stance {
                Stance::Met if !failed.is_empty() => wrong.push(format!("{kind}, {}: {failed:?}", control.ids)),
                Stance::Excepted(reason) if count > 0 && failed.is_empty() => {
                    wrong.push(format!("{kind}, {}: holds, although it is excepted: {reason}", control.ids));
                }
                _ => {}
            }
        }
    }
    println!("{told}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // None of them looks at nothing.
    let all = runs();
    let idle = controls().filter(|control| all.iter().all(|(_, runs)| judged(control, runs).0 == 0));
    assert_eq!(idle.map(|control| control.ids).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn every_type_has_a_control_or_none_is_known() {
    let all = runs();
    let registered: BTreeSet<_> =
        all.iter().flat_map(|(_, runs)| runs).flat_map(|run| &run.children).map(|child| child.token.as_str()).collect();
    let judged: BTreeSet<_> = controls().flat_map(|control| control.types).copied().collect();
    let without: BTreeSet<_> = WITHOUT.iter().map(|(token, _)| *token).collect();
    assert_eq!(judged.intersection(&without).collect::<Vec<_>>(), Vec::<&&str>::new());
    assert_eq!(judged.union(&without).copied().collect::<BTreeSet<_>>(), registered);
}

#[test]
fn a_control_that_does_not_hold_is_found() {
    let [(_, mut prod), _] = runs();
    let server =
        prod.iter_mut().flat_map(|run| &mut run.children).find(|child| child.token.starts_with("aws:rds/inst"));
    server.expect("there is one").inputs.insert("publiclyAccessible".to_owned(), Value::Bool(true));
    let control = controls().find(|control| control.ids == "RDS.2").expect("it is there");
    assert_eq!(judged(control, &prod).1, ["aws:rds/instance:Instance live-database"]);
}

#[test]
fn the_page_on_security_has_the_table() {
    let all = runs();
    let shown = |kind: usize, control: &Control, stance: Stance, how: &str| match stance {
        _ if judged(control, &all[kind].1).0 == 0 => "nothing of the kind".to_owned(),
        Stance::Met if how.is_empty() => "met".to_owned(),
        Stance::Met => format!("met: {how}"),
        Stance::Excepted(reason) => format!("exception: {reason}"),
    };
    let mut table = String::from("| control | prod | ad hoc |\n| --- | --- | --- |\n");
    for control in controls() {
        let Control { ids, about, prod, ad_hoc, how, .. } = control;
        let in_prod = shown(0, control, *prod, how);
        let in_ad_hoc = shown(1, control, *ad_hoc, if *prod == Stance::Met { "" } else { how });
        let _ = writeln!(table, "| {ids} {about} | {in_prod} | {in_ad_hoc} |");
    }
    check_block("controls", &table);
}

/// Why a star may stand in a right: each with the actions that it is for, and how the resource begins or ends.
const STARS: &[(&[&str], &str, &str)] = &[
    (
        &["ecr:GetAuthorizationToken"],
        "*",
        "the token opens no repository by itself, and AWS knows no narrower resource",
    ),
    (
        &[
            "ssmmessages:CreateControlChannel",
            "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel",
            "ssmmessages:OpenDataChannel",
        ],
        "*",
        "the channels of Session Manager and ECS Exec, for which AWS knows no narrower resource",
    ),
    (
        &["ssm:UpdateInstanceInformation"],
        ":instance/*",
        "the bastion says that it is there; the id of a host is known after its role",
    ),
    (
        &[
            "logs:CreateLogGroup",
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:GetLogEvents",
            "logs:PutLogEvents",
            "logs:PutRetentionPolicy",
        ],
        ":*",
        "the streams of a log group that is named",
    ),
    (&["logs:DescribeLogGroups"], "*", "the agent of ECS Exec looks for its log group among all of the account"),
    (&["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], "/*", "the objects of a bucket that is named"),
];

#[test]
fn a_star_in_a_right_has_its_reason() {
    let mut pairs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut unexplained, mut used) = (BTreeSet::new(), BTreeSet::new());
    for (_, runs) in runs() {
        for run in &runs {
            let policies = run.children.iter().filter(|child| child.token == "aws:iam/rolePolicy:RolePolicy");
            for child in policies {
                for statement in Of::new(run, child).statements("policy") {
                    for (action, resource) in each_pair(&statement) {
                        pairs.entry(action.clone()).or_default().insert(resource.clone());
                        if !action.contains('*') && !resource.contains('*') {
                            continue;
                        }
                        let explains = |(actions, end, _): &(&[&str], &str, &str)| {
                            actions.contains(&action.as_str())
                                && if *end == "*" { resource == "*" } else { resource.ends_with(end) }
                        };
                        match STARS.iter().position(explains) {
                            Some(index) => drop(used.insert(index)),
                            None => drop(unexplained.insert(format!("{action} on {resource}"))),
                        }
                    }
                }
            }
        }
    }
    assert_eq!(unexplained, BTreeSet::new());
    assert_eq!(used, (0..STARS.len()).collect(), "a reason that nothing needs");
    let list = pairs.iter().flat_map(|(action, on)| on.iter().map(move |resource| format!("{action} on {resource}\n")));
    super::snapshot("policies", &list.collect::<String>());

    let mut table = String::from("| right | on | why |\n| --- | --- | --- |\n");
    for (actions, end, reason) in STARS {
        let on = if *end == "*" { "`*`".to_owned() } else { format!("`…{end}`") };
        let _ = writeln!(table, "| `{}` | {on} | {reason} |", actions.join("`, `"));
    }
    check_block("stars", &table);
}

/// The pairs of an action and a resource of a statement.
fn each_pair(statement: &Json) -> Vec<(String, String)> {
    let texts = |key: &str| {
        let list = statement[key].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let resources = texts("Resource");
    assert!(!resources.is_empty(), "{statement}");
    texts("Action")
        .into_iter()
        .flat_map(|action| resources.iter().map(move |on| (action.clone(), on.clone())))
        .collect()
}

/// A part of `SECURITY.md` is this. With `INSTA_UPDATE=always`, as for snapshots, it is made so.
fn check_block(name: &str, content: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../SECURITY.md");
    let text = fs::read_to_string(&file).expect("there is a page on security");
    let (begin, end) = (format!("<!-- {name}: made by a test -->\n"), format!("<!-- end of {name} -->"));
    let parts = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?)));
    let (before, (old, after)) = parts.unwrap_or_else(|| panic!("`SECURITY.md` has no `{}`", begin.trim()));
    if old == format!("\n{content}\n") {
        return;
    }
    let update = std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always");
    assert!(update, "`SECURITY.md` has another table `{name}`: run the test with `INSTA_UPDATE=always`");
    fs::write(&file, format!("{before}{begin}\n{content}\n{end}{after}")).expect("it can be written");
}
