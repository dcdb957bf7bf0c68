//! What the command line tells of previews, read off what the real engine writes.

use aws_django::report::{Report, document, page, read};
use e2e::{Cloud, Project};
use serde_json::json;

use crate::shop::worker;

#[test]
fn a_preview_is_reported_alike_in_both_forms_and_each_time() -> anyhow::Result<()> {
    let Some(cloud) = Cloud::start()? else { return Ok(()) };
    let app = json!({"workers": [worker("default")], "environment": {"GREETING": "<b>@octocat</b>"}});
    let project = Project::base_and_apps(&cloud, "reported", &json!({"dev": {}}), &json!({"alpha": app}))?;
    let mut reports = Vec::new();
    for _ in 0..2 {
        let outcome = project.run("all", "preview", &json!({"arguments": ["--json"]}))?;
        let log = outcome.events()?.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let printed = outcome.told["stdout"].as_str().unwrap_or_default().to_owned();
        for text in [log, printed] {
            let previews = read::read(text.as_bytes()).map_err(anyhow::Error::msg)?;
            reports.push(Report { previews, ..Report::default() });
        }
    }
    let digests: Vec<_> = reports.iter().map(Report::digest).collect();
    assert!(digests[0].is_some() && digests.iter().all(|it| *it == digests[0]), "{digests:?}");
    let pages: Vec<_> = reports.iter().map(|it| page::page(it, page::SUMMARY)).collect();
    // The names that Pulumi makes up are others each time.
    assert!(pages[0] == pages[1] && pages[2] == pages[3] && pages[0] != pages[2]);
    assert_eq!(document(&reports[0]), document(&reports[1]));
    let page = &pages[0];
    for told in [
        "<!-- aws-django report: reported/all -->",
        "makes the database <code>app&#95;alpha</code>; runs <code>backend&#95;update</code>",
        "<code>alpha-gunicorn</code> to <code>shop/backend&#58;v1</code>",
        "| create | <code>dev-database</code> | <code>rds.Instance</code> |",
        "+ value: [secret]",
    ] {
        assert!(page.contains(told), "{told}");
    }
    assert!(!page.contains("to delete") && !reports[0].is_destructive());
    Ok(())
}
