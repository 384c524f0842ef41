//! The plugin as the host sees it: descriptions, previews, requests, and what it makes of answers.

mod chat;
mod copies;
mod describe;
mod refusals;
mod rendering;
mod strict_html;
mod support;
