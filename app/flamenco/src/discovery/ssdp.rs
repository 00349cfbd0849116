//! What is said over the wire: a search, and the answer to it.

use std::net::{Ipv4Addr, SocketAddrV4};

use reqwest::Url;

/// Where searches go.
pub const GROUP: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(239, 255, 255, 250), 1900);

/// What is searched for.
pub const TARGET: &str = "urn:flamenco:manager:0";

/// The same for every Manager in the world; Flamenco's Workers know a Manager's answer by it.
pub const DEVICE: &str = "aa80bc5f-d0af-46b8-8630-23bd7e80ec4d";

/// Where a Manager describes itself.
pub const DESCRIPTION: &str = "/upnp/description.xml";

/// No honest message is longer.
pub const MAX_BYTES: usize = 2048;

/// Who searches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Searcher {
    /// One of us, who knows what to do with a Manager that wants a token.
    Kiln,
    /// Flamenco's own Worker gives up when all that answer are such Managers.
    Other,
}

/// What our searches name as their user agent.
const AGENT: &str = concat!("Kiln/", env!("CARGO_PKG_VERSION"));

/// The question, answered within three seconds.
pub fn search() -> String {
    format!(
        "M-SEARCH * HTTP/1.1\r\nHOST: {GROUP}\r\nMAN: \"ssdp:discover\"\r\nMX: 3\r\nST: {TARGET}\r\n\
         USER-AGENT: {AGENT}\r\n\r\n"
    )
}

/// Who searches for Managers, or for anything at all; `None` for whatever else comes.
pub fn searcher(message: &[u8]) -> Option<Searcher> {
    let text = String::from_utf8_lossy(message);
    let wants = |target: &str| [TARGET, "ssdp:all"].contains(&target);
    let is_search = text.starts_with("M-SEARCH ")
        && header(&text, "man").is_some_and(|it| it.trim_matches('"') == "ssdp:discover")
        && header(&text, "st").is_some_and(wants);
    let is_ours = header(&text, "user-agent").is_some_and(|it| it.starts_with("Kiln/"));
    is_search.then_some(if is_ours { Searcher::Kiln } else { Searcher::Other })
}

/// The answer of the Manager whose description lies at `location`.
pub fn answer(location: &str, server: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=3600\r\nEXT:\r\nLOCATION: {location}\r\nSERVER: {server}\r\n\
         ST: {TARGET}\r\nUSN: uuid:{DEVICE}::{TARGET}\r\n\r\n"
    )
}

/// The address of the Manager that answers; `None` for whatever else comes, and for loopback, which
/// would be another machine for each who hears it. Lines may end with or
/// without a carriage return, names of headers are in either case.
pub fn manager_of(message: &[u8]) -> Option<Url> {
    let text = String::from_utf8_lossy(message);
    let (protocol, rest) = text.split_once('/')?;
    let is_answer = protocol.eq_ignore_ascii_case("http") && rest.split_whitespace().nth(1) == Some("200");
    let names_target = |name| header(&text, name).is_some_and(|it| it.contains(TARGET));
    if !is_answer || !(names_target("st") || names_target("usn")) {
        return None;
    }
    let mut url = Url::parse(header(&text, "location")?).ok()?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return None;
    }
    if crate::client::is_loopback(&url) {
        return None;
    }
    url.set_path("/");
    url.set_query(None);
    url.set_fragment(None);
    // A name and a password have no business in the answer of a stranger.
    let _ = (url.set_username(""), url.set_password(None));
    Some(url)
}

/// What a Manager of ours says at [`DESCRIPTION`]: UPnP's device description, as short as it may be.
pub fn description(name: &str) -> String {
    let name = name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<?xml version=\"1.0\"?>\n<root xmlns=\"urn:schemas-upnp-org:device-1-0\">\n\
         <specVersion><major>1</major><minor>0</minor></specVersion>\n<URLBase>/</URLBase>\n<device>\n\
         <deviceType>{TARGET}</deviceType>\n<friendlyName>{name}</friendlyName>\n\
         <manufacturer>Kiln</manufacturer>\n<modelName>Kiln</modelName>\n<UDN>uuid:{DEVICE}</UDN>\n\
         </device>\n</root>\n"
    )
}

