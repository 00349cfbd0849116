//! A studio's storage that is reached as objects: S3, or what speaks like it.

use std::time::Duration;

use reqwest::header::{IF_MATCH, RANGE};
use reqwest::{RequestBuilder, Response};
use rusty_s3::actions::ListObjectsV2;
use rusty_s3::{Credentials, S3Action, UrlStyle};

use super::{ANSWER_LIMIT, Client, Download, MAX_ANSWER_BYTES, MAX_ERROR_BYTES, TRANSFER_LIMIT, text};
use crate::ClientError;

/// Where objects lie, and who asks for them. Reads only.
#[derive(Clone)]
pub struct Bucket {
    http: Client,
    bucket: rusty_s3::Bucket,
    credentials: Option<Credentials>,
}

/// What names a bucket.
#[derive(Clone, Copy, Debug)]
pub struct BucketAddress<'a> {
    /// Of the service: `https://s3.eu-central-1.amazonaws.com`, `http://nas:9000`.
    pub endpoint: &'a str,
    pub name: &'a str,
    /// What its service calls the place; most that stand in studios take any word.
    pub region: &'a str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub key: String,
    pub size: u64,
    /// Changes with the content. Services over plain files may have none.
    pub etag: String,
    /// As the service writes it.
    pub modified: String,
}

/// A signature this old is refused; clocks of artists' machines are a little off.
const SIGNED_FOR: Duration = Duration::from_secs(600);
/// Lists of a thousand; nobody's job has left more.
const MOST_LISTS: usize = 1000;

impl Bucket {
    /// With `credentials`, key and secret, requests are signed (AWS signature version 4). As with
    /// [`Client::with_certificate`], `pem` is the one certificate to trust.
    ///
    /// # Errors
    /// When the address makes no sense, or `pem` is no certificate.
    pub fn new(
        address: BucketAddress<'_>,
        credentials: Option<(&str, &str)>,
        pem: Option<&[u8]>,
    ) -> Result<Self, ClientError> {
        let http = Client::with_certificate(address.endpoint, pem)?;
        // A name with dots breaks a wildcard certificate, and a service in a studio seldom has names
        // below its own: only Amazon asks for buckets as hosts.
        let style = match http.base.host_str() {
            Some(host) if host.ends_with(".amazonaws.com") && !address.name.contains('.') => {
                UrlStyle::VirtualHost
            }
            _ => UrlStyle::Path,
        };
        let bucket = rusty_s3::Bucket::new(
            http.base.clone(),
            style,
            address.name.to_owned(),
            address.region.to_owned(),
        );
        let bucket = bucket.map_err(|error| ClientError::BadUrl {
            url: address.endpoint.into(),
            cause: format!("no bucket {:?} can be there ({error})", address.name),
        })?;
        Ok(Self { http, bucket, credentials: credentials.map(|(key, secret)| Credentials::new(key, secret)) })
    }

    /// Whether it is there and may be listed.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn look(&self) -> Result<(), ClientError> {
        let mut list = ListObjectsV2::new(&self.bucket, self.credentials.as_ref());
        list.with_max_keys(1);
        self.answer(self.http.http.get(list.sign(SIGNED_FOR)).timeout(ANSWER_LIMIT)).await.map(drop)
    }

    /// Every object whose key begins with `prefix`, in the order of keys.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<Object>, ClientError> {
        let mut objects = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MOST_LISTS {
            let mut list = ListObjectsV2::new(&self.bucket, self.credentials.as_ref());
            list.with_prefix(prefix);
            if let Some(token) = &token {
                list.with_continuation_token(token.as_str());
            }
            let request = self.http.http.get(list.sign(SIGNED_FOR)).timeout(ANSWER_LIMIT);
            let answer = text(self.answer(request).await?, MAX_ANSWER_BYTES).await?;
            let page = ListObjectsV2::parse_response(&answer).map_err(|error| ClientError::Malformed {
                url: self.bucket.base_url().to_string(),
                cause: format!("it is no list of objects: {error}"),
            })?;
            objects.extend(page.contents.into_iter().map(|it| Object {
                key: it.key,
                size: it.size.unwrap_or_default(),
                etag: it.etag.unwrap_or_default().trim_matches('"').to_owned(),
                modified: it.last_modified.unwrap_or_default(),
            }));
            token = page.next_continuation_token;
            if token.is_none() {
                return Ok(objects);
            }
        }
        Err(ClientError::Malformed {
            url: self.bucket.base_url().to_string(),
            cause: "its list of objects has no end".into(),
        })
    }

    /// An object from byte `offset` on; from its start, which [`Download::offset`] tells, when its
    /// content is no longer what it was when it was listed.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub async fn download(&self, object: &Object, offset: u64) -> Result<Download, ClientError> {
        let get = self.bucket.get_object(self.credentials.as_ref(), &object.key);
        let request = || self.http.http.get(get.sign(SIGNED_FOR)).timeout(TRANSFER_LIMIT);
        if offset > 0 {
            let mut rest = request().header(RANGE, format!("bytes={offset}-"));
            if !object.etag.is_empty() {
                rest = rest.header(IF_MATCH, format!("\"{}\"", object.etag));
            }
            match self.answer(rest).await {
                Ok(response) if response.status() == 206 => return Ok(Download { response, offset }),
                Ok(response) => return Ok(Download { response, offset: 0 }),
                Err(ClientError::Refused { status: 412 | 416, .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Download { response: self.answer(request()).await?, offset: 0 })
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = self.http.send(request).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let body = text(response, MAX_ERROR_BYTES).await.unwrap_or_default();
        Err(ClientError::Refused { status, message: words_of(&body) })
    }
}

/// A service says why in XML: `<Error><Code>…</Code><Message>…</Message></Error>`.
fn words_of(body: &str) -> String {
    let between = |tag: &str| {
        let (_, rest) = body.split_once(&format!("<{tag}>"))?;
        Some(rest.split_once(&format!("</{tag}>"))?.0.trim().chars().take(300).collect::<String>())
    };
    match (between("Code"), between("Message")) {
        (Some(code), Some(message)) if !message.is_empty() => format!("{message} ({code})"),
        (Some(code), _) => code,
        _ => "the storage does not say why".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_of_amazon_are_hosts_and_others_are_folders() {
        let url = |endpoint, name| {
            let address = BucketAddress { endpoint, name, region: "eu-central-1" };
            Bucket::new(address, None, None).map(|it| it.bucket.object_url("a b/c").to_string())
        };
        let amazon = "https://s3.eu-central-1.amazonaws.com";
        assert_eq!(url(amazon, "renders").unwrap(), "https://renders.s3.eu-central-1.amazonaws.com/a%20b/c");
        assert_eq!(
            url(amazon, "our.renders").unwrap(),
            "https://s3.eu-central-1.amazonaws.com/our.renders/a%20b/c"
        );
        assert_eq!(url("nas:9000", "renders").unwrap(), "http://nas:9000/renders/a%20b/c");
        assert!(url("ftp://nas", "renders").is_err());
    }

    #[test]
    fn a_refusal_is_told_in_the_services_words() {
        let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>It is not there.</Message></Error>";
        assert_eq!(words_of(body), "It is not there. (NoSuchBucket)");
        assert_eq!(words_of("<Error><Code>AccessDenied</Code></Error>"), "AccessDenied");
        assert_eq!(words_of("<html>"), "the storage does not say why");
    }
}
