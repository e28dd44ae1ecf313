//! What a class of bad input is. (The pipeline's tests include this file and the tables: standard
//! library only.)

/// Where a bad record is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The source topic of sensor readings.
    Sensor,
    /// The source topic of user activity.
    Activity,
    /// The processed topic, where the sink meets it.
    Processed,
    /// The dead-letter topic, where the sink meets it.
    Letters,
}

impl Place {
    /// All of them, in the order of [`Place::index`].
    pub const ALL: [Self; 4] = [Self::Sensor, Self::Activity, Self::Processed, Self::Letters];

    /// Its number.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Who meets it: the stage of its dead letter.
    pub fn stage(self) -> &'static str {
        match self {
            Self::Sensor | Self::Activity => "process",
            Self::Processed | Self::Letters => "sink",
        }
    }
}

/// A bad record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Bad {
    /// Its key; `None` is a null key.
    pub key: Option<Vec<u8>>,
    /// Its value; `None` is a tombstone.
    pub value: Option<Vec<u8>>,
    /// Its headers.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// How the records of a class are made.
#[derive(Clone, Copy, Debug)]
pub enum Make {
    /// A good record of the place in which the first text is put in the place of the second.
    Instead(&'static str, &'static str),
    /// By hand, out of a good record of the place, whose key is given.
    ByHand(fn(&str, &str) -> Bad),
}

/// A class of bad input.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// What it is.
    pub name: &'static str,
    /// Where it goes.
    pub place: Place,
    /// The reason that its dead letters carry.
    pub reason: &'static str,
    /// How its records are made.
    pub make: Make,
    /// Whether a record is a megabyte.
    pub heavy: bool,
}

/// A reading that would be accepted; `@` is its key.
const READING: &str =
    r#"{"sensor_id":"@","temperature":21.5,"humidity":40,"timestamp":"2024-05-01T11:59:59.000Z"}"#;
/// A purchase that would be accepted.
const PURCHASE: &str = r#"{"user_id":"@","action":"purchase","page":"/","product_id":"p-9","amount":19.90,"currency":"USD","timestamp":"2024-05-01T11:59:59.000Z"}"#;
/// A processed record that the sink would write as a row.
const PROCESSED: &str = r#"{"type":"sensor","sensor_id":"@","temperature":21.5,"humidity":40,"timestamp":"2024-05-01T11:59:59.000Z","status":"normal","processed_at":"2024-05-01T12:00:00.000Z","source":{"topic":"sensor_data","partition":3,"offset":42,"timestamp":1714564799500}}"#;

impl Class {
    /// Record number `number` of this class, which is the class number `class`: no two are equal.
    pub fn record(&self, class: usize, number: u64) -> Bad {
        let id = format!("bad-{class}-{number}");
        let good = match self.place {
            Place::Sensor => READING,
            Place::Activity => PURCHASE,
            Place::Processed | Place::Letters => PROCESSED,
        };
        let mut bad = match self.make {
            Make::Instead(bad, good_part) => {
                assert!(good.contains(good_part), "{}: {good_part}", self.name);
                Bad {
                    key: Some(id.clone().into_bytes()),
                    value: Some(
                        good.replacen(good_part, bad, 1)
                            .replace('@', &id)
                            .into_bytes(),
                    ),
                    headers: Vec::new(),
                }
            }
            Make::ByHand(make) => make(&id, &good.replace('@', &id)),
        };
        if bad.headers.is_empty() && self.place != Place::Letters {
            // What came with a record is kept, whatever it is.
            bad.headers.push(("id".to_owned(), Some(id.into_bytes())));
            bad.headers.push(("null".to_owned(), None));
        }
        bad
    }
}