/// The name that a [`description`] gives.
pub(super) fn described_name(description: &str) -> Option<String> {
    let (_, rest) = description.split_once("<friendlyName>")?;
    let (name, _) = rest.split_once("</friendlyName>")?;
    Some(name.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}

fn header<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().skip(1).find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_answer_is_understood_and_our_question_too() {
        assert_eq!(searcher(search().as_bytes()), Some(Searcher::Kiln));
        let answer = answer("https://10.0.0.7:8080/upnp/description.xml", "Kiln");
        assert_eq!(manager_of(answer.as_bytes()).unwrap().as_str(), "https://10.0.0.7:8080/");
        assert!(searcher(answer.as_bytes()).is_none() && manager_of(search().as_bytes()).is_none());
    }

    #[test]
    fn answers_are_read_leniently_and_strangers_left_out() {
        let manager = |text: &str| manager_of(text.as_bytes()).map(String::from);
        let here = Some("http://farm:8080/".to_owned());
        for answer in [
            "HTTP/1.1 200 OK\r\nLocation: http://farm:8080/upnp/description.xml\r\nST: urn:flamenco:manager:0\r\n\r\n",
            "HTTP/1.0 200\nlocation:http://u:p@farm:8080?a=b#c\nusn: uuid:x::urn:flamenco:manager:0",
            "http/1.1 200 fine\r\nX\r\nLOCATION : http://farm:8080/x\r\nst:urn:flamenco:manager:0",
        ] {
            assert_eq!(manager(answer), here, "{answer}");
        }
        for other in [
            "",
            "/",
            "HTTP/1.1 404 No\r\nLOCATION: http://a/\r\nST: urn:flamenco:manager:0",
            "HTTP/1.1 200 OK\r\nLOCATION: http://a/\r\nST: upnp:rootdevice",
            "HTTP/1.1 200 OK\r\nST: urn:flamenco:manager:0",
            "HTTP/1.1 200 OK\r\nLOCATION: http://127.0.0.1:8080/\r\nST: urn:flamenco:manager:0",
            "HTTP/1.1 200 OK\r\nLOCATION: http://[::1]:8080/\r\nST: urn:flamenco:manager:0",
            "HTTP/1.1 200 OK\r\nLOCATION: file:///etc/passwd\r\nST: urn:flamenco:manager:0",
            "NOTIFY * HTTP/1.1\r\nLOCATION: http://a/\r\nNT: urn:flamenco:manager:0",
        ] {
            assert_eq!(manager(other), None, "{other}");
        }
        assert_eq!(manager_of(&[0xff; 64]), None);
    }

    #[test]
    fn a_described_name_comes_back_as_it_was() {
        for name in ["Kiln on größe", "a <b> & c &amp; d", ""] {
            assert_eq!(described_name(&description(name)).as_deref(), Some(name));
        }
        assert_eq!(described_name("<friendlyName>half"), None);
    }

    #[test]
    fn only_searches_that_mean_us_are_answered() {
        let search = |target: &str, man: &str| {
            searcher(
                format!("M-SEARCH * HTTP/1.1\r\nHost: x\r\nMan: {man}\r\nST: {target}\r\n\r\n").as_bytes(),
            )
        };
        assert_eq!(search(TARGET, "\"ssdp:discover\""), Some(Searcher::Other));
        assert_eq!(search("ssdp:all", "ssdp:discover"), Some(Searcher::Other));
        assert_eq!(search("urn:schemas-upnp-org:device:MediaServer:1", "\"ssdp:discover\""), None);
        assert_eq!(search(TARGET, "\"ssdp:alive\""), None);
        assert_eq!(searcher(b"NOTIFY * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\nST: ssdp:all\r\n\r\n"), None);
    }
}
