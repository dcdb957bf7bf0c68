//! Commands that a person pastes into a shell, or that a pipeline runs: POSIX scripts that need no tool but `aws`.
//!
//! What a script does stands in a file. What it does it to are variables that are set before: each value goes
//! through [`quote`], and nothing else is ever put into a script. A script is a subshell, so that it can be pasted
//! without ending the shell that it is pasted into.

/// What a release moves.
pub(crate) struct Release {
    pub(crate) region: String,
    pub(crate) cluster: String,
    /// The family of the command that must run before a new image serves.
    pub(crate) family: String,
    pub(crate) subnet_ids: Vec<String>,
    pub(crate) security_group_id: String,
    /// Log group of the command.
    pub(crate) log_group: String,
    /// The services that then move, each to the newest revision of the family that has its name.
    pub(crate) services: Vec<String>,
}

impl Release {
    /// The script: the command runs first, and unless it ends well nothing moves.
    pub(crate) fn script(&self) -> String {
        let (subnets, group) = (self.subnet_ids.join(","), &self.security_group_id);
        let network =
            format!("awsvpcConfiguration={{subnets=[{subnets}],securityGroups=[{group}],assignPublicIp=DISABLED}}");
        let variables = [
            ("region", &self.region),
            ("cluster", &self.cluster),
            ("family", &self.family),
            ("network", &network),
            ("log_group", &self.log_group),
        ];
        let services: Vec<_> = self.services.iter().map(|service| quote(service)).collect();
        let begin = format!("set -eu\n{}set -- {}\n", assign(&variables), services.join(" "));
        subshell(&begin, include_str!("scripts/release.sh"))
    }
}

/// Where a shell opens.
pub(crate) struct Shell {
    pub(crate) region: String,
    pub(crate) cluster: String,
    pub(crate) service: String,
    pub(crate) container: String,
}

impl Shell {
    /// The script: it picks a running task of the service.
    pub(crate) fn script(&self) -> String {
        let variables = [
            ("region", &self.region),
            ("cluster", &self.cluster),
            ("service", &self.service),
            ("container", &self.container),
        ];
        subshell(&assign(&variables), include_str!("scripts/shell.sh"))
    }
}

fn subshell(begin: &str, script: &str) -> String {
    format!("(\n{begin}{script})\n")
}

fn assign(variables: &[(&str, &String)]) -> String {
    variables.iter().flat_map(|(name, value)| [name, "=", &quote(value), "\n"].map(str::to_owned)).collect()
}

/// A value as one word of a POSIX shell, whatever is in it.
fn quote(value: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "_./:@%+,-".contains(c);
    if !value.is_empty() && value.chars().all(is_safe) {
        return value.to_owned();
    }
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use super::*;

    fn sh(arguments: &[&str]) -> Output {
        Command::new("sh").args(arguments).output().expect("there is a POSIX shell")
    }

    #[test]
    fn a_value_is_one_word_whatever_is_in_it() {
        for value in ["", "plain-1.0", "two words", "it's", "$(id) `id` \"x\" \\ * ; & | # ~ !", "line\nline", "é"] {
            let printed = sh(&["-c", &format!("printf %s {}", quote(value))]);
            assert_eq!(String::from_utf8_lossy(&printed.stdout), value);
        }
    }

    #[test]
    fn the_scripts_are_what_a_posix_shell_takes() {
        let odd = || "it's $(id)".to_owned();
        let release = Release {
            region: odd(),
            cluster: odd(),
            family: odd(),
            subnet_ids: vec![odd()],
            security_group_id: odd(),
            log_group: odd(),
            services: vec![odd()],
        };
        let shell = Shell { region: odd(), cluster: odd(), service: odd(), container: odd() };
        for script in [release.script(), shell.script()] {
            let checked = sh(&["-n", "-c", &script]);
            assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
        }
    }

    /// Runs a release of one service over an `aws` that answers what it is told to.
    fn release(exit_code: &str, live: &str) -> Output {
        let text = str::to_owned;
        let script = Release {
            region: text("eu-west-1"),
            cluster: text("alpha-cluster"),
            family: text("alpha-backend_update"),
            subnet_ids: vec![text("subnet-1"), text("subnet-2")],
            security_group_id: text("sg-1"),
            log_group: text("/ecs/alpha/backend_update"),
            services: vec![text("alpha-gunicorn")],
        };
        let aws = format!(
            "aws() {{ case $* in\n\
             *lastStatus*) echo STOPPED ;;\n\
             *exitCode*) echo {exit_code} ;;\n\
             *'ecs run-task'*) printf 'arn:aws:ecs:task/1\\tNone\\tNone\\n' ;;\n\
             *desired-count*TAGS* | *TAGS*desired-count*) echo 3 ;;\n\
             *'ecs update-service'*) echo \"moved: $*\" >&2; echo new ;;\n\
             *PRIMARY*) echo {live} ;;\n\
             esac; }}\n"
        );
        sh(&["-c", &(aws + &script.script())])
    }

    #[test]
    fn a_release_moves_services_only_after_its_command_has_ended_well() {
        let released = release("0", "new");
        let told = String::from_utf8_lossy(&released.stderr);
        assert!(released.status.success(), "{told}");
        assert!(told.contains("--service alpha-gunicorn --task-definition alpha-gunicorn --desired-count 3"), "{told}");
        assert!(told.contains("--force-new-deployment") && told.contains("--region eu-west-1"), "{told}");
        for exit_code in ["1", "None"] {
            let failed = release(exit_code, "new");
            let told = String::from_utf8_lossy(&failed.stderr);
            assert!(!failed.status.success() && !told.contains("moved:"), "{told}");
            assert!(told.contains("no service has moved"), "{told}");
        }
    }

    #[test]
    fn a_release_that_ecs_has_rolled_back_has_failed() {
        let rolled_back = release("0", "old");
        assert!(!rolled_back.status.success());
        assert!(String::from_utf8_lossy(&rolled_back.stderr).contains("went back to what ran before"));
    }
}
