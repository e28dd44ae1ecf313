//! Every size, time and count of the dashboard, with its unit last.

use std::time::Duration;

use sluicebox_pipeline::limits as search;

/// Connections that are served at a time; later ones wait to be accepted.
pub const CONNECTIONS_MAX: usize = 128;
/// Longest time a browser may take to send the head of a request.
pub const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of the head of a request.
pub const REQUEST_HEAD_MAX_BYTES: usize = 32 * 1024;
/// Headers of a request.
pub const REQUEST_HEADERS_MAX_COUNT: usize = 64;
/// Bytes of a request's body, where it holds a token.
pub const REQUEST_BODY_MAX_BYTES: usize = 4 * 1024;
/// Bytes of the body of a request that writes: the largest value of a record, as a form encodes it.
pub const WRITE_BODY_MAX_BYTES: usize = 4 * 1024 * 1024;
/// Longest time that such a body may take to come in.
pub const WRITE_BODY_WAIT: Duration = Duration::from_secs(10);
/// Requests that write at a time: each may hold a body.
pub const WRITES_MAX: usize = 4;
/// Longest wait for the cluster within a request that writes.
pub const WRITE_WAIT: Duration = Duration::from_secs(10);
/// Longest wait, after that, to learn whether what is given up may have been written.
pub const GIVE_UP_WAIT: Duration = Duration::from_millis(500);
/// Longest wait for another replay of one letter: they come one after the other.
pub const REPLAY_TURN_WAIT: Duration = Duration::from_secs(10);
/// Longest time that letters are counted before a replay of many; then it says "at least".
pub const PREVIEW_WAIT: Duration = Duration::from_secs(20);
/// Bytes of a value that can be edited on a page.
pub const EDIT_MAX_BYTES: usize = 256 * 1024;
/// Threads that may wait for the cluster or the disk at a time.
pub const BLOCKING_THREADS_MAX: usize = 32;
/// How long open connections may take to end when the server does.
pub const SHUTDOWN_WAIT: Duration = Duration::from_millis(500);
/// How long searches and replays may take to end when the server does: a replay aborts its transaction.
pub const WORKERS_WAIT: Duration = Duration::from_secs(3);
/// Shortest token that is taken.
pub const TOKEN_MIN_BYTES: usize = 16;

/// Between two snapshots while somebody looks.
pub const COLLECT_INTERVAL: Duration = Duration::from_secs(1);
/// Between two snapshots while nobody does.
pub const COLLECT_IDLE_INTERVAL: Duration = Duration::from_secs(10);
/// After the last question it is taken that nobody looks any more.
pub const COLLECT_WATCHED: Duration = Duration::from_secs(5);
/// Between two questions for what changes rarely: replicas and members.
pub const COLLECT_SLOW_INTERVAL: Duration = Duration::from_secs(5);
/// From the first question on, what changes rarely is asked for as often as the rest.
pub const COLLECT_STARTS_FOR: Duration = Duration::from_secs(15);
/// Longest wait for the cluster within one try to connect.
pub const CONNECT_WAIT: Duration = Duration::from_secs(3);
/// Longest wait for an answer of the cluster, where it is only looked at: a page that stands still for
/// longer tells less than one that says so.
pub const ASK_WAIT: Duration = Duration::from_secs(3);
/// Points of the history that charts are drawn from.
pub const HISTORY_POINTS_MAX: usize = 600;
/// Points of it that are drawn.
pub const HISTORY_POINTS_DRAWN: usize = 150;
/// Groups, beside the pipeline's own, whose lag over time is kept.
pub const GROUP_PASTS_MAX_COUNT: usize = 16;
/// Between two points of it.
pub const GROUP_PAST_STEP_MS: i64 = 1_000;
/// After this time without anybody looking it begins anew.
pub const GROUP_PAST_BREAK_MS: i64 = 60_000;
/// Time over which rates are taken.
pub const RATE_WINDOW: Duration = Duration::from_secs(5);
/// Snapshots in a row that must agree before records are said to be missing.
pub const MISSING_SNAPSHOTS: u32 = 5;

/// Parts of pages that are kept up to date at a time.
pub const LIVE_REGIONS_MAX: usize = 64;
/// Between two versions of a part that is of this process alone.
pub const LIVE_INTERVAL: Duration = Duration::from_secs(1);
/// Between two versions of the other parts, which read files or ask the cluster to be drawn.
pub const LIVE_SLOW_INTERVAL: Duration = Duration::from_secs(2);
/// A stream of events says that it lives.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// After this time a stream of events ends, and the browser asks again: a browser that is gone without
/// a word does not hold its connection for ever.
pub const LIVE_MAX: Duration = Duration::from_mins(15);

