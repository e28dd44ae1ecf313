//! Units that can be converted into each other, by their UCUM codes (ucum.org, case sensitive).

/// A unit: `value in base unit = (value + offset) * factor`.
pub(super) struct Unit {
    pub(super) code: &'static str,
    pub(super) dimension: &'static str,
    pub(super) factor: f64,
    pub(super) offset: f64,
}

pub(super) fn find(code: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.code == code)
}

pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    UNITS.iter().map(|unit| unit.code)
}

const fn unit(code: &'static str, dimension: &'static str, factor: f64) -> Unit {
    Unit {
        code,
        dimension,
        factor,
        offset: 0.0,
    }
}

const fn scale(code: &'static str, factor: f64, offset: f64) -> Unit {
    Unit {
        code,
        dimension: "temperatures",
        factor,
        offset,
    }
}

/// Factors to the SI unit, exact by definition where the definition is.
static UNITS: &[Unit] = &[
    scale("K", 1.0, 0.0),
    scale("Cel", 1.0, 273.15),
    scale("[degF]", 5.0 / 9.0, 459.67),
    unit("m", "lengths", 1.0),
    unit("mm", "lengths", 1e-3),
    unit("cm", "lengths", 1e-2),
    unit("km", "lengths", 1e3),
    unit("[in_i]", "lengths", 0.0254),
    unit("[ft_i]", "lengths", 0.3048),
    unit("[yd_i]", "lengths", 0.9144),
    unit("[mi_i]", "lengths", 1_609.344),
    unit("[nmi_i]", "lengths", 1_852.0),
    unit("m2", "areas", 1.0),
    unit("cm2", "areas", 1e-4),
    unit("km2", "areas", 1e6),
    unit("har", "areas", 1e4),
    unit("[sft_i]", "areas", 0.092_903_04),
    unit("m3", "volumes", 1.0),
    unit("L", "volumes", 1e-3),
    unit("l", "volumes", 1e-3),
    unit("mL", "volumes", 1e-6),
    unit("[gal_us]", "volumes", 0.003_785_411_784),
    unit("[foz_us]", "volumes", 0.000_029_573_529_562_5),
    unit("kg", "masses", 1.0),
    unit("mg", "masses", 1e-6),
    unit("g", "masses", 1e-3),
    unit("t", "masses", 1e3),
    unit("[lb_av]", "masses", 0.453_592_37),
    unit("[oz_av]", "masses", 0.028_349_523_125),
    unit("s", "times", 1.0),
    unit("us", "times", 1e-6),
    unit("ms", "times", 1e-3),
    unit("min", "times", 60.0),
    unit("h", "times", 3_600.0),
    unit("d", "times", 86_400.0),
    unit("m/s", "speeds", 1.0),
    unit("km/h", "speeds", 1.0 / 3.6),
    unit("[mi_i]/h", "speeds", 0.447_04),
    unit("[kn_i]", "speeds", 1_852.0 / 3_600.0),
    unit("Pa", "pressures", 1.0),
    unit("hPa", "pressures", 1e2),
    unit("kPa", "pressures", 1e3),
    unit("MPa", "pressures", 1e6),
    unit("bar", "pressures", 1e5),
    unit("mbar", "pressures", 1e2),
    unit("[psi]", "pressures", 6_894.757_293_168),
    unit("mm[Hg]", "pressures", 133.322),
    unit("J", "energies", 1.0),
    unit("kJ", "energies", 1e3),
    unit("W.h", "energies", 3.6e3),
    unit("kW.h", "energies", 3.6e6),
    unit("cal", "energies", 4.184),
    unit("W", "powers", 1.0),
    unit("kW", "powers", 1e3),
    unit("MW", "powers", 1e6),
    unit("V", "voltages", 1.0),
    unit("mV", "voltages", 1e-3),
    unit("kV", "voltages", 1e3),
    unit("A", "currents", 1.0),
    unit("mA", "currents", 1e-3),
    unit("Hz", "frequencies", 1.0),
    unit("kHz", "frequencies", 1e3),
    unit("MHz", "frequencies", 1e6),
    unit("1", "ratios", 1.0),
    unit("%", "ratios", 1e-2),
    unit("[ppth]", "ratios", 1e-3),
    unit("[ppm]", "ratios", 1e-6),
    unit("rad", "angles", 1.0),
    unit("deg", "angles", std::f64::consts::PI / 180.0),
    unit("By", "amounts of data", 1.0),
    unit("bit", "amounts of data", 0.125),
    unit("kBy", "amounts of data", 1e3),
    unit("MBy", "amounts of data", 1e6),
    unit("KiBy", "amounts of data", 1_024.0),
    unit("MiBy", "amounts of data", 1_048_576.0),
];
