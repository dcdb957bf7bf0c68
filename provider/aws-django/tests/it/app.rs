//! An app `alpha` with `gunicorn`, `default` and the front end `web-ui`, released by a pipeline, with `shop:v1` and
//! `front:v1` live; and a terminal that keeps what it was told.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use aws_django::input::Input;
use aws_django::interrupt::Interrupts;
use aws_django::show::{Show, Style};
use aws_django::{Cli, Context, Parser as _, commands};
use aws_django_release::Engine;
use aws_django_release::cloud::Tags;
use aws_django_release::testing::{FakeClock, Simulation};
use tokio_util::sync::CancellationToken;

/// Bytes that two hold.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

pub(crate) struct Terminal {
    pub(crate) aws: Arc<Simulation>,
    pub(crate) cancelled: CancellationToken,
    /// What is piped into the next commands.
    pub(crate) input: Vec<u8>,
}

/// How a command has ended, and what it has said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) error: String,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        let aws = Arc::new(Simulation::new("111"));
        {
            let mut state = aws.state();
            let own = Tags::from([("env".to_owned(), "alpha".to_owned())]);
            let all = [("gunicorn", "shop"), ("default", "shop"), ("web-ui", "front"), ("backend_update", "shop")];
            for (process, image) in all {
                let images = BTreeMap::from([(process.to_owned(), format!("{image}:v1"))]);
                state.register(&format!("alpha-{process}"), images, own.clone());
            }
            for (process, image) in all.into_iter().filter(|(process, _)| *process != "backend_update") {
                let name = format!("alpha-{process}");
                state.add_service(&name, &format!("{name}:1"), 2);
                let it = &mut state.services.get_mut(&name).unwrap().service;
                let kind = if image == "shop" { "backend" } else { "frontend" };
                it.tags = [("deployment", "Pipeline"), ("desired-count", "2"), ("aws-django:image", kind)]
                    .map(|(key, value)| (key.to_owned(), value.to_owned()))
                    .into();
                if process != "default" {
                    it.target_groups = vec![process.to_owned()];
                }
            }
        }
        Self { aws, cancelled: CancellationToken::new(), input: Vec::new() }
    }

    /// Types a command.
    pub(crate) fn types(&self, line: &str) -> Ended {
        self.sees(line, Style::Plain)
    }

    pub(crate) fn sees(&self, line: &str, style: Style) -> Ended {
        let cli = Cli::try_parse_from(std::iter::once("aws-django").chain(line.split(' '))).unwrap();
        let style = if cli.global.json { Style::Json } else { style };
        let (out, error) = (Shared::default(), Shared::default());
        let show = Show::new(style, cli.global.verbose, Box::new(out.clone()), Box::new(error.clone()));
        let show = Arc::new(show);
        let context = Context {
            engine: Engine {
                cloud: self.aws.clone(),
                clock: Arc::new(FakeClock::default()),
                progress: show.clone(),
                cancelled: self.cancelled.clone(),
            },
            base: self.aws.clone(),
            needs: self.aws.clone(),
            parameters: self.aws.clone(),
            input: Input::piped(Box::new(io::Cursor::new(self.input.clone()))),
            region: "eu-central-1".to_owned(),
            profile: cli.global.profile.clone(),
            show: show.clone(),
            interrupts: Interrupts::new(self.cancelled.clone()),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(commands::run(&cli.command, &context));
        show.finish();
        let code = result.unwrap_or_else(|stop| {
            show.failed(cli.command.name(), &stop);
            stop.code
        });
        Ended { code: code.0, out: out.text(), error: error.text() }
    }
}
