//! Back-pressure: datagen waits while those behind it have too much before them.

/// Holds datagen back while more than so many records are made and not yet used.
pub struct Brake {
    backlog_max_records: u64,
    backlog: Box<dyn Fn() -> u64 + Send>,
}

impl Brake {
    /// A brake that is on while `backlog` (records that are made and not yet used) is more than
    /// `backlog_max_records`. It is asked before each batch, so datagen overshoots by one batch.
    pub fn new(backlog_max_records: u64, backlog: impl Fn() -> u64 + Send + 'static) -> Self {
        Self {
            backlog_max_records,
            backlog: Box::new(backlog),
        }
    }

    pub(super) fn is_on(&self) -> bool {
        (self.backlog)() > self.backlog_max_records
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_on_above_the_limit_only() {
        assert!(!Brake::new(10, || 10).is_on());
        assert!(Brake::new(10, || 11).is_on());
    }
}
