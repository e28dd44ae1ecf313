//! The list as a `CycloneDX` document.

use serde_json::{Value, json};

use super::Inside;
use super::c_libraries::CLibrary;
use super::packages::{Key, Package};

pub(super) fn cyclone_dx(inside: &Inside) -> String {
    let packages = inside.packages.iter().map(rust_component);
    let libraries = inside.c_libraries.iter().map(c_component);
    let mut program = rust_component(&inside.program);
    program["type"] = json!("application");
    // No time and no serial number: the same build has the same list.
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": program },
        "components": packages.chain(libraries).collect::<Vec<_>>(),
        "dependencies": dependencies(inside),
    });
    format!("{document:#}\n")
}

fn rust_purl((name, version): &Key) -> String {
    // A `+` stands for a blank in a URL.
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

fn rust_component(package: &Package) -> Value {
    let purl = rust_purl(&package.key());
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "purl": purl,
        "licenses": [{ "expression": package.licence }],
    });
    if let Some(checksum) = &package.checksum {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(url) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": url }]);
    }
    component
}

fn c_ref(library: &CLibrary) -> String {
    format!("pkg:generic/{}@{}", library.name, library.version)
}

fn c_component(library: &CLibrary) -> Value {
    let (vendor, product) = library.cpe;
    let version = &library.version;
    let (package, by) = &library.brought_by;
    json!({
        "type": "library",
        "bom-ref": c_ref(library),
        "name": library.name,
        "version": version,
        "purl": c_ref(library),
        "cpe": format!("cpe:2.3:a:{vendor}:{product}:{version}:*:*:*:*:*:*:*"),
        "licenses": [{ "expression": library.licence }],
        "description": format!("C library, built from the sources in {package} {by} and linked in"),
    })
}

fn dependencies(inside: &Inside) -> Vec<Value> {
    let all = [&inside.program].into_iter().chain(&inside.packages);
    let of_packages = all.map(|package| {
        let rust = package.needs.iter().map(rust_purl);
        let brought = inside.c_libraries.iter();
        let brought = brought.filter(|library| library.brought_by == package.key());
        let on: Vec<_> = rust.chain(brought.map(c_ref)).collect();
        json!({ "ref": rust_purl(&package.key()), "dependsOn": on })
    });
    let of_libraries = inside.c_libraries.iter();
    let of_libraries = of_libraries.map(|c| json!({ "ref": c_ref(c), "dependsOn": [] }));
    of_packages.chain(of_libraries).collect()
}
