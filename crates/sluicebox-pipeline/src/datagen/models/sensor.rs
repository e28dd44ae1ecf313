//! Sensors that measure temperature and humidity, each with a character of its own.
//!
//! Whole numbers throughout: sine tables and floats differ in their last bit from one machine to
//! the next, and the same seed must make the same bytes everywhere.

use super::fault::Fault;
use crate::datagen::model::{Draft, Model};
use crate::datagen::seed::{Dice, Seeds};
use crate::datagen::text::{Stamp, push_fixed, push_padded};

const MINUTES_PER_DAY: i64 = 1440;
const MS_PER_MINUTE: i64 = 60_000;

/// The course of a day by the hour, in thousandths of a sensor's swing: coldest before sunrise,
/// warmest in the afternoon.
const DAY: [i64; 24] = [
    -620, -720, -810, -900, -970, -1000, -940, -760, -480, -150, 190, 500, //
    740, 900, 980, 1000, 940, 790, 560, 290, 20, -210, -390, -520,
];

/// Levels in thousandths of a degree or of a percent.
#[derive(Clone, Debug)]
struct Sensor {
    dice: Dice,
    fault: Fault,
    /// Mean temperature where it hangs.
    level: i32,
    /// Half the difference between afternoon and night.
    swing: i32,
    /// Humidity at the mean temperature.
    humidity: i32,
    /// Its local noon against UTC.
    shift_minutes: i32,
    /// A slow walk around 0: weather, and the sensor's own ageing.
    drift: i32,
}

impl Sensor {
    fn new(seeds: Seeds, device: u64) -> Self {
        let mut dice = seeds.dice("device", device);
        Self {
            fault: Fault::default(),
            level: dice.between(17_500, 22_500) as i32,
            swing: dice.between(1_500, 4_000) as i32,
            humidity: dice.between(42_000, 54_000) as i32,
            shift_minutes: dice.between(-45, 45) as i32,
            drift: 0,
            dice,
        }
    }

    /// Temperature and humidity in thousandths at `ms`.
    fn read(&mut self, ms: i64) -> (i64, i64) {
        let day = day_curve(ms + i64::from(self.shift_minutes) * MS_PER_MINUTE);
        self.drift += self.dice.bell(15) as i32 - self.drift / 256;
        let warmer = i64::from(self.swing) * day / 1000 + i64::from(self.drift);
        let truth = i64::from(self.level) + warmer + self.dice.bell(60);
        // Warm air holds more water: the same air is relatively drier in the afternoon.
        let humidity = i64::from(self.humidity) - warmer * 2 + self.dice.bell(250);
        let shown = self.fault.distort(&mut self.dice, truth);
        (shown.clamp(-40_000, 59_990), humidity.clamp(5_000, 98_000))
    }
}

/// The course of the day at `ms`, between -1000 and 1000, straight lines between the hours.
fn day_curve(ms: i64) -> i64 {
    let minute = ms.div_euclid(MS_PER_MINUTE).rem_euclid(MINUTES_PER_DAY);
    let hour = (minute / 60) as usize;
    let (from, to) = (DAY[hour], DAY[(hour + 1) % 24]);
    from + (to - from) * (minute % 60) / 60
}

/// The sensors report in turn, each as often as every other.
pub(in crate::datagen) struct SensorModel {
    sensors: Vec<Sensor>,
}

impl SensorModel {
    /// `keys` sensors, at least one.
    pub(in crate::datagen) fn new(seeds: Seeds, keys: u32) -> Self {
        let keys = u64::from(keys.max(1));
        Self {
            sensors: (0..keys).map(|device| Sensor::new(seeds, device)).collect(),
        }
    }
}

impl Model for SensorModel {
    fn write(&mut self, sequence: u64, at: &Stamp, draft: &mut Draft) {
        let device = sequence % self.sensors.len() as u64;
        let (temperature, humidity) = self.sensors[device as usize].read(at.ms());
        let Draft { key, value } = draft;
        key.extend_from_slice(b"sensor-");
        push_padded(key, device + 1, 4);
        value.extend_from_slice(b"{\"sensor_id\":\"");
        value.extend_from_slice(key);
        value.extend_from_slice(b"\",\"temperature\":");
        push_fixed(value, temperature / 10, 2);
        value.extend_from_slice(b",\"humidity\":");
        push_fixed(value, humidity / 100, 1);
        value.extend_from_slice(b",\"timestamp\":\"");
        value.extend_from_slice(at.text());
        value.extend_from_slice(b"\"}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_coldest_before_sunrise_and_warmest_in_the_afternoon() {
        let hour = |h: i64| day_curve(h * 3_600_000);
        assert_eq!((hour(5), hour(15)), (-1000, 1000));
        assert_eq!(day_curve(5 * 3_600_000 + 30 * 60_000), -970);
        assert_eq!(hour(24 * 20_000 + 15), 1000, "every day alike");
        assert_eq!(hour(-24 + 15), 1000, "before 1970 too");
        let jumps = (0..1440).map(|m| (day_curve((m + 1) * 60_000) - day_curve(m * 60_000)).abs());
        assert!(jumps.max().unwrap() <= 6, "no jumps");
    }

    #[test]
    fn afternoons_are_warmer_and_drier_than_nights() {
        let mut model = SensorModel::new(Seeds::new(11, "sensor"), 50);
        let mut mean = |hour: i64| {
            let (mut warm, mut damp) = (0, 0);
            for sensor in &mut model.sensors {
                let (temperature, humidity) = sensor.read(hour * 3_600_000);
                warm += temperature;
                damp += humidity;
            }
            (warm / 50, damp / 50)
        };
        let (night, day) = (mean(4), mean(15));
        assert!(day.0 - night.0 > 3_000, "{night:?} {day:?}");
        assert!(night.1 - day.1 > 5_000, "{night:?} {day:?}");
    }

    #[test]
    fn neighbouring_readings_of_a_sensor_differ_little_and_sensors_much() {
        let mut model = SensorModel::new(Seeds::new(11, "sensor"), 20);
        let (mut small, mut all) = (0, 0);
        for sensor in &mut model.sensors {
            let readings: Vec<i64> = (0..100).map(|i| sensor.read(i * 1000).0).collect();
            all += 99;
            small += readings
                .windows(2)
                .filter(|w| (w[0] - w[1]).abs() < 400)
                .count();
        }
        assert!(small * 100 > all * 97, "{small} of {all} steps are small");
        let levels: Vec<i32> = model.sensors.iter().map(|sensor| sensor.level).collect();
        let spread = levels.iter().max().unwrap() - levels.iter().min().unwrap();
        assert!(spread > 3_000, "{spread}");
    }
}
