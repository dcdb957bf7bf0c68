//! What an argument's description says of changing it is what a preview shows, and what an update then does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::Context as _;
use e2e::changing::{self, ALL_WITH_TAGS, EVERYTHING, Effect, SENTENCE, WHERE_IT_SCALES};
use e2e::project::{APP_ARGS, BASE_ARGS};
use e2e::tools::repository;
use e2e::{Cloud, Outcome, Project};
use serde_json::{Map, Value as Json, json};

/// What no change replaces: an app would be away meanwhile.
const SERVICE: &str = "ecs.Service";

/// An argument, by the type that has it, and a change of it among the arguments of a base or an app.
type Case = (String, Json);

/// What one kind of environment has to be tried.
struct Kind {
    components: [&'static str; 2],
    /// What every base and every app is told.
    base: Json,
    app: Json,
    /// Arguments that exclude what every app is told, each with one of the same effect that is tried.
    same: &'static [(&'static str, &'static str)],
    /// What AWS refuses when it is there already: a gateway keeps its network while addresses are mapped in it, and a live
    /// service keeps its port. And who releases: nothing else of the app would be released then.
    not_taken: &'static [&'static str],
}

/// The apps are on the last base. So many things change at once in one preview, since they have no part in each other.
const BASES: [&str; 3] = ["one", "two", "last"];
const APPS: [&str; 5] = ["a", "b", "c", "d", "e"];

#[test]
fn changing_an_argument_of_an_ad_hoc_environment_does_what_its_description_says() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let kind = Kind {
        components: ["AdHocBase", "AdHocApp"],
        base: json!({}),
        app: app(),
        same: &[],
        not_taken: &["AdHocBase.cidrBlock", "AdHocWeb.port", "AdHocFrontend.port", "AdHocApp.deployment"],
    };
    let tried = Tried::begin(&cloud, &kind, &APPS)?;
    // What is given as a secret is there: no task would start without it.
    cloud.aws(&["ssm", "put-parameter", "--name", "a", "--type", "SecureString", "--value", "kept"])?;
    let base_cases = of_kind("AdHoc", common_base_cases(&cloud)?, ad_hoc_base_cases());
    let app_cases = of_kind("AdHoc", common_app_cases(&tried)?, ad_hoc_app_cases());
    tried.check(base_cases, app_cases)?;
    // An app that took another base's outputs as values does not wait for that base.
    tried.project.write(APP_ARGS, &json!({}))?;
    tried.project.run("all", "up", &json!({}))?;
    tried.project.run("all", "destroy", &json!({}))?;
    cloud.aws(&["ssm", "delete-parameter", "--name", "a"])?;
    check_left(&cloud, &[("acm certificate", 1)])
}

#[test]
fn changing_an_argument_of_production_does_what_its_description_says() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let scaling = json!({"min_count": 1, "max_count": 3});
    let kind = Kind {
        components: ["ProdBase", "ProdApp"],
        base: json!({"kind": "Prod", "deletion_protection": false, "database": {"instance_class": "db.t4g.medium"}}),
        app: merged(
            &app(),
            &json!({
                "kind": "Prod", "deployment": "Pulumi", "deletion_protection": false,
                "frontend": {"image": "shop/ui:v1", "scaling": scaling},
                "workers": [{"name": "default", "command": ["celery"]}, {"name": "busy", "command": ["celery"], "scaling": scaling}],
            }),
        ),
        same: &[("ProdFrontend.desiredCount", "ProdWeb.desiredCount"), ("ProdFrontend.scaling", "ProdWeb.scaling")],
        // A second server of one network would leave a second snapshot of the same name.
        not_taken: &[
            "ProdBase.cidrBlock",
            "ProdBase.kmsKeyArn",
            "ProdApp.base",
            "ProdApp.deployment",
            "ProdWeb.port",
            "ProdFrontend.port",
        ],
    };
    let tried = Tried::begin(&cloud, &kind, &APPS)?;
    cloud.aws(&["ssm", "put-parameter", "--name", "a", "--type", "SecureString", "--value", "kept"])?;
    let base_cases = of_kind("Prod", common_base_cases(&cloud)?, prod_base_cases(&cloud)?);
    let app_cases = of_kind("Prod", common_app_cases(&tried)?, prod_app_cases(&cloud)?);

    let is_refused = |argument: &str| tried.sentences.get(argument).is_some_and(|said| changing::is_refused(said));
    let refused = |cases: &[Case]| cases.iter().filter(|(it, _)| is_refused(it)).cloned().collect::<Vec<_>>();
    let (of_base, of_app) = (refused(&base_cases), refused(&app_cases));
    let (bases, apps) = tried.check(base_cases, app_cases)?;
    check_refused(&cloud, &kind, of_base, of_app)?;
    tried.project.write(BASE_ARGS, &unprotected(bases))?;
    tried.project.write(APP_ARGS, &unprotected(apps))?;
    tried.project.run("all", "up", &json!({}))?;
    tried.project.run("all", "destroy", &json!({}))?;
    cloud.aws(&["ssm", "delete-parameter", "--name", "a"])?;
    // Of those three bases and five apps, and of the guarded ones.
    check_left(&cloud, &[("acm certificate", 2), ("rds snapshot", 4), ("s3 bucket", 6)])
}

