//! `tunnel`: a port that leads to a base's database.

use aws_django_release::{Tunnel as Opened, open_tunnel};
use clap::Args;
use serde_json::json;

use crate::Context;
use crate::plugin::{Plugin, request_of_tunnel};
use crate::stop::{Code, Stop};

/// Where it leads.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Tunnel {
    /// Name of the base
    pub base: String,
    /// Port of this machine
    #[arg(long, default_value_t = 15432)]
    pub port: u16,
}

/// What its help says.
pub const ABOUT: &str = "\
Open a tunnel to the database of a base, through its bastion.

It stays open until Ctrl-C. It needs AWS's program `session-manager-plugin`, and a base with `bastion`. The user is the \
server's own, whose password RDS keeps in a secret; an app's user is `app_<app>`, whose password is the parameter \
`/<base>/<app>/POSTGRES_PASSWORD`.";

const EXAMPLES: &str = "\
Examples:
  aws-django tunnel dev
  aws-django tunnel dev --port 6000";

impl Tunnel {
    /// Opens it, and returns when it is closed.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn run(&self, context: &Context) -> Result<Code, Stop> {
        let plugin = Plugin::find().await?;
        let tunnel = context.interrupts.or(open_tunnel(&*context.base, &self.base, self.port)).await?;
        let url = url(&tunnel);
        context.show.result(
            &text(context, &tunnel),
            || json!({ "command": "tunnel", "ok": true, "user": tunnel.user, "secret": tunnel.secret, "url": url }),
        );
        let ended = plugin.carry(context, &tunnel.session, &request_of_tunnel(&tunnel.forward)).await;
        if ended.is_err() {
            // Nobody carries it; it would stay open for a while. That it cannot be closed changes nothing.
            let _ = context.base.terminate_session(&tunnel.session.id).await;
        }
        ended
    }
}

/// For a program with windows: it asks for the password itself.
fn url(tunnel: &Opened) -> String {
    format!("postgresql://{}@127.0.0.1:{}/postgres?sslmode=require", tunnel.user, tunnel.forward.local_port)
}

fn text(context: &Context, tunnel: &Opened) -> String {
    let password = match &tunnel.secret {
        Some(secret) => {
            let region = &context.region;
            format!(
                "in the secret {secret}:\n          aws secretsmanager get-secret-value --region {region} \
                 --query SecretString --output text --secret-id '{secret}'"
            )
        }
        None => "not kept by RDS: whoever made the server knows it".to_owned(),
    };
    format!("user      {}\npassword  {password}\nURL       {}", tunnel.user, url(tunnel))
}
