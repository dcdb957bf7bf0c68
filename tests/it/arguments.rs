//! Wrong arguments, as the engine shows them to a user.

use e2e::{Cloud, Project};
use serde_json::json;

#[test]
fn all_problems_are_told_in_one_answer_before_anything_is_registered() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let by_hand = json!({"name": "dev", "vpc_id": "vpc-1"});
    let app = json!({
        "base": by_hand,
        "image": "shop/backend",
        "web": {"cpu_units": 256, "memory_mib": 4096},
        "workers": [{"name": "beat", "command": ["celery"]}, {"name": "Slow", "command": ["celery"]}],
        "environment": {"AWS_SECRET_ACCESS_KEY": "hunter2"},
    });
    let project = Project::base_and_apps(&cloud, "wrong", &json!({"dev": {"cidr_block": "10.0.0.0/8"}}), &json!({}))?;
    check(&project, &["property cidrBlock with value '{10.0.0.0/8}' has a problem: "])?;

    project.write(e2e::project::BASE_ARGS, &json!({}))?;
    project.write(e2e::project::APP_ARGS, &json!({"alpha": app}))?;
    let expected = [
        "property base.zoneId has a problem: is required and was not given",
        "property base.privateSubnetIds has a problem: is required and was not given",
        "property image with value '{shop/backend}' has a problem: ",
        "property web.memoryMib with value '{4096}' has a problem: ",
        "property workers[1].name with value '{Slow}' has a problem: ",
        // What stands there is a secret, so that the engine must not learn where, and print it.
        "`environment.AWS_SECRET_ACCESS_KEY` is a credential",
    ];
    let told = check(&project, &expected)?;
    assert!(!told.contains("hunter2"), "{told}");
    Ok(())
}

#[test]
fn a_secret_that_is_wrong_is_not_shown() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let project = Project::base_and_apps(&cloud, "hidden", &json!({}), &json!({}))?;
    project.rewrite(
        "import pulumi\nimport pulumi_aws_django as aws_django\n\
         aws_django.AdHocBase('dev', domain_name=pulumi.Output.secret('hunter2 is no domain'))\n",
    )?;
    let told = check(&project, &["`domainName` "])?;
    assert!(!told.contains("hunter2"), "{told}");
    Ok(())
}

/// Previews, which must fail with all these texts in one answer, and with nothing registered below a component.
fn check(project: &Project<'_>, expected: &[&str]) -> anyhow::Result<String> {
    let outcome = project.attempt("all", "preview", &json!({}))?;
    assert_eq!(outcome.told["result"], "failed");
    let told = outcome.diagnostics();
    for text in expected {
        assert!(told.contains(text), "`{text}` is not told in\n{told}");
    }
    let children = outcome.steps().into_iter().filter(|step| step.contains(" aws"));
    assert_eq!(children.collect::<Vec<_>>(), Vec::<String>::new());
    Ok(told)
}