/// What would replace data is refused, in a preview and in an update, and nothing is lost.
fn check_refused(cloud: &Cloud, kind: &Kind, of_base: Vec<Case>, of_app: Vec<Case>) -> anyhow::Result<()> {
    let kept = json!({"deletion_protection": true});
    let base = |more: &Json| json!({"guarded": merged(&merged(&kind.base, &kept), more)});
    let app = |more: &Json| json!({"kept": merged(&merged(&kind.app, &kept), more)});
    let project = Project::base_and_apps(cloud, "guarded", &base(&json!({})), &app(&json!({})))?;
    project.run("all", "up", &json!({}))?;
    let data = || -> anyhow::Result<Vec<Json>> {
        let all = cloud.inventory()?;
        let kinds = ["ec2 vpc", "elasticache replication group", "rds instance", "s3 bucket"];
        Ok(kinds.map(|kind| all[kind].clone()).to_vec())
    };
    let before = data()?;
    assert_eq!((of_base.len(), of_app.len()), (2, 1), "{of_base:?} {of_app:?}");
    let of_base = of_base.into_iter().map(|(argument, change)| (argument, change, json!({})));
    let of_app = of_app.into_iter().map(|(argument, change)| (argument, json!({}), change));
    for (argument, of_base, of_app) in of_base.chain(of_app) {
        project.write(BASE_ARGS, &base(&of_base))?;
        project.write(APP_ARGS, &app(&of_app))?;
        for operation in ["preview", "up"] {
            let told = project.attempt("all", operation, &json!({}))?;
            assert_eq!(told.told["result"], "failed", "{argument}");
            assert!(told.diagnostics().contains("protect"), "{argument}: {}", told.diagnostics());
            assert_eq!(data()?, before, "{argument}");
        }
    }
    project.write(BASE_ARGS, &unprotected(base(&json!({}))))?;
    project.write(APP_ARGS, &unprotected(app(&json!({}))))?;
    project.run("all", "up", &json!({}))?;
    project.run("all", "destroy", &json!({}))?;
    Ok(())
}

/// What is left when everything has been destroyed, by kind: the certificates that were given, and what shall stay.
fn check_left(cloud: &Cloud, expected: &[(&str, usize)]) -> anyhow::Result<()> {
    let left = cloud.forgotten()?;
    let count = |(kind, all): (&String, &Json)| (kind.clone(), all.as_array().map_or(0, Vec::len));
    let found: Vec<_> = left.as_object().into_iter().flatten().map(count).collect();
    let expected: Vec<_> = expected.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect();
    assert_eq!(found, expected, "{left:#}");
    Ok(())
}

/// Environments of one kind, in which arguments are changed.
struct Tried<'a> {
    kind: &'a Kind,
    apps: &'a [&'static str],
    project: Project<'a>,
    sentences: BTreeMap<String, String>,
    bases: Json,
    all_apps: Json,
}

