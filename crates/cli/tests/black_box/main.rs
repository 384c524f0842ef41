//! The program as a person and a script meet it: a process, its command line, its pages and its API,
//! beside the simulated Telegram.

mod account_mail;
mod api;
mod audit;
mod auto_approval;
mod board;
mod board_mail;
mod board_settings;
mod browser;
mod chrome;
mod contract;
mod crash;
mod exim;
mod hook;
mod imports;
mod looks;
mod mail;
mod messages;
mod notices;
mod operator;
mod plugin_author;
mod plugin_install;
mod plugins_page;
mod proxies;
mod replicas;
mod samples;
mod session;
mod whole_path;
