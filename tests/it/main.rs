//! The journeys: the product driven through its own doors. One binary, so that it links once.
//! Each runs on SQLite and on PostgreSQL.

#[macro_use]
mod harness;

mod api_input;
mod api_signing;
mod attacks;
mod audit;
mod back_channel;
mod bombs;
mod by_hand;
mod calendar_and_feeds;
mod canary;
mod channels;
mod closed_teams;
mod doors_out;
mod duties_and_leavers;
mod evidence;
#[path = "../faults/mod.rs"]
mod faults;
mod forgetting;
mod hooks;
mod house_at_the_desk;
mod ingested;
mod intake_at_the_desk;
mod mail_in;
mod mail_out;
mod mailbox;
mod mailbox_trouble;
mod main_job;
mod many_hands;
mod naughty;
mod openid;
mod others_objects;
mod outbox;
mod outlook_files;
mod polled;
mod probe;
mod procedures_edited;
mod program;
mod projections;
mod races;
mod read_again;
mod record_refuses;
mod replay;
mod replicas;
mod roles;
mod roles_beside_the_api;
mod scim;
mod sent_by_programs;
mod several_notices;
mod sign_in;
mod submission;
mod ways_in;
mod ways_out;
mod who_says_so;
