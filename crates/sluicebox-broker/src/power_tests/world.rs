//! A broker's state on a simulated disk, and what must hold after a power loss.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sluicebox_crashsim::{Disk, History, Image};
use tokio::task::JoinHandle;

use super::client::Client;
use super::requests::{fetched, log};
use super::script::{Script, Step};
use crate::fatal::Fatal;
use crate::groups::Fetched;
use crate::log::Isolation;
use crate::log::batch::BatchHeader;
use crate::storage::SimulatedStorage;
use crate::sync::Syncer;
use crate::test_rig::Rig;

pub(super) const ROOT: &str = "parent/broker";
/// Far beyond what anything here takes: what waits for longer waits for ever.
const PATIENCE: Duration = Duration::from_mins(1);

/// Turns of all tasks after which what was decided is carried out.
const TURNS_MAX_COUNT: usize = 10_000;

type Done = Result<(), String>;

/// One life of a broker; its files are synced one by one whenever everyone waits.
pub(super) struct Life {
    pub(super) rig: Rig,
    pump: JoinHandle<()>,
}

impl Life {
    pub(super) fn open(disk: &Disk) -> Result<Self, String> {
        let storage = Arc::new(SimulatedStorage(disk.clone()));
        let fatal = Arc::new(Fatal::new());
        let syncer = Syncer::by_hand(fatal.clone());
        let rig = Rig::start(Path::new(ROOT), storage, syncer.clone(), fatal)
            .map_err(|e| format!("refused: {e}"))?;
        let pump = tokio::spawn(async move {
            loop {
                syncer.sync_next();
                tokio::task::yield_now().await;
            }
        });
        Ok(Self { rig, pump })
    }

