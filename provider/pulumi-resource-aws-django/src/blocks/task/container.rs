//! Containers as ECS keeps them.
//!
//! ECS sorts what it is sent and fills in what is left out. A definition that differs from the stored one by just
//! that would become a new revision at every deployment, so that everything stands here as ECS returns it.

use std::collections::BTreeMap;

use pulumi_component::{Output, objects};

/// One container of a task.
pub(crate) struct Container<'a> {
    /// Its name in the task.
    pub(crate) name: &'a str,
    /// Image, with tag or digest.
    pub(crate) image: Output<String>,
    /// What runs instead of the image's own entry point.
    pub(crate) entry_point: Option<Vec<String>>,
    /// What runs instead of the image's own command.
    pub(crate) command: Option<Output<Vec<String>>>,
    /// Port at which it answers.
    pub(crate) port: Option<Output<u32>>,
    /// Variables in plain text.
    pub(crate) environment: BTreeMap<String, Output<String>>,
    /// Variables that ECS reads from their `valueFrom` when the task starts.
    pub(crate) secrets: BTreeMap<String, Output<String>>,
    /// Secret with the login of the private registry that the image comes from.
    pub(crate) registry_secret_arn: Option<Output<Option<String>>>,
    /// What ECS runs in the container, as a list of words, to learn whether it is healthy.
    pub(crate) health_check_command: Option<Output<Vec<String>>>,
    /// How long it may take to end after it was told to; ECS's own 30 seconds if it is left out.
    pub(crate) stop_timeout_seconds: Option<u32>,
}

impl<'a> Container<'a> {
    /// A container with which its task ends, and of which nothing else is said.
    pub(crate) fn new(name: &'a str, image: Output<String>) -> Self {
        Self {
            name,
            image,
            entry_point: None,
            command: None,
            port: None,
            environment: BTreeMap::new(),
            secrets: BTreeMap::new(),
            registry_secret_arn: None,
            health_check_command: None,
            stop_timeout_seconds: None,
        }
    }

    /// One that runs a script for `sh`, whatever its image would run.
    pub(crate) fn of_script(name: &'a str, image: &str, script: &str) -> Self {
        Self {
            entry_point: Some(["sh", "-c"].map(str::to_owned).to_vec()),
            command: Some(Output::known([script.to_owned()])),
            ..Self::new(name, Output::known(image))
        }
    }
}

/// How every container of a task is run.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// Log group of the task.
    pub(crate) log_group: &'a Output<String>,
    /// Region of the log group.
    pub(crate) region: &'a Output<String>,
    /// Whether it runs as an ordinary user on a file system of which only `/tmp` is writable.
    pub(crate) hardened: bool,
    /// Whether someone may open a shell in it.
    pub(crate) execute_command: bool,
}

/// The variable that says where a process keeps its own files.
const HOME: &str = "HOME";

/// What the agent of ECS Exec writes to, by the volume that it then needs on a file system that is read-only.
const AGENT_PATHS: [(&str, &str); 3] =
    [("agent-library", "/var/lib/amazon/ssm"), ("agent-log", "/var/log/amazon/ssm"), ("agents", "/managed-agents")];

/// How a health check is timed, in seconds. A process of Python takes long to start on a quarter of a CPU, and a worker
/// answers `celery inspect ping` between two tasks: ECS's own 5 seconds, every 30, would call a busy worker dead.
const HEALTH_INTERVAL_SECONDS: u32 = 60;
const HEALTH_TIMEOUT_SECONDS: u32 = 30;
const HEALTH_RETRIES: u32 = 3;
const HEALTH_START_SECONDS: u32 = 120;

/// Size of a hardened container's `/tmp`, which counts towards its memory: room for gunicorn's heartbeat files and
/// for uploads that Django spools.
const TMP_MIB: u32 = 128;

objects! {
    /// A container definition of ECS.
    Definition {
        command: Vec<String>,
        cpu: u32,
        entry_point: Vec<String>,
        environment: Vec<Variable>,
        essential: bool,
        health_check: HealthCheck,
        image: String,
        linux_parameters: LinuxParameters,
        log_configuration: LogConfiguration,
        mount_points: Vec<MountPoint>,
        name: String,
        port_mappings: Vec<PortMapping>,
        readonly_root_filesystem: bool,
        repository_credentials: BTreeMap<String, String>,
        secrets: Vec<Secret>,
        stop_timeout: u32,
        system_controls: Vec<String>,
        user: String,
        volumes_from: Vec<String>,
    }
    HealthCheck { command: Vec<String>, interval: u32, retries: u32, start_period: u32, timeout: u32 }
    Variable { name: String, value: String }
    Secret { name: String, value_from: String }
    LinuxParameters { init_process_enabled: bool, tmpfs: Vec<Tmpfs> }
    Tmpfs { container_path: String, size: u32 }
    LogConfiguration { log_driver: String, options: BTreeMap<String, String> }
    MountPoint { container_path: String, read_only: bool, source_volume: String }
    PortMapping { container_port: u32, host_port: u32, protocol: String }
}

