//! The nginx that answers with the same bytes from files.

use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// An nginx of its own, with one worker a core, as its own packages set it up; ended when dropped.
pub(crate) struct Nginx {
    master: Child,
    url: String,
}

impl Nginx {
    /// Serves the files of `pages`; a file's `.gz` answers whoever takes gzip.
    pub(crate) fn serve(folder: &Path, pages: &Path) -> Result<Self> {
        let root = folder.join("nginx");
        fs::create_dir_all(&root)?;
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let (base, pages) = (root.display(), pages.display());
        // Root's folders are closed to the user that nginx would change to.
        let config = format!(
            "worker_processes auto; daemon off; pid {base}/pid; error_log {base}/error.log; {}\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; gzip_static on;\n\
             types {{ text/html html; }}\n\
             client_body_temp_path {base}/body; proxy_temp_path {base}/proxy; fastcgi_temp_path {base}/fcgi;\n\
             uwsgi_temp_path {base}/uwsgi; scgi_temp_path {base}/scgi;\n\
             server {{ listen {address}; root {pages}; }} }}\n",
            if is_root() { "user root;" } else { "" }
        );
        fs::write(root.join("nginx.conf"), config)?;
        let master = Command::new("nginx")
            .arg("-p")
            .arg(&root)
            .arg("-c")
            .arg(root.join("nginx.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let nginx = Self { master, url: format!("http://{address}/") };
        let deadline = Instant::now() + Duration::from_secs(5);
        while TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                bail!("nginx doesn't listen: {}", fs::read_to_string(root.join("error.log")).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(nginx)
    }

    /// Where it answers.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The processes that answer: the children of the master process.
    pub(crate) fn workers(&self) -> Result<Vec<u32>> {
        let master = self.master.id();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        Ok(children.split_whitespace().filter_map(|id| id.parse().ok()).collect())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Killed, it would leave its workers behind.
        let _ = Command::new("kill").args(["-TERM", &self.master.id().to_string()]).status();
        let _ = self.master.wait();
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}
