//! Which failpoints do what: from the variable, or from a file that is read again when it changes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::action::to_fail;
use crate::live::refuse;
use crate::points;

/// Between two looks at the file.
const FOLLOW_INTERVAL: Duration = Duration::from_millis(10);

/// `NAME=ACTIONS;NAME=ACTIONS`, or `@FILE` with the same in it.
pub(crate) fn from_variable(text: &str) -> Result<(), String> {
    let Some(path) = text.strip_prefix('@') else {
        return set(text);
    };
    let mut followed = Followed {
        path: PathBuf::from(path),
        text: String::new(),
        known: BTreeMap::new(),
    };
    followed.look()?;
    let follow = move || {
        loop {
            std::thread::sleep(FOLLOW_INTERVAL);
            followed.look().unwrap_or_else(|problem| refuse(&problem));
        }
    };
    let thread = std::thread::Builder::new().name("failpoints".to_owned());
    thread.spawn(follow).map_err(|e| e.to_string())?;
    Ok(())
}

/// Sets failpoints: `NAME=ACTIONS;NAME=ACTIONS`. A point keeps what it had unless it is named.
///
/// # Errors
/// A name that is not in [`points::POINTS`], or an action that does not exist.
pub fn set(text: &str) -> Result<(), String> {
    for (name, actions) in read(text)? {
        set_one(&name, &actions)?;
    }
    Ok(())
}

/// A file that says what the failpoints do. Replace it by a rename, so that no half is read.
struct Followed {
    path: PathBuf,
    text: String,
    known: BTreeMap<String, String>,
}

impl Followed {
    /// Reads the file; one that is not there says nothing. Points that it says the same of as before
    /// go on counting.
    fn look(&mut self) -> Result<(), String> {
        let text = std::fs::read_to_string(&self.path).unwrap_or_default();
        if text == self.text {
            return Ok(());
        }
        let new = read(&text)?;
        for name in self.known.keys().filter(|name| !new.contains_key(*name)) {
            fail::remove(name);
        }
        for (name, actions) in &new {
            if self.known.get(name) != Some(actions) {
                set_one(name, actions)?;
            }
        }
        (self.text, self.known) = (text, new);
        Ok(())
    }
}

fn read(text: &str) -> Result<BTreeMap<String, String>, String> {
    let settings = text.split([';', '\n']).map(str::trim);
    settings
        .filter(|setting| !setting.is_empty())
        .map(|setting| {
            let (name, actions) = setting
                .split_once('=')
                .ok_or_else(|| format!("`{setting}` is not NAME=ACTIONS"))?;
            Ok((name.to_owned(), actions.to_owned()))
        })
        .collect()
}

fn set_one(name: &str, actions: &str) -> Result<(), String> {
    let point = points::find(name).ok_or_else(|| format!("there is no failpoint {name}"))?;
    let fails = actions.contains("error") || actions.contains("full");
    if fails && !point.fails {
        return Err(format!("nothing can fail at {name}: crash or delay(MS)"));
    }
    fail::cfg(name, &to_fail(actions)?).map_err(|e| format!("{name}={actions}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::may_fail;

    #[test]
    fn a_followed_file_sets_and_takes_back() {
        let path = std::env::temp_dir().join(format!("sluicebox-faults-{}", std::process::id()));
        let mut followed = Followed {
            path: path.clone(),
            text: String::new(),
            known: BTreeMap::new(),
        };
        followed.look().unwrap();
        assert!(may_fail("process.flush.after").is_ok(), "no file, no fault");
        std::fs::write(&path, "process.flush.after=error\n").unwrap();
        followed.look().unwrap();
        assert!(may_fail("process.flush.after").is_err());
        std::fs::write(&path, "process.offsets.before=error").unwrap();
        followed.look().unwrap();
        assert!(may_fail("process.flush.after").is_ok(), "taken back");
        assert!(may_fail("process.offsets.before").is_err());
        std::fs::remove_file(&path).unwrap();
        followed.look().unwrap();
        assert!(may_fail("process.offsets.before").is_ok());
    }
}
