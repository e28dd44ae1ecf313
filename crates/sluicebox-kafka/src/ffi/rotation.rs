//! Passwords that change in their files while clients run: new connections use the new ones.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use rdkafka_sys as sys;

use super::handle::{Handle, c_string};
use crate::limits::SECRET_FILE_EVERY;

/// User name and password.
type Login = (String, String);

/// A client, and what it logs in with.
struct Watched {
    client: Weak<Handle>,
    login: Login,
}

#[derive(Default)]
struct Watch {
    clients: Vec<Watched>,
    /// A thread of ours looks at the files. It ends with the last client.
    runs: bool,
}

static WATCH: Mutex<Watch> = Mutex::new(Watch {
    clients: Vec::new(),
    runs: false,
});

/// Looks at the files of a client's user name and password from now on, if it has such files.
pub(super) fn watch(client: &Arc<Handle>) {
    let Some(login) = client.context().credentials().login() else {
        return;
    };
    let mut watch = lock();
    watch.clients.push(Watched {
        client: Arc::downgrade(client),
        login,
    });
    if !watch.runs {
        let thread = std::thread::Builder::new().name("kafka-secrets".to_owned());
        watch.runs = thread.spawn(run).is_ok();
    }
}

fn run() {
    loop {
        std::thread::sleep(SECRET_FILE_EVERY);
        let mut watch = lock();
        watch.clients.retain_mut(look);
        if watch.clients.is_empty() {
            watch.runs = false;
            return;
        }
    }
}

/// Whether the client is still there; hands a new login to it.
fn look(watched: &mut Watched) -> bool {
    let Some(client) = watched.client.upgrade() else {
        return false;
    };
    let now = client.context().credentials().login();
    if let Some(now) = now.filter(|now| *now != watched.login) {
        hand_over(&client, &now);
        watched.login = now;
    }
    true
}

fn hand_over(client: &Handle, (user, password): &Login) {
    let (Ok(user), Ok(password)) = (c_string(user), c_string(password)) else {
        return;
    };
    // SAFETY: client and strings are alive; the error object is freed.
    unsafe {
        let error =
            sys::rd_kafka_sasl_set_credentials(client.as_ptr(), user.as_ptr(), password.as_ptr());
        if !error.is_null() {
            sys::rd_kafka_error_destroy(error);
        }
    }
    let client = client.context().client_id();
    tracing::info!(
        client,
        "the login changed in its file; new connections use it"
    );
}

fn lock() -> MutexGuard<'static, Watch> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}
