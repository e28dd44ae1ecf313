//! All topics, and their changes: each is in the topics journal, and durable, before anyone sees
//! it.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use kafka_protocol::ResponseError;
use uuid::Uuid;

use super::record::{self, Change};
use super::{Topic, TopicConfig, TopicError, TopicId, validate};
use crate::config::BrokerConfig;
use crate::data_dir::Layout;
use crate::journal::Journal;
use crate::log::{LogContext, OpenLogError, PartitionLog, holds_records};

/// Kind of the topics journal.
const JOURNAL_KIND: u8 = 1;

/// A topic to be made.
#[derive(Clone, Debug)]
pub(crate) struct NewTopic {
    pub(crate) name: String,
    pub(crate) partitions: i32,
    pub(crate) config: TopicConfig,
}

#[derive(Default)]
struct Maps {
    by_name: BTreeMap<String, Arc<Topic>>,
    by_id: HashMap<TopicId, Arc<Topic>>,
}

impl Maps {
    fn insert(&mut self, topic: &Arc<Topic>) {
        self.by_name.insert(topic.name.clone(), topic.clone());
        self.by_id.insert(topic.id, topic.clone());
    }

    fn remove(&mut self, topic: &Topic) {
        self.by_name.remove(&topic.name);
        self.by_id.remove(&topic.id);
    }
}

/// The registry.
pub(crate) struct Topics {
    maps: RwLock<Maps>,
    journal: Journal,
    /// One change at a time.
    changing: tokio::sync::Mutex<()>,
    layout: Layout,
    context: LogContext,
    config: BrokerConfig,
}

impl Topics {
    /// Opens the journal and every log.
    ///
    /// # Errors
    /// Damage; the disk.
    pub(crate) fn open(
        layout: &Layout,
        context: LogContext,
        config: &BrokerConfig,
    ) -> Result<Self, TopicError> {
        let mut known = record::Known::default();
        let journal = Journal::open(
            context.storage.clone(),
            context.syncer.clone(),
            &layout.topics_journal(),
            JOURNAL_KIND,
            |bytes| known.apply(&record::read(bytes)?),
        )?;
        let topics = Self {
            maps: RwLock::default(),
            journal,
            changing: tokio::sync::Mutex::new(()),
            layout: layout.clone(),
            context,
            config: config.clone(),
        };
        for (id, known) in &known.topics {
            let config = TopicConfig::new(known.config.clone())?;
            let topic = topics.assemble(*id, &known.name, known.partitions, config, false)?;
            topics.maps_mut().insert(&topic);
        }
        topics.remove_orphans(&known)?;
        Ok(topics)
    }

    /// The last thing before a stop.
    pub(crate) fn close(&self) -> io::Result<()> {
        self.journal.close()
    }

    /// The topic of this name.
    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<Topic>> {
        self.maps().by_name.get(name).cloned()
    }

    /// The topic of this id.
    pub(crate) fn by_id(&self, id: TopicId) -> Option<Arc<Topic>> {
        self.maps().by_id.get(&id).cloned()
    }

    /// All topics by name.
    pub(crate) fn all(&self) -> Vec<Arc<Topic>> {
        self.maps().by_name.values().cloned().collect()
    }