/// Searches, exports and tails at a time. Each has a thread and a client of its own.
pub const SEARCHES_MAX: usize = 8;
/// Longest time of a search. It says where it stopped, and can go on from there.
pub const SEARCH_MAX: Duration = Duration::from_mins(30);
/// Records that a search takes in at once.
pub const SEARCH_POLL_RECORDS: usize = search::SEARCH_POLL_RECORDS;
/// Longest wait of a search for records.
pub const SEARCH_POLL_WAIT: Duration = Duration::from_millis(search::SEARCH_POLL_WAIT_MS);
/// Pieces of an answer that wait for a slow reader; the search waits with them.
pub const ANSWER_QUEUE_PIECES: usize = 16;
/// Bytes of records after which a piece of an export is handed over.
pub const EXPORT_PIECE_BYTES: usize = 64 * 1024;
/// Bytes of a value, key or header that a list shows.
pub const SHOWN_VALUE_MAX_BYTES: usize = 2 * 1024;
/// Bytes of a value that the page of one record shows.
pub const RECORD_SHOWN_MAX_BYTES: usize = 256 * 1024;
/// Bytes that are shown in hexadecimal.
pub const HEX_SHOWN_MAX_BYTES: usize = 8 * 1024;
/// Longest wait for one record.
pub const RECORD_WAIT: Duration = Duration::from_secs(10);
/// Records that a search shows when nothing else is asked for.
pub const LATEST_RECORDS: i64 = 50;
/// Most of the latest records that can be asked for: they are held back until they are in order.
pub const LATEST_RECORDS_MAX: i64 = 1_000;
/// Bytes of what is held back of them; where that is not enough there are fewer records.
pub const LATEST_KEPT_MAX_BYTES: usize = 32 * 1024 * 1024;

/// Bytes at the end of a file that rows and charts are taken from.
pub const TAIL_BYTES: u64 = 256 * 1024;
/// Rows in the table of the last ones.
pub const TAIL_ROWS_SHOWN: usize = 20;
/// Points of a chart.
pub const CHART_BUCKETS: usize = 120;
/// Labels that a chart of counts tells apart.
pub const CHART_LABELS_MAX: usize = 8;
/// Bytes of a file that are read, and handed over, at once.
pub const DOWNLOAD_PIECE_BYTES: usize = 64 * 1024;

/// Letters that the list of the latest ones holds.
pub const LETTERS_LATEST: usize = 200;
/// Of these, letters that the page shows.
pub const LETTERS_SHOWN: usize = 50;
/// Kinds of letters (topic, stage, reason) that are told apart.
pub const LETTER_KINDS_MAX: usize = 1_000;
/// Offsets of the topic of dead letters of which it is kept what kind of letter is there, for whoever replays
/// it later: two bytes each.
pub const LETTER_PLACES_MAX: usize = 4 * 1024 * 1024;
/// Steps of the chart of letters over time; they grow so that there are never more.
pub const LETTER_STEPS_MAX: usize = 80;
/// Bytes of dead letters that are read in a second: a letter may have a megabyte, and to look at the page
/// must cost the pipeline next to nothing.
pub const LETTERS_BYTES_PER_SECOND: f64 = 16.0 * 1024.0 * 1024.0;
/// The same while the pipeline works hard, when what is done for letters is taken from it. Thousands of
/// letters of the usual size all the same.
pub const LETTERS_BUSY_BYTES_PER_SECOND: f64 = 2.0 * 1024.0 * 1024.0;
/// So many rows, records or offsets in a second are hard work. It is about a tenth of what two cores do: below
/// it most of a machine is idle, and letters are read with what nobody needs.
pub const LETTERS_BUSY_RATE: f64 = 20_000.0;
/// Longest pause before it is asked again how fast letters may be read.
pub const LETTERS_PAUSE_MAX: Duration = Duration::from_millis(250);
/// How long a page of dead letters waits for the first look at them, and for one at what came in since.
pub const LETTERS_FIRST_WAIT: Duration = Duration::from_millis(500);
/// So long after the ends of their topics were asked for it is known how many letters are still to be read. It
/// is twice what is between two questions: after that the cluster does not answer in time.
pub const LETTERS_COMPARED_FOR: Duration = Duration::from_secs(2);
/// After this time without a visitor, dead letters are read no further.
pub const LETTERS_WATCHED: Duration = Duration::from_secs(30);

/// Records that are looked through for the one with a row's source.
pub const LINEAGE_RECORDS_MAX: u64 = 2_000_000;
/// Longest wait for it.
pub const LINEAGE_WAIT: Duration = Duration::from_secs(20);
/// Bytes of a file between two probes that are read row by row.
pub const PROBE_BYTES: u64 = 64 * 1024;
/// The longest row that is read.
pub const ROW_MAX_BYTES: usize = 8 * 1024 * 1024;
