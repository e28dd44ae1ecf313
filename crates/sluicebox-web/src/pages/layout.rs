//! What all pages have around them.

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use crate::app::App;
use crate::assets;

/// Which page it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nav {
    Flow,
    Data,
    Topics,
    Groups,
    Letters,
    Lineage,
    None,
}

const PAGES: [(Nav, &str, &str); 6] = [
    (Nav::Flow, "/", "Flow"),
    (Nav::Data, "/data", "Data"),
    (Nav::Topics, "/topics", "Topics"),
    (Nav::Groups, "/groups", "Groups"),
    (Nav::Letters, "/letters", "Dead letters"),
    (Nav::Lineage, "/lineage", "Lineage"),
];

/// A page; its foot says where the dashboard only reads.
pub(super) fn page_of(app: &App, title: &str, nav: Nav, main: &Markup) -> Html<String> {
    let reads = "reads, changes nothing";
    framed(title, nav, main, (!app.may_write()).then_some(reads))
}

/// A page that can be there however the dashboard was started.
pub(super) fn page(title: &str, nav: Nav, main: &Markup) -> Html<String> {
    framed(title, nav, main, None)
}

fn framed(title: &str, nav: Nav, main: &Markup, said: Option<&str>) -> Html<String> {
    let header = html! {
        header.top {
            a.brand href="/" { span.mark aria-hidden="true" {} "Sluicebox" }
            nav aria-label="Pages" {
                ul {
                    @for (page, href, name) in PAGES {
                        li { a href=(href) aria-current=[(page == nav).then_some("page")] { (name) } }
                    }
                }
            }
            button.theme type="button" data-theme-toggle="" aria-label="Light or dark" { span aria-hidden="true" {} }
        }
    };
    document(title, &header, main, said)
}

/// A page without the others.
pub(super) fn bare(title: &str, main: &Markup) -> Html<String> {
    document(title, &html! {}, main, None)
}

fn document(title: &str, header: &Markup, main: &Markup, said: Option<&str>) -> Html<String> {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " \u{b7} Sluicebox" }
                // Before anything is drawn: no flash of the other theme.
                script src=(assets::path("theme.js")) {}
                link rel="stylesheet" href=(assets::path("app.css"));
                link rel="stylesheet" href=(assets::path("chart.css"));
                script type="module" src=(assets::path("app.js")) {}
            }
            body {
                a.skip href="#main" { "To the content" }
                (header)
                p.lost data-stream-lost="" role="status" hidden {}
                main #main tabindex="-1" { (main) }
                footer.bottom {
                    p { "Sluicebox " (env!("CARGO_PKG_VERSION")) @if let Some(said) = said { " \u{b7} " (said) } }
                    p.stream-state data-stream-state="" {}
                }
            }
        }
    };
    Html(document.into_string())
}

/// A part that lives; `source` sends its new versions.
pub(super) fn live(source: &str, content: &Markup) -> Markup {
    html! { div data-live=(source) { (content) } }
}

/// A name as a segment of a path.
pub(super) fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A name that may be broken where its words end.
pub(super) fn name(name: &str) -> Markup {
    html! {
        @for (index, word) in name.split('_').enumerate() {
            @if index > 0 { "_" wbr; }
            (word)
        }
    }
}

/// A link to a topic.
pub(super) fn topic_link(topic: &str) -> Markup {
    html! { a href={ "/topics/" (segment(topic)) } { (name(topic)) } }
}

/// A link to a record.
pub(super) fn record_path(topic: &str, partition: i32, offset: i64) -> String {
    format!("/topics/{}/{partition}/{offset}", segment(topic))
}

/// A table that scrolls by itself where the screen is narrow.
pub(super) fn table(caption: &str, columns: &[(&str, bool)], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(caption) {
            table {
                caption.hidden { (caption) }
                thead { tr { @for (column, is_number) in columns { th scope="col" class=[is_number.then_some("number")] { (column) } } } }
                tbody { (rows) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_segment() {
        assert_eq!(
            segment("a/../b?c#d<e>\u{e4}"),
            "a%2F..%2Fb%3Fc%23d%3Ce%3E%C3%A4"
        );
        assert_eq!(segment("user_activity-1.x"), "user_activity-1.x");
    }

    #[test]
    fn nothing_is_inline() {
        let Html(page) = page("<x>", Nav::Flow, &html! { p { "<script>" } });
        assert!(page.contains("&lt;x&gt;") && page.contains("<p>&lt;script&gt;</p>"));
        for inline in [" style=", "onclick", "<style", "javascript:"] {
            assert!(!page.contains(inline), "{inline}");
        }
    }
}