    /// Carries out what a crash has cut off.
    pub(super) async fn settle(&self) -> Done {
        self.rig.transactions.resume();
        let is_open = || {
            let all = self.rig.transactions.list();
            all.iter().any(|(_, t)| t.decision().is_some())
        };
        for _ in 0..TURNS_MAX_COUNT {
            if !is_open() {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        Err("a decided transaction is not completed".to_owned())
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// Runs something that waits, on this thread alone.
pub(super) fn wait<T>(future: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|e| e.to_string())?;
    let waited = runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await });
    waited.unwrap_or_else(|_| Err("it waits for ever".to_owned()))
}

/// Opens the broker and goes on with the script to its end; tells the history of every step.
pub(super) fn run(
    script: &Script,
    disk: &Disk,
    client: &mut Client,
    history: &mut History<Client>,
) -> Done {
    wait(go_on(script, disk, client, &mut |client| {
        history.tell(client.clone());
    }))
}

/// Opens the broker, and no more.
pub(super) fn recover(disk: &Disk) -> Done {
    wait(async {
        let life = Life::open(disk)?;
        life.settle().await?;
        Ok(())
    })
}

/// Opens the broker, and stops it as it should.
pub(super) fn stop(disk: &Disk) -> Done {
    wait(async {
        let life = Life::open(disk)?;
        life.settle().await?;
        Client::default().take(&Step::Restart, &life.rig).await
    })
}

async fn go_on(
    script: &Script,
    disk: &Disk,
    client: &mut Client,
    tell: &mut dyn FnMut(&Client),
) -> Done {
    let mut life = Life::open(disk)?;
    life.settle().await?;
    while let Some(step) = script.steps.get(client.step) {
        let taken = client.take(step, &life.rig).await;
        taken.map_err(|e| format!("step {} ({step:?}): {e}", client.step))?;
        tell(client);
        if matches!(step, Step::Restart) {
            drop(life);
            life = Life::open(disk)?;
            life.settle().await?;
        }
    }
    Ok(())
}

/// Recovers, and checks what is there before and after going on to the end.
pub(super) fn check(script: &Script, image: &Image, client: &Client) -> Done {
    let disk = Disk::from_image(image);
    wait(async {
        let life = Life::open(&disk)?;
        nothing_went_back(&life.rig, client)?;
        life.settle().await?;
        nothing_went_back(&life.rig, client)?;
        holds(script, &life.rig, client)?;
        offsets_hold(&life.rig, client, &client.expecting(script)).await?;
        drop(life);
        let mut client = client.clone();
        go_on(script, &disk, &mut client, &mut |_| {}).await?;
        // Once more, from what the run has left.
        let life = Life::open(&disk)?;
        life.settle().await?;
        nothing_went_back(&life.rig, &client)?;
        holds(script, &life.rig, &client).map_err(|e| format!("at the end, {e}"))?;
        offsets_hold(&life.rig, &client, &client).await
    })
}

/// What a reader has seen stays readable.
fn nothing_went_back(rig: &Rig, client: &Client) -> Done {
    for (partition, (high_watermark, last_stable)) in &client.seen {
        let ends = log(rig, *partition)?.ends();
        if ends.high_watermark < *high_watermark || ends.last_stable < *last_stable {
            return Err(format!(
                "partition {partition} has {ends:?}, a reader had seen high watermark \
                 {high_watermark} and last stable offset {last_stable}"
            ));
        }
    }
    Ok(())
}

/// Every partition holds what the client was told, or what its next step makes of it.
fn holds(script: &Script, rig: &Rig, client: &Client) -> Done {
    let next = client.expecting(script);
    let decides = matches!(
        script.steps.get(client.step),
        Some(Step::End { .. } | Step::StartTransactional)
    );
    let mut agrees = [true; 2];
    for partition in 0..client.partitions {
        let found = visible(rig, partition)?;
        let (now, then) = (client.visible(partition), next.visible(partition));
        let fits = if decides {
            found == now || found == then
        } else {
            found == now || found == then || fits_between(&found, &now, &then, script.retains)
        };
        if !fits {
            return Err(format!(
                "partition {partition} shows {found:?}, not {now:?} or on the way to {then:?}"
            ));
        }
        agrees[0] &= found == now;
        agrees[1] &= found == then;
    }
    if decides && !agrees[0] && !agrees[1] {
        return Err("a transaction has ended in some partitions and not in others".to_owned());
    }
    Ok(())
}

/// Whether all of `now` and some of what comes until `then` is there; if `retains`, old records may
/// be gone.
fn fits_between(found: &[i64], now: &[i64], then: &[i64], retains: bool) -> bool {
    let end = found.last().map_or(0, |last| {
        then.iter().position(|n| n == last).map_or(0, |at| at + 1)
    });
    if retains && found.is_empty() {
        return true;
    }
    end >= now.len()
        && end >= found.len()
        && &then[end - found.len()..end] == found
        && (retains || end == found.len())
}

async fn offsets_hold(rig: &Rig, client: &Client, next: &Client) -> Done {
    if client.partitions == 0 {
        return Ok(());
    }
    let found = fetched(rig).await?;
    let of = |client: &Client| match (client.pending_offset, client.offset) {
        (Some(_), _) => None,
        (None, offset) => Some(offset),
    };
    let at = match &found {
        Fetched::Unstable => None,
        Fetched::Nothing => Some(None),
        Fetched::At(at) => Some(Some(at.offset)),
    };
    if at == of(client) || at == of(next) {
        return Ok(());
    }
    Err(format!(
        "the group finds {found:?}, not what {:?} says",
        of(client)
    ))
}

/// The records that a `read_committed` reader finds, as a client makes them out.
fn visible(rig: &Rig, partition: i32) -> Result<Vec<i64>, String> {
    let log = log(rig, partition)?;
    let ends = log.ends();
    let (mut offset, mut numbers) = (ends.log_start, Vec::new());
    while offset < ends.last_stable {
        let slice = log
            .read(offset, 400, Isolation::ReadCommitted, true)
            .map_err(|e| format!("partition {partition}, offset {offset}: {e}"))?;
        let mut rest = slice.bytes.as_ref();
        if rest.is_empty() {
            return Err(format!("nothing at {offset}, before {ends:?}"));
        }
        while let Some(header) = BatchHeader::read(rest) {
            let (whole, later) = rest.split_at(header.size);
            rest = later;
            let is_aborted = slice.aborted.iter().any(|aborted| {
                header.is_transactional()
                    && aborted.producer_id == header.producer_id
                    && (aborted.first_offset..=aborted.last_offset).contains(&header.base_offset)
            });
            if header.base_offset > offset {
                return Err(format!("{} follows on {offset}", header.base_offset));
            }
            if !header.is_control() && !is_aborted {
                numbers.extend(of_batch(whole, ends.log_start)?);
            }
            offset = header.next_offset();
        }
    }
    Ok(numbers)
}

/// Values of records are numbers, and so are their timestamps.
fn of_batch(whole: &[u8], log_start: i64) -> Result<Vec<i64>, String> {
    let mut bytes = bytes::Bytes::copy_from_slice(whole);
    let set = kafka_protocol::records::RecordBatchDecoder::decode(&mut bytes);
    let records = set.map_err(|e| e.to_string())?.records;
    let mut numbers = Vec::with_capacity(records.len());
    for record in records {
        let value = record.value.as_deref().unwrap_or_default();
        if value != record.timestamp.to_string().as_bytes() {
            return Err(format!("record {} has another's value", record.timestamp));
        }
        if record.offset >= log_start {
            numbers.push(record.timestamp);
        }
    }
    Ok(numbers)
}
