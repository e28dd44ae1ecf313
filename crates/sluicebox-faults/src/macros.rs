//! The hooks. Each takes its name as a literal: the test of the tables reads the sources.

/// A place where the process can crash or be delayed; with a second argument also fail: the function
/// returns `Err` of it.
#[cfg(feature = "faults")]
#[macro_export]
macro_rules! point {
    ($name:literal) => {
        $crate::pass($name)
    };
    ($name:literal, $error:expr) => {
        if $crate::may_fail($name).is_err() {
            return Err($error);
        }
    };
}

/// A place where the process can crash or be delayed; with a second argument also fail: the function
/// returns `Err` of it.
#[cfg(not(feature = "faults"))]
#[macro_export]
macro_rules! point {
    ($name:literal) => {};
    ($name:literal, $error:expr) => {};
}

/// A place where I/O can fail: an `io::Result<()>`.
#[cfg(feature = "faults")]
#[macro_export]
macro_rules! io_point {
    ($name:literal) => {
        $crate::may_fail($name)
    };
}

/// A place where I/O can fail: an `io::Result<()>`.
#[cfg(not(feature = "faults"))]
#[macro_export]
macro_rules! io_point {
    ($name:literal) => {
        ::std::io::Result::Ok(())
    };
}

/// A write that can be cut off: when the point crashes or fails, `half` is done first. An
/// `io::Result<()>`.
#[cfg(feature = "faults")]
#[macro_export]
macro_rules! torn_point {
    ($name:literal, $half:expr) => {
        $crate::may_tear($name, || {
            // Whether the half was written whole is all the same.
            let _ = $half;
        })
    };
}

/// A write that can be cut off: when the point crashes or fails, `half` is done first. An
/// `io::Result<()>`.
#[cfg(not(feature = "faults"))]
#[macro_export]
macro_rules! torn_point {
    ($name:literal, $half:expr) => {
        ::std::io::Result::Ok(())
    };
}

/// Whether a planted bug is switched on: `if planted!("name") { the mistake }`.
#[cfg(feature = "faults")]
#[macro_export]
macro_rules! planted {
    ($name:literal) => {
        $crate::is_planted($name)
    };
}

/// Whether a planted bug is switched on: `if planted!("name") { the mistake }`.
#[cfg(not(feature = "faults"))]
#[macro_export]
macro_rules! planted {
    ($name:literal) => {
        false
    };
}
