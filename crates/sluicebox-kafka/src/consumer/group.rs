//! Which member of which generation of a group somebody is.

use std::ffi::CStr;

use rdkafka_sys as sys;
use sluicebox_faults::planted;

use crate::error::KafkaError;
use crate::ffi::{Handle, c_string};

/// Identifies a member of a group at one generation; what the broker checks before it accepts a
/// transaction's offsets (KIP-447). Can only be had while generation and member are set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMetadata {
    group: String,
    generation: i32,
    member: String,
    instance: Option<String>,
}

impl GroupMetadata {
    /// The group.
    pub fn group(&self) -> &str {
        &self.group
    }

    /// The generation (with KIP-848 the member epoch), from 0.
    pub fn generation(&self) -> i32 {
        self.generation
    }

    /// The member id, not empty.
    pub fn member(&self) -> &str {
        &self.member
    }

    /// What a consumer is at the moment; `None` while generation or member are unset.
    pub(super) fn of(client: &Handle) -> Option<Self> {
        // SAFETY: the client is a live consumer; the metadata is ours and freed below, after the
        // strings in it are copied.
        unsafe {
            let native = sys::rd_kafka_consumer_group_metadata(client.as_ptr());
            if native.is_null() {
                return None;
            }
            let instance = sys::rd_kafka_consumer_group_metadata_group_instance_id(native);
            let metadata = Self {
                group: text(sys::rd_kafka_consumer_group_metadata_group_id(native)),
                generation: sys::rd_kafka_consumer_group_metadata_generation_id(native),
                member: text(sys::rd_kafka_consumer_group_metadata_member_id(native)),
                instance: (!instance.is_null()).then(|| text(instance)),
            };
            sys::rd_kafka_consumer_group_metadata_destroy(native);
            (metadata.generation >= 0 && !metadata.member.is_empty()).then_some(metadata)
        }
    }

    /// The same as an object of librdkafka's, which the caller frees.
    pub(crate) fn to_native(
        &self,
    ) -> Result<*mut sys::rd_kafka_consumer_group_metadata_t, KafkaError> {
        let group = c_string(&self.group)?;
        let member = c_string(&self.member)?;
        let instance = self.instance.as_deref().map(c_string).transpose()?;
        if planted!("processor-commits-without-membership") {
            // SAFETY: the string lives through the call, which copies it.
            return Ok(unsafe { sys::rd_kafka_consumer_group_metadata_new(group.as_ptr()) });
        }
        // SAFETY: the strings live through the call, which copies them.
        Ok(unsafe {
            sys::rd_kafka_consumer_group_metadata_new_with_genid(
                group.as_ptr(),
                self.generation,
                member.as_ptr(),
                instance
                    .as_ref()
                    .map_or(std::ptr::null(), |instance| instance.as_ptr()),
            )
        })
    }
}

/// # Safety
/// `text` is null or NUL-terminated.
unsafe fn text(text: *const std::ffi::c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}