/// The container as ECS keeps it.
pub(super) fn definition(container: &Container<'_>, setting: Setting<'_>) -> Definition {
    let Container { name, stop_timeout_seconds, .. } = *container;
    let variables = environment(container, setting);
    let variables = variables.iter().map(|(name, value)| Variable::new().name(name).value(value));
    let secrets: Vec<_> =
        container.secrets.iter().map(|(name, from)| Secret::new().name(name).value_from(from)).collect();
    let port = container.port.as_ref();
    let port = port.map(|port| PortMapping::new().container_port(port).host_port(port).protocol("tcp"));
    let hardened = setting.hardened;
    let tmpfs = hardened.then(|| [Tmpfs::new().container_path("/tmp").size(TMP_MIB)]);

    Definition::new()
        .command(container.command.as_ref())
        .cpu(0)
        .entry_point(container.entry_point.clone())
        .environment(variables.collect::<Vec<_>>())
        .essential(true)
        .health_check(container.health_check_command.as_ref().map(health_check))
        .image(&container.image)
        .linux_parameters(LinuxParameters::new().init_process_enabled(true).tmpfs(tmpfs))
        .log_configuration(logs(name, setting))
        .mount_points(mount_points(name, setting))
        .name(name)
        .port_mappings(port.into_iter().collect::<Vec<_>>())
        .readonly_root_filesystem(hardened.then_some(true))
        .repository_credentials(container.registry_secret_arn.as_ref().map(repository_credentials))
        .secrets((!secrets.is_empty()).then_some(secrets))
        .stop_timeout(stop_timeout_seconds)
        .system_controls(Vec::<String>::new())
        .user(hardened.then_some("1000:1000"))
        .volumes_from(Vec::<String>::new())
}

/// The variables in plain text. A user without an entry in `/etc/passwd` has `/` as home, where a hardened container
/// cannot write.
fn environment(container: &Container<'_>, setting: Setting<'_>) -> BTreeMap<String, Output<String>> {
    let mut environment = container.environment.clone();
    if setting.hardened && !container.secrets.contains_key(HOME) {
        environment.entry(HOME.to_owned()).or_insert_with(|| Output::known("/tmp"));
    }
    environment
}

fn health_check(command: &Output<Vec<String>>) -> HealthCheck {
    let words = command.map(|words: Vec<String>| [vec!["CMD".to_owned()], words].concat());
    HealthCheck::new()
        .command(words)
        .interval(HEALTH_INTERVAL_SECONDS)
        .retries(HEALTH_RETRIES)
        .start_period(HEALTH_START_SECONDS)
        .timeout(HEALTH_TIMEOUT_SECONDS)
}

fn repository_credentials(secret_arn: &Output<Option<String>>) -> Output<Option<BTreeMap<String, String>>> {
    secret_arn.map(|arn: Option<String>| arn.map(|arn| BTreeMap::from([("credentialsParameter".to_owned(), arn)])))
}

/// Names of the volumes that a container needs, sorted.
pub(super) fn volumes(name: &str, setting: Setting<'_>) -> Vec<String> {
    let paths = if setting.hardened && setting.execute_command { &AGENT_PATHS[..] } else { &[] };
    paths.iter().map(|(volume, _)| volume_name(name, volume)).collect()
}

fn mount_points(name: &str, setting: Setting<'_>) -> Vec<MountPoint> {
    let mount = |(volume, (_, path)): (String, &(&str, &str))| {
        MountPoint::new().container_path(*path).read_only(false).source_volume(volume)
    };
    volumes(name, setting).into_iter().zip(&AGENT_PATHS).map(mount).collect()
}

/// Each container has volumes of its own: the agents of two containers would overwrite each other's files.
fn volume_name(container: &str, volume: &str) -> String {
    format!("{container}-{volume}")
}

fn logs(container: &str, setting: Setting<'_>) -> LogConfiguration {
    let options = [
        ("awslogs-group", setting.log_group.clone()),
        ("awslogs-region", setting.region.clone()),
        ("awslogs-stream-prefix", Output::known(container)),
    ];
    let options: BTreeMap<_, _> = options.map(|(key, value)| (key.to_owned(), value)).into();
    LogConfiguration::new().log_driver("awslogs").options(options)
}
