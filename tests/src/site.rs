//! The place where releases are downloaded, played by a server on this machine.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A folder that is served, and what was asked for.
pub struct Site {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// Serves what is in a folder, until the process ends. While there is no such folder it hangs up on everybody.
    ///
    /// # Errors
    /// If this machine has no port left.
    pub fn serve(folder: PathBuf) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let site = Self { address: format!("http://{}", listener.local_addr()?), asked: Arc::default() };
        let asked = site.asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who hangs up has got what they wanted.
                let _ = answer(stream, &folder, &asked);
            }
        });
        Ok(site)
    }

    /// Where it answers, without a slash at the end.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The paths that were asked for, in their order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers one request, with its length, which Pulumi compares with what it gets.
fn answer(stream: TcpStream, folder: &Path, asked: &Mutex<Vec<String>>) -> anyhow::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    if !folder.exists() {
        return Ok(());
    }
    while lines.next().transpose()?.is_some_and(|header| !header.is_empty()) {}
    let found = fs::read(folder.join(path.trim_start_matches('/')));
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    let (status, content) = found.map_or(("404 Not Found", Vec::new()), |content| ("200 OK", content));
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", content.len())?;
    Ok(stream.write_all(&content)?)
}