impl<'a> Tried<'a> {
    fn begin(cloud: &'a Cloud, kind: &'a Kind, apps: &'a [&'static str]) -> anyhow::Result<Self> {
        let schema = serde_json::from_str(&fs::read_to_string(repository("schema.json"))?)?;
        let mut sentences = BTreeMap::new();
        for component in kind.components {
            sentences.extend(changing::sentences(&schema, component)?);
        }
        let all = |names: &[&str], each: &Json| names.iter().map(|it| ((*it).to_owned(), each.clone())).collect();
        let bases: Json = Map::into(all(&BASES, &kind.base));
        let all_apps: Json = Map::into(all(apps, &kind.app));
        let project = Project::base_and_apps(cloud, "changes", &bases, &all_apps)?;
        project.run("all", "up", &json!({}))?;
        Ok(Self { kind, apps, project, sentences, bases, all_apps })
    }

    /// Tries each change; answers the arguments of bases and apps with all of them.
    fn check(&self, base_cases: Vec<Case>, app_cases: Vec<Case>) -> anyhow::Result<(Json, Json)> {
        let Self { kind, project, sentences, .. } = self;
        let tried: BTreeSet<_> = base_cases.iter().chain(&app_cases).map(|(argument, _)| argument.clone()).collect();
        for (untried, same) in kind.same {
            assert_eq!(sentences.get(*untried), sentences.get(*same), "{untried}");
        }
        let untried = kind.same.iter().map(|(untried, _)| (*untried).to_owned());
        let all: BTreeSet<_> = tried.iter().cloned().chain(untried).collect();
        assert_eq!(all, sentences.keys().cloned().collect(), "an argument is not tried, or has no such sentence");

        let changing = &BASES[..BASES.len() - 1];
        let (mut for_bases, mut for_apps) =
            (base_cases.chunks(changing.len()), app_cases.chunks(self.apps.len().max(1)));
        let mut wrong = Vec::new();
        for _ in 0..for_bases.len().max(for_apps.len()) {
            let (for_bases, for_apps) = (for_bases.next().unwrap_or_default(), for_apps.next().unwrap_or_default());
            project.write(BASE_ARGS, &changed(&self.bases, &BASES, for_bases))?;
            project.write(APP_ARGS, &changed(&self.all_apps, self.apps, for_apps))?;
            let preview = project.run("all", "preview", &json!({}))?;
            for (name, (argument, change)) in BASES.iter().zip(for_bases).chain(self.apps.iter().zip(for_apps)) {
                let said = sentences.get(argument).context("every case has its sentence")?;
                wrong.extend(contradiction(argument, change, said, &effect(&preview, name)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));

        // All of them once more, now for AWS to take.
        let is_taken = |(argument, _): &Case| !kind.not_taken.contains(&argument.as_str());
        let taken = |cases: Vec<Case>| cases.into_iter().filter(is_taken).collect::<Vec<_>>();
        let in_place = |(argument, _): &Case| sentences.get(argument).is_some_and(|said| is_in_place(said));
        let bases = together(&self.bases, changing, &taken(base_cases), in_place)?;
        let apps = together(&self.all_apps, self.apps, &taken(app_cases), in_place)?;
        project.write(BASE_ARGS, &bases)?;
        project.write(APP_ARGS, &apps)?;
        project.run("all", "up", &json!({}))?;
        for options in [json!({}), json!({"refresh": true})] {
            assert_eq!(project.run("all", "preview", &options)?.steps(), Vec::<String>::new());
        }
        Ok((bases, apps))
    }
}

/// The arguments of all, whose data may be deleted.
fn unprotected(mut all: Json) -> Json {
    for each in all.as_object_mut().into_iter().flat_map(Map::values_mut) {
        each["deletion_protection"] = json!(false);
    }
    all
}

#[test]
fn no_argument_says_that_it_replaces_a_service() -> anyhow::Result<()> {
    let text = fs::read_to_string(repository("docs/api.md"))?.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentences: Vec<_> = text.split(SENTENCE).skip(1).filter_map(|rest| rest.split(". ").next()).collect();
    assert!(sentences.len() > 50, "{} sentences", sentences.len());
    let replacing: Vec<_> =
        sentences.into_iter().filter(|said| Effect::stated(said).replaces.contains(SERVICE)).collect();
    assert_eq!(replacing, Vec::<&str>::new());
    assert!(
        Effect::stated("updates `lb.Listener`, and replaces `lb.TargetGroup` and `ecs.Service`")
            .replaces
            .contains(SERVICE)
    );
    Ok(())
}

/// What is wrong if a change does something else than its sentence says.
fn contradiction(argument: &str, change: &Json, said: &str, found: &Effect) -> Option<String> {
    let Effect { replaces, updates, adds_or_removes } = found;
    let is_as_said = if said.contains(EVERYTHING) {
        replaces.len() >= 4
    } else if said.contains(ALL_WITH_TAGS) {
        replaces.is_empty() && adds_or_removes.is_empty() && updates.len() > 5
    } else {
        let unless_it_scales = said.split(WHERE_IT_SCALES).next().unwrap_or_default();
        [said, unless_it_scales].iter().any(|said| Effect::stated(said) == *found)
    };
    let is_right = is_as_said && !replaces.contains(SERVICE);
    (!is_right).then(|| format!("`{argument}` says {said:?}; {change} does {found:#?}"))
}

/// What a preview does to the resources of one component.
fn effect(preview: &Outcome, component: &str) -> Effect {
    let mut effect = Effect::default();
    for step in preview.steps() {
        let [operation, token, name] = step.split(' ').collect::<Vec<_>>()[..] else { continue };
        if !token.starts_with("aws:") || !name.starts_with(&format!("{component}-")) {
            continue;
        }
        let list = match operation {
            "replace" => &mut effect.replaces,
            "update" => &mut effect.updates,
            "create" | "delete" => &mut effect.adds_or_removes,
            // The two halves of a replacement.
            _ => continue,
        };
        list.insert(as_in_programs(token));
    }
    effect
}

/// A type as programs name it: `aws:ecs/service:Service` is `ecs.Service`.
pub(crate) fn as_in_programs(token: &str) -> String {
    let parts: Vec<_> = token.split([':', '/']).collect();
    [parts.get(1).copied().unwrap_or_default(), parts.last().copied().unwrap_or_default()].join(".")
}

/// The arguments of all, in some of which one thing is changed.
fn changed(all: &Json, names: &[&str], cases: &[Case]) -> Json {
    let mut changed = all.clone();
    for (name, (_, change)) in names.iter().zip(cases) {
        for (key, value) in change.as_object().into_iter().flatten() {
            let value = if value.is_object() { merged(&changed[*name][key], value) } else { value.clone() };
            changed[*name][key] = value;
        }
    }
    changed
}

/// Whether a change leaves the list of resources as it is.
fn is_in_place(said: &str) -> bool {
    !said.contains(EVERYTHING) && Effect::stated(said).adds_or_removes.is_empty()
}

/// The arguments of all with every change, on as few of them as it fits on: those in place on the first.
fn together(all: &Json, names: &[&str], cases: &[Case], in_place: impl Fn(&Case) -> bool) -> anyhow::Result<Json> {
    let mut changed = all.clone();
    for case @ (argument, change) in cases {
        let places = if in_place(case) { names } else { &names[1..] };
        let fitting = places.iter().find_map(|name| Some((*name, fitted(&all[*name], &changed[*name], change)?)));
        let (name, fitted) = fitting.with_context(|| format!("`{argument}` fits nowhere beside the others"))?;
        changed[name] = fitted;
    }
    Ok(changed)
}

/// A value with one more change of what it was at first; `None` if another change is in its way.
fn fitted(first: &Json, value: &Json, change: &Json) -> Option<Json> {
    if change == first || change == value {
        return Some(value.clone());
    }
    match (value, change) {
        (Json::Object(value), Json::Object(change)) => {
            let mut all = value.clone();
            for (key, change) in change {
                let found = fitted(&first[key], value.get(key).unwrap_or(&Json::Null), change)?;
                all.insert(key.clone(), found);
            }
            Some(Json::Object(all))
        }
        (Json::Array(value), Json::Array(change)) if value.len() == change.len() && first.is_array() => {
            let items = value.iter().zip(change).enumerate();
            items.map(|(at, (value, change))| fitted(&first[at], value, change)).collect()
        }
        _ => (value == first).then(|| change.clone()),
    }
}

/// An app with a process of each kind.
fn app() -> Json {
    json!({
        "frontend": {"image": "shop/ui:v1"},
        "workers": [{"name": "default", "command": ["celery"]}],
        "beat": {"command": ["celery", "beat", "--schedule=/tmp/celerybeat"]},
    })
}

/// The changes of every base, and those of one kind of it.
fn of_kind(kind: &str, common: Vec<(&str, Json)>, own: Vec<(&str, Json)>) -> Vec<Case> {
    let is_of_both = |argument: &str| OF_BOTH.iter().any(|of_both| argument.starts_with(of_both));
    let named = |(argument, change): (&str, Json)| {
        let kind = if is_of_both(argument) { "" } else { kind };
        (format!("{kind}{argument}"), change)
    };
    common.into_iter().chain(own).map(named).collect()
}

fn common_base_cases(cloud: &Cloud) -> anyhow::Result<Vec<(&'static str, Json)>> {
    let certificate = cloud.certificate("example.com")?;
    let other =
        cloud.aws(&["route53", "create-hosted-zone", "--name", "example.org", "--caller-reference", "other"])?;
    let zone = other["HostedZone"]["Id"].as_str().and_then(|id| id.rsplit('/').next()).context("a zone has an id")?;
    Ok(vec![
        ("Base.domainName", json!({"domain_name": "example.org"})),
        ("Base.zoneId", json!({"zone_id": zone})),
        ("Base.certificateArn", json!({"certificate_arn": certificate})),
        ("Base.cidrBlock", json!({"cidr_block": "10.1.0.0/16"})),
        ("Base.availabilityZoneCount", json!({"availability_zone_count": 3})),
        ("Base.interfaceEndpoints", json!({"interface_endpoints": ["logs"]})),
        ("Base.allowedCidrBlocks", json!({"allowed_cidr_blocks": ["203.0.113.0/24"]})),
        ("Base.egressPorts", json!({"egress_ports": [443]})),
        ("Base.bastion", json!({"bastion": true})),
        ("Base.logRetentionDays", json!({"log_retention_days": 30})),
        ("Base.tags", json!({"tags": {"team": "shop"}})),
        ("Database.instanceClass", json!({"database": {"instance_class": "db.t4g.small"}})),
        ("Database.engineVersion", json!({"database": {"engine_version": "18"}})),
        ("Database.storageGib", json!({"database": {"storage_gib": 30}})),
        ("Database.maxStorageGib", json!({"database": {"max_storage_gib": 200}})),
    ])
}

fn ad_hoc_base_cases() -> Vec<(&'static str, Json)> {
    vec![("Base.natGateways", json!({"nat_gateways": "PerAvailabilityZone"}))]
}

fn prod_base_cases(cloud: &Cloud) -> anyhow::Result<Vec<(&'static str, Json)>> {
    let visible = "SampledRequestsEnabled=false,CloudWatchMetricsEnabled=false,MetricName=acl";
    let acl = ["wafv2", "create-web-acl", "--name", "acl", "--scope", "REGIONAL", "--default-action", "Allow={}"];
    let acl = cloud.aws(&[acl.as_slice(), &["--visibility-config", visible]].concat())?;
    let topic = "arn:aws:sns:eu-central-1:123456789012:alarms";
    let key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    Ok(vec![
        ("Base.natGateways", json!({"nat_gateways": "Single"})),
        ("Base.idleTimeoutSeconds", json!({"idle_timeout_seconds": 120})),
        ("Base.kmsKeyArn", json!({"kms_key_arn": key})),
        ("Base.webAclArn", json!({"web_acl_arn": acl["Summary"]["ARN"]})),
        ("Base.alarmTopicArn", json!({"alarm_topic_arn": topic})),
        ("Base.deletionProtection", json!({"deletion_protection": true})),
        ("Database.multiAz", json!({"database": {"multi_az": false}})),
        ("Database.backupDays", json!({"database": {"backup_days": 7}})),
        ("Database.backupWindow", json!({"database": {"backup_window": "03:00-04:00"}})),
        ("Database.maintenanceWindow", json!({"database": {"maintenance_window": "sun:04:30-sun:05:30"}})),
        ("Database.snapshotId", json!({"database": {"snapshot_id": "another"}})),
    ])
}

/// Objects whose names do not tell the kind.
const OF_BOTH: [&str; 5] = ["Beat.", "Domain.", "Scaling.", "Update.", "WebScaling."];

fn common_app_cases(tried: &Tried<'_>) -> anyhow::Result<Vec<(&'static str, Json)>> {
    let base = tried.project.urn("all", &format!("aws-django:index:{}", tried.kind.components[0]), "one")?;
    let base = tried.project.resources("all")?[&base]["outputs"]["outputs"].clone();
    let app = &tried.kind.app;
    let worker = |change: Json| {
        let mut workers = app["workers"].clone();
        workers[0] = merged(&workers[0], &change);
        json!({"workers": workers})
    };
    let beat = |change: Json| json!({"beat": merged(&app["beat"], &change)});
    let frontend = |change: Json| json!({"frontend": merged(&app["frontend"], &change)});
    let web = |change: Json| json!({"web": change});
    let update = |change: Json| json!({"update": change});
    let login = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:registry-Ab12Cd";
    Ok(vec![
        ("App.base", json!({"base": base})),
        ("App.image", json!({"image": "shop/backend:v2"})),
        ("App.deployment", json!({"deployment": "Pipeline"})),
        ("App.frontend", json!({"frontend": null})),
        ("App.workers", json!({"workers": []})),
        ("App.beat", json!({"beat": null})),
        ("App.environment", json!({"environment": {"A": "b"}})),
        ("App.secrets", json!({"secrets": {"S": "arn:aws:ssm:eu-central-1:123456789012:parameter/a"}})),
        ("App.databaseName", json!({"database_name": "other"})),
        ("App.priority", json!({"priority": 7})),
        ("App.cpuArchitecture", json!({"cpu_architecture": "ARM64"})),
        ("App.hardened", json!({"hardened": false})),
        ("App.repositoryCredentialsArn", json!({"repository_credentials_arn": login})),
        ("App.taskPolicyArns", json!({"task_policy_arns": ["arn:aws:iam::aws:policy/AmazonSESFullAccess"]})),
        ("App.logRetentionDays", json!({"log_retention_days": 30})),
        ("App.tags", json!({"tags": {"team": "shop"}})),
        ("Web.name", web(json!({"name": "django"}))),
        ("Web.command", web(json!({"command": ["gunicorn"]}))),
        ("Web.port", web(json!({"port": 8001}))),
        ("Web.cpuUnits", web(json!({"cpu_units": 512, "memory_mib": 1024}))),
        ("Web.memoryMib", web(json!({"memory_mib": 1024}))),
        ("Web.healthCheckPath", web(json!({"health_check_path": "/healthy/"}))),
        ("Web.healthCheckGraceSeconds", web(json!({"health_check_grace_seconds": 90}))),
        ("Web.pathPatterns", web(json!({"path_patterns": ["/api/*"]}))),
        ("Frontend.image", frontend(json!({"image": "shop/ui:v2"}))),
        ("Frontend.name", frontend(json!({"name": "nuxt"}))),
        ("Frontend.command", frontend(json!({"command": ["node"]}))),
        ("Frontend.port", frontend(json!({"port": 3001}))),
        ("Frontend.cpuUnits", frontend(json!({"cpu_units": 512, "memory_mib": 1024}))),
        ("Frontend.memoryMib", frontend(json!({"memory_mib": 1024}))),
        ("Frontend.healthCheckPath", frontend(json!({"health_check_path": "/up"}))),
        ("Frontend.healthCheckGraceSeconds", frontend(json!({"health_check_grace_seconds": 90}))),
        ("Frontend.environment", frontend(json!({"environment": {"A": "b"}}))),
        ("Frontend.secrets", frontend(json!({"secrets": {"S": "/a"}}))),
        ("Worker.name", worker(json!({"name": "other"}))),
        ("Worker.command", worker(json!({"command": ["celery", "-c", "2"]}))),
        ("Worker.cpuUnits", worker(json!({"cpu_units": 512, "memory_mib": 1024}))),
        ("Worker.memoryMib", worker(json!({"memory_mib": 1024}))),
        ("Worker.environment", worker(json!({"environment": {"A": "b"}}))),
        ("Worker.healthCheckCommand", worker(json!({"health_check_command": ["celery", "inspect", "ping"]}))),
        ("Beat.command", beat(json!({"command": ["celery", "beat", "-S", "x"]}))),
        ("Beat.cpuUnits", beat(json!({"cpu_units": 512, "memory_mib": 1024}))),
        ("Beat.memoryMib", beat(json!({"memory_mib": 1024}))),
        ("Update.command", update(json!({"command": ["python", "manage.py", "check"]}))),
        ("Update.cpuUnits", update(json!({"cpu_units": 512, "memory_mib": 1024}))),
        ("Update.memoryMib", update(json!({"memory_mib": 1024}))),
    ])
}

fn ad_hoc_app_cases() -> Vec<(&'static str, Json)> {
    let worker = |change: Json| json!({"workers": [merged(&app()["workers"][0], &change)]});
    let count = || json!({"desired_count": 2});
    vec![
        ("Web.desiredCount", json!({"web": count()})),
        ("Frontend.desiredCount", json!({"frontend": merged(&app()["frontend"], &count())})),
        ("Worker.desiredCount", worker(count())),
        ("App.hostName", json!({"host_name": "other.example.com"})),
        ("App.spot", json!({"spot": false})),
        ("App.executeCommand", json!({"execute_command": false})),
        ("App.cache", json!({"cache": false, "environment": {"CELERY_BROKER_URL": "sqs://"}})),
        ("Worker.spot", worker(json!({"spot": false}))),
    ]
}

fn prod_app_cases(cloud: &Cloud) -> anyhow::Result<Vec<(&'static str, Json)>> {
    let zone = cloud.aws(&["route53", "create-hosted-zone", "--name", "shop.org", "--caller-reference", "shop"])?;
    let zone = zone["HostedZone"]["Id"].as_str().and_then(|id| id.rsplit('/').next()).context("a zone has an id")?;
    let certificate = cloud.certificate("a.example.com")?;
    let topic = "arn:aws:sns:eu-central-1:123456789012:alarms";
    let workers = |of_default: Json, of_busy: Json| {
        let of_default = merged(&json!({"name": "default", "command": ["celery"]}), &of_default);
        let scaling = merged(&json!({"min_count": 1, "max_count": 3}), &of_busy);
        json!({"workers": [of_default, {"name": "busy", "command": ["celery"], "scaling": scaling}]})
    };
    let frontend = |change: Json| {
        let scaling = merged(&json!({"min_count": 1, "max_count": 3}), &change);
        json!({"frontend": {"image": "shop/ui:v1", "scaling": scaling}})
    };
    let scaling = json!({"scaling": {"min_count": 3, "max_count": 4}});
    Ok(vec![
        ("App.alarmTopicArn", json!({"alarm_topic_arn": topic})),
        ("App.deletionProtection", json!({"deletion_protection": true})),
        ("App.executeCommand", json!({"execute_command": true})),
        ("Web.desiredCount", json!({"web": {"desired_count": 3}})),
        ("Web.scaling", json!({"web": scaling})),
        ("Worker.desiredCount", workers(json!({"desired_count": 2}), json!({}))),
        ("Worker.scaling", workers(scaling, json!({}))),
        ("WebScaling.minCount", frontend(json!({"min_count": 2}))),
        ("WebScaling.maxCount", frontend(json!({"max_count": 4}))),
        ("WebScaling.targetCpuPercent", frontend(json!({"target_cpu_percent": 50}))),
        ("WebScaling.requestsPerTarget", frontend(json!({"requests_per_target": 500}))),
        ("Scaling.minCount", workers(json!({}), json!({"min_count": 2}))),
        ("Scaling.maxCount", workers(json!({}), json!({"max_count": 4}))),
        ("Scaling.targetCpuPercent", workers(json!({}), json!({"target_cpu_percent": 50}))),
        ("Domain.hostName", json!({"domain": {"host_name": "other.example.com"}})),
        ("Domain.zoneId", json!({"domain": {"zone_id": zone}})),
        ("Domain.certificateArn", json!({"domain": {"certificate_arn": certificate}})),
        ("Domain.redirectHostNames", json!({"domain": {"redirect_host_names": ["www.example.com"]}})),
        ("Cache.nodeType", json!({"cache": {"node_type": "cache.m7g.large"}})),
        ("Cache.replicaCount", json!({"cache": {"replica_count": 2}})),
        ("Cache.snapshotDays", json!({"cache": {"snapshot_days": 14}})),
        ("Cache.maintenanceWindow", json!({"cache": {"maintenance_window": "sun:05:00-sun:06:00"}})),
    ])
}

/// An object with some of its keys changed.
pub(crate) fn merged(object: &Json, changes: &Json) -> Json {
    let mut merged = object.clone();
    for (key, value) in changes.as_object().into_iter().flatten() {
        merged[key] = value.clone();
    }
    merged
}