    /// Checks what [`Topics::create`] would refuse.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn check_new(&self, new: &NewTopic) -> Result<(), TopicError> {
        validate::topic_name(&new.name)?;
        validate::partition_count(new.partitions)?;
        if self.by_name(&new.name).is_some() {
            let message = format!("there is a topic {} already", new.name);
            return Err(TopicError::refused(
                ResponseError::TopicAlreadyExists,
                message,
            ));
        }
        Ok(())
    }

    /// Makes a topic. Durable when it returns.
    ///
    /// # Errors
    /// A name that is taken or not possible, a number of partitions that is not; the disk.
    pub(crate) async fn create(&self, new: NewTopic) -> Result<Arc<Topic>, TopicError> {
        let _one = self.changing.lock().await;
        self.check_new(&new)?;
        let id = Uuid::new_v4();
        let topic = self.assemble(id, &new.name, new.partitions, new.config.clone(), true)?;
        let (name, partitions) = (new.name, new.partitions);
        let config = new.config.set().clone();
        self.log_change(&Change::Created {
            id,
            name,
            partitions,
            config,
        })
        .await?;
        self.maps_mut().insert(&topic);
        tracing::info!(topic = topic.name, partitions, %id, "created a topic");
        Ok(topic)
    }

    /// Removes a topic and its records.
    ///
    /// # Errors
    /// There is none; the disk.
    pub(crate) async fn delete(&self, name: &str) -> Result<TopicId, TopicError> {
        let _one = self.changing.lock().await;
        let topic = self
            .by_name(name)
            .ok_or_else(|| TopicError::unknown(name))?;
        self.log_change(&Change::Deleted { id: topic.id }).await?;
        self.maps_mut().remove(&topic);
        for partition in topic.partitions() {
            partition.delete();
        }
        let dir = self.layout.topic(topic.id);
        if let Err(error) = self.context.storage.remove_dir_all(&dir) {
            // The next start removes it: the journal does not know it any more.
            tracing::warn!(path = %dir.display(), %error, "cannot remove a deleted topic's files");
        }
        tracing::info!(topic = name, "deleted a topic");
        Ok(topic.id)
    }

    /// Raises the number of partitions.
    ///
    /// # Errors
    /// Not more than there are, too many, no such topic; the disk.
    pub(crate) async fn add_partitions(
        &self,
        name: &str,
        count: i32,
        validate_only: bool,
    ) -> Result<(), TopicError> {
        let _one = self.changing.lock().await;
        let topic = self
            .by_name(name)
            .ok_or_else(|| TopicError::unknown(name))?;
        let old = topic.partition_count();
        if count <= old {
            let message = format!("{name} has {old} partitions, {count} are not more");
            return Err(TopicError::refused(
                ResponseError::InvalidPartitions,
                message,
            ));
        }
        validate::partition_count(count)?;
        if validate_only {
            return Ok(());
        }
        let logs = (old..count)
            .map(|index| self.open_log(topic.id, name, index, &topic.config(), true))
            .collect::<Result<Vec<_>, _>>()?;
        self.sync_dir(self.layout.topic(topic.id))?;
        self.log_change(&Change::Partitions {
            id: topic.id,
            partitions: count,
        })
        .await?;
        topic
            .partitions
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(logs);
        Ok(())
    }

    /// Changes settings: `change` gets what is set now and answers what shall be.
    ///
    /// # Errors
    /// Settings that are not possible, no such topic; the disk.
    pub(crate) async fn configure(
        &self,
        name: &str,
        change: impl FnOnce(BTreeMap<String, String>) -> Result<BTreeMap<String, String>, TopicError>,
        validate_only: bool,
    ) -> Result<(), TopicError> {
        let _one = self.changing.lock().await;
        let topic = self
            .by_name(name)
            .ok_or_else(|| TopicError::unknown(name))?;
        let config = TopicConfig::new(change(topic.config().set().clone())?)?;
        if validate_only {
            return Ok(());
        }
        let set = config.set().clone();
        self.log_change(&Change::Configured {
            id: topic.id,
            config: set,
        })
        .await?;
        let settings = config.log_settings(&self.config);
        for partition in topic.partitions() {
            partition.configure(settings);
        }
        *topic.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
        Ok(())
    }

    async fn log_change(&self, change: &Change) -> Result<(), TopicError> {
        let ticket = self.journal.append(&record::write(change))?;
        self.journal.durable(ticket).await?;
        Ok(())
    }

    fn assemble(
        &self,
        id: TopicId,
        name: &str,
        partitions: i32,
        config: TopicConfig,
        create: bool,
    ) -> Result<Arc<Topic>, TopicError> {
        let logs = (0..partitions)
            .map(|index| self.open_log(id, name, index, &config, create))
            .collect::<Result<Vec<_>, _>>()?;
        if create {
            self.sync_dir(self.layout.topic(id))?;
            self.sync_dir(self.layout.topics())?;
            self.sync_dir(self.layout.root().to_owned())?;
        }
        Ok(Arc::new(Topic {
            id,
            name: name.to_owned(),
            partitions: RwLock::new(logs),
            config: RwLock::new(Arc::new(config)),
        }))
    }

    fn open_log(
        &self,
        id: TopicId,
        topic: &str,
        index: i32,
        config: &TopicConfig,
        create: bool,
    ) -> Result<Arc<PartitionLog>, TopicError> {
        let name = format!("{topic}-{index}");
        let dir = self.layout.topic(id).join(index.to_string());
        let settings = config.log_settings(&self.config);
        Ok(if create {
            PartitionLog::create(&self.context, &name, &dir, settings)?
        } else {
            PartitionLog::open(&self.context, &name, &dir, settings)?
        })
    }

    fn sync_dir(&self, dir: PathBuf) -> Result<(), TopicError> {
        let synced = self.context.storage.sync_dir(&dir);
        Ok(synced.map_err(|source| OpenLogError::Io { path: dir, source })?)
    }

    /// Directories of topics that were deleted, or not yet made, when a crash came. Records come
    /// after the note in the journal: where there are some, it is the journal that has lost a topic.
    fn remove_orphans(&self, known: &record::Known) -> Result<(), OpenLogError> {
        let storage = self.context.storage.as_ref();
        let dirs = storage.list(&self.layout.topics()).unwrap_or_default();
        for dir in dirs {
            let id = dir
                .file_name()
                .and_then(|name| name.to_str()?.parse::<Uuid>().ok());
            let Some(id) = id.filter(|id| !known.topics.contains_key(id)) else {
                continue;
            };
            if !known.deleted.contains(&id) && holds_records(storage, &dir) {
                let journal = self.layout.topics_journal();
                let what = format!(
                    "it holds records, and {} does not know the topic",
                    journal.display()
                );
                return Err(OpenLogError::Damaged {
                    path: dir,
                    position: 0,
                    what,
                });
            }
            let removed = storage.remove_dir_all(&dir);
            tracing::info!(path = %dir.display(), ok = removed.is_ok(), "removed an orphan");
        }
        Ok(())
    }

    fn maps(&self) -> std::sync::RwLockReadGuard<'_, Maps> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn maps_mut(&self) -> std::sync::RwLockWriteGuard<'_, Maps> {
        self.maps.write().unwrap_or_else(PoisonError::into_inner)
    }
}
